package io.ottla.broker.admin;

import io.ottla.metadata.config.HostPort;
import io.ottla.metadata.quorum.Voter;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.AddRaftVoterRequest;
import io.ottla.wire.message.AddRaftVoterResponse;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * AddRaftVoter, versions 0 and 1: makes a controller a voter of the metadata quorum (KIP-853). Of
 * its listeners, the one with the name of this cluster's controller listener counts. v1: the client
 * may ask for an answer before the change is committed; it gets it after.
 */
public final class AddRaftVoterHandler
    extends ControllerHandler<AddRaftVoterRequest, AddRaftVoterResponse> {

  private final String clusterId;
  private final String controllerListener;

  /**
   * @param controllerListener name of the listener by which voters reach each other
   * @param quorum {@code MetadataQuorum::addVoter}
   */
  public AddRaftVoterHandler(
      String clusterId,
      String controllerListener,
      Function<Voter, CompletableFuture<Void>> quorum) {
    super(
        request ->
            QuorumFailure.told(quorum.apply(voter(request, controllerListener)))
                .thenApply(_ -> new AddRaftVoterResponse().errorMessage(null)));
    this.clusterId = clusterId;
    this.controllerListener = controllerListener;
  }

  @Override
  public ApiKey api() {
    return ApiKey.ADD_RAFT_VOTER;
  }

  @Override
  int timeoutMs(AddRaftVoterRequest request) {
    return request.timeoutMs();
  }

  @Override
  RefusedException flaw(AddRaftVoterRequest request, short version) {
    RefusedException flaw =
        VoterChecks.flaw(
            "Add voter",
            clusterId,
            request.clusterId(),
            request.voterId(),
            request.voterDirectoryId());
    if (flaw != null) {
      return flaw;
    }
    if (voter(request, controllerListener) == null) {
      return new RefusedException(
          ErrorCode.INVALID_REQUEST,
          "Add voter request didn't include the endpoint for the default listener "
              + controllerListener);
    }
    return null;
  }

  private static Voter voter(AddRaftVoterRequest request, String listener) {
    return request.listeners().stream()
        .filter(endpoint -> endpoint.name().equalsIgnoreCase(listener))
        .findFirst()
        .map(
            endpoint ->
                new Voter(
                    request.voterId(),
                    request.voterDirectoryId(),
                    new HostPort(endpoint.host(), endpoint.port())))
        .orElse(null);
  }

  @Override
  AddRaftVoterResponse refusal(
      AddRaftVoterRequest request, short version, ErrorCode error, String message) {
    return new AddRaftVoterResponse().errorCode(error.code()).errorMessage(message);
  }
}
