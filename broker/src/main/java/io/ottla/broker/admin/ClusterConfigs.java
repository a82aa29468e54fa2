package io.ottla.broker.admin;

import io.ottla.broker.peer.ActiveHereException;
import io.ottla.broker.peer.ControllerChannel;
import io.ottla.metadata.controller.ConfigOperation;
import io.ottla.metadata.controller.Controller;
import io.ottla.metadata.controller.ItemResult;
import io.ottla.metadata.image.ConfigResource;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.AlterConfigsRequest;
import io.ottla.wire.message.AlterConfigsResponse;
import io.ottla.wire.message.IncrementalAlterConfigsRequest;
import io.ottla.wire.message.IncrementalAlterConfigsResponse;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Changes settings at the active controller: this node's, or another's, which is sent what this
 * broker has not answered by itself. Any thread.
 */
public final class ClusterConfigs implements ConfigChanges {

  private static final int TIMEOUT_MS = 30_000;

  private final Controller controller;
  private final ControllerChannel controllers;

  /**
   * @param controller this node's, or null if it is a broker only
   */
  public ClusterConfigs(Controller controller, ControllerChannel controllers) {
    this.controller = controller;
    this.controllers = controllers;
  }

  private boolean isLocal() {
    return controller != null && controller.isActive();
  }

  @Override
  public CompletableFuture<Map<ConfigResource, ItemResult>> incremental(
      Map<ConfigResource, List<ConfigOperation>> operations, boolean validateOnly) {
    if (isLocal()) {
      return controller.incrementalAlterConfigs(operations, validateOnly);
    }
    IncrementalAlterConfigsRequest request =
        new IncrementalAlterConfigsRequest().validateOnly(validateOnly);
    operations.forEach(
        (resource, changes) -> {
          var wanted =
              new IncrementalAlterConfigsRequest.AlterConfigsResource()
                  .resourceType(resource.type().id())
                  .resourceName(resource.name());
          for (ConfigOperation change : changes) {
            wanted
                .configs()
                .add(
                    new IncrementalAlterConfigsRequest.AlterableConfig()
                        .name(change.key())
                        .configOperation((byte) change.type().ordinal())
                        .value(change.value()));
          }
          request.resources().add(wanted);
        });
    return send(
        ApiKey.INCREMENTAL_ALTER_CONFIGS,
        request,
        answer -> results((IncrementalAlterConfigsResponse) answer),
        () -> controller.incrementalAlterConfigs(operations, validateOnly));
  }

  @Override
  public CompletableFuture<Map<ConfigResource, ItemResult>> replacing(
      Map<ConfigResource, Map<String, String>> configs, boolean validateOnly) {
    if (isLocal()) {
      return controller.alterConfigs(configs, validateOnly);
    }
    AlterConfigsRequest request = new AlterConfigsRequest().validateOnly(validateOnly);
    configs.forEach(
        (resource, values) -> {
          var wanted =
              new AlterConfigsRequest.AlterConfigsResource()
                  .resourceType(resource.type().id())
                  .resourceName(resource.name());
          values.forEach(
              (name, value) ->
                  wanted
                      .configs()
                      .add(new AlterConfigsRequest.AlterableConfig().name(name).value(value)));
          request.resources().add(wanted);
        });
    return send(
        ApiKey.ALTER_CONFIGS,
        request,
        answer -> results((AlterConfigsResponse) answer),
        () -> controller.alterConfigs(configs, validateOnly));
  }

  /**
   * @param here what to do if this node becomes the active controller meanwhile
   */
  private CompletableFuture<Map<ConfigResource, ItemResult>> send(
      ApiKey api,
      ApiMessage request,
      Function<ApiMessage, Map<ConfigResource, ItemResult>> results,
      Supplier<CompletableFuture<Map<ConfigResource, ItemResult>>> here) {
    return controllers
        .send(api, request, TIMEOUT_MS)
        .thenApply(results)
        .exceptionallyCompose(
            failure -> isHereNow(failure) ? here.get() : CompletableFuture.failedFuture(failure));
  }

  private static boolean isHereNow(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof ActiveHereException) {
        return true;
      }
    }
    return false;
  }

  private static Map<ConfigResource, ItemResult> results(IncrementalAlterConfigsResponse answer) {
    Map<ConfigResource, ItemResult> results = new HashMap<>();
    answer
        .responses()
        .forEach(
            result ->
                put(
                    results,
                    result.resourceType(),
                    result.resourceName(),
                    result.errorCode(),
                    result.errorMessage()));
    return results;
  }

  private static Map<ConfigResource, ItemResult> results(AlterConfigsResponse answer) {
    Map<ConfigResource, ItemResult> results = new HashMap<>();
    answer
        .responses()
        .forEach(
            result ->
                put(
                    results,
                    result.resourceType(),
                    result.resourceName(),
                    result.errorCode(),
                    result.errorMessage()));
    return results;
  }

  private static void put(
      Map<ConfigResource, ItemResult> results,
      byte type,
      String name,
      short errorCode,
      String message) {
    ErrorCode error = ErrorCode.forCode(errorCode);
    results.put(
        new ConfigResource(ConfigResource.Type.forId(type), name),
        error == ErrorCode.NONE ? ItemResult.DONE : ItemResult.refused(error, message));
  }
}
