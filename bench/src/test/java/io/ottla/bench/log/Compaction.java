package io.ottla.bench.log;

import static io.ottla.bench.Metric.Better.HIGHER;
import static io.ottla.bench.Metric.Better.LOWER;
import static io.ottla.bench.Metric.Better.NONE;

import io.ottla.bench.BenchRun;
import io.ottla.bench.BrokerFiles;
import io.ottla.bench.ChildProcess;
import io.ottla.bench.Clients;
import io.ottla.bench.Deadline;
import io.ottla.bench.MeasurementException;
import io.ottla.bench.Metric;
import io.ottla.bench.Sample;
import io.ottla.bench.Side;
import io.ottla.bench.StartUps;
import io.ottla.bench.StartUps.Started;
import io.ottla.bench.Usage;
import io.ottla.bench.log.LogPlan.Fill;
import io.ottla.bench.log.LogPlan.ReadCompacted;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A keyed topic of one partition that was not to be compacted becomes due: from the change of its
 * configuration until the broker notes that all but the segment it writes to is compacted. Neither
 * broker slows its compaction down unless told to.
 */
final class Compaction implements LogMeasurement {

  static final Metric SPEED = new Metric("compaction", "log compacted", "MB/s", HIGHER);

  /** Of each key there are four records on average: three quarters go. */
  private static final int RECORDS_PER_KEY = 4;

  private static final String RATIO = "min.cleanable.dirty.ratio";
  private static final long LARGEST_SEGMENT_BYTES = 100 << 20;
  private static final int SEGMENTS = 20;
  private static final int LIMIT_SECONDS = 600;
  private static final double WARM_UP = 0.1;

  private final long bytes;
  private final int valueBytes;

  Compaction(long bytes, int valueBytes) {
    this.bytes = bytes;
    this.valueBytes = valueBytes;
  }

  @Override
  public void measure(Side side, BrokerFiles files, List<Sample> samples)
      throws IOException, InterruptedException {
    try (Started started = StartUps.start(side, files)) {
      compact(side, files, started.broker(), fill("warm-up", WARM_UP), new ArrayList<>());
      compact(side, files, started.broker(), fill("keyed", 1), samples);
    }
  }

  /** A topic that has some twenty segments, and is compacted only when it is told to be. */
  private Fill fill(String topic, double share) {
    long records = Math.max(1000, (long) (share * bytes) / valueBytes);
    long segmentBytes =
        Math.clamp((long) (share * bytes) / SEGMENTS, 1 << 20, LARGEST_SEGMENT_BYTES);
    return new Fill(
        topic,
        1,
        records,
        valueBytes,
        (int) Math.min(Integer.MAX_VALUE, records / RECORDS_PER_KEY),
        Map.of(
            "cleanup.policy",
            "compact",
            RATIO,
            "1.0",
            "segment.bytes",
            Long.toString(segmentBytes)));
  }

  private static void compact(
      Side side, BrokerFiles files, ChildProcess broker, Fill fill, List<Sample> samples)
      throws IOException, InterruptedException {
    LogLoad.run(side, files, broker, "fill", fill);
    BenchRun.settleDisk();
    Path partition = files.data().resolve(fill.topic() + "-0");
    SegmentFiles before = SegmentFiles.of(partition);
    long end = before.activeBase();
    if (end == 0 || CleanerCheckpoint.offset(files.data(), fill.topic(), 0) > 0) {
      throw new MeasurementException(fill.topic() + " is not as it should be before compaction");
    }

    Usage began = Usage.now(List.of(broker.pid()));
    new Topics(new Clients(files.bootstrap())).alter(fill.topic(), RATIO, "0.01");
    await(files, broker, fill.topic(), end);
    Usage used = Usage.now(List.of(broker.pid())).since(began);

    SegmentFiles after = SegmentFiles.of(partition);
    double compacted = before.closedBytes();
    samples.add(SPEED.of(compacted / 1e6 / used.seconds()));
    samples.add(metric("time", "s").of(used.seconds()));
    samples.add(
        metric("broker CPU per GB of log", "s/GB").of(used.brokerCpuSeconds() * 1e9 / compacted));
    samples.add(new Metric("compaction", "log before", "MB", NONE).of(compacted / 1e6));
    samples.add(new Metric("compaction", "log after", "MB", NONE).of(after.bytesBelow(end) / 1e6));
    LogLoad.run(
        side,
        files,
        broker,
        "read",
        new ReadCompacted(fill.topic(), fill.records(), fill.valueBytes(), fill.keys(), end));
  }

  private static Metric metric(String name, String unit) {
    return new Metric("compaction", name, unit, LOWER);
  }

  private static void await(BrokerFiles files, ChildProcess broker, String topic, long end)
      throws IOException, InterruptedException {
    Deadline deadline = Deadline.in(LIMIT_SECONDS, topic + " compacted");
    while (CleanerCheckpoint.offset(files.data(), topic, 0) < end) {
      broker.requireAlive();
      if (deadline.passed()) {
        throw new MeasurementException(
            "%s not compacted up to %d in %d s; the end of the broker's output:%n%s"
                .formatted(topic, end, LIMIT_SECONDS, broker.tail()));
      }
      TimeUnit.MILLISECONDS.sleep(10);
    }
  }
}
