package io.ottla.broker.transaction;

import io.ottla.broker.api.CoordinatorHandler;
import io.ottla.coordinator.RequestContext;
import io.ottla.coordinator.transaction.TransactionCoordinator;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.ListTransactionsRequest;
import io.ottla.wire.message.ListTransactionsResponse;
import java.util.function.Consumer;

/**
 * ListTransactions, versions 0 to 2 (KIP-664): the transactional ids this broker coordinates, by
 * state, producer, duration (v1, KIP-994) and pattern (v2, KIP-1152).
 */
public final class ListTransactionsHandler
    extends CoordinatorHandler<ListTransactionsRequest, ListTransactionsResponse> {

  private final TransactionCoordinator coordinator;

  public ListTransactionsHandler(TransactionCoordinator coordinator) {
    this.coordinator = coordinator;
  }

  @Override
  public ApiKey api() {
    return ApiKey.LIST_TRANSACTIONS;
  }

  @Override
  protected boolean ask(
      RequestContext context,
      ListTransactionsRequest request,
      Consumer<ListTransactionsResponse> answer) {
    return coordinator.list(request, answer);
  }

  @Override
  public ApiMessage failure(ListTransactionsRequest request, short version, ErrorCode error) {
    return new ListTransactionsResponse().errorCode(error.code());
  }
}
