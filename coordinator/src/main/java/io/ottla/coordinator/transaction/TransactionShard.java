package io.ottla.coordinator.transaction;

import io.ottla.coordinator.CoordinatorContext;
import io.ottla.coordinator.CoordinatorRecord;
import io.ottla.coordinator.CoordinatorResult;
import io.ottla.coordinator.CoordinatorShard;
import io.ottla.coordinator.Reply;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.TopicPartition;
import io.ottla.wire.message.DescribeTransactionsResponse;
import io.ottla.wire.message.EndTxnResponse;
import io.ottla.wire.message.InitProducerIdRequest;
import io.ottla.wire.message.InitProducerIdResponse;
import io.ottla.wire.message.TransactionLogKey;
import io.ottla.wire.message.TransactionLogValue;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The transactional ids of one partition of {@code __transaction_state}.
 *
 * <p>Owned by the partition's shard thread.
 */
final class TransactionShard implements CoordinatorShard {

  private static final Logger LOG = LoggerFactory.getLogger(TransactionShard.class);

  private final int leaderEpoch;
  private final CoordinatorContext context;
  private final Transactions transactions = new Transactions();
  private final Waits waits;
  private final Outcomes outcomes;
  private final Initialization initialization;
  private final Participation participation;
  private final Ending ending;
  private final TransactionQueries queries;
  private final Upkeep upkeep;

  /**
   * @param leaderEpoch of the partition, since which this shard coordinates
   * @param featureLevel the finalized {@code transaction.version}
   * @param markers has the markers of a decided transaction written
   * @param producerIds fetches the producer id that {@link #abortTimedOut} takes
   */
  TransactionShard(
      TransactionCoordinatorConfig config,
      int leaderEpoch,
      CoordinatorContext context,
      IntSupplier featureLevel,
      Outcomes.MarkerStart markers,
      Consumer<String> producerIds) {
    this.leaderEpoch = leaderEpoch;
    this.context = context;
    this.waits = new Waits(context, config.concurrentWaitMs());
    this.outcomes = new Outcomes(context, transactions, featureLevel, markers);
    this.initialization = new Initialization(context, transactions, outcomes, waits);
    this.participation = new Participation(context, transactions, outcomes, waits);
    this.ending = new Ending(context, transactions, outcomes, waits);
    this.queries = new TransactionQueries(transactions);
    this.upkeep = new Upkeep(config, context, transactions, outcomes, producerIds);
  }

  Transactions transactions() {
    return transactions;
  }

  @Override
  public void replay(long offset, long producerId, CoordinatorRecord record) {
    TransactionLogKey key = (TransactionLogKey) record.key();
    transactions.replay(
        key.transactionalId(),
        record.isTombstone() ? null : (TransactionLogValue) record.value().message());
  }

  /** Nobody writes to this topic in a transaction. */
  @Override
  public void replayEndTransaction(long producerId, boolean committed) {
    LOG.warn("A marker of producer {} is in {}: ignored", producerId, TransactionCoordinator.TOPIC);
  }

  /** Resumes what was decided and is not complete. */
  @Override
  public void onLoaded() {
    for (TransactionEntry entry : transactions.all()) {
      if (entry.transaction().status().isPrepared()) {
        outcomes.resume(entry);
      }
    }
    upkeep.start();
  }

  @Override
  public void onUnloaded(ErrorCode error) {
    upkeep.stop();
    waits.unload(error);
  }

  CoordinatorResult<Optional<InitProducerIdResponse>> initialize(
      InitProducerIdRequest request,
      long spareProducerId,
      Reply<Optional<InitProducerIdResponse>> reply) {
    return initialization.initialize(request, spareProducerId, reply);
  }

  CoordinatorResult<ErrorCode> add(
      Producer producer, Set<TopicPartition> partitions, int version, Reply<ErrorCode> reply) {
    return participation.add(producer, partitions, version, reply);
  }

  CoordinatorResult<Map<TopicPartition, ErrorCode>> verify(
      Producer producer, Set<TopicPartition> partitions) {
    return participation.verify(producer, partitions);
  }

  CoordinatorResult<Optional<EndTxnResponse>> end(
      Producer producer,
      boolean isCommit,
      int version,
      long spareProducerId,
      Reply<Optional<EndTxnResponse>> reply) {
    return ending.end(producer, isCommit, version, spareProducerId, reply);
  }

  /**
   * All partitions know the outcome.
   *
   * @param sentInEpoch the leader epoch in which the markers were sent; those that were sent in
   *     another are being sent again, and may yet come to end what begins after this transaction
   */
  CoordinatorResult<Void> complete(int sentInEpoch, String transactionalId, Transaction prepared) {
    if (sentInEpoch != leaderEpoch) {
      return CoordinatorResult.nothing();
    }
    return outcomes.complete(transactionalId, prepared);
  }

  /**
   * Aborts a transaction for which a producer id was fetched, if it is still open for too long.
   *
   * @param spareProducerId -1 if none was to be had
   */
  CoordinatorResult<Void> abortTimedOut(String transactionalId, long spareProducerId) {
    return upkeep.abortTimedOut(transactionalId, spareProducerId);
  }

  CoordinatorResult<List<DescribeTransactionsResponse.TransactionState>> describe(
      List<String> transactionalIds) {
    return CoordinatorResult.respond(transactionalIds.stream().map(queries::describe).toList());
  }

  CoordinatorResult<TransactionCoordinator.Listing> list(TransactionQueries.Filter filter) {
    return CoordinatorResult.respond(
        new TransactionCoordinator.Listing(ErrorCode.NONE, queries.list(filter, context.nowMs())));
  }
}
