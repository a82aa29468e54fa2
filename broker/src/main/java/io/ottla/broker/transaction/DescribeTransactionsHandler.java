package io.ottla.broker.transaction;

import io.ottla.broker.api.CoordinatorHandler;
import io.ottla.coordinator.RequestContext;
import io.ottla.coordinator.transaction.TransactionCoordinator;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.DescribeTransactionsRequest;
import io.ottla.wire.message.DescribeTransactionsResponse;
import java.util.function.Consumer;

/** DescribeTransactions, version 0 (KIP-664). */
public final class DescribeTransactionsHandler
    extends CoordinatorHandler<DescribeTransactionsRequest, DescribeTransactionsResponse> {

  private final TransactionCoordinator coordinator;

  public DescribeTransactionsHandler(TransactionCoordinator coordinator) {
    this.coordinator = coordinator;
  }

  @Override
  public ApiKey api() {
    return ApiKey.DESCRIBE_TRANSACTIONS;
  }

  @Override
  protected boolean ask(
      RequestContext context,
      DescribeTransactionsRequest request,
      Consumer<DescribeTransactionsResponse> answer) {
    return coordinator.describe(request, answer);
  }

  @Override
  public ApiMessage failure(DescribeTransactionsRequest request, short version, ErrorCode error) {
    return new DescribeTransactionsResponse()
        .transactionStates(
            request.transactionalIds().stream()
                .map(
                    id ->
                        new DescribeTransactionsResponse.TransactionState()
                            .transactionalId(id)
                            .errorCode(error.code()))
                .toList());
  }
}
