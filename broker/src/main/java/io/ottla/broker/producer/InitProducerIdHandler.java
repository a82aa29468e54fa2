package io.ottla.broker.producer;

import io.ottla.broker.api.ApiHandler;
import io.ottla.broker.api.Request;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.InitProducerIdRequest;
import io.ottla.wire.message.InitProducerIdResponse;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * InitProducerId, versions 0 to 5: gives an idempotent producer an id of its own with epoch 0. A
 * producer that asks again, to bump its epoch (v3, KIP-360), gets a new id, as it does from Kafka:
 * without a transactional id there is nothing to fence.
 *
 * <p>A transactional id is refused: this broker has no transaction coordinator.
 */
public final class InitProducerIdHandler implements ApiHandler<InitProducerIdRequest> {

  private static final Logger LOG = LoggerFactory.getLogger(InitProducerIdHandler.class);

  private final ProducerIds producerIds;

  public InitProducerIdHandler(ProducerIds producerIds) {
    this.producerIds = producerIds;
  }

  @Override
  public ApiKey api() {
    return ApiKey.INIT_PRODUCER_ID;
  }

  @Override
  public void handle(Request<InitProducerIdRequest> request) {
    String transactionalId = request.body().transactionalId();
    if (transactionalId != null) {
      request.fail(
          transactionalId.isEmpty() ? ErrorCode.INVALID_REQUEST : ErrorCode.NOT_COORDINATOR);
      return;
    }
    var _ =
        producerIds
            .next()
            .whenComplete(
                (id, failure) -> {
                  if (failure == null) {
                    request.respond(
                        new InitProducerIdResponse().producerId(id).producerEpoch((short) 0));
                  } else {
                    LOG.warn(
                        "No block of producer ids to be had, producers will retry: {}",
                        failure.getMessage());
                    request.fail(ProducerIds.UNAVAILABLE);
                  }
                });
  }

  @Override
  public ApiMessage failure(InitProducerIdRequest request, short version, ErrorCode error) {
    return new InitProducerIdResponse()
        .errorCode(error.code())
        .producerId(-1)
        .producerEpoch((short) -1);
  }
}
