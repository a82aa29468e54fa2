package io.ottla.broker.admin;

import io.ottla.broker.api.ApiHandler;
import io.ottla.broker.api.AuthorizedOperations;
import io.ottla.broker.api.Request;
import io.ottla.metadata.image.BrokerImage;
import io.ottla.metadata.image.Endpoint;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.DescribeClusterRequest;
import io.ottla.wire.message.DescribeClusterResponse;
import java.util.function.Supplier;

/**
 * DescribeCluster, versions 0 to 2: the cluster's id and brokers (KIP-700). v1: the client says
 * whether it means brokers or controllers (KIP-919). v2: fenced brokers, on demand (KIP-1073).
 */
public final class DescribeClusterHandler implements ApiHandler<DescribeClusterRequest> {

  private static final byte BROKERS = 1;
  private static final byte CONTROLLERS = 2;
  private static final short FIRST_WITH_FENCED = 2;

  private final int nodeId;
  private final Supplier<MetadataImage> image;

  /**
   * @param nodeId this broker
   */
  public DescribeClusterHandler(int nodeId, Supplier<MetadataImage> image) {
    this.nodeId = nodeId;
    this.image = image;
  }

  @Override
  public ApiKey api() {
    return ApiKey.DESCRIBE_CLUSTER;
  }

  @Override
  public void handle(Request<DescribeClusterRequest> request) {
    byte endpointType = request.body().endpointType();
    if (endpointType == BROKERS) {
      request.respond(answer(request));
    } else if (endpointType == CONTROLLERS) {
      request.respond(
          failure(
              ErrorCode.MISMATCHED_ENDPOINT_TYPE,
              "The request is for a controller, but came to a broker."));
    } else {
      request.respond(
          failure(
              ErrorCode.UNSUPPORTED_ENDPOINT_TYPE, "Unsupported endpoint type " + endpointType));
    }
  }

  private DescribeClusterResponse answer(Request<DescribeClusterRequest> request) {
    DescribeClusterRequest body = request.body();
    MetadataImage current = image.get();
    ClusterView view = new ClusterView(current, request.connection().listener());
    boolean withFenced = request.version() >= FIRST_WITH_FENCED && body.includeFencedBrokers();
    DescribeClusterResponse response =
        new DescribeClusterResponse()
            .clusterId(current.clusterId())
            .controllerId(view.controller(nodeId));
    for (BrokerImage broker : view.brokers(withFenced)) {
      Endpoint endpoint = broker.endpoint(view.listener());
      response
          .brokers()
          .add(
              new DescribeClusterResponse.DescribeClusterBroker()
                  .brokerId(broker.id())
                  .host(endpoint.host())
                  .port(endpoint.port())
                  .rack(broker.rack())
                  .isFenced(broker.fenced()));
    }
    if (body.includeClusterAuthorizedOperations()) {
      response.clusterAuthorizedOperations(AuthorizedOperations.ALL_OF_THE_CLUSTER);
    }
    return response;
  }

  @Override
  public ApiMessage failure(DescribeClusterRequest request, short version, ErrorCode error) {
    return failure(error, error.message());
  }

  private static DescribeClusterResponse failure(ErrorCode error, String message) {
    return new DescribeClusterResponse()
        .errorCode(error.code())
        .errorMessage(message)
        .clusterId("");
  }
}
