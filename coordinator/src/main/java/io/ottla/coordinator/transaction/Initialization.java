package io.ottla.coordinator.transaction;

import io.ottla.coordinator.CoordinatorContext;
import io.ottla.coordinator.CoordinatorException;
import io.ottla.coordinator.CoordinatorResult;
import io.ottla.coordinator.Reply;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.InitProducerIdRequest;
import io.ottla.wire.message.InitProducerIdResponse;
import java.util.List;
import java.util.Optional;

/**
 * InitProducerId with a transactional id: gives a producer the id, with an epoch that fences who
 * had it before, or, after an error, the next epoch to the producer that has it (KIP-360).
 *
 * <p>Owned by the shard's thread.
 */
final class Initialization {

  private final CoordinatorContext context;
  private final Transactions transactions;
  private final Outcomes outcomes;
  private final Waits waits;

  Initialization(
      CoordinatorContext context, Transactions transactions, Outcomes outcomes, Waits waits) {
    this.context = context;
    this.transactions = transactions;
    this.outcomes = outcomes;
    this.waits = waits;
  }

  /**
   * Gives a producer the transactional id.
   *
   * @param spareProducerId a producer id that nobody has, or -1 if none was fetched
   * @return empty if it takes a spare producer id
   */
  CoordinatorResult<Optional<InitProducerIdResponse>> initialize(
      InitProducerIdRequest request,
      long spareProducerId,
      Reply<Optional<InitProducerIdResponse>> reply) {
    TransactionEntry entry = transactions.find(request.transactionalId());
    if (entry == null) {
      return spareProducerId < 0 ? needed() : first(request, spareProducerId);
    }
    Transaction transaction = entry.transaction();
    validate(request, entry);
    return switch (transaction.status()) {
      case PREPARE_COMMIT, PREPARE_ABORT ->
          waits.until(entry, reply, () -> again(request, spareProducerId));
      case ONGOING ->
          outcomes.rotatesWhenFenced(entry) && spareProducerId < 0
              ? needed()
              : fence(request, entry, spareProducerId, reply);
      case EMPTY, COMPLETE_COMMIT, COMPLETE_ABORT -> initialize(request, entry, spareProducerId);
    };
  }

  /** The new producer's own epoch comes after the one that fences, once the abort is complete. */
  private CoordinatorResult<Optional<InitProducerIdResponse>> fence(
      InitProducerIdRequest request,
      TransactionEntry entry,
      long spareProducerId,
      Reply<Optional<InitProducerIdResponse>> reply) {
    long left = outcomes.rotatesWhenFenced(entry) ? Transaction.NO_PRODUCER_ID : spareProducerId;
    CoordinatorResult<Optional<InitProducerIdResponse>> fence =
        outcomes.fence(entry, spareProducerId);
    return fence.withAfterAppend(
        () -> {
          waits.until(entry, reply, () -> again(request, left));
          fence.afterAppend().run();
        });
  }

  private CoordinatorResult<Optional<InitProducerIdResponse>> again(
      InitProducerIdRequest request, long spareProducerId) {
    TransactionEntry entry = transactions.find(request.transactionalId());
    if (entry == null || !entry.transaction().status().isAtRest()) {
      throw new CoordinatorException(ErrorCode.CONCURRENT_TRANSACTIONS);
    }
    validate(request, entry);
    return initialize(request, entry, spareProducerId);
  }

  /**
   * A producer that says who it was must be the one that holds the id, or repeat what made it so. A
   * zombie is sent away before it can abort its successor's transaction.
   */
  private static void validate(InitProducerIdRequest request, TransactionEntry entry) {
    if (request.producerId() == Transaction.NO_PRODUCER_ID) {
      return;
    }
    Transaction transaction = entry.transaction();
    boolean isHolder =
        (request.producerId() == transaction.producerId()
                && request.producerEpoch() == transaction.producerEpoch())
            || transaction.isNextProducer(request.producerId(), request.producerEpoch());
    boolean isProducerIdKnown =
        request.producerId() == transaction.producerId()
            || (request.producerId() == transaction.previousProducerId()
                && Transaction.isExhausted(request.producerEpoch()));
    boolean isRetry = isProducerIdKnown && request.producerEpoch() == entry.lastEpoch();
    if (!isHolder && !isRetry) {
      throw new CoordinatorException(ErrorCode.PRODUCER_FENCED);
    }
  }

  private CoordinatorResult<Optional<InitProducerIdResponse>> first(
      InitProducerIdRequest request, long producerId) {
    Transaction unused =
        Transaction.unused(producerId, request.transactionTimeoutMs(), context.nowMs());
    TransactionEntry entry = new TransactionEntry(request.transactionalId());
    return answer(
        entry,
        unused.initialized((short) 0, request.transactionTimeoutMs(), context.nowMs()),
        Transaction.NO_EPOCH);
  }

  private CoordinatorResult<Optional<InitProducerIdResponse>> initialize(
      InitProducerIdRequest request, TransactionEntry entry, long spareProducerId) {
    Transaction transaction = entry.transaction();
    int timeoutMs = request.transactionTimeoutMs();
    boolean isNew = request.producerId() == Transaction.NO_PRODUCER_ID;
    if (!isNew && request.producerEpoch() != transaction.producerEpoch()) {
      // A retry of what has been done; a new producer would have cleared the last epoch.
      return answer(
          entry, transaction.initializedAgain(timeoutMs, context.nowMs()), entry.lastEpoch());
    }
    short lastEpoch = isNew ? Transaction.NO_EPOCH : transaction.producerEpoch();
    if (!transaction.isExhausted()) {
      short next = (short) (transaction.producerEpoch() + 1);
      return answer(entry, transaction.initialized(next, timeoutMs, context.nowMs()), lastEpoch);
    }
    if (spareProducerId < 0) {
      return needed();
    }
    return answer(
        entry, transaction.rotated(spareProducerId, timeoutMs, context.nowMs()), lastEpoch);
  }

  private CoordinatorResult<Optional<InitProducerIdResponse>> answer(
      TransactionEntry entry, Transaction next, short lastEpoch) {
    return CoordinatorResult.<Optional<InitProducerIdResponse>>append(
            List.of(outcomes.record(entry, next)))
        .withAfterAppend(() -> transactions.find(entry.transactionalId()).lastEpoch(lastEpoch))
        .withResponse(
            Optional.of(
                new InitProducerIdResponse()
                    .producerId(next.producerId())
                    .producerEpoch(next.producerEpoch())));
  }

  private static CoordinatorResult<Optional<InitProducerIdResponse>> needed() {
    return CoordinatorResult.respond(Optional.empty());
  }
}
