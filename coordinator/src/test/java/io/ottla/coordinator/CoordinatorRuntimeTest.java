package io.ottla.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.ottla.runtime.ManualClock;
import io.ottla.runtime.ManualShard;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.TopicPartition;
import io.ottla.wire.message.GroupMetadataKey;
import io.ottla.wire.message.OffsetCommitKey;
import io.ottla.wire.message.OffsetCommitValue;
import io.ottla.wire.record.Compression;
import io.ottla.wire.record.ControlRecordType;
import io.ottla.wire.record.EndTransactionMarker;
import io.ottla.wire.record.RecordBatchBuilder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the runtime promises to any state machine; here one that keeps numbers by name. */
class CoordinatorRuntimeTest {

  /** Keeps numbers by name. */
  private static final class Numbers implements CoordinatorShard {

    final CoordinatorContext context;
    final Map<String, Long> values = new TreeMap<>();
    final List<String> events = new ArrayList<>();
    Reply<String> waiting;
    boolean isBroken;

    Numbers(CoordinatorContext context) {
      this.context = context;
    }

    @Override
    public void replay(long offset, long producerId, CoordinatorRecord record) {
      if (isBroken) {
        throw new IllegalStateException("broken, for a test");
      }
      events.add("replay " + offset);
      String name = ((OffsetCommitKey) record.key()).group();
      if (record.isTombstone()) {
        values.remove(name);
      } else {
        values.put(name, ((OffsetCommitValue) record.value().message()).offset());
      }
    }

    @Override
    public void replayEndTransaction(long producerId, boolean committed) {
      events.add((committed ? "commit " : "abort ") + producerId);
    }

    @Override
    public void onLoaded() {
      events.add("loaded");
    }

    @Override
    public void onUnloaded(ErrorCode error) {
      events.add("unloaded " + error);
      if (waiting != null) {
        waiting.fail(error);
      }
    }

    CoordinatorResult<String> put(String name, long value) {
      return CoordinatorResult.<String>append(List.of(record(name, value)))
          .withResponse(name + "=" + value);
    }

    CoordinatorResult<String> get(String name) {
      return CoordinatorResult.respond(name + "=" + values.get(name));
    }
  }

  private static CoordinatorRecord record(String name, long value) {
    return CoordinatorRecord.of(
        new OffsetCommitKey().group(name), new OffsetCommitValue().offset(value), (short) 4);
  }

  private final ManualClock clock = new ManualClock(1_000_000);
  private final ManualShard shard = new ManualShard(clock);
  private final MemoryLog log = new MemoryLog(new TopicPartition("numbers", 0));
  private final Queue<Runnable> loads = new ArrayDeque<>();
  private final List<Numbers> machines = new ArrayList<>();
  private final CoordinatorRuntime<Numbers> runtime = runtime(64 * 1024);

  private CoordinatorRuntime<Numbers> runtime(int loadChunkBytes) {
    return new CoordinatorRuntime<>(
        shard,
        new CoordinatorRuntime.Limits(5_000, loadChunkBytes, 100),
        context -> {
          machines.add(new Numbers(context));
          return machines.get(machines.size() - 1);
        },
        new CoordinatorRecordDecoder() {
          @Override
          public ApiMessage newKey(short type) {
            return type == 1 ? new OffsetCommitKey() : null;
          }

          @Override
          public ApiMessage newValue(short type) {
            return new OffsetCommitValue();
          }
        },
        loads::add,
        log,
        log);
  }

  @BeforeEach
  void load() {
    ErrorLog.clear();
    runtime.load();
    turn();
  }

  @AfterEach
  void noErrors() {
    ErrorLog.assertEmpty();
  }

  private void turn() {
    do {
      shard.turn();
      for (Runnable load = loads.poll(); load != null; load = loads.poll()) {
        load.run();
      }
    } while (shard.turn() > 0 || !loads.isEmpty());
  }

  private Numbers machine() {
    return runtime.machine();
  }

  private Answer<String> ask(Operation<Numbers, String> operation) {
    Answer<String> answer = new Answer<>();
    assertThat(runtime.offer(operation, answer, ErrorCode::name)).isTrue();
    turn();
    return answer;
  }

  @Test
  void replaysWhatItAppendedAndAnswersOnceThatIsReplicated() {
    Answer<String> put = ask((numbers, reply) -> numbers.put("a", 1));

    assertThat(machine().values).containsEntry("a", 1L);
    assertThat(put.hasCome()).isFalse();
    runtime.onHighWatermark(0);
    assertThat(put.hasCome()).isFalse();
    runtime.onHighWatermark(1);
    assertThat(put.get()).isEqualTo("a=1");
  }

  @Test
  void answersAReadOnlyWhenWhatItHasReadIsReplicated() {
    Answer<String> put = ask((numbers, reply) -> numbers.put("a", 1));
    Answer<String> get = ask((numbers, reply) -> numbers.get("a"));

    assertThat(get.hasCome()).isFalse();
    runtime.onHighWatermark(1);
    assertThat(put.hasCome()).isTrue();
    assertThat(get.get()).isEqualTo("a=1");
    assertThat(ask((numbers, reply) -> numbers.get("a")).hasCome()).isTrue();
  }

  @Test
  void answersNothingWhileOthersMayCoordinate() {
    ask((numbers, reply) -> numbers.put("a", 1));
    runtime.onHighWatermark(1);

    log.isLed(false);
    assertThat(ask((numbers, reply) -> numbers.get("a")).get()).isEqualTo("NOT_COORDINATOR");

    log.isLed(true);
    assertThat(ask((numbers, reply) -> numbers.get("a")).get()).isEqualTo("a=1");
  }

  @Test
  void changesNothingWhenTheAppendFails() {
    log.failNextAppend(ErrorCode.NOT_ENOUGH_REPLICAS);
    Answer<String> put = ask((numbers, reply) -> numbers.put("a", 1));

    assertThat(put.get()).isEqualTo("COORDINATOR_NOT_AVAILABLE");
    assertThat(machine().values).isEmpty();
  }

  @Test
  void runsWhatFollowsAnAppendAfterTheReplayAndBeforeTheAnswer() {
    List<String> order = new ArrayList<>();
    runtime.onHighWatermark(0);
    ask(
        (numbers, reply) ->
            numbers
                .put("a", 1)
                .withAfterAppend(() -> order.add("after " + numbers.values.get("a")))
                .withOnAppendError(error -> order.add("error " + error)));
    log.failNextAppend(ErrorCode.KAFKA_STORAGE_ERROR);
    ask(
        (numbers, reply) ->
            numbers
                .put("a", 2)
                .withAfterAppend(() -> order.add("after " + numbers.values.get("a")))
                .withOnAppendError(error -> order.add("error " + error)));

    assertThat(order).containsExactly("after 1", "error NOT_COORDINATOR");
  }

  @Test
  void answersRefusalsAndFailuresOfOperations() {
    assertThat(
            ask((numbers, reply) -> {
                  throw new CoordinatorException(ErrorCode.INVALID_REQUEST);
                })
                .get())
        .isEqualTo("INVALID_REQUEST");
    assertThat(
            ask((numbers, reply) -> {
                  throw new IllegalStateException("broken, for a test");
                })
                .get())
        .isEqualTo("UNKNOWN_SERVER_ERROR");
    ErrorLog.expect("CoordinatorRuntime");
  }

  @Test
  void letsAnOperationAnswerLater() {
    Answer<String> answer =
        ask(
            (numbers, reply) -> {
              numbers.waiting = reply;
              return CoordinatorResult.nothing();
            });
    assertThat(answer.hasCome()).isFalse();
    machine().waiting.send("later");

    assertThat(answer.get()).isEqualTo("later");
    assertThatThrownBy(() -> machine().waiting.send("again"))
        .isInstanceOf(IllegalStateException.class);
    machine().waiting = null;
  }

  @Test
  void answersWithAnErrorWhatIsNotReplicatedInTime() {
    Answer<String> first = ask((numbers, reply) -> numbers.put("a", 1));
    clock.advanceMs(3_000);
    turn();
    Answer<String> second = ask((numbers, reply) -> numbers.put("a", 2));
    clock.advanceMs(2_000);
    turn();
    assertThat(first.get()).isEqualTo("COORDINATOR_NOT_AVAILABLE");
    assertThat(second.hasCome()).isFalse();
    runtime.onHighWatermark(2);

    assertThat(second.get()).isEqualTo("a=2");
    assertThat(machine().values).containsEntry("a", 2L);
  }

  @Test
  void loadsWhatItHasWrittenAndNothingElse() {
    for (int i = 0; i < 2_000; i++) {
      int value = i;
      ask((numbers, reply) -> numbers.put("n" + value % 700, value));
      runtime.onHighWatermark(log.endOffset());
    }
    ask(
        (numbers, reply) ->
            CoordinatorResult.<String>append(
                    List.of(CoordinatorRecord.tombstone(new OffsetCommitKey().group("n5"))))
                .withResponse("gone"));
    Map<String, Long> live = machine().values;
    CoordinatorRuntime<Numbers> reloaded = runtime(3_000);
    reloaded.load();
    turn();

    assertThat(reloaded.state()).isEqualTo(CoordinatorState.ACTIVE);
    assertThat(reloaded.machine().values).isEqualTo(live).doesNotContainKey("n5");
    assertThat(machines).hasSize(2);
  }

  @Test
  void loadsCompressedAndTransactionalBatchesAndTheEndsOfTransactions() {
    ByteBuf batch = Unpooled.buffer();
    CoordinatorRecordCodec.writeBatch(batch, List.of(record("z", 26)), null, 1, Compression.ZSTD);
    log.appendBytes(batch);
    log.appendBytes(
        new EndTransactionMarker(ControlRecordType.COMMIT, 3)
            .writeBatch(Unpooled.buffer(), 1, 7, (short) 0));
    CoordinatorRuntime<Numbers> reloaded = runtime(10);
    reloaded.load();
    turn();

    assertThat(reloaded.machine().events).containsExactly("replay 0", "commit 7", "loaded");
  }

  @Test
  void passesOverRecordsOfUnknownTypes() {
    log.appendBytes(
        CoordinatorRecordCodec.writeBatch(
            Unpooled.buffer(),
            List.of(CoordinatorRecord.tombstone(new GroupMetadataKey().group("g")), record("a", 1)),
            null,
            1,
            Compression.NONE));
    CoordinatorRuntime<Numbers> reloaded = runtime(10);
    reloaded.load();
    turn();

    assertThat(reloaded.machine().values).containsOnlyKeys("a");
  }

  @Test
  void failsToLoadADamagedLogAndServesNothing() {
    ByteBuf batch = Unpooled.buffer();
    try (RecordBatchBuilder builder = new RecordBatchBuilder(batch)) {
      builder.append(1, new byte[] {0, 1, 0}, new byte[] {0, 4}).build();
    }

    CoordinatorRuntime<Numbers> failed = failsToLoad(batch);
    Answer<String> answer = new Answer<>();
    failed.offer((numbers, reply) -> numbers.get("a"), answer, ErrorCode::name);
    turn();
    assertThat(answer.get()).isEqualTo("NOT_COORDINATOR");
  }

  private CoordinatorRuntime<Numbers> failsToLoad(ByteBuf batch) {
    log.appendBytes(batch);
    CoordinatorRuntime<Numbers> reloaded = runtime(10);
    reloaded.load();
    turn();
    assertThat(reloaded.state()).isEqualTo(CoordinatorState.FAILED);
    ErrorLog.expect("CoordinatorLoader");
    return reloaded;
  }

  @Test
  void failsToLoadABatchWithAWrongBit() {
    ByteBuf batch =
        CoordinatorRecordCodec.writeBatch(
            Unpooled.buffer(), List.of(record("a", 1)), null, 1, Compression.NONE);
    int last = batch.writerIndex() - 2;
    batch.setByte(last, batch.getByte(last) ^ 4);

    failsToLoad(batch);
  }

  @Test
  void failsToLoadValuesFromTheFuture() {
    ByteBuf batch = Unpooled.buffer();
    try (RecordBatchBuilder builder = new RecordBatchBuilder(batch)) {
      builder
          .append(
              1,
              new byte[] {0, 1, 0, 0, 0, 0, 0, 0, 0, 0},
              new byte[] {0, 99, 0, 0, 0, 0, 0, 0, 0, 0})
          .build();
    }

    failsToLoad(batch);
  }

  @Test
  void stopsLoadingWhenItIsClosed() {
    ask((numbers, reply) -> numbers.put("a", 1));
    CoordinatorRuntime<Numbers> other = runtime(10);
    other.load();
    shard.turn();
    loads.remove().run();
    other.close();
    turn();

    assertThat(other.state()).isEqualTo(CoordinatorState.CLOSED);
    assertThat(machines.get(1).events).containsExactly("unloaded NOT_COORDINATOR");
  }

  @Test
  void loadsAgainWhenStateAndLogDisagree() {
    ask((numbers, reply) -> numbers.put("a", 1));
    runtime.onHighWatermark(1);
    log.highWatermark(1);
    Answer<String> waiting =
        ask(
            (numbers, reply) -> {
              numbers.waiting = reply;
              return CoordinatorResult.nothing();
            });
    machine().isBroken = true;
    Answer<String> put = ask((numbers, reply) -> numbers.put("a", 2));

    assertThat(put.get()).isEqualTo("COORDINATOR_LOAD_IN_PROGRESS");
    assertThat(waiting.get()).isEqualTo("COORDINATOR_LOAD_IN_PROGRESS");
    assertThat(machines).hasSize(2);
    assertThat(runtime.state()).isEqualTo(CoordinatorState.ACTIVE);
    assertThat(machine().values).containsEntry("a", 2L);
    ErrorLog.expect("CoordinatorRuntime");
  }

  @Test
  void runsNothingOnAStateThatTheLogHasJustDisagreedWith() {
    machine().isBroken = true;
    Answer<String> shared = new Answer<>();
    runtime.offerShared((numbers, reply) -> numbers.put("a", 1), shared, ErrorCode::name);
    Answer<String> next = new Answer<>();
    runtime.offer((numbers, reply) -> numbers.put("b", 2), next, ErrorCode::name);
    turn();

    assertThat(shared.get()).isEqualTo("COORDINATOR_LOAD_IN_PROGRESS");
    assertThat(next.get()).isEqualTo("COORDINATOR_LOAD_IN_PROGRESS");
    assertThat(machine().values).containsOnlyKeys("a");
    ErrorLog.expect("CoordinatorRuntime");
  }

  @Test
  void loadsAgainWhenTheLogFailsInAnUnforeseenWay() {
    log.onAppend(
        end -> {
          throw new IllegalStateException("broken after the append, for a test");
        });
    Answer<String> put = ask((numbers, reply) -> numbers.put("a", 1));

    assertThat(put.get()).isEqualTo("COORDINATOR_LOAD_IN_PROGRESS");
    assertThat(machine().values).as("it had been appended").containsEntry("a", 1L);
    ErrorLog.expect("CoordinatorRuntime");
  }

  @Test
  void runsNoTimerOfAFormerStateMachine() {
    List<String> ran = new ArrayList<>();
    Deadline former =
        machine()
            .context
            .deadline(
                () -> {
                  ran.add("former");
                  return CoordinatorResult.nothing();
                });
    former.set(10);
    machine().isBroken = true;
    ask((numbers, reply) -> numbers.put("a", 2));
    machine()
        .context
        .deadline(
            () -> {
              ran.add("present");
              return CoordinatorResult.nothing();
            })
        .set(10);
    clock.advanceMs(20);
    turn();

    assertThat(ran).containsExactly("present");
    ErrorLog.expect("CoordinatorRuntime");
  }

  @Test
  void answersAllWhoWaitWhenItIsClosed() {
    Answer<String> put = ask((numbers, reply) -> numbers.put("a", 1));
    Answer<String> waiting =
        ask(
            (numbers, reply) -> {
              numbers.waiting = reply;
              return CoordinatorResult.nothing();
            });
    Answer<String> shared = new Answer<>();
    runtime.offerShared((numbers, reply) -> numbers.put("b", 1), shared, ErrorCode::name);
    shard.submit(runtime::close);
    turn();

    assertThat(put.get()).isEqualTo("NOT_COORDINATOR");
    assertThat(waiting.get()).isEqualTo("NOT_COORDINATOR");
    assertThat(shared.get()).isEqualTo("NOT_COORDINATOR");
    assertThat(shard.nextDeadlineNs()).isEqualTo(Long.MAX_VALUE);
    runtime.load();
    assertThat(runtime.state()).as("closed for good").isEqualTo(CoordinatorState.CLOSED);
  }

  @Test
  void gathersSharedOperationsOfOneTurnIntoOneBatch() {
    List<Answer<String>> answers = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      int value = i;
      Answer<String> answer = new Answer<>();
      runtime.offerShared(
          (numbers, reply) -> numbers.put("n" + value, value), answer, ErrorCode::name);
      answers.add(answer);
    }
    turn();
    assertThat(log.appends()).hasSize(1);
    assertThat(machine().values).hasSize(3);
    runtime.onHighWatermark(3);
    assertThat(answers).allSatisfy(answer -> assertThat(answer.hasCome()).isTrue());
  }

  @Test
  void appendsSharedOperationsBeforeAnyOtherOperationRuns() {
    Answer<String> shared = new Answer<>();
    runtime.offerShared((numbers, reply) -> numbers.put("a", 1), shared, ErrorCode::name);
    Answer<String> get = ask((numbers, reply) -> numbers.get("a"));
    runtime.onHighWatermark(1);

    assertThat(get.get()).isEqualTo("a=1");
    assertThat(shared.get()).isEqualTo("a=1");
  }
}
