package io.ottla.bench.cluster;

import static io.ottla.bench.Metric.Better.HIGHER;
import static io.ottla.bench.Metric.Better.LOWER;

import io.ottla.bench.BenchRun;
import io.ottla.bench.Deadline;
import io.ottla.bench.MeasurementException;
import io.ottla.bench.Metric;
import io.ottla.bench.Sample;
import io.ottla.bench.SessionPlan;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * A follower was stopped while records were written and starts again: how fast it gets what it
 * missed. Progress is read off the segment files in its data directory, which grow as it fetches.
 */
final class CatchUp implements Figure {

  static final Metric FETCHING = metric("from its first bytes to the leaders' log ends");
  private static final Metric OVERALL = metric("from the start of its process to all in sync");
  private static final Metric IN_SYNC =
      new Metric("catch-up", "from the leaders' log ends to all in sync", "ms", LOWER);
  private static final Metric BEGINS =
      new Metric("catch-up", "from the start of its process to its first bytes", "ms", LOWER);

  private static final int VALUE_BYTES = 1024;
  private static final int STOPPED = 3;
  private static final int LIMIT_SECONDS = 180;
  private static final String TOPIC = "missed";

  private final long bytes;

  CatchUp(long bytes) {
    this.bytes = bytes;
  }

  private static Metric metric(String name) {
    return new Metric("catch-up", name, "MB/s", HIGHER);
  }

  @Override
  public void measure(Cluster cluster, List<Sample> samples)
      throws IOException, InterruptedException {
    try (ClusterView view = new ClusterView(cluster)) {
      view.create(
          new NewTopic(TOPIC, SessionPlan.PARTITIONS, (short) Cluster.NODES)
              .configs(Map.of("min.insync.replicas", "2")));
      view.awaitAllInSync(List.of(TOPIC));
      cluster.stop(STOPPED);
      view.awaitOutOfSync(TOPIC, STOPPED);
      write(cluster);
      BenchRun.settleDisk();

      Path follower = cluster.data(STOPPED);
      long had = LogBytes.of(follower, TOPIC);
      long ends = LogBytes.of(cluster.data(1), TOPIC);
      if (ends < bytes || had > ends / 100 || LogBytes.of(cluster.data(2), TOPIC) != ends) {
        throw new MeasurementException(
            "the follower has %d bytes, the leaders %d: it has not missed %d"
                .formatted(had, ends, bytes));
      }
      cluster.start(STOPPED);
      long startedNs = cluster.process(STOPPED).spawnedAtNs();
      long firstNs = await(cluster, "its first bytes", had + 1, 1);
      long equalNs = await(cluster, "the leaders' log ends", ends, 5);
      long inSyncNs = view.awaitAllInSync(List.of(TOPIC));
      double missed = (ends - had) / 1e6;
      samples.add(FETCHING.of(missed / ((equalNs - firstNs) / 1e9)));
      samples.add(OVERALL.of(missed / ((inSyncNs - startedNs) / 1e9)));
      samples.add(BEGINS.of((firstNs - startedNs) / 1e6));
      samples.add(IN_SYNC.of(Math.max(0, inSyncNs - equalNs) / 1e6));
    }
  }

  private static long await(Cluster cluster, String what, long size, long everyMs)
      throws InterruptedException {
    Path follower = cluster.data(STOPPED);
    return Deadline.in(LIMIT_SECONDS, "the follower reached " + what)
        .await(
            everyMs,
            () -> {
              cluster.requireAllAlive();
              try {
                return LogBytes.of(follower, TOPIC) >= size;
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            },
            cluster::tails);
  }

  private void write(Cluster cluster) {
    byte[] value = new byte[VALUE_BYTES];
    new Random(VALUE_BYTES).nextBytes(value);
    AtomicReference<Exception> failure = new AtomicReference<>();
    try (KafkaProducer<byte[], byte[]> producer = cluster.clients().producer(Map.of())) {
      for (long sent = 0; sent < bytes && failure.get() == null; sent += VALUE_BYTES) {
        var _ =
            producer.send(
                new ProducerRecord<>(TOPIC, value),
                (metadata, exception) -> {
                  if (exception != null) {
                    failure.compareAndSet(null, exception);
                  }
                });
      }
      producer.flush();
    }
    if (failure.get() != null) {
      throw new MeasurementException("a record was refused\n" + cluster.tails(), failure.get());
    }
  }
}
