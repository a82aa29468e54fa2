package io.ottla.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.ottla.wire.TopicPartition;
import io.ottla.wire.record.RecordBatch;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Three logs in one directory with {@code flush.messages=1}, which share their forces, while
 * segments are rolled, old ones deleted, checkpoints written, logs made anew and the directory
 * opened again: at each step that changes anything on the disk the power is lost, and everything
 * that was acknowledged is there afterwards. The parameter is the seed.
 */
class AcknowledgedRecordsTest {

  private static final Path ROOT = Path.of("/memory");
  private static final int PARTITIONS = 3;
  private static final int APPENDS = 45;
  private static final LogConfig CONFIG =
      LogConfig.defaults()
          .withSegmentBytes(1700)
          .withIndex(60, 36) // Full after a few batches: then a new segment begins.
          .withFlush(1, Long.MAX_VALUE)
          .withRetention(-1, -1)
          .withFileDeleteDelayMs(0);

  /** What was appended, by the offset it begins at. */
  private static final class History {
    final NavigableBatches appended = new NavigableBatches();
    final NavigableBatches acknowledged = new NavigableBatches();
    long logStart;
  }

  private static final class NavigableBatches extends TreeMap<Long, ByteBuf> {
    private static final long serialVersionUID = 1L;
  }

  private record Pending(int partition, ByteBuf batch, long nextOffset) {}

  private final Deque<Runnable> forces = new ArrayDeque<>();
  private final Map<Integer, History> histories = new HashMap<>();
  private final Map<Integer, PartitionLog> logs = new TreeMap<>();
  private final List<Pending> pending = new ArrayList<>();
  private MemoryFileSystem disk;
  private LogFlusher flusher;
  private LogDirectory directory;
  private long nowMs;

  /** More of them with -Dottla.seeds=100. */
  static LongStream seeds() {
    return LongStream.rangeClosed(1, Long.getLong("ottla.seeds", 2));
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void areThereWheneverThePowerIsLost(long seed) throws IOException {
    long steps = Long.MAX_VALUE;
    for (long kill = 0; kill <= steps; kill++) {
      for (boolean someSurvives : new boolean[] {false, true}) {
        String what = "seed " + seed + ", killed before step " + kill;
        begin();
        disk.killBefore(kill);
        try {
          script(new Random(seed));
          steps = disk.steps();
          assertThat(kill).as(what).isEqualTo(steps);
        } catch (MemoryFileSystem.Killed e) {
          assertThat(kill).as(what).isLessThan(steps);
        }
        disk.losePower(someSurvives ? new Random(seed + kill) : null);
        check(what + (someSurvives ? ", some of the rest survives" : ""));
      }
    }
    int acknowledged = histories.values().stream().mapToInt(it -> it.acknowledged.size()).sum();
    assertThat(acknowledged).isGreaterThanOrEqualTo(APPENDS);
    assertThat(steps).isGreaterThan(300);
  }

  private void begin() {
    disk = new MemoryFileSystem();
    forces.clear();
    flusher = new LogFlusher(forces::add, () -> 0L);
    histories.clear();
    logs.clear();
    pending.clear();
    nowMs = 1_000;
  }

  private void script(Random random) throws IOException {
    directory = LogDirectory.open(disk, ROOT);
    Map<Integer, RandomBatches> sources = new HashMap<>();
    for (int i = 0; i < APPENDS; i++) {
      nowMs += random.nextInt(20);
      // The last one comes late, into a directory that is in use.
      int partition = random.nextInt(i < APPENDS / 3 ? PARTITIONS - 1 : PARTITIONS);
      RandomBatches source =
          sources.computeIfAbsent(partition, it -> new RandomBatches(random, false));
      append(partition, source.next(i / 10, nowMs));
      switch (random.nextInt(14)) {
        case 0 -> directory.checkpointRecoveryPoints();
        case 1 -> directory.checkpointHighWatermarks();
        case 2 -> directory.checkpointLogStartOffsets();
        case 3 -> deleteSome(random);
        case 4 -> {
          if (random.nextInt(4) == 0) {
            reopen();
          }
        }
        case 5, 6, 7, 8 -> runForces();
        default -> {}
      }
    }
    runForces();
  }

  private PartitionLog log(int partition) {
    return logs.computeIfAbsent(partition, it -> open(it, CONFIG));
  }

  private PartitionLog open(int partition, LogConfig config) {
    return PartitionLog.open(
        directory, new TopicPartition("orders", partition), LogFixture.TOPIC_ID, config, nowMs);
  }

  private void append(int partition, RandomBatches.Step step) {
    PartitionLog log = log(partition);
    History history = histories.computeIfAbsent(partition, it -> new History());
    AppendResult result;
    ByteBuf copy;
    try {
      result = log.append(step.bytes(), step.context());
    } finally {
      copy = step.bytes().copy(); // Killed, it may be in the log, too.
      history.appended.put(new RecordBatch().wrap(copy, 0).baseOffset(), copy);
    }
    assertThat(log.needsForceBeforeAck(result.lastOffset())).isTrue();
    pending.add(new Pending(partition, copy, result.lastOffset() + 1));
    if (log.wantsForce(nowMs)) {
      log.forceRequested();
      flusher.request(log, answer(log));
    }
  }

  private LogFlusher.Callback answer(PartitionLog log) {
    return new LogFlusher.Callback() {
      @Override
      public void onForced(LogFlusher.Forced forced) {
        log.onForced(forced);
        log.onHighWatermark(log.recoveryPoint());
        acknowledge();
      }

      @Override
      public void onForceFailed(LogException cause) {
        throw cause;
      }
    };
  }

  /** As the broker does it: what no longer needs a force is safe. */
  private void acknowledge() {
    for (Iterator<Pending> it = pending.iterator(); it.hasNext(); ) {
      Pending one = it.next();
      if (!logs.get(one.partition()).needsForceBeforeAck(one.nextOffset() - 1)) {
        RecordBatch batch = new RecordBatch().wrap(one.batch(), 0);
        histories.get(one.partition()).acknowledged.put(batch.baseOffset(), one.batch());
        it.remove();
      }
    }
  }

  private void runForces() {
    while (!forces.isEmpty()) {
      forces.remove().run();
      for (PartitionLog log : logs.values()) {
        if (log.wantsForce(nowMs)) {
          log.forceRequested();
          flusher.request(log, answer(log));
        }
      }
    }
  }

  private void deleteSome(Random random) {
    int partition = random.nextInt(PARTITIONS);
    PartitionLog log = logs.get(partition);
    if (log != null && log.highWatermark() > log.logStartOffset()) {
      History history = histories.get(partition);
      int count = (int) (log.highWatermark() - log.logStartOffset());
      // Deleted is what may be gone, from the moment on in which it was asked for.
      history.logStart = log.logStartOffset() + random.nextInt(count + 1);
      log.deleteRecordsBefore(history.logStart);
      log.deleteRetired(nowMs);
      directory.deleteDue(nowMs);
    }
  }

  private void reopen() {
    runForces();
    List<Integer> open = List.copyOf(logs.keySet());
    logs.values().forEach(PartitionLog::close);
    directory.closeCleanly(1);
    logs.clear();
    directory = LogDirectory.open(disk, ROOT);
    open.forEach(this::log);
  }

  private void check(String what) throws IOException {
    Map<Integer, ByteBuf> added = new HashMap<>();
    try {
      reopenAll();
      for (int partition : histories.keySet()) {
        compare(what, partition);
        // What is acknowledged now must not fall victim to what the crash has left.
        PartitionLog log = logs.get(partition);
        ByteBuf batch = TestBatches.records(nowMs, 1);
        log.append(batch, AppendContext.client(99, nowMs));
        added.put(partition, batch.copy());
        LogFlusherTest.force(log);
      }
      disk.losePowerAndAllThatWasNotForced();
      reopenAll();
      for (int partition : histories.keySet()) {
        histories
            .get(partition)
            .acknowledged
            .put(
                new RecordBatch().wrap(added.get(partition), 0).baseOffset(), added.get(partition));
        histories.get(partition).appended.putAll(histories.get(partition).acknowledged);
        compare(what + ", and lost again", partition);
      }
    } catch (RuntimeException e) {
      throw new AssertionError(what, e);
    }
  }

  private void reopenAll() {
    directory = LogDirectory.open(disk, ROOT);
    logs.clear();
    histories.keySet().forEach(this::log);
  }

  private void compare(String what, int partition) throws IOException {
    History history = histories.get(partition);
    LogView view = logs.get(partition).view();
    String which = what + ", partition " + partition;
    assertThat(view.logStartOffset()).as(which).isLessThanOrEqualTo(history.logStart);
    Map<Long, ByteBuf> found = new TreeMap<>();
    for (byte[] bytes : LogFixture.batches(view)) {
      ByteBuf batch = Unpooled.wrappedBuffer(bytes);
      found.put(new RecordBatch().wrap(batch, 0).baseOffset(), batch);
    }
    history.acknowledged.forEach(
        (offset, batch) -> {
          if (new RecordBatch().wrap(batch, 0).nextOffset() > history.logStart) {
            assertThat(found).as(which).containsEntry(offset, batch);
          }
        });
    assertThat(history.appended).as(which).containsAllEntriesOf(found);
  }
}
