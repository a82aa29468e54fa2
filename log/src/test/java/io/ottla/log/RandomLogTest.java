package io.ottla.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.ottla.wire.record.RecordBatch;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Random operations on a log with tiny limits, against a model: a list of batches and a few
 * numbers. The parameter is the seed.
 */
class RandomLogTest {

  private record Batch(long baseOffset, long nextOffset, ByteBuf bytes) {}

  private record Held(LogSlice slice, ByteBuf expected) {}

  @TempDir Path root;
  private Random random;
  private LogFixture fixture;

  private final List<Batch> model = new ArrayList<>();
  private final List<Held> held = new ArrayList<>();
  private long logStart;
  private long logEnd;
  private long highWatermark;

  /** More of them with -Dottla.seeds=100. */
  static LongStream seeds() {
    return LongStream.rangeClosed(1, Long.getLong("ottla.seeds", 10));
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void behavesAsItsModel(long seed) throws IOException {
    random = new Random(seed);
    LogConfig config =
        LogConfig.defaults()
            .withSegmentBytes(500 + random.nextInt(2000))
            .withIndex(random.nextInt(300), 60 + random.nextInt(300))
            .withPreallocate(random.nextBoolean())
            .withRetention(-1, -1)
            .withCleanupPolicy(true, true)
            .withFileDeleteDelayMs(0);
    // Files are closed and indexes forgotten under everybody's hands.
    OpenFiles few = new OpenFiles(random.nextInt(3), random.nextInt(200));
    fixture = new LogFixture(root, config, new DiskFileSystem(few));
    try {
      for (int i = 0; i < 700; i++) {
        step();
        assertThat(fixture.log.logStartOffset()).isEqualTo(logStart);
        assertThat(fixture.log.logEndOffset()).isEqualTo(logEnd);
        assertThat(fixture.log.highWatermark()).isEqualTo(highWatermark);
        if (i % 10 == 0) {
          compareReads();
        }
      }
      compareAll();
      giveAllBack();
    } finally {
      fixture.close();
    }
  }

  private void step() throws IOException {
    fixture.nowMs += random.nextInt(10);
    switch (random.nextInt(40)) {
      case 0 -> fixture.leaderEpoch++;
      case 1, 2, 3 -> raiseHighWatermark();
      case 4 -> truncate();
      case 5 -> deleteRecords();
      case 6 -> retire();
      case 7, 8, 9 -> hold();
      case 10, 11 -> giveBack();
      case 12 -> {
        LogFlusherTest.force(fixture.log);
        fixture.directory.checkpointRecoveryPoints();
      }
      case 13 -> fixture.directory.deleteDue(fixture.nowMs);
      case 14 -> rarely(this::reopenCleanly);
      case 15, 16 -> rarely(this::crash);
      case 17 -> rarely(this::startAnew);
      default -> append();
    }
  }

  private interface Action {
    void run() throws IOException;
  }

  private void rarely(Action action) throws IOException {
    if (random.nextInt(5) == 0) {
      action.run();
    }
  }

  private void append() {
    ByteBuf bytes = Unpooled.buffer();
    int batches = 1 + random.nextInt(4);
    for (int i = 0; i < batches; i++) {
      TestBatches.records(bytes, fixture.nowMs, 1 + random.nextInt(3), random.nextInt(60));
    }
    if (random.nextInt(4) == 0) {
      // From a leader, with gaps as compaction leaves them.
      RecordBatch batch = new RecordBatch();
      long offset = logEnd;
      for (int at = 0; at < bytes.readableBytes(); at += batch.sizeInBytes()) {
        offset += random.nextInt(5);
        batch.wrap(bytes, at).baseOffset(offset).partitionLeaderEpoch(fixture.leaderEpoch);
        offset = batch.nextOffset();
      }
      fixture.replicate(bytes);
    } else {
      AppendResult result = fixture.append(bytes);
      assertThat(result.baseOffset()).isEqualTo(logEnd);
    }
    RecordBatch batch = new RecordBatch();
    for (int at = 0; at < bytes.readableBytes(); at += batch.sizeInBytes()) {
      batch.wrap(bytes, at);
      ByteBuf copy = bytes.copy(at, batch.sizeInBytes());
      model.add(new Batch(batch.baseOffset(), batch.nextOffset(), copy));
      logEnd = batch.nextOffset();
    }
  }

  private void raiseHighWatermark() {
    highWatermark = Math.max(highWatermark, randomEnd());
    fixture.log.onHighWatermark(highWatermark);
  }

  /** The end of a batch, or the log's end. */
  private long randomEnd() {
    int index = model.size() - 1 - random.nextInt(Math.min(model.size(), 50) + 1);
    return index < 0 ? logEnd : model.get(index).nextOffset();
  }

  private void truncate() {
    long offset = Math.max(logStart, logEnd - random.nextInt(60));
    long first = fixture.log.view().segments().first().baseOffset();
    fixture.log.truncateTo(offset);
    if (offset >= logEnd) {
      return;
    }
    while (!model.isEmpty() && model.getLast().nextOffset() > offset) {
      model.removeLast();
    }
    logEnd = fixture.log.logEndOffset();
    // Where the last batch ends, or where an empty segment begins.
    assertThat(logEnd).isBetween(model.isEmpty() ? first : model.getLast().nextOffset(), offset);
    logStart = Math.min(logStart, logEnd);
    highWatermark = Math.min(highWatermark, logEnd);
  }

  private void startAnew() {
    long offset = logEnd + random.nextInt(100);
    fixture.log.truncateFullyAndStartAt(offset);
    model.clear();
    logStart = offset;
    logEnd = offset;
    highWatermark = offset;
  }

  private void deleteRecords() {
    if (highWatermark > logStart) {
      logStart = logStart + random.nextInt((int) Math.min(highWatermark - logStart, 20) + 1);
      fixture.log.deleteRecordsBefore(logStart);
    }
  }

  private void retire() {
    fixture.log.reconfigure(
        fixture.config.withRetention(
            random.nextBoolean() ? -1 : random.nextInt(3000), 1000 + random.nextInt(8000)));
    fixture.log.deleteRetired(fixture.nowMs);
    assertThat(fixture.log.logStartOffset()).isBetween(logStart, highWatermark);
    logStart = fixture.log.logStartOffset();
    long first = fixture.log.view().segments().first().baseOffset();
    model.removeIf(batch -> batch.baseOffset() < first);
  }

  private void hold() {
    if (held.size() < 10 && logEnd > logStart) {
      long from = logStart + random.nextInt((int) (logEnd - logStart));
      int maxBytes = random.nextInt(2000);
      LogSlice slice = fixture.log.view().read(from, maxBytes, true, logEnd);
      if (!slice.isEmpty()) {
        held.add(new Held(slice, expected(from, slice.sizeInBytes())));
      }
    }
  }

  private ByteBuf expected(long from, int size) {
    ByteBuf all = Unpooled.buffer();
    for (Batch batch : model) {
      if (batch.nextOffset() > from && all.readableBytes() < size) {
        all.writeBytes(batch.bytes().duplicate());
      }
    }
    return all.slice(0, size);
  }

  private void giveBack() throws IOException {
    if (!held.isEmpty()) {
      Held one = held.remove(random.nextInt(held.size()));
      ByteBuf bytes = Unpooled.buffer();
      one.slice().copyTo(bytes);
      one.slice().release();
      assertThat(bytes).isEqualTo(one.expected());
    }
  }

  private void giveAllBack() throws IOException {
    while (!held.isEmpty()) {
      giveBack();
    }
  }

  private void reopenCleanly() throws IOException {
    giveAllBack();
    fixture.reopenCleanly();
    assertThat(fixture.log.recoveryReport().clean()).isTrue();
  }

  /** Kills the process; what was not forced may be cut anywhere. */
  private void crash() throws IOException {
    giveAllBack();
    fixture.directory.checkpointLogStartOffsets();
    fixture.directory.checkpointHighWatermarks();
    LogView view = fixture.log.view();
    Segment active = view.segments().active();
    Path file = active.path(SegmentFiles.LOG);
    long forced = view.recoveryPoint();
    int from = Math.max(active.search(forced, active.sizeInBytes()), 0);
    int size = active.sizeInBytes();
    boolean allForced = forced >= logEnd;
    fixture.crash();
    if (!allForced && random.nextBoolean() && size > from) {
      int cut = from + random.nextInt(size - from);
      try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
        channel.truncate(cut);
      }
      while (!model.isEmpty()
          && model.getLast().baseOffset() >= active.baseOffset()
          && position(active.baseOffset(), model.size()) > cut) {
        model.removeLast();
      }
    }
    fixture.open();
    logEnd = fixture.log.logEndOffset();
    if (!model.isEmpty()) {
      assertThat(logEnd)
          .isIn(model.getLast().nextOffset(), Math.max(active.baseOffset(), logStart));
      assertThat(logEnd).isGreaterThanOrEqualTo(model.getLast().nextOffset());
    }
    logStart = fixture.log.logStartOffset();
    highWatermark = fixture.log.highWatermark();
  }

  /** Where in a segment the batch before an index ends. */
  private int position(long segmentBase, int index) {
    int position = 0;
    for (Batch batch : model.subList(0, index)) {
      position += batch.baseOffset() >= segmentBase ? batch.bytes().readableBytes() : 0;
    }
    return position;
  }

  private void compareReads() throws IOException {
    LogView view = fixture.log.view();
    for (int i = 0; i < 5 && logEnd > logStart; i++) {
      long from = logStart + random.nextInt((int) (logEnd - logStart));
      long upTo = random.nextBoolean() ? highWatermark : logEnd;
      ByteBuf bytes = LogFixture.read(view, from, 1 + random.nextInt(3000), upTo);
      Batch first = model.stream().filter(it -> it.nextOffset() > from).findFirst().orElse(null);
      if (first == null || first.nextOffset() > upTo) {
        assertThat(bytes.isReadable()).isFalse();
      } else {
        assertThat(bytes).isEqualTo(expected(from, bytes.readableBytes()));
        assertThat(bytes.readableBytes()).isGreaterThanOrEqualTo(first.bytes().readableBytes());
      }
    }
  }

  private void compareAll() throws IOException {
    List<ByteBuf> expected =
        model.stream().filter(it -> it.nextOffset() > logStart).map(Batch::bytes).toList();
    List<byte[]> actual = LogFixture.batches(fixture.log.view());
    assertThat(actual).hasSameSizeAs(expected);
    for (int i = 0; i < actual.size(); i++) {
      assertThat(Unpooled.wrappedBuffer(actual.get(i))).isEqualTo(expected.get(i));
    }
  }
}
