package io.ottla.bench.log;

import static io.ottla.bench.Metric.Better.HIGHER;
import static io.ottla.bench.Metric.Better.LOWER;

import io.ottla.bench.BrokerFiles;
import io.ottla.bench.Metric;
import io.ottla.bench.Sample;
import io.ottla.bench.Side;
import io.ottla.bench.StartUps;
import io.ottla.bench.StartUps.Started;
import io.ottla.bench.log.LogPlan.Forced;
import java.io.IOException;
import java.util.List;

/** Many producers at a topic whose every append is forced to the disk before it is acknowledged. */
final class ForcedAppends implements LogMeasurement {

  private static final int PRODUCERS = 64;
  private static final int VALUE_BYTES = 1024;

  private final List<Integer> partitions;
  private final int seconds;

  /**
   * @param partitions one load for each number
   */
  ForcedAppends(List<Integer> partitions, int seconds) {
    this.partitions = partitions;
    this.seconds = seconds;
  }

  static String group(int partitions) {
    return "flush.messages=1, 64 producers, %d %s"
        .formatted(partitions, partitions == 1 ? "partition" : "partitions");
  }

  static Metric records(String group) {
    return new Metric(group, "records", "1/s", HIGHER);
  }

  static Metric p99(String group) {
    return new Metric(group, "ack p99", "ms", LOWER);
  }

  @Override
  public void measure(Side side, BrokerFiles files, List<Sample> samples) throws IOException {
    try (Started started = StartUps.start(side, files)) {
      for (int count : partitions) {
        samples.addAll(
            LogLoad.run(
                side,
                files,
                started.broker(),
                "forced",
                new Forced(
                    group(count),
                    "forced-" + count,
                    count,
                    PRODUCERS,
                    VALUE_BYTES,
                    (seconds + 1) / 2,
                    seconds,
                    files.data().toString())));
      }
    }
  }
}
