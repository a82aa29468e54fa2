package io.ottla.broker.admin;

import io.ottla.wire.ApiKey;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.Uuid;
import io.ottla.wire.message.RemoveRaftVoterRequest;
import io.ottla.wire.message.RemoveRaftVoterResponse;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;

/**
 * RemoveRaftVoter, version 0: makes a controller a voter of the metadata quorum no longer
 * (KIP-853).
 */
public final class RemoveRaftVoterHandler
    extends ControllerHandler<RemoveRaftVoterRequest, RemoveRaftVoterResponse> {

  private final String clusterId;

  /**
   * @param quorum {@code MetadataQuorum::removeVoter}
   */
  public RemoveRaftVoterHandler(
      String clusterId, BiFunction<Integer, Uuid, CompletableFuture<Void>> quorum) {
    super(
        request ->
            QuorumFailure.told(quorum.apply(request.voterId(), request.voterDirectoryId()))
                .thenApply(_ -> new RemoveRaftVoterResponse().errorMessage(null)));
    this.clusterId = clusterId;
  }

  @Override
  public ApiKey api() {
    return ApiKey.REMOVE_RAFT_VOTER;
  }

  @Override
  int timeoutMs(RemoveRaftVoterRequest request) {
    return DEFAULT_TIMEOUT_MS;
  }

  @Override
  RefusedException flaw(RemoveRaftVoterRequest request, short version) {
    return VoterChecks.flaw(
        "Remove voter",
        clusterId,
        request.clusterId(),
        request.voterId(),
        request.voterDirectoryId());
  }

  @Override
  RemoveRaftVoterResponse refusal(
      RemoveRaftVoterRequest request, short version, ErrorCode error, String message) {
    return new RemoveRaftVoterResponse().errorCode(error.code()).errorMessage(message);
  }
}
