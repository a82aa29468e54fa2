package io.ottla.broker.admin;

import io.ottla.broker.api.ApiHandler;
import io.ottla.broker.api.Request;
import io.ottla.metadata.controller.ItemResult;
import io.ottla.metadata.image.ConfigResource;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.AlterConfigsRequest;
import io.ottla.wire.message.AlterConfigsResponse;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * AlterConfigs, versions 0 to 2: replaces all keys of a resource; what is not named goes back to
 * its default. Older clients only; the newer ones change single keys.
 */
public final class AlterConfigsHandler implements ApiHandler<AlterConfigsRequest> {

  /** The request brings no timeout of its own; this is that of Kafka's clients. */
  private static final int TIMEOUT_MS = 30_000;

  private final int nodeId;
  private final ConfigChanges changes;
  private final boolean forBroker;

  /**
   * @param nodeId this node
   * @param forBroker whether it serves a broker, which speaks for its own settings only; else the
   *     active controller, to which the brokers have sent what is left to do
   */
  public AlterConfigsHandler(int nodeId, ConfigChanges changes, boolean forBroker) {
    this.nodeId = nodeId;
    this.changes = changes;
    this.forBroker = forBroker;
  }

  @Override
  public ApiKey api() {
    return ApiKey.ALTER_CONFIGS;
  }

  @Override
  public void handle(Request<AlterConfigsRequest> request) {
    AlterConfigsRequest body = request.body();
    var alteration =
        new ConfigAlteration<AlterConfigsRequest.AlterConfigsResource, Map<String, String>>(
            body.resources(), AlterConfigsHandler::key, this::change);
    if (alteration.forController().isEmpty()) {
      request.respond(answer(body, alteration, Map.of()));
      return;
    }
    TimedAnswer.when(
        request,
        changes.replacing(alteration.forController(), body.validateOnly()),
        TIMEOUT_MS,
        results -> answer(body, alteration, results),
        (error, message) -> failure(body, error, message));
  }

  private static ConfigAlteration.Key key(AlterConfigsRequest.AlterConfigsResource resource) {
    return new ConfigAlteration.Key(resource.resourceType(), resource.resourceName());
  }

  private Map<String, String> change(AlterConfigsRequest.AlterConfigsResource resource) {
    List<String> names =
        resource.configs().stream().map(AlterConfigsRequest.AlterableConfig::name).toList();
    ConfigKind kind = ConfigAlteration.check(key(resource), names, nodeId, forBroker);
    if (kind == ConfigKind.BROKER_LOGGER) {
      throw new RefusedException(
          ErrorCode.INVALID_REQUEST, "Unknown resource type " + resource.resourceType());
    }
    Map<String, String> configs = new HashMap<>();
    for (AlterConfigsRequest.AlterableConfig config : resource.configs()) {
      if (config.value() == null) {
        throw new RefusedException(
            ErrorCode.INVALID_REQUEST, "Null value not supported for : " + config.name());
      }
      configs.put(config.name(), config.value());
    }
    if (kind == ConfigKind.BROKER) {
      ConfigAlteration.checkDynamic(names);
    } else if (kind == ConfigKind.GROUP && forBroker) {
      ConfigAlteration.remarkGroupKeys(names);
    }
    return configs;
  }

  private static AlterConfigsResponse answer(
      AlterConfigsRequest request,
      ConfigAlteration<?, ?> alteration,
      Map<ConfigResource, ItemResult> results) {
    AlterConfigsResponse response = new AlterConfigsResponse();
    for (AlterConfigsRequest.AlterConfigsResource resource : request.resources()) {
      ItemResult result = alteration.result(key(resource), results);
      response.responses().add(result(resource, result.error(), result.message()));
    }
    return response;
  }

  private static AlterConfigsResponse.AlterConfigsResourceResponse result(
      AlterConfigsRequest.AlterConfigsResource resource, ErrorCode error, String message) {
    return new AlterConfigsResponse.AlterConfigsResourceResponse()
        .resourceType(resource.resourceType())
        .resourceName(resource.resourceName())
        .errorCode(error.code())
        .errorMessage(message);
  }

  @Override
  public ApiMessage failure(AlterConfigsRequest request, short version, ErrorCode error) {
    return failure(request, error, error.message());
  }

  private static ApiMessage failure(AlterConfigsRequest request, ErrorCode error, String message) {
    AlterConfigsResponse response = new AlterConfigsResponse();
    request
        .resources()
        .forEach(resource -> response.responses().add(result(resource, error, message)));
    return response;
  }
}
