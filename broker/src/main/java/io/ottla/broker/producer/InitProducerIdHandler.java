package io.ottla.broker.producer;

import io.ottla.broker.api.ApiHandler;
import io.ottla.broker.api.Request;
import io.ottla.coordinator.transaction.TransactionCoordinator;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.InitProducerIdRequest;
import io.ottla.wire.message.InitProducerIdResponse;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * InitProducerId, versions 0 to 5. Gives an idempotent producer an id of its own with epoch 0; one
 * that asks again, to bump its epoch (v3, KIP-360), gets a new id, as it does from Kafka: without a
 * transactional id there is nothing to fence. With one, the transaction coordinator answers.
 */
public final class InitProducerIdHandler implements ApiHandler<InitProducerIdRequest> {

  private static final Logger LOG = LoggerFactory.getLogger(InitProducerIdHandler.class);

  private static final short FIRST_WITH_FENCED = 4;

  private final ProducerIds producerIds;
  private final TransactionCoordinator transactions;

  public InitProducerIdHandler(ProducerIds producerIds, TransactionCoordinator transactions) {
    this.producerIds = producerIds;
    this.transactions = transactions;
  }

  @Override
  public ApiKey api() {
    return ApiKey.INIT_PRODUCER_ID;
  }

  @Override
  public void handle(Request<InitProducerIdRequest> request) {
    if (request.body().transactionalId() == null) {
      giveId(request);
      return;
    }
    request.releaseFrame();
    request
        .connection()
        .handOver(
            () ->
                transactions.initProducerId(
                    request.body(),
                    response -> request.respond(told(response, request.version()))));
  }

  private void giveId(Request<InitProducerIdRequest> request) {
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

  private static InitProducerIdResponse told(InitProducerIdResponse response, short version) {
    return version < FIRST_WITH_FENCED && response.errorCode() == ErrorCode.PRODUCER_FENCED.code()
        ? response.errorCode(ErrorCode.INVALID_PRODUCER_EPOCH.code())
        : response;
  }

  @Override
  public ApiMessage failure(InitProducerIdRequest request, short version, ErrorCode error) {
    return told(
        new InitProducerIdResponse()
            .errorCode(error.code())
            .producerId(-1)
            .producerEpoch((short) -1),
        version);
  }
}
