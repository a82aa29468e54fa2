package io.ottla.bench.log;

import static io.ottla.bench.Metric.Better.LOWER;

import io.ottla.bench.BenchRun;
import io.ottla.bench.BrokerFiles;
import io.ottla.bench.Clients;
import io.ottla.bench.MeasurementException;
import io.ottla.bench.Metric;
import io.ottla.bench.Sample;
import io.ottla.bench.Side;
import io.ottla.bench.StartUps;
import io.ottla.bench.StartUps.Started;
import io.ottla.bench.log.LogPlan.Fill;
import io.ottla.bench.log.LogPlan.ReadAll;
import io.ottla.bench.log.LogPlan.TopicOfMany;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;

/**
 * A broker is killed (SIGKILL) with logs that it never forced and starts again at once. What it
 * wrote is in the page cache, as it is when a process dies and not the machine.
 */
final class KilledRestart implements LogMeasurement {

  static final Metric FIRST_ACK = metric("kill -9 to first ack", "ms");
  private static final Metric READABLE =
      metric("kill -9 to the last record of every partition read", "ms");
  private static final Metric CPU = metric("broker CPU until then", "s");

  private static final String TOPIC = "kept";
  private static final int PARTITIONS = 100;
  private static final int VALUE_BYTES = 1024;

  private final long records;

  KilledRestart(long bytes) {
    this.records = Math.max(PARTITIONS, bytes / VALUE_BYTES);
  }

  private static Metric metric(String name, String unit) {
    return new Metric("restart after kill -9, 100 partitions", name, unit, LOWER);
  }

  @Override
  public void measure(Side side, BrokerFiles files, List<Sample> samples)
      throws IOException, InterruptedException {
    List<TopicPartition> partitions =
        Topics.partitions(List.of(new TopicOfMany(TOPIC, PARTITIONS)));
    Clients clients = new Clients(files.bootstrap());
    Map<TopicPartition, Long> ends;
    try (Started first = StartUps.start(side, files)) {
      LogLoad.run(
          side,
          files,
          first.broker(),
          "fill",
          new Fill(TOPIC, PARTITIONS, records, VALUE_BYTES, 0, Map.of()));
      try (EveryPartition before = new EveryPartition(clients, partitions)) {
        ends = before.ends();
      }
      BenchRun.settleDisk();
      first.broker().requireAlive();
      first.broker().kill();
    }
    requireAll(ends);

    // There before the broker, as the producer is, and closed before it.
    EveryPartition every = new EveryPartition(clients, partitions);
    try (Started again = StartUps.start(side, files);
        every) {
      long readNs = every.readLast(ends);
      double cpuSeconds = Processes.cpuSeconds(again.broker());
      var _ = every.requireEnds(ends);
      samples.add(FIRST_ACK.of(again.ms()));
      samples.add(READABLE.of((readNs - again.broker().spawnedAtNs()) / 1e6));
      samples.add(CPU.of(cpuSeconds));
      LogLoad.run(
          side,
          files,
          again.broker(),
          "read",
          new ReadAll(TOPIC, PARTITIONS, records, VALUE_BYTES));
    }
  }

  private void requireAll(Map<TopicPartition, Long> ends) {
    long sum = ends.values().stream().mapToLong(Long::longValue).sum();
    if (sum != records) {
      throw new MeasurementException(
          "%d records acknowledged, the logs hold %d".formatted(records, sum));
    }
  }
}
