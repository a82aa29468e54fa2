package io.ottla.broker.controller;

import io.ottla.broker.peer.ControllerChannel;
import io.ottla.replication.IsrProposals;
import io.ottla.wire.ApiKey;
import io.ottla.wire.message.AlterPartitionRequest;
import io.ottla.wire.message.AlterPartitionResponse;
import java.util.concurrent.CompletableFuture;

/** Takes proposals of in-sync replicas to the active controller. Any thread. */
public final class BrokerIsrProposals implements IsrProposals {

  private final ControllerChannel controllers;
  private final long timeoutMs;

  /**
   * @param timeoutMs after which a proposal is given up, to be made anew from what is known then
   */
  public BrokerIsrProposals(ControllerChannel controllers, long timeoutMs) {
    this.controllers = controllers;
    this.timeoutMs = timeoutMs;
  }

  @Override
  public CompletableFuture<AlterPartitionResponse> send(AlterPartitionRequest request) {
    return controllers
        .send(ApiKey.ALTER_PARTITION, request, timeoutMs)
        .thenApply(answer -> (AlterPartitionResponse) answer);
  }
}
