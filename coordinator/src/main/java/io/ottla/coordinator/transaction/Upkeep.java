package io.ottla.coordinator.transaction;

import io.ottla.coordinator.CoordinatorContext;
import io.ottla.coordinator.CoordinatorRecord;
import io.ottla.coordinator.CoordinatorResult;
import io.ottla.coordinator.Deadline;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Aborts transactions that are open for longer than their producers allowed, and forgets
 * transactional ids that nobody uses.
 *
 * <p>Owned by the shard's thread.
 */
final class Upkeep {

  private static final Logger LOG = LoggerFactory.getLogger(Upkeep.class);

  /** How many transactions are aborted in one append; the rest follow at once. */
  private static final int MOST_AT_ONCE = 50;

  private final TransactionCoordinatorConfig config;
  private final CoordinatorContext context;
  private final Transactions transactions;
  private final Outcomes outcomes;
  private final Deadline abortCheck;
  private final Deadline expiryCheck;
  private final Consumer<String> producerIds;

  /** Transactional ids for which a producer id is on its way. */
  private final Set<String> awaited = new HashSet<>();

  private int atOnce = MOST_AT_ONCE;

  /**
   * @param producerIds fetches the producer id that {@link #abortTimedOut} takes
   */
  Upkeep(
      TransactionCoordinatorConfig config,
      CoordinatorContext context,
      Transactions transactions,
      Outcomes outcomes,
      Consumer<String> producerIds) {
    this.producerIds = producerIds;
    this.config = config;
    this.context = context;
    this.transactions = transactions;
    this.outcomes = outcomes;
    this.abortCheck = context.deadline(this::abortTimedOut);
    this.expiryCheck = context.deadline(this::expire);
  }

  void start() {
    abortCheck.set(config.abortCheckIntervalMs());
    expiryCheck.set(config.expiryCheckIntervalMs());
  }

  void stop() {
    abortCheck.cancel();
    expiryCheck.cancel();
  }

  private CoordinatorResult<Void> abortTimedOut() {
    abortCheck.set(config.abortCheckIntervalMs());
    long nowMs = context.nowMs();
    List<CoordinatorRecord> records = new ArrayList<>();
    List<TransactionEntry> aborted = new ArrayList<>();
    for (TransactionEntry entry : transactions.all()) {
      Transaction transaction = entry.transaction();
      if (transaction.isTimedOut(nowMs) && outcomes.rotatesWhenFenced(entry)) {
        if (awaited.add(entry.transactionalId())) {
          producerIds.accept(entry.transactionalId());
        }
      } else if (transaction.isTimedOut(nowMs)) {
        tell(entry, nowMs);
        records.add(outcomes.record(entry, outcomes.fenced(entry, Transaction.NO_PRODUCER_ID)));
        aborted.add(entry);
      }
      if (aborted.size() == atOnce) {
        abortCheck.set(0);
        break;
      }
    }
    List<Short> lastEpochs = aborted.stream().map(outcomes::lastEpochWhenFenced).toList();
    return CoordinatorResult.<Void>append(records)
        .withOnAppendError(error -> abortFewerLater())
        .withAfterAppend(
            () -> {
              atOnce = MOST_AT_ONCE;
              for (int i = 0; i < aborted.size(); i++) {
                aborted.get(i).lastEpoch(lastEpochs.get(i));
                outcomes.resume(aborted.get(i));
              }
            });
  }

  private static void tell(TransactionEntry entry, long nowMs) {
    Transaction transaction = entry.transaction();
    LOG.info(
        "The transaction of {} (producer {} epoch {}) is open for {} ms, its timeout is {} ms: it"
            + " is aborted",
        entry,
        transaction.producerId(),
        transaction.producerEpoch(),
        nowMs - transaction.startMs(),
        transaction.timeoutMs());
  }

  /** The epochs of its producer id are used up. If it cannot be done now, the next check tries. */
  CoordinatorResult<Void> abortTimedOut(String transactionalId, long spareProducerId) {
    awaited.remove(transactionalId);
    TransactionEntry entry = transactions.find(transactionalId);
    long nowMs = context.nowMs();
    if (entry == null || !entry.transaction().isTimedOut(nowMs) || spareProducerId < 0) {
      return CoordinatorResult.nothing();
    }
    tell(entry, nowMs);
    return outcomes.fence(entry, spareProducerId);
  }

  /** Not at once again: the log may refuse for long. Fewer, as it may have been too much for it. */
  private void abortFewerLater() {
    atOnce = Math.max(1, atOnce / 2);
    abortCheck.set(config.abortCheckIntervalMs());
  }

  private CoordinatorResult<Void> expire() {
    expiryCheck.set(config.expiryCheckIntervalMs());
    long oldestMs = context.nowMs() - config.idExpirationMs();
    List<CoordinatorRecord> records = new ArrayList<>();
    for (TransactionEntry entry : transactions.all()) {
      Transaction transaction = entry.transaction();
      if (transaction.status().isAtRest() && transaction.updateMs() <= oldestMs) {
        records.add(TransactionRecords.tombstone(entry.transactionalId()));
      }
    }
    if (!records.isEmpty()) {
      LOG.info(
          "{} transactional ids are forgotten: nobody has used them for {} ms",
          records.size(),
          config.idExpirationMs());
    }
    return CoordinatorResult.appendInParts(records);
  }
}
