package io.ottla.broker.transaction;

import io.ottla.broker.api.CoordinatorHandler;
import io.ottla.coordinator.RequestContext;
import io.ottla.coordinator.transaction.TransactionCoordinator;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.EndTxnRequest;
import io.ottla.wire.message.EndTxnResponse;
import java.util.function.Consumer;

/**
 * EndTxn, versions 0 to 5: commits or aborts a transaction. From version 5 on the producer gets the
 * epoch of its next one (KIP-890).
 */
public final class EndTxnHandler extends CoordinatorHandler<EndTxnRequest, EndTxnResponse> {

  private static final short FIRST_WITH_FENCED = 2;

  private final TransactionCoordinator coordinator;

  public EndTxnHandler(TransactionCoordinator coordinator) {
    this.coordinator = coordinator;
  }

  @Override
  public ApiKey api() {
    return ApiKey.END_TXN;
  }

  @Override
  protected boolean ask(
      RequestContext context, EndTxnRequest request, Consumer<EndTxnResponse> answer) {
    return coordinator.endTransaction(
        context.apiVersion(),
        request,
        response -> answer.accept(told(response, context.apiVersion())));
  }

  private static EndTxnResponse told(EndTxnResponse response, short version) {
    return version < FIRST_WITH_FENCED && response.errorCode() == ErrorCode.PRODUCER_FENCED.code()
        ? response.errorCode(ErrorCode.INVALID_PRODUCER_EPOCH.code())
        : response;
  }

  @Override
  public ApiMessage failure(EndTxnRequest request, short version, ErrorCode error) {
    return told(new EndTxnResponse().errorCode(error.code()), version);
  }
}
