package io.ottla.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.ottla.log.cleaner.CleaningAborted;
import io.ottla.log.cleaner.CleaningPace;
import io.ottla.log.cleaner.CompactionConfig;
import io.ottla.log.inspect.DirectoryVerifier;
import io.ottla.wire.record.Compression;
import io.ottla.wire.record.DecompressionLimits;
import io.ottla.wire.record.RecordBatchBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogCleaningTest {

  private static final LogConfig COMPACTED =
      LogFixture.SMALL
          .withCleanupPolicy(false, true)
          .withFileDeleteDelayMs(60_000)
          .withCompaction(new CompactionConfig(0.5, 0, Long.MAX_VALUE, 1_000));

  @TempDir Path root;
  private LogFixture fixture;

  @AfterEach
  void close() {
    if (fixture != null) {
      fixture.close();
    }
  }

  private void open() {
    fixture = new LogFixture(root, COMPACTED);
  }

  private void put(String key, String value) {
    put(Compression.NONE, key, value);
  }

  private void put(Compression compression, String key, String value) {
    ByteBuf bytes = Unpooled.buffer();
    try (RecordBatchBuilder builder = new RecordBatchBuilder(bytes)) {
      builder
          .compression(compression)
          .append(
              fixture.nowMs,
              TestBatches.bytes(key),
              value == null ? null : TestBatches.bytes(value))
          .build();
    }
    fixture.append(bytes);
  }

  /** Fills segments with values of three keys. */
  private void fill(int segments) {
    int i = 0;
    while (fixture.log.view().segmentCount() < segments) {
      put("k" + i % 3, "value " + i++);
    }
    settle();
  }

  private void settle() {
    fixture.log.onHighWatermark(fixture.log.logEndOffset());
    LogFlusherTest.force(fixture.log);
    fixture.directory.checkpointRecoveryPoints();
  }

  private CleanableRange range() throws IOException {
    return CleanableRange.of(
        fixture.log.view(),
        fixture.directory.cleanerOffsets().get(LogFixture.PARTITION),
        fixture.log.config().compaction(),
        fixture.nowMs);
  }

  private LogCleaning clean(CleaningPace pace, LogOwner owner) throws IOException {
    CleanerMemory memory =
        new CleanerMemory(1 << 16, 0.9, 256, 256, DecompressionLimits.ofBatch(1 << 20), 1);
    LogCleaning cleaning = fixture.log.beginCleaning(range());
    try (cleaning) {
      cleaning.run(memory, pace, owner, () -> fixture.nowMs, Runnable::run);
    }
    return cleaning;
  }

  private void clean() throws IOException {
    clean(CleaningPace.UNLIMITED, Runnable::run);
  }

  private List<String> names() throws IOException {
    try (var files = Files.list(fixture.partitionPath())) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void gapsAreNoDamageFromTheFirstCopyOn() throws IOException {
    open();
    fill(8);
    LogOwner mortal =
        task -> {
          task.run();
          throw new CleaningAborted("killed after the first copy was put in place");
        };
    assertThatThrownBy(() -> clean(CleaningPace.UNLIMITED, mortal))
        .isInstanceOf(CleaningAborted.class);
    assertThat(LogFixture.ranges(fixture.log.view()).getFirst()).isNotEqualTo("0-0");
    fixture.crash();
    assertThat(damage()).isEmpty();

    fixture.open();
    assertThat(fixture.directory.cleanerOffsets().get(LogFixture.PARTITION)).isZero();
    assertThat(range().firstDirty()).isZero();
    fixture.closeCleanly();
    assertThat(damage()).isEmpty();
  }

  private List<String> damage() {
    List<String> lines = new ArrayList<>();
    new DirectoryVerifier(false, lines::add).verify(root);
    lines.removeIf(line -> line.contains("meta.properties"));
    return lines;
  }

  @Test
  void whatIsReadWhileItIsReplacedStaysReadable() throws IOException {
    open();
    fill(4);
    LogView before = fixture.log.view();
    List<TestRecord> records = TestRecord.all(before);
    LogSlice slice = before.read(0, 500, true, before.logEndOffset());
    ByteBuf expected = LogFixture.read(before, 0, 500, before.logEndOffset());

    clean();

    ByteBuf held = Unpooled.buffer();
    slice.copyTo(held);
    slice.release();
    assertThat(held).isEqualTo(expected);
    assertThat(TestRecord.all(fixture.log.view())).hasSizeLessThan(records.size());
    assertThat(records).containsAll(TestRecord.all(fixture.log.view()));
    // Who comes with the old view is sent to the new one.
    assertThat(before.read(0, 500, true, before.logEndOffset()).isEmpty()).isFalse();
    assertThat(names()).noneMatch(name -> name.endsWith(".cleaned") || name.endsWith(".swap"));
  }

  @Test
  void smallSegmentsBecomeOneAndTheCheckpointSaysHowFarItIs() throws IOException {
    open();
    fill(4);
    assertThat(range().dirtyRatio()).isEqualTo(1.0);
    clean();
    assertThat(fixture.log.beginCleaning(range())).isNull();
    fill(5);
    clean(); // What was cleaned is small now, and fits in one.
    assertThat(fixture.log.view().segmentCount()).isLessThanOrEqualTo(3);
    long active = fixture.log.view().segments().active().baseOffset();
    assertThat(fixture.directory.cleanerOffsets().get(LogFixture.PARTITION)).isEqualTo(active);
    assertThat(range().dirtyBytes()).isZero();
    assertThat(Files.readString(root.resolve("cleaner-offset-checkpoint")))
        .isEqualTo("0\n1\norders 0 " + active + "\n");
    fixture.reopenCleanly();
    assertThat(fixture.directory.cleanerOffsets().get(LogFixture.PARTITION)).isEqualTo(active);
    assertThat(fixture.log.recoveryReport().clean()).isTrue();
  }

  @Test
  void aLogThatWasCutMeanwhileIsLeftAlone() throws IOException {
    open();
    fill(4);
    List<String> before = LogFixture.ranges(fixture.log.view());
    LogOwner cutsFirst =
        task -> {
          fixture.log.truncateTo(fixture.log.logEndOffset() - 1);
          task.run();
        };
    assertThatThrownBy(() -> clean(CleaningPace.UNLIMITED, cutsFirst))
        .isInstanceOf(CleaningAborted.class);
    assertThat(LogFixture.ranges(fixture.log.view()))
        .isEqualTo(before.subList(0, before.size() - 1));
    assertThat(names()).noneMatch(name -> name.endsWith(".cleaned") || name.endsWith(".swap"));
    assertThat(fixture.directory.cleanerOffsets().get(LogFixture.PARTITION)).isZero();
    fixture.reopenAfterCrash();
    assertThat(LogFixture.ranges(fixture.log.view())).hasSize(before.size() - 1);
  }

  @Test
  void aLogThatIsClosedMeanwhileIsLeftAlone() throws IOException {
    open();
    fill(4);
    List<TestRecord> before = TestRecord.all(fixture.log.view());
    assertThatThrownBy(
            () ->
                clean(
                    CleaningPace.UNLIMITED,
                    task -> {
                      fixture.log.close();
                      task.run();
                    }))
        .isInstanceOf(CleaningAborted.class);
    fixture.directory.closeCleanly(1);
    fixture.open();
    assertThat(TestRecord.all(fixture.log.view())).isEqualTo(before);
  }

  @Test
  void aCutLogIsCompactedAgainFromWhereItWasCut() throws IOException {
    open();
    fill(4);
    clean();
    long cleaned = fixture.directory.cleanerOffsets().get(LogFixture.PARTITION);
    fixture.log.truncateTo(cleaned - 1);
    assertThat(fixture.directory.cleanerOffsets().get(LogFixture.PARTITION))
        .isEqualTo(fixture.log.logEndOffset())
        .isLessThan(cleaned);
  }

  @Test
  void aDamagedBatchStopsTheCleaningAndNothingHasHappened() throws IOException {
    open();
    fill(4);
    List<String> before = LogFixture.ranges(fixture.log.view());
    Path second = fixture.log.view().segments().get(1).path(SegmentFiles.LOG);
    byte[] bytes = Files.readAllBytes(second);
    bytes[100] ^= 1;
    Files.write(second, bytes, StandardOpenOption.WRITE);
    assertThatThrownBy(this::clean)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("is damaged")
        .hasMessageContaining(second.getFileName().toString());
    assertThat(LogFixture.ranges(fixture.log.view())).isEqualTo(before);
    assertThat(names()).noneMatch(name -> name.endsWith(".cleaned") || name.endsWith(".swap"));
    assertThat(fixture.log.failure()).isNull();
  }

  @Test
  void batchesLargerThanTheBuffersAreCleaned() throws IOException {
    fixture = new LogFixture(root, COMPACTED.withSegmentBytes(1 << 20));
    String large = "large ".repeat(20_000);
    for (int i = 0; i < 10; i++) {
      put(i % 2 == 0 ? Compression.NONE : Compression.GZIP, "k", large + i);
    }
    put("k", null);
    fill(3);
    clean();
    assertThat(TestRecord.all(fixture.log.view()))
        .extracting(TestRecord::key)
        .containsOnlyOnce("k")
        .contains("k0", "k1", "k2");
  }

  @Test
  void aTombstoneStaysForTheTimeItIsGivenWhenItIsFirstCleaned() throws IOException {
    open();
    put("gone", "value");
    put("gone", null);
    fill(3);
    clean();
    assertThat(keys()).containsOnlyOnce("gone");
    fixture.nowMs += 999;
    fill(4);
    clean();
    assertThat(keys()).containsOnlyOnce("gone");
    fixture.nowMs += 1;
    fill(fixture.log.view().segmentCount() + 1);
    clean();
    assertThat(keys()).doesNotContain("gone");
  }

  private List<String> keys() throws IOException {
    return TestRecord.all(fixture.log.view()).stream().map(TestRecord::key).toList();
  }

  @Test
  void neitherTheActiveSegmentNorWhatIsUnstableOrYoungIsTouched() throws IOException {
    open();
    fill(5);
    SegmentList segments = fixture.log.view().segments();
    assertThat(range().end()).isEqualTo(segments.active().baseOffset());

    fixture.log.reconfigure(
        COMPACTED.withCompaction(new CompactionConfig(0.5, 10, Long.MAX_VALUE, 0)));
    assertThat(range().dirtyBytes()).isZero();
    fixture.nowMs += 10;
    assertThat(range().end()).isEqualTo(segments.active().baseOffset());

    fixture.append(TestBatches.transactional(7, 0, 0, 1, fixture.nowMs));
    long unstable = fixture.log.logEndOffset() - 1;
    fill(7);
    fixture.nowMs += 10;
    assertThat(fixture.log.lastStableOffset()).isEqualTo(unstable);
    SegmentList more = fixture.log.view().segments();
    assertThat(range().end()).isEqualTo(more.get(more.floor(unstable)).baseOffset());
  }

  @Test
  void recordsOlderThanTheyMayBeAreDueWhateverTheRatio() throws IOException {
    open();
    fill(4);
    CompactionConfig config = new CompactionConfig(1.0, 0, 5_000, 0);
    fixture.log.reconfigure(COMPACTED.withCompaction(config));
    assertThat(range().isDue(config)).isFalse();
    fixture.nowMs += 5_001;
    assertThat(range().overdueMs()).isEqualTo(1);
    assertThat(range().isDue(config)).isTrue();
  }

  @Test
  void killedBeforeAnyOfTheRenamesTheLogHasTheOldOrTheNewSegments() throws IOException {
    int kills = 0;
    for (int step = 0; step < 40; step++) {
      Path directory = root.resolve("step " + step);
      FaultyFileSystem fs = new FaultyFileSystem();
      fixture = new LogFixture(directory, COMPACTED, fs);
      fill(5);
      List<TestRecord> before = TestRecord.all(fixture.log.view());
      fs.renamesLeft = step;
      boolean killed = false;
      try {
        clean();
      } catch (LogException e) {
        killed = true;
        kills++;
      }
      fs.renamesLeft = Integer.MAX_VALUE;
      fixture.reopenAfterCrash();
      List<TestRecord> after = TestRecord.all(fixture.log.view());
      assertThat(before).containsAll(after);
      assertThat(latest(after)).isEqualTo(latest(before));
      assertThat(names()).noneMatch(name -> name.endsWith(".cleaned") || name.endsWith(".swap"));
      fixture.close();
      fixture = null;
      if (!killed) {
        assertThat(kills).isGreaterThan(8);
        return;
      }
    }
    throw new AssertionError("there were more renames than expected");
  }

  private static List<String> latest(List<TestRecord> records) {
    Map<String, String> latest = new TreeMap<>();
    records.forEach(record -> latest.put(record.key(), record.value()));
    return new ArrayList<>(latest.values());
  }
}
