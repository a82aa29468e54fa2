package io.ottla.coordinator.transaction;

import io.ottla.coordinator.CoordinatorContext;
import io.ottla.coordinator.CoordinatorException;
import io.ottla.coordinator.CoordinatorResult;
import io.ottla.coordinator.Reply;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.EndTxnResponse;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * EndTxn: a producer commits or aborts. It is answered when the outcome is safe; the markers
 * follow.
 *
 * <p>Owned by the shard's thread.
 */
final class Ending {

  private static final Logger LOG = LoggerFactory.getLogger(Ending.class);

  private final CoordinatorContext context;
  private final Transactions transactions;
  private final Outcomes outcomes;
  private final Waits waits;

  Ending(CoordinatorContext context, Transactions transactions, Outcomes outcomes, Waits waits) {
    this.context = context;
    this.transactions = transactions;
    this.outcomes = outcomes;
    this.waits = waits;
  }

  /**
   * Ends a transaction.
   *
   * @param version of transactions as the client knows them: 0 or 2
   * @param spareProducerId a producer id that nobody has, or -1 if none was fetched
   * @return empty if it takes a spare producer id
   */
  CoordinatorResult<Optional<EndTxnResponse>> end(
      Producer producer,
      boolean isCommit,
      int version,
      long spareProducerId,
      Reply<Optional<EndTxnResponse>> reply) {
    TransactionEntry entry = transactions.find(producer.transactionalId());
    if (entry == null) {
      throw new CoordinatorException(ErrorCode.INVALID_PRODUCER_ID_MAPPING);
    }
    EndDecision decision = decide(entry, producer, isCommit, version);
    return decision instanceof EndDecision.Wait
        ? waits.until(entry, reply, () -> again(producer, isCommit, version, spareProducerId))
        : carryOut(decision, entry, producer, isCommit, version, spareProducerId);
  }

  private CoordinatorResult<Optional<EndTxnResponse>> carryOut(
      EndDecision decision,
      TransactionEntry entry,
      Producer producer,
      boolean isCommit,
      int version,
      long spareProducerId) {
    return switch (decision) {
      case EndDecision.Wait wait ->
          throw new CoordinatorException(ErrorCode.CONCURRENT_TRANSACTIONS);
      case EndDecision.Refuse refuse -> throw refused(entry, producer, isCommit, refuse.error());
      case EndDecision.Done done -> CoordinatorResult.respond(answer(entry.transaction(), version));
      case EndDecision.Prepare prepare -> prepare(entry, isCommit, version, spareProducerId);
    };
  }

  private static EndDecision decide(
      TransactionEntry entry, Producer producer, boolean isCommit, int version) {
    return EndDecision.of(entry.transaction(), producer.id(), producer.epoch(), isCommit, version);
  }

  /** What was waited for has happened, or takes too long. */
  private CoordinatorResult<Optional<EndTxnResponse>> again(
      Producer producer, boolean isCommit, int version, long spareProducerId) {
    TransactionEntry entry = transactions.find(producer.transactionalId());
    if (entry == null) {
      throw new CoordinatorException(ErrorCode.INVALID_PRODUCER_ID_MAPPING);
    }
    EndDecision decision = decide(entry, producer, isCommit, version);
    return carryOut(decision, entry, producer, isCommit, version, spareProducerId);
  }

  private static CoordinatorException refused(
      TransactionEntry entry, Producer producer, boolean isCommit, ErrorCode error) {
    if (error == ErrorCode.INVALID_TXN_STATE) {
      LOG.warn(
          "The producer of transactional id {} ({} epoch {}) asks for a {}, but the transaction is"
              + " {}",
          entry,
          producer.id(),
          producer.epoch(),
          isCommit ? "commit" : "abort",
          entry.transaction().status().displayName());
    }
    return new CoordinatorException(error);
  }

  private CoordinatorResult<Optional<EndTxnResponse>> prepare(
      TransactionEntry entry, boolean isCommit, int version, long spareProducerId) {
    Transaction transaction = entry.transaction();
    boolean isRotated = version >= Transaction.EPOCH_PER_TRANSACTION && transaction.isExhausted();
    if (isRotated && spareProducerId < 0) {
      return CoordinatorResult.respond(Optional.empty());
    }
    long nextProducerId = isRotated ? spareProducerId : Transaction.NO_PRODUCER_ID;
    Transaction prepared =
        transaction.prepared(isCommit, false, version, nextProducerId, context.nowMs());
    short lastEpoch =
        version >= Transaction.EPOCH_PER_TRANSACTION
            ? transaction.producerEpoch()
            : entry.lastEpoch();
    return outcomes
        .<Optional<EndTxnResponse>>prepare(entry, prepared, lastEpoch)
        .withResponse(answer(prepared.completed(context.nowMs()), version));
  }

  /** What the producer goes on with. */
  private static Optional<EndTxnResponse> answer(Transaction complete, int version) {
    return Optional.of(
        version >= Transaction.EPOCH_PER_TRANSACTION
            ? new EndTxnResponse()
                .producerId(complete.producerId())
                .producerEpoch(complete.producerEpoch())
            : new EndTxnResponse());
  }
}
