package io.ottla.replication;

import io.ottla.wire.message.AlterPartitionRequest;
import io.ottla.wire.message.AlterPartitionResponse;
import java.util.concurrent.CompletableFuture;

/**
 * Takes a leader's proposals of in-sync replicas to the active controller; implemented over the
 * network by the broker. Any thread.
 */
@FunctionalInterface
public interface IsrProposals {

  /**
   * Sends a proposal, version 3.
   *
   * @return what the controller said; fails if it is not known whether it was told at all
   */
  CompletableFuture<AlterPartitionResponse> send(AlterPartitionRequest request);
}
