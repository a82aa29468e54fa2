package io.ottla.broker.controller;

import io.ottla.metadata.controller.Controller;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.AllocateProducerIdsRequest;
import io.ottla.wire.message.AllocateProducerIdsResponse;
import java.util.concurrent.CompletableFuture;

/** AllocateProducerIds: a broker takes a block of producer ids (KIP-730). */
public final class AllocateProducerIdsHandler
    extends BrokerCallHandler<AllocateProducerIdsRequest> {

  private final Controller controller;

  public AllocateProducerIdsHandler(Controller controller) {
    this.controller = controller;
  }

  @Override
  public ApiKey api() {
    return ApiKey.ALLOCATE_PRODUCER_IDS;
  }

  @Override
  CompletableFuture<AllocateProducerIdsResponse> call(AllocateProducerIdsRequest request) {
    return controller.allocateProducerIds(request);
  }

  @Override
  public ApiMessage failure(AllocateProducerIdsRequest request, short version, ErrorCode error) {
    return new AllocateProducerIdsResponse().errorCode(error.code());
  }
}
