package io.ottla.replication;

import io.ottla.wire.message.AssignReplicasToDirsRequest;
import io.ottla.wire.message.AssignReplicasToDirsResponse;
import java.util.concurrent.CompletableFuture;

/**
 * Takes to the active controller which of this broker's replicas do not serve because of their log
 * directories; implemented over the network by the broker. Any thread.
 */
@FunctionalInterface
public interface ReplicaReports {

  /**
   * Sends a report.
   *
   * @return what the controller said; fails if it is not known whether it was told at all
   */
  CompletableFuture<AssignReplicasToDirsResponse> send(AssignReplicasToDirsRequest request);
}
