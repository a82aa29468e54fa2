package io.ottla.coordinator.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.ottla.coordinator.Answer;
import io.ottla.coordinator.CoordinatorRecord;
import io.ottla.coordinator.CoordinatorRecordCodec;
import io.ottla.coordinator.ErrorLog;
import io.ottla.coordinator.MemoryLog;
import io.ottla.runtime.ManualClock;
import io.ottla.runtime.ManualShard;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.TopicPartition;
import io.ottla.wire.message.DescribeTransactionsRequest;
import io.ottla.wire.message.DescribeTransactionsResponse;
import io.ottla.wire.message.EndTxnRequest;
import io.ottla.wire.message.EndTxnResponse;
import io.ottla.wire.message.InitProducerIdRequest;
import io.ottla.wire.message.InitProducerIdResponse;
import io.ottla.wire.record.Compression;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * A transaction coordinator of one partition, turned by hand: its clock, its shard, its log, and
 * the markers it sends.
 */
final class TransactionBed implements MarkerDelivery {

  static final String ID = "the-id";
  static final int TIMEOUT_MS = 60_000;
  static final short V2 = 5;
  static final short V1 = 4;

  /** Markers that were sent, and what to do when they are written. */
  record Sent(Markers markers, Runnable whenWritten) {}

  final ManualClock clock = new ManualClock(1_700_000_000_000L);
  final ManualShard shard = new ManualShard(0, 10_000, clock);
  final MemoryLog log = new MemoryLog(new TopicPartition(TransactionCoordinator.TOPIC, 0));
  final List<Sent> sent = new ArrayList<>();
  final TransactionCoordinatorConfig config =
      new TransactionCoordinatorConfig(
          900_000, 604_800_000, 10_000, 3_600_000, 100, 5_000, 1 << 20, 10_000);
  final TransactionCoordinator coordinator;
  int featureLevel = 2;
  boolean refuseProducerIds;
  private final Queue<Runnable> loads = new ArrayDeque<>();
  private boolean isHighWatermarkHeld;
  private boolean isDeliveryHeld;
  private int epoch;
  private long producerIds = 1000;

  TransactionBed() {
    ErrorLog.clear();
    coordinator =
        new TransactionCoordinator(
            config,
            1,
            partition -> shard,
            () -> featureLevel,
            this::nextProducerId,
            this,
            loads::add);
    log.onAppend(end -> shard.atEndOfBatch(this::followHighWatermark));
    elect();
  }

  /** Appends a record that this coordinator has not written. */
  void append(CoordinatorRecord record) {
    log.appendBytes(
        CoordinatorRecordCodec.writeBatch(
            Unpooled.buffer(), List.of(record), null, clock.wallMs(), Compression.NONE));
  }

  private CompletableFuture<Long> nextProducerId() {
    return refuseProducerIds
        ? CompletableFuture.failedFuture(new IllegalStateException("none left"))
        : CompletableFuture.completedFuture(producerIds++);
  }

  /** Becomes the coordinator, and loads. */
  void elect() {
    coordinator.onElection(0, ++epoch, log, log);
    turn();
  }

  void resign() {
    coordinator.onResignation(0);
    turn();
  }

  private void followHighWatermark() {
    if (!isHighWatermarkHeld) {
      log.highWatermark(log.endOffset());
      coordinator.onHighWatermark(0, log.highWatermark());
    }
  }

  void holdHighWatermark() {
    isHighWatermarkHeld = true;
  }

  void releaseHighWatermark() {
    isHighWatermarkHeld = false;
    followHighWatermark();
    turn();
  }

  void holdDelivery() {
    isDeliveryHeld = true;
  }

  void releaseDelivery() {
    isDeliveryHeld = false;
    List<Sent> held = List.copyOf(sent);
    held.forEach(one -> one.whenWritten.run());
    turn();
  }

  @Override
  public void deliver(Markers markers, Runnable whenWritten) {
    sent.add(new Sent(markers, whenWritten));
    if (!isDeliveryHeld) {
      whenWritten.run();
    }
  }

  @Override
  public void cancel(int transactionPartition) {
    sent.clear();
  }

  /** Runs all that can run now. */
  void turn() {
    do {
      shard.turn();
      for (Runnable load = loads.poll(); load != null; load = loads.poll()) {
        load.run();
      }
    } while (shard.turn() > 0 || !loads.isEmpty());
    ErrorLog.assertEmpty();
  }

  /** Lets time pass, timer by timer. */
  void pass(long ms) {
    long end = clock.nowNs() + TimeUnit.MILLISECONDS.toNanos(ms);
    while (true) {
      long next = Math.min(shard.nextDeadlineNs(), end);
      long stepMs = TimeUnit.NANOSECONDS.toMillis(Math.max(0, next - clock.nowNs()) + 999_999);
      clock.advanceMs(stepMs);
      turn();
      if (clock.nowNs() >= end) {
        return;
      }
    }
  }

  Answer<InitProducerIdResponse> askInit(String id, long producerId, int producerEpoch) {
    return ask(
        answer ->
            coordinator.initProducerId(
                new InitProducerIdRequest()
                    .transactionalId(id)
                    .transactionTimeoutMs(TIMEOUT_MS)
                    .producerId(producerId)
                    .producerEpoch((short) producerEpoch),
                answer));
  }

  Producer init(String id) {
    return init(id, -1, -1);
  }

  Producer init(String id, long producerId, int producerEpoch) {
    InitProducerIdResponse response = askInit(id, producerId, producerEpoch).get();
    assertThat(error(response.errorCode())).isEqualTo(ErrorCode.NONE);
    return new Producer(id, response.producerId(), response.producerEpoch());
  }

  ErrorCode initError(String id, long producerId, int producerEpoch) {
    return error(askInit(id, producerId, producerEpoch).get().errorCode());
  }

  Answer<ErrorCode> askAdd(Producer producer, int version, TopicPartition... partitions) {
    return ask(
        answer ->
            coordinator.addPartitions(
                producer.transactionalId(),
                producer.id(),
                producer.epoch(),
                Set.of(partitions),
                version,
                answer));
  }

  ErrorCode add(Producer producer, TopicPartition... partitions) {
    return askAdd(producer, 2, partitions).get();
  }

  Map<TopicPartition, ErrorCode> verify(Producer producer, TopicPartition... partitions) {
    return this.<Map<TopicPartition, ErrorCode>>ask(
            answer ->
                coordinator.verifyPartitions(
                    producer.transactionalId(),
                    producer.id(),
                    producer.epoch(),
                    Set.of(partitions),
                    answer))
        .get();
  }

  Answer<EndTxnResponse> askEnd(Producer producer, boolean isCommit, short apiVersion) {
    return ask(
        answer ->
            coordinator.endTransaction(
                apiVersion,
                new EndTxnRequest()
                    .transactionalId(producer.transactionalId())
                    .producerId(producer.id())
                    .producerEpoch(producer.epoch())
                    .committed(isCommit),
                answer));
  }

  /** Ends a transaction in version 2; the producer it goes on with. */
  Producer end(Producer producer, boolean isCommit) {
    EndTxnResponse response = askEnd(producer, isCommit, V2).get();
    assertThat(error(response.errorCode())).isEqualTo(ErrorCode.NONE);
    return new Producer(
        producer.transactionalId(), response.producerId(), response.producerEpoch());
  }

  ErrorCode endError(Producer producer, boolean isCommit, short apiVersion) {
    return error(askEnd(producer, isCommit, apiVersion).get().errorCode());
  }

  DescribeTransactionsResponse.TransactionState describe(String id) {
    return this.<DescribeTransactionsResponse>ask(
            answer ->
                coordinator.describe(
                    new DescribeTransactionsRequest().transactionalIds(List.of(id)), answer))
        .get()
        .transactionStates()
        .get(0);
  }

  String status(String id) {
    return describe(id).transactionState();
  }

  <R> Answer<R> ask(Consumer<Answer<R>> request) {
    Answer<R> answer = new Answer<>();
    request.accept(answer);
    turn();
    return answer;
  }

  /** The state as the running coordinator holds it, without what is not written down. */
  Map<String, Transaction> state() {
    Map<String, Transaction> state = new TreeMap<>();
    for (TransactionEntry entry : coordinator.runtime(0).machine().transactions().all()) {
      state.put(entry.transactionalId(), entry.transaction());
    }
    return state;
  }

  static ErrorCode error(short code) {
    return ErrorCode.forCode(code);
  }

  static TopicPartition partition(String topic, int number) {
    return new TopicPartition(topic, number);
  }
}
