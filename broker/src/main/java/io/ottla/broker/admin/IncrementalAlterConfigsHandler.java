package io.ottla.broker.admin;

import io.ottla.broker.api.ApiHandler;
import io.ottla.broker.api.Request;
import io.ottla.metadata.controller.ConfigOperation;
import io.ottla.metadata.controller.ItemResult;
import io.ottla.metadata.image.ConfigResource;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.IncrementalAlterConfigsRequest;
import io.ottla.wire.message.IncrementalAlterConfigsResponse;
import java.util.List;
import java.util.Map;

/**
 * IncrementalAlterConfigs, versions 0 and 1: changes single keys, all of a resource or none
 * (KIP-339). Levels of loggers are changed on this broker, at once and until it stops (KIP-412);
 * all else is the controller's, after a look at what only this broker can know.
 */
public final class IncrementalAlterConfigsHandler
    implements ApiHandler<IncrementalAlterConfigsRequest> {

  /** The request brings no timeout of its own; this is that of Kafka's clients. */
  private static final int TIMEOUT_MS = 30_000;

  private final int nodeId;
  private final ConfigChanges changes;
  private final boolean forBroker;
  private final LoggerAlteration loggers = new LoggerAlteration();

  /**
   * @param nodeId this node
   * @param forBroker whether it serves a broker, which speaks for its own settings only; else the
   *     active controller, to which the brokers have sent what is left to do
   */
  public IncrementalAlterConfigsHandler(int nodeId, ConfigChanges changes, boolean forBroker) {
    this.nodeId = nodeId;
    this.changes = changes;
    this.forBroker = forBroker;
  }

  @Override
  public ApiKey api() {
    return ApiKey.INCREMENTAL_ALTER_CONFIGS;
  }

  @Override
  public void handle(Request<IncrementalAlterConfigsRequest> request) {
    IncrementalAlterConfigsRequest body = request.body();
    var alteration =
        new ConfigAlteration<
            IncrementalAlterConfigsRequest.AlterConfigsResource, List<ConfigOperation>>(
            body.resources(),
            IncrementalAlterConfigsHandler::key,
            resource -> change(resource, body.validateOnly()));
    if (alteration.forController().isEmpty()) {
      request.respond(answer(body, alteration, Map.of()));
      return;
    }
    TimedAnswer.when(
        request,
        changes.incremental(alteration.forController(), body.validateOnly()),
        TIMEOUT_MS,
        results -> answer(body, alteration, results),
        (error, message) -> failure(body, error, message));
  }

  private static ConfigAlteration.Key key(
      IncrementalAlterConfigsRequest.AlterConfigsResource resource) {
    return new ConfigAlteration.Key(resource.resourceType(), resource.resourceName());
  }

  private List<ConfigOperation> change(
      IncrementalAlterConfigsRequest.AlterConfigsResource resource, boolean validateOnly) {
    List<ConfigOperation> operations =
        resource.configs().stream().map(IncrementalAlterConfigsHandler::operation).toList();
    ConfigKind kind =
        ConfigAlteration.check(
            key(resource),
            operations.stream().map(ConfigOperation::key).toList(),
            nodeId,
            forBroker);
    if (kind == ConfigKind.BROKER_LOGGER) {
      loggers.carryOut(operations, validateOnly);
      return null;
    }
    if (kind == ConfigKind.BROKER) {
      ConfigAlteration.checkDynamic(
          operations.stream()
              .filter(operation -> operation.type() != ConfigOperation.Type.DELETE)
              .map(ConfigOperation::key)
              .toList());
    }
    if (kind == ConfigKind.GROUP && forBroker) {
      ConfigAlteration.remarkGroupKeys(
          operations.stream()
              .filter(operation -> operation.type() != ConfigOperation.Type.DELETE)
              .map(ConfigOperation::key)
              .toList());
    }
    return operations;
  }

  private static ConfigOperation operation(IncrementalAlterConfigsRequest.AlterableConfig config) {
    ConfigOperation.Type type = ConfigOperation.Type.forId(config.configOperation());
    if (type == null) {
      throw new RefusedException(
          ErrorCode.INVALID_REQUEST, "Unknown operations type " + config.configOperation());
    }
    if (type != ConfigOperation.Type.DELETE && config.value() == null) {
      throw new RefusedException(
          ErrorCode.INVALID_REQUEST, "Null value not supported for : " + config.name());
    }
    return new ConfigOperation(type, config.name(), config.value());
  }

  private static IncrementalAlterConfigsResponse answer(
      IncrementalAlterConfigsRequest request,
      ConfigAlteration<?, ?> alteration,
      Map<ConfigResource, ItemResult> results) {
    IncrementalAlterConfigsResponse response = new IncrementalAlterConfigsResponse();
    for (IncrementalAlterConfigsRequest.AlterConfigsResource resource : request.resources()) {
      ItemResult result = alteration.result(key(resource), results);
      response.responses().add(result(resource, result.error(), result.message()));
    }
    return response;
  }

  private static IncrementalAlterConfigsResponse.AlterConfigsResourceResponse result(
      IncrementalAlterConfigsRequest.AlterConfigsResource resource,
      ErrorCode error,
      String message) {
    return new IncrementalAlterConfigsResponse.AlterConfigsResourceResponse()
        .resourceType(resource.resourceType())
        .resourceName(resource.resourceName())
        .errorCode(error.code())
        .errorMessage(message);
  }

  @Override
  public ApiMessage failure(
      IncrementalAlterConfigsRequest request, short version, ErrorCode error) {
    return failure(request, error, error.message());
  }

  private static ApiMessage failure(
      IncrementalAlterConfigsRequest request, ErrorCode error, String message) {
    IncrementalAlterConfigsResponse response = new IncrementalAlterConfigsResponse();
    request
        .resources()
        .forEach(resource -> response.responses().add(result(resource, error, message)));
    return response;
  }
}
