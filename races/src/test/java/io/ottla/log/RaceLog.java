package io.ottla.log;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.ottla.wire.TopicPartition;
import io.ottla.wire.Uuid;
import io.ottla.wire.record.RecordBatchBuilder;
import java.nio.file.Path;

/** A log in memory that goes through all a log goes through, on one thread at a time. */
final class RaceLog {

  private static final long NOW_MS = 1_000_000;
  private static final int RESTART_AT = 50_000;
  private static final LogConfig CONFIG =
      LogConfig.defaults()
          .withSegmentBytes(4_000)
          .withIndex(150, 240)
          .withRetention(12_000, -1)
          .withFileDeleteDelayMs(0);

  private final RaceFiles files = new RaceFiles(new OpenFiles(2, 1_000));
  private final LogDirectory directory = LogDirectory.open(files, Path.of("/races"));
  private final PartitionLog log =
      PartitionLog.open(directory, new TopicPartition("orders", 0), new Uuid(1, 2), CONFIG, NOW_MS);
  private long turn;

  PartitionLog log() {
    return log;
  }

  private static ByteBuf batch(int records) {
    RecordBatchBuilder builder = new RecordBatchBuilder(Unpooled.buffer());
    for (int i = 0; i < records; i++) {
      builder.append(NOW_MS, null, new byte[10]);
    }
    return builder.build();
  }

  /** Appends, and now and then lets the log shrink at its end or its start. */
  synchronized void change() {
    int step = (int) (turn++ % 64);
    log.append(batch(1 + step % 3), AppendContext.client(0, NOW_MS));
    if (step % 4 != 0) {
      log.onHighWatermark(log.logEndOffset());
    } else if (step == 16) {
      log.truncateTo(log.highWatermark());
    } else if (step == 32) {
      var _ = log.deleteRetired(NOW_MS);
      directory.deleteDue(NOW_MS);
    } else if (step == 48 && log.logEndOffset() > RESTART_AT) {
      log.truncateFullyAndStartAt(0);
      directory.deleteDue(NOW_MS);
    }
  }
}
