package io.ottla.broker.admin;

import io.ottla.broker.api.ApiHandler;
import io.ottla.broker.api.AuthorizedOperations;
import io.ottla.broker.api.Request;
import io.ottla.metadata.quorum.QuorumState;
import io.ottla.metadata.quorum.Voter;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.DescribeClusterRequest;
import io.ottla.wire.message.DescribeClusterResponse;
import java.util.function.Supplier;

/**
 * DescribeCluster, versions 0 to 2, as a controller's listener answers it: the voters of the
 * metadata quorum, and who of them leads (KIP-919). Tools that talk to controllers find their way
 * by it.
 */
public final class DescribeControllersHandler implements ApiHandler<DescribeClusterRequest> {

  private static final byte BROKERS = 1;
  private static final byte CONTROLLERS = 2;
  private static final short FIRST_WITH_TYPE = 1;

  private final String clusterId;
  private final Supplier<QuorumState> quorum;

  public DescribeControllersHandler(String clusterId, Supplier<QuorumState> quorum) {
    this.clusterId = clusterId;
    this.quorum = quorum;
  }

  @Override
  public ApiKey api() {
    return ApiKey.DESCRIBE_CLUSTER;
  }

  @Override
  public void handle(Request<DescribeClusterRequest> request) {
    short version = request.version();
    byte type = request.body().endpointType();
    if (type == CONTROLLERS) {
      request.respond(answer(request.body(), version));
    } else if (type == BROKERS) {
      request.respond(
          refusal(
              version,
              ErrorCode.MISMATCHED_ENDPOINT_TYPE,
              "The request is for a broker, but came to a controller."));
    } else {
      request.respond(
          refusal(
              version, ErrorCode.UNSUPPORTED_ENDPOINT_TYPE, "Unsupported endpoint type " + type));
    }
  }

  private DescribeClusterResponse answer(DescribeClusterRequest request, short version) {
    QuorumState state = quorum.get();
    DescribeClusterResponse response =
        inVersion(version).clusterId(clusterId).controllerId(state.leaderId());
    for (Voter voter : state.voters()) {
      response
          .brokers()
          .add(
              new DescribeClusterResponse.DescribeClusterBroker()
                  .brokerId(voter.nodeId())
                  .host(voter.address().host())
                  .port(voter.address().port()));
    }
    if (request.includeClusterAuthorizedOperations()) {
      response.clusterAuthorizedOperations(AuthorizedOperations.ALL_OF_THE_CLUSTER);
    }
    return response;
  }

  private static DescribeClusterResponse inVersion(short version) {
    DescribeClusterResponse response = new DescribeClusterResponse();
    return version >= FIRST_WITH_TYPE ? response.endpointType(CONTROLLERS) : response;
  }

  private static DescribeClusterResponse refusal(short version, ErrorCode error, String message) {
    return inVersion(version).errorCode(error.code()).errorMessage(message).clusterId("");
  }

  @Override
  public ApiMessage failure(DescribeClusterRequest request, short version, ErrorCode error) {
    return refusal(version, error, error.message());
  }
}
