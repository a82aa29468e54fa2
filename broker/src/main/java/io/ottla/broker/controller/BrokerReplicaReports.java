package io.ottla.broker.controller;

import io.ottla.broker.peer.ControllerChannel;
import io.ottla.replication.ReplicaReports;
import io.ottla.wire.ApiKey;
import io.ottla.wire.message.AssignReplicasToDirsRequest;
import io.ottla.wire.message.AssignReplicasToDirsResponse;
import java.util.concurrent.CompletableFuture;

/** Tells the active controller which replicas here do not serve. Any thread. */
public final class BrokerReplicaReports implements ReplicaReports {

  private final ControllerChannel controllers;
  private final long timeoutMs;

  /**
   * @param timeoutMs after which a report is given up, to be made again
   */
  public BrokerReplicaReports(ControllerChannel controllers, long timeoutMs) {
    this.controllers = controllers;
    this.timeoutMs = timeoutMs;
  }

  @Override
  public CompletableFuture<AssignReplicasToDirsResponse> send(AssignReplicasToDirsRequest request) {
    return controllers
        .send(ApiKey.ASSIGN_REPLICAS_TO_DIRS, request, timeoutMs)
        .thenApply(answer -> (AssignReplicasToDirsResponse) answer);
  }
}
