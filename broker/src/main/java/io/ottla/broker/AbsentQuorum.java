package io.ottla.broker;

import io.ottla.metadata.controller.CommandResult;
import io.ottla.metadata.quorum.MetadataQuorum;
import io.ottla.metadata.quorum.QuorumException;
import io.ottla.metadata.quorum.QuorumState;
import io.ottla.metadata.quorum.Voter;
import io.ottla.wire.Uuid;
import java.util.concurrent.CompletableFuture;

/** The quorum of a node that does not vote: it never leads, so its controller is never active. */
final class AbsentQuorum implements MetadataQuorum<CommandResult> {

  @Override
  public void start() {}

  @Override
  public CompletableFuture<CommandResult> submit(byte[] command) {
    return refused();
  }

  @Override
  public long leaderTerm() {
    return -1;
  }

  @Override
  public QuorumState state() {
    return QuorumState.UNKNOWN;
  }

  @Override
  public CompletableFuture<Void> addVoter(Voter voter) {
    return refused();
  }

  @Override
  public CompletableFuture<Void> removeVoter(int nodeId, Uuid directoryId) {
    return refused();
  }

  @Override
  public CompletableFuture<Void> transferLeadership() {
    return CompletableFuture.completedFuture(null);
  }

  private static <T> CompletableFuture<T> refused() {
    return CompletableFuture.failedFuture(
        new QuorumException.NotLeader("this node is no controller"));
  }

  @Override
  public void close() {}
}
