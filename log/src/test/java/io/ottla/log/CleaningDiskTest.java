package io.ottla.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.ottla.log.cleaner.CleaningAborted;
import io.ottla.log.cleaner.CleaningPace;
import io.ottla.log.cleaner.CompactionConfig;
import io.ottla.wire.record.DecompressionLimits;
import io.ottla.wire.record.RecordBatchBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What compaction wrote is brought to the disk by another thread, while it goes on. */
class CleaningDiskTest {

  private static final LogConfig COMPACTED =
      LogFixture.SMALL
          .withCleanupPolicy(false, true)
          .withCompaction(new CompactionConfig(0.5, 0, Long.MAX_VALUE, 1_000));
  private static final long LIMIT_S = 30;

  @TempDir Path root;
  private final FaultyFileSystem fs = new FaultyFileSystem();
  private final ExecutorService disk = Executors.newSingleThreadExecutor();
  private LogFixture fixture;

  @BeforeEach
  void fill() throws IOException {
    fixture = new LogFixture(root, COMPACTED, fs);
    for (int i = 0; fixture.log.view().segmentCount() < 12; i++) {
      ByteBuf bytes = Unpooled.buffer();
      try (RecordBatchBuilder builder = new RecordBatchBuilder(bytes)) {
        // Every other key is written again: half of it stays, in several segments.
        String key = i % 2 == 0 ? "again " + i % 6 : "once " + i;
        builder.append(fixture.nowMs, TestBatches.bytes(key), TestBatches.bytes("v" + i)).build();
      }
      fixture.append(bytes);
    }
    fixture.log.onHighWatermark(fixture.log.logEndOffset());
    LogFlusherTest.force(fixture.log);
    fixture.directory.checkpointRecoveryPoints();
  }

  @AfterEach
  void close() throws InterruptedException {
    disk.shutdown();
    assertThat(disk.awaitTermination(LIMIT_S, TimeUnit.SECONDS)).isTrue();
    fixture.close();
  }

  private void clean(CleaningPace pace, LogOwner owner, Executor executor) throws IOException {
    CleanableRange range =
        CleanableRange.of(fixture.log.view(), -1, fixture.log.config().compaction(), fixture.nowMs);
    CleanerMemory memory =
        new CleanerMemory(1 << 16, 0.9, 256, 256, DecompressionLimits.ofBatch(1 << 20), 1);
    try (LogCleaning cleaning = fixture.log.beginCleaning(range)) {
      cleaning.run(memory, pace, owner, () -> fixture.nowMs, executor);
    }
  }

  private List<TestRecord> records() {
    try {
      return TestRecord.all(fixture.log.view());
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private List<String> names(String suffix) {
    try (var files = Files.list(fixture.partitionPath())) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(suffix))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private Map<String, String> latest() throws IOException {
    Map<String, String> latest = new TreeMap<>();
    records().forEach(it -> latest.put(it.key(), it.value()));
    return latest;
  }

  @Test
  void theNextCopyIsMadeWhileTheLastOneIsNotInTheLogForItIsNotOnTheDisk() throws IOException {
    Map<String, String> expected = latest();
    int before = records().size();
    CountDownLatch diskIsThere = new CountDownLatch(1);
    AtomicBoolean wasMade = new AtomicBoolean();
    Executor slow =
        task ->
            disk.execute(
                () -> {
                  awaitOrFail(diskIsThere);
                  task.run();
                });
    CleaningPace pace =
        bytes -> {
          if (names(".log.cleaned").size() == 2 && diskIsThere.getCount() > 0) {
            assertThat(names(".deleted")).isEmpty();
            assertThat(records()).hasSize(before);
            wasMade.set(true);
            diskIsThere.countDown();
          }
        };
    clean(pace, Runnable::run, slow);
    assertThat(wasMade).isTrue();
    assertThat(latest()).isEqualTo(expected);
    assertThat(records()).hasSizeLessThan(before);
    assertThat(names(".cleaned")).isEmpty();
  }

  private static void awaitOrFail(CountDownLatch latch) {
    try {
      assertThat(latch.await(LIMIT_S, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aCopyThatTheDiskDoesNotTakeLeavesTheLogAsItWas() throws IOException {
    List<TestRecord> before = records();
    fs.forceFails = true;
    assertThatThrownBy(() -> clean(CleaningPace.UNLIMITED, Runnable::run, disk))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("Input/output error");
    fs.forceFails = false;
    assertThat(records()).isEqualTo(before);
    assertThat(names(".cleaned")).isEmpty();
    assertThat(names(".deleted")).isEmpty();
  }

  @Test
  void theCopyThatWaitsIsGivenUpWithTheCleaning() throws IOException {
    List<TestRecord> before = records();
    CleaningPace pace =
        bytes -> {
          if (names(".log.cleaned").size() == 2) {
            throw new CleaningAborted("in the second copy");
          }
        };
    assertThatThrownBy(() -> clean(pace, Runnable::run, disk)).isInstanceOf(CleaningAborted.class);
    assertThat(records()).isEqualTo(before);
    assertThat(names(".cleaned")).isEmpty();
  }

  @Test
  void nothingIsLeftOverWhenTheOwnerRefusesACopy() throws IOException {
    List<TestRecord> before = records();
    LogOwner refusing =
        task -> {
          throw new CleaningAborted("it is not here any more");
        };
    assertThatThrownBy(() -> clean(CleaningPace.UNLIMITED, refusing, disk))
        .isInstanceOf(CleaningAborted.class);
    assertThat(records()).isEqualTo(before);
    assertThat(names(".cleaned")).isEmpty();
  }
}
