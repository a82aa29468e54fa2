package io.ottla.broker.admin;

import io.ottla.wire.ApiKey;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.ElectLeadersRequest;
import io.ottla.wire.message.ElectLeadersResponse;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * ElectLeaders, versions 0 to 2: gives partitions their preferred leader; from v1 on (KIP-460) also
 * any leader, if there is none in sync. No list of partitions means all.
 */
public final class ElectLeadersHandler
    extends ControllerHandler<ElectLeadersRequest, ElectLeadersResponse> {

  private static final short FIRST_WITH_ERROR = 1;
  private static final byte PREFERRED = 0;
  private static final byte UNCLEAN = 1;

  /**
   * @param controller {@code Controller::electLeaders}
   */
  public ElectLeadersHandler(
      Function<ElectLeadersRequest, CompletableFuture<ElectLeadersResponse>> controller) {
    super(controller);
  }

  @Override
  public ApiKey api() {
    return ApiKey.ELECT_LEADERS;
  }

  @Override
  int timeoutMs(ElectLeadersRequest request) {
    return request.timeoutMs();
  }

  @Override
  RefusedException flaw(ElectLeadersRequest request, short version) {
    byte type = request.electionType();
    return type == PREFERRED || type == UNCLEAN
        ? null
        : new RefusedException(ErrorCode.INVALID_REQUEST, "Unknown election type " + type);
  }

  @Override
  ElectLeadersResponse inVersion(ElectLeadersResponse response, short version) {
    return version < FIRST_WITH_ERROR ? response.errorCode(ErrorCode.NONE.code()) : response;
  }

  @Override
  ElectLeadersResponse refusal(
      ElectLeadersRequest request, short version, ErrorCode error, String message) {
    ElectLeadersResponse response = new ElectLeadersResponse();
    if (version >= FIRST_WITH_ERROR) {
      response.errorCode(error.code());
    }
    if (request.topicPartitions() != null) {
      for (ElectLeadersRequest.TopicPartitions topic : request.topicPartitions()) {
        ElectLeadersResponse.ReplicaElectionResult failed =
            new ElectLeadersResponse.ReplicaElectionResult().topic(topic.topic());
        for (int partition : topic.partitions()) {
          failed
              .partitionResult()
              .add(
                  new ElectLeadersResponse.PartitionResult()
                      .partitionId(partition)
                      .errorCode(error.code())
                      .errorMessage(message));
        }
        response.replicaElectionResults().add(failed);
      }
    }
    return response;
  }
}
