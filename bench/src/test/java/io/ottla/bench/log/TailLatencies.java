package io.ottla.bench.log;

import io.ottla.bench.MeasurementException;
import io.ottla.bench.Schedule;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.LongBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * When each record of a tail was due, and how long after that it was sent, acknowledged and
 * received: kept one by one, since only later is it known which of them were beside what. Not
 * changed once made.
 */
final class TailLatencies {

  private static final int HEADER_LONGS = 3;

  private final long startNs;
  private final int ratePerSecond;
  private final long[] lateNs;
  private final long[] acknowledgedNs;
  private final long[] receivedNs;

  /**
   * Keeps the arrays, one value for each record.
   *
   * @param startNs when the first record was due
   * @param lateNs from due to sent
   * @param acknowledgedNs from due to acknowledged
   * @param receivedNs from due to received
   */
  TailLatencies(
      long startNs, int ratePerSecond, long[] lateNs, long[] acknowledgedNs, long[] receivedNs) {
    this.startNs = startNs;
    this.ratePerSecond = ratePerSecond;
    this.lateNs = lateNs;
    this.acknowledgedNs = acknowledgedNs;
    this.receivedNs = receivedNs;
  }

  /** Percentiles of the records due in a window, in nanoseconds. */
  record Percentiles(Histogram late, Histogram acknowledged, Histogram received) {}

  /**
   * What holds for the records due in a window.
   *
   * @throws MeasurementException if there are too few for a percentile
   */
  Percentiles in(Window window, long least) {
    Schedule schedule = new Schedule(startNs, ratePerSecond, 0, lateNs.length);
    Percentiles found = new Percentiles(histogram(), histogram(), histogram());
    for (int i = 0; i < lateNs.length; i++) {
      if (window.contains(schedule.dueNs(i))) {
        found.late.recordValue(lateNs[i]);
        found.acknowledged.recordValue(acknowledgedNs[i]);
        found.received.recordValue(receivedNs[i]);
      }
    }
    long records = found.received.getTotalCount();
    if (records < least) {
      throw new MeasurementException(
          "only %d records at the tail in %.1f s, %d wanted"
              .formatted(records, window.inSeconds(), least));
    }
    return found;
  }

  void write(Path file) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(Long.BYTES * (HEADER_LONGS + 3 * lateNs.length));
    LongBuffer longs = bytes.asLongBuffer();
    longs.put(startNs).put(ratePerSecond).put(lateNs.length);
    longs.put(lateNs).put(acknowledgedNs).put(receivedNs);
    Files.write(file, bytes.array());
  }

  static TailLatencies read(Path file) throws IOException {
    LongBuffer longs = ByteBuffer.wrap(Files.readAllBytes(file)).asLongBuffer();
    long startNs = longs.get();
    int ratePerSecond = (int) longs.get();
    int count = (int) longs.get();
    long[] late = new long[count];
    long[] acknowledged = new long[count];
    long[] received = new long[count];
    longs.get(late).get(acknowledged).get(received);
    return new TailLatencies(startNs, ratePerSecond, late, acknowledged, received);
  }

  private static Histogram histogram() {
    return new Histogram(TimeUnit.MINUTES.toNanos(5), 3);
  }
}
