package io.ottla.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.record.DecompressionLimits;
import io.ottla.wire.record.RecordBatch;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Readers on other threads while the owner appends, cuts and deletes: they see whole batches. */
class ConcurrentReadTest {

  private static final int READERS = 3;
  private static final DecompressionLimits LIMITS = DecompressionLimits.ofBatch(1 << 20);

  @TempDir Path root;
  private final AtomicBoolean done = new AtomicBoolean();
  private final AtomicLong reads = new AtomicLong();

  @Test
  void readersSeeWholeBatchesWhateverTheOwnerDoes() throws Exception {
    LogConfig config =
        LogConfig.defaults()
            .withSegmentBytes(8_000)
            .withIndex(200, 2_000)
            .withRetention(-1, 30_000)
            .withFileDeleteDelayMs(0);
    ExecutorService executor = Executors.newFixedThreadPool(READERS + 1);
    try (LogFixture fixture =
        new LogFixture(root, config, new DiskFileSystem(new OpenFiles(1, 100)))) {
      List<Future<Void>> tasks = new ArrayList<>();
      for (int i = 0; i < READERS; i++) {
        long seed = i;
        tasks.add(executor.submit(guarded(() -> read(fixture.log, new Random(seed)))));
      }
      tasks.add(executor.submit(guarded(() -> force(fixture.log))));
      write(fixture);
      done.set(true);
      for (Future<Void> task : tasks) {
        task.get(30, TimeUnit.SECONDS);
      }
      assertThat(reads.get()).isPositive();
    } finally {
      done.set(true);
      executor.shutdown();
      assertThat(executor.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
    }
  }

  /** If one fails, all stop. */
  private Callable<Void> guarded(Callable<Void> task) {
    return () -> {
      try {
        return task.call();
      } finally {
        done.set(true);
      }
    };
  }

  /** The owner: appends batches whose values are their offsets. */
  private void write(LogFixture fixture) {
    Random random = new Random(42);
    PartitionLog log = fixture.log;
    for (int i = 0; i < 6_000 && !done.get(); i++) {
      fixture.nowMs++;
      fixture.append(TestBatches.records(Unpooled.buffer(), fixture.nowMs, 3, 20));
      if (random.nextInt(3) == 0) {
        log.onHighWatermark(log.logEndOffset() - random.nextInt(20));
      }
      if (random.nextInt(200) == 0) {
        log.truncateTo(Math.max(log.logStartOffset(), log.logEndOffset() - random.nextInt(300)));
      }
      if (random.nextInt(100) == 0) {
        log.deleteRetired(fixture.nowMs);
        fixture.directory.deleteDue(fixture.nowMs);
      }
    }
  }

  private Void read(PartitionLog log, Random random) throws IOException {
    RecordBatch batch = new RecordBatch();
    while (!done.get()) {
      LogView view = log.view();
      int range = (int) (view.logEndOffset() - view.logStartOffset());
      long from = view.logStartOffset() + random.nextInt(range + 1);
      long upTo = random.nextBoolean() ? view.logEndOffset() : view.highWatermark();
      try {
        ByteBuf bytes = LogFixture.read(view, from, random.nextInt(20_000), upTo);
        long next = -1;
        for (int at = 0; at + 61 <= bytes.readableBytes(); at += batch.sizeInBytes()) {
          batch.wrap(bytes, at);
          if (batch.sizeInBytes() > bytes.readableBytes() - at) {
            break; // Cut off by the limit.
          }
          assertThat(batch.isCrcValid()).isTrue();
          assertThat(batch.nextOffset()).isGreaterThan(from);
          assertThat(batch.baseOffset()).isLessThan(upTo).isGreaterThanOrEqualTo(next);
          next = batch.nextOffset();
        }
        if (random.nextInt(10) == 0) {
          view.offsetForTimestamp(1_000_000 + random.nextInt(6_000), upTo, LIMITS);
        }
        reads.incrementAndGet();
      } catch (LogException e) {
        // What the view promised may have been deleted, or be about to be cut.
        assertThat(e.error()).isIn(ErrorCode.OFFSET_OUT_OF_RANGE, ErrorCode.NOT_LEADER_OR_FOLLOWER);
      }
    }
    return null;
  }

  private Void force(PartitionLog log) {
    LogFlusher flusher = new LogFlusher(Runnable::run, () -> 0L);
    while (!done.get()) {
      flusher.request(
          log,
          new LogFlusher.Callback() {
            @Override
            public void onForced(LogFlusher.Forced forced) {
              reads.incrementAndGet();
            }

            @Override
            public void onForceFailed(LogException cause) {
              throw cause;
            }
          });
    }
    return null;
  }
}
