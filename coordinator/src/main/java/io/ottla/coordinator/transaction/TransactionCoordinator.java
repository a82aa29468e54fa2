package io.ottla.coordinator.transaction;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import io.ottla.coordinator.CoordinatorLog;
import io.ottla.coordinator.CoordinatorLogReader;
import io.ottla.coordinator.CoordinatorPartitions;
import io.ottla.coordinator.CoordinatorResult;
import io.ottla.coordinator.CoordinatorRuntime;
import io.ottla.coordinator.HostedCoordinator;
import io.ottla.coordinator.PatternSize;
import io.ottla.coordinator.Reply;
import io.ottla.runtime.Shard;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.TopicPartition;
import io.ottla.wire.message.DescribeTransactionsRequest;
import io.ottla.wire.message.DescribeTransactionsResponse;
import io.ottla.wire.message.EndTxnRequest;
import io.ottla.wire.message.EndTxnResponse;
import io.ottla.wire.message.InitProducerIdRequest;
import io.ottla.wire.message.InitProducerIdResponse;
import io.ottla.wire.message.ListTransactionsRequest;
import io.ottla.wire.message.ListTransactionsResponse;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The transaction coordinator of a broker: hands requests to the shards of the partitions of {@code
 * __transaction_state} that the broker leads.
 *
 * <p>Any thread may call it. Each request method returns false if the partition's shard is
 * overloaded, and then does not call back; otherwise the callback is called once, on the shard's
 * thread or on the caller's, when the answer rests on nothing that could be lost. It must not
 * block.
 *
 * <p>Who may do what is decided before: the coordinator does no authorization.
 */
public final class TransactionCoordinator implements HostedCoordinator {

  /** The topic that holds transactions. */
  public static final String TOPIC = "__transaction_state";

  private static final Logger LOG = LoggerFactory.getLogger(TransactionCoordinator.class);

  /** Since these versions clients know of an epoch for each transaction (KIP-890). */
  private static final short END_WITH_EPOCH_VERSION = 5;

  private final TransactionCoordinatorConfig config;
  private final IntSupplier featureLevel;
  private final ProducerIdSource producerIds;
  private final MarkerDelivery markers;
  private final Executor loadExecutor;
  private final CoordinatorPartitions<TransactionShard> partitions;

  /**
   * @param partitionCount of {@code __transaction_state}; must not change while there are ids
   * @param shards the shard of each partition
   * @param featureLevel the finalized {@code transaction.version}; any thread
   * @param loadExecutor reads logs while a partition loads; its tasks block
   */
  public TransactionCoordinator(
      TransactionCoordinatorConfig config,
      int partitionCount,
      IntFunction<Shard> shards,
      IntSupplier featureLevel,
      ProducerIdSource producerIds,
      MarkerDelivery markers,
      Executor loadExecutor) {
    this.config = config;
    this.featureLevel = featureLevel;
    this.producerIds = producerIds;
    this.markers = markers;
    this.loadExecutor = loadExecutor;
    this.partitions = new CoordinatorPartitions<>(partitionCount, shards);
  }

  /** The partition of {@code __transaction_state} that a transactional id is kept in. */
  public int partitionFor(String transactionalId) {
    return partitions.partitionFor(transactionalId);
  }

  /** The runtime of a partition that is coordinated here, or null; for tests. */
  CoordinatorRuntime<TransactionShard> runtime(int partition) {
    return partitions.find(partition);
  }

  /** InitProducerId with a transactional id, versions 0 to 6. */
  public boolean initProducerId(
      InitProducerIdRequest request, Consumer<InitProducerIdResponse> callback) {
    ErrorCode error = validate(request);
    if (error != ErrorCode.NONE) {
      callback.accept(initError(error));
      return true;
    }
    return askWithProducerId(
        request.transactionalId(),
        (shard, spare, reply) -> shard.initialize(request, spare, reply),
        callback,
        TransactionCoordinator::initError);
  }

  private ErrorCode validate(InitProducerIdRequest request) {
    boolean hasId = request.producerId() != Transaction.NO_PRODUCER_ID;
    boolean hasEpoch = request.producerEpoch() != Transaction.NO_EPOCH;
    if (request.transactionalId().isEmpty() || hasId != hasEpoch) {
      return ErrorCode.INVALID_REQUEST;
    }
    if (request.enable2Pc()) {
      return ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED;
    }
    if (request.keepPreparedTxn()) {
      return ErrorCode.UNSUPPORTED_VERSION;
    }
    boolean isTimeoutValid =
        request.transactionTimeoutMs() > 0
            && request.transactionTimeoutMs() <= config.maxTimeoutMs();
    return isTimeoutValid ? ErrorCode.NONE : ErrorCode.INVALID_TRANSACTION_TIMEOUT;
  }

  private static InitProducerIdResponse initError(ErrorCode error) {
    return new InitProducerIdResponse()
        .errorCode(error.code())
        .producerId(Transaction.NO_PRODUCER_ID)
        .producerEpoch(Transaction.NO_EPOCH);
  }

  /**
   * Makes partitions part of a producer's transaction, all or none; for AddPartitionsToTxn and
   * AddOffsetsToTxn.
   *
   * @param version of transactions as the client knows them: 0 or 2
   */
  public boolean addPartitions(
      String transactionalId,
      long producerId,
      short producerEpoch,
      Set<TopicPartition> added,
      int version,
      Consumer<ErrorCode> callback) {
    if (transactionalId == null || transactionalId.isEmpty()) {
      callback.accept(ErrorCode.INVALID_REQUEST);
      return true;
    }
    Producer producer = new Producer(transactionalId, producerId, producerEpoch);
    return partitions.ask(
        transactionalId,
        (shard, reply) -> shard.add(producer, added, version, reply),
        callback,
        Function.identity());
  }

  /** Tells which partitions are part of a producer's transaction. */
  public boolean verifyPartitions(
      String transactionalId,
      long producerId,
      short producerEpoch,
      Set<TopicPartition> asked,
      Consumer<Map<TopicPartition, ErrorCode>> callback) {
    if (transactionalId == null || transactionalId.isEmpty()) {
      callback.accept(allWith(asked, ErrorCode.INVALID_REQUEST));
      return true;
    }
    Producer producer = new Producer(transactionalId, producerId, producerEpoch);
    return partitions.ask(
        transactionalId,
        (shard, reply) -> shard.verify(producer, asked),
        callback,
        error -> allWith(asked, error));
  }

  private static Map<TopicPartition, ErrorCode> allWith(
      Set<TopicPartition> asked, ErrorCode error) {
    return asked.stream().collect(Collectors.toMap(Function.identity(), partition -> error));
  }

  /** EndTxn, versions 0 to 5. */
  public boolean endTransaction(
      short apiVersion, EndTxnRequest request, Consumer<EndTxnResponse> callback) {
    if (request.transactionalId().isEmpty()) {
      callback.accept(endError(ErrorCode.INVALID_REQUEST));
      return true;
    }
    Producer producer =
        new Producer(request.transactionalId(), request.producerId(), request.producerEpoch());
    int version = apiVersion >= END_WITH_EPOCH_VERSION ? Transaction.EPOCH_PER_TRANSACTION : 0;
    return askWithProducerId(
        request.transactionalId(),
        (shard, spare, reply) -> shard.end(producer, request.committed(), version, spare, reply),
        callback,
        TransactionCoordinator::endError);
  }

  private static EndTxnResponse endError(ErrorCode error) {
    return new EndTxnResponse().errorCode(error.code());
  }

  /** DescribeTransactions, version 0, in the order of the request. */
  public boolean describe(
      DescribeTransactionsRequest request, Consumer<DescribeTransactionsResponse> callback) {
    return partitions.<String, DescribeTransactionsResponse.TransactionState>askEach(
        request.transactionalIds(),
        id -> id,
        ids -> (shard, reply) -> shard.describe(ids),
        (id, error) ->
            new DescribeTransactionsResponse.TransactionState()
                .transactionalId(id)
                .errorCode(error.code()),
        states -> callback.accept(new DescribeTransactionsResponse().transactionStates(states)));
  }

  /** ListTransactions, versions 0 to 2: of all partitions this broker coordinates. */
  public boolean list(
      ListTransactionsRequest request, Consumer<ListTransactionsResponse> callback) {
    Set<TransactionStatus> states = EnumSet.noneOf(TransactionStatus.class);
    List<String> unknown = new ArrayList<>();
    for (String name : request.stateFilters()) {
      Optional<TransactionStatus> status = TransactionStatus.forDisplayName(name);
      status.ifPresent(states::add);
      if (status.isEmpty() && !TransactionStatus.isTransient(name)) {
        unknown.add(name);
      }
    }
    Pattern pattern = null;
    if (request.transactionalIdPattern() != null && !request.transactionalIdPattern().isEmpty()) {
      pattern = compile(request.transactionalIdPattern());
      if (pattern == null) {
        callback.accept(
            new ListTransactionsResponse().errorCode(ErrorCode.INVALID_REGULAR_EXPRESSION.code()));
        return true;
      }
    }
    TransactionQueries.Filter filter =
        new TransactionQueries.Filter(
            states,
            request.stateFilters().isEmpty(),
            Set.copyOf(request.producerIdFilters()),
            request.durationFilter(),
            pattern);
    return partitions.<Listing>askAll(
        (shard, reply) -> shard.list(filter),
        error -> new Listing(error, List.of()),
        parts -> callback.accept(joined(parts).unknownStateFilters(unknown)));
  }

  /** The pattern; null if the expression is invalid, or so large that it would take too much. */
  private static Pattern compile(String regex) {
    if (PatternSize.refusal(regex) != null) {
      return null;
    }
    try {
      return Pattern.compile(regex);
    } catch (PatternSyntaxException e) {
      return null;
    }
  }

  /** What one partition lists. */
  record Listing(ErrorCode error, List<ListTransactionsResponse.TransactionState> states) {}

  private static ListTransactionsResponse joined(List<Listing> parts) {
    List<ListTransactionsResponse.TransactionState> states = new ArrayList<>();
    for (Listing part : parts) {
      // Another broker lists the ids of a partition that has just left.
      if (part.error != ErrorCode.NONE && part.error != ErrorCode.NOT_COORDINATOR) {
        return new ListTransactionsResponse().errorCode(part.error.code());
      }
      states.addAll(part.states);
    }
    return new ListTransactionsResponse().transactionStates(states);
  }

  /**
   * This broker leads a partition of {@code __transaction_state} now: its ids are loaded, and
   * transactions that were decided go on.
   *
   * @param leaderEpoch of the partition; markers carry it, so that leaders know an old coordinator
   */
  @Override
  public void onElection(
      int partition, int leaderEpoch, CoordinatorLog log, CoordinatorLogReader reader) {
    LOG.debug("Coordinator of {} in leader epoch {}", log.topicPartition(), leaderEpoch);
    partitions.elect(
        partition,
        shard ->
            new CoordinatorRuntime<>(
                shard,
                new CoordinatorRuntime.Limits(
                    config.writeTimeoutMs(), config.loadChunkBytes(), config.maxHeldReplies()),
                context ->
                    new TransactionShard(
                        config,
                        leaderEpoch,
                        context,
                        featureLevel,
                        (id, prepared) -> deliver(partition, leaderEpoch, id, prepared),
                        id -> fetchProducerId(partition, id)),
                TransactionRecords.DECODER,
                loadExecutor,
                log,
                reader));
  }

  private void deliver(
      int partition, int leaderEpoch, String transactionalId, Transaction prepared) {
    Runnable whenWritten =
        () ->
            partitions.tell(
                partition, shard -> shard.complete(leaderEpoch, transactionalId, prepared));
    if (prepared.partitions().isEmpty()) {
      whenWritten.run();
      return;
    }
    markers.deliver(
        new MarkerDelivery.Markers(
            partition,
            transactionalId,
            prepared.producerId(),
            prepared.producerEpoch(),
            leaderEpoch,
            prepared.isCommit(),
            prepared.clientVersion(),
            prepared.partitions()),
        whenWritten);
  }

  private void fetchProducerId(int partition, String transactionalId) {
    var _ =
        producerIds
            .next()
            .whenComplete(
                (producerId, failure) -> {
                  long spare = failure == null ? producerId : Transaction.NO_PRODUCER_ID;
                  if (failure != null) {
                    LOG.info("No producer id to abort {} with", transactionalId, failure);
                  }
                  partitions.tell(partition, shard -> shard.abortTimedOut(transactionalId, spare));
                });
  }

  /** This broker does not lead the partition any more. */
  @Override
  public void onResignation(int partition) {
    partitions.resign(partition, () -> markers.cancel(partition));
  }

  /** Resigns from all partitions. */
  public void close() {
    for (int partition = 0; partition < partitions.count(); partition++) {
      onResignation(partition);
    }
  }

  /** What is below the offset stays. On the shard's thread, at the end of a batch. */
  @Override
  public void onHighWatermark(int partition, long highWatermark) {
    partitions.onHighWatermark(partition, highWatermark);
  }

  /** An operation that may take a producer id. */
  private interface WithProducerId<R> {

    /** Answers empty if it takes a producer id and was given -1. */
    CoordinatorResult<Optional<R>> run(
        TransactionShard shard, long spareProducerId, Reply<Optional<R>> reply);
  }

  private <R> boolean askWithProducerId(
      String transactionalId,
      WithProducerId<R> operation,
      Consumer<R> callback,
      Function<ErrorCode, R> errorResponse) {
    return ask(
        transactionalId,
        operation,
        Transaction.NO_PRODUCER_ID,
        answer -> {
          if (answer.isPresent()) {
            callback.accept(answer.get());
          } else {
            askAgain(transactionalId, operation, callback, errorResponse);
          }
        },
        errorResponse);
  }

  private <R> boolean ask(
      String transactionalId,
      WithProducerId<R> operation,
      long spareProducerId,
      Consumer<Optional<R>> callback,
      Function<ErrorCode, R> errorResponse) {
    return partitions.ask(
        transactionalId,
        (shard, reply) -> operation.run(shard, spareProducerId, reply),
        callback,
        errorResponse.andThen(Optional::of));
  }

  private <R> void askAgain(
      String transactionalId,
      WithProducerId<R> operation,
      Consumer<R> callback,
      Function<ErrorCode, R> errorResponse) {
    // The id was taken for what had to come first.
    Supplier<R> used = () -> errorResponse.apply(ErrorCode.CONCURRENT_TRANSACTIONS);
    var _ =
        producerIds
            .next()
            .whenComplete(
                (producerId, failure) -> {
                  boolean isAsked =
                      failure == null
                          && ask(
                              transactionalId,
                              operation,
                              producerId,
                              answer -> callback.accept(answer.orElseGet(used)),
                              errorResponse);
                  if (!isAsked) {
                    LOG.info("No producer id for transactional id {}", transactionalId, failure);
                    callback.accept(errorResponse.apply(ErrorCode.COORDINATOR_NOT_AVAILABLE));
                  }
                });
  }
}
