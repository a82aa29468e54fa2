package io.ottla.broker.admin;

import io.ottla.wire.ApiKey;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.AlterPartitionReassignmentsRequest;
import io.ottla.wire.message.AlterPartitionReassignmentsResponse;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * AlterPartitionReassignments, versions 0 and 1: moves replicas of partitions to other brokers, or
 * gives up a move that is under way (KIP-455). Answered when the move has begun. v1: the client may
 * forbid a change of the number of replicas (KIP-860).
 */
public final class AlterPartitionReassignmentsHandler
    extends ControllerHandler<
        AlterPartitionReassignmentsRequest, AlterPartitionReassignmentsResponse> {

  /**
   * @param controller {@code Controller::alterPartitionReassignments}
   */
  public AlterPartitionReassignmentsHandler(
      Function<
              AlterPartitionReassignmentsRequest,
              CompletableFuture<AlterPartitionReassignmentsResponse>>
          controller) {
    super(controller);
  }

  @Override
  public ApiKey api() {
    return ApiKey.ALTER_PARTITION_REASSIGNMENTS;
  }

  @Override
  int timeoutMs(AlterPartitionReassignmentsRequest request) {
    return request.timeoutMs();
  }

  @Override
  AlterPartitionReassignmentsResponse refusal(
      AlterPartitionReassignmentsRequest request, short version, ErrorCode error, String message) {
    return new AlterPartitionReassignmentsResponse().errorCode(error.code()).errorMessage(message);
  }
}
