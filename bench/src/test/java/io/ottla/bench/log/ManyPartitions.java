package io.ottla.bench.log;

import static io.ottla.bench.Metric.Better.LOWER;

import io.ottla.bench.BenchRun;
import io.ottla.bench.BrokerFiles;
import io.ottla.bench.ChildProcess;
import io.ottla.bench.Clients;
import io.ottla.bench.MeasurementException;
import io.ottla.bench.Metric;
import io.ottla.bench.Sample;
import io.ottla.bench.Side;
import io.ottla.bench.StartUps;
import io.ottla.bench.StartUps.Started;
import io.ottla.bench.log.LogPlan.TopicOfMany;
import io.ottla.bench.log.LogPlan.Touch;
import io.ottla.bench.log.LogPlan.TwoSegments;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.TopicPartition;

/**
 * A broker with very many partitions of two segments stops cleanly and starts again: how long that
 * takes, and what the partitions cost in memory, at rest and after each was written and read.
 */
final class ManyPartitions implements LogMeasurement {

  static final String AT_REST = "after the restart";
  static final String TOUCHED = "after each was written and read";

  private static final String PREFIX = "many-";
  private static final int PARTITIONS_PER_TOPIC = 100;
  private static final int SEGMENTS = 2;
  private static final int STOP_LIMIT_SECONDS = 300;

  private final int partitions;
  private final int settleSeconds;

  ManyPartitions(int partitions, int settleSeconds) {
    this.partitions = partitions;
    this.settleSeconds = settleSeconds;
  }

  static String group(int partitions) {
    return "%,d partitions of 2 segments".formatted(partitions);
  }

  static Metric firstAck(int partitions) {
    return metric(partitions, "clean restart to first ack");
  }

  private static Metric metric(int partitions, String name) {
    return new Metric(group(partitions), name, "ms", LOWER);
  }

  @Override
  public void measure(Side side, BrokerFiles files, List<Sample> samples)
      throws IOException, InterruptedException {
    List<TopicOfMany> topics = topics(partitions);
    List<TopicPartition> all = Topics.partitions(topics);
    try (Started first = StartUps.start(side, files)) {
      LogLoad.run(side, files, first.broker(), "fill", new TwoSegments(topics));
      requireTwoSegments(files);
      BenchRun.settleDisk();
      samples.add(metric(partitions, "clean stop").of(first.broker().stop(STOP_LIMIT_SECONDS)));
    }
    if (!Files.exists(files.data().resolve(".kafka_cleanshutdown"))) {
      throw new MeasurementException("the broker has ended, but not cleanly");
    }

    Map<TopicPartition, Long> ends = ManyPartitionsLoad.all(all, SEGMENTS);
    // There before the broker, as the producer is, and closed before it.
    EveryPartition every = new EveryPartition(new Clients(files.bootstrap()), all);
    try (Started again = StartUps.start(side, files);
        every) {
      ChildProcess broker = again.broker();
      long endsNs = every.requireEnds(ends);
      samples.add(firstAck(partitions).of(again.ms()));
      samples.add(
          metric(partitions, "clean restart to the log ends of all partitions")
              .of((endsNs - broker.spawnedAtNs()) / 1e6));
      memory(broker, AT_REST, samples);
      LogLoad.run(side, files, broker, "touch", new Touch(topics, SEGMENTS));
      memory(broker, TOUCHED, samples);
    }
  }

  /** Topics of 100 partitions each, the last of what is left. */
  static List<TopicOfMany> topics(int partitions) {
    List<TopicOfMany> topics = new ArrayList<>();
    for (int made = 0; made < partitions; made += PARTITIONS_PER_TOPIC) {
      topics.add(
          new TopicOfMany(
              PREFIX + topics.size(), Math.min(PARTITIONS_PER_TOPIC, partitions - made)));
    }
    return topics;
  }

  private void requireTwoSegments(BrokerFiles files) throws IOException {
    int segments = SegmentFiles.count(files.data(), PREFIX);
    if (segments != SEGMENTS * partitions) {
      throw new MeasurementException(
          "%d partitions have %d segments between them".formatted(partitions, segments));
    }
  }

  private void memory(ChildProcess broker, String when, List<Sample> samples)
      throws IOException, InterruptedException {
    TimeUnit.SECONDS.sleep(settleSeconds);
    broker.requireAlive();
    samples.addAll(MemoryUse.of(broker.pid()).samples(group(partitions), when));
  }
}
