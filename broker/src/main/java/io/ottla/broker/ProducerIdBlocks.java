package io.ottla.broker;

import io.ottla.broker.peer.ControllerChannel;
import io.ottla.broker.producer.ProducerIds;
import io.ottla.metadata.controller.ControllerException;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.AllocateProducerIdsRequest;
import io.ottla.wire.message.AllocateProducerIdsResponse;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** Blocks of producer ids, from the active controller. */
final class ProducerIdBlocks implements Supplier<CompletableFuture<ProducerIds.Block>> {

  private static final long TIMEOUT_MS = 15_000;

  private final int nodeId;
  private final LongSupplier brokerEpoch;
  private final ControllerChannel controllers;

  ProducerIdBlocks(int nodeId, LongSupplier brokerEpoch, ControllerChannel controllers) {
    this.nodeId = nodeId;
    this.brokerEpoch = brokerEpoch;
    this.controllers = controllers;
  }

  @Override
  public CompletableFuture<ProducerIds.Block> get() {
    AllocateProducerIdsRequest request =
        new AllocateProducerIdsRequest().brokerId(nodeId).brokerEpoch(brokerEpoch.getAsLong());
    return controllers
        .send(ApiKey.ALLOCATE_PRODUCER_IDS, request, TIMEOUT_MS)
        .thenApply(response -> block((AllocateProducerIdsResponse) response));
  }

  private static ProducerIds.Block block(AllocateProducerIdsResponse response) {
    ErrorCode error = ErrorCode.forCode(response.errorCode());
    if (error != ErrorCode.NONE) {
      throw new ControllerException(error, error.message());
    }
    return new ProducerIds.Block(response.producerIdStart(), response.producerIdLen());
  }
}
