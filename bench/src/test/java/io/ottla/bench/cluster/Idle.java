package io.ottla.bench.cluster;

import static io.ottla.bench.Metric.Better.LOWER;

import io.ottla.bench.Metric;
import io.ottla.bench.ProcessCounters;
import io.ottla.bench.Sample;
import io.ottla.bench.Usage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.NewTopic;

/**
 * Three brokers with many partitions and no clients: what they use while nobody asks anything of
 * them but they of each other.
 */
final class Idle implements Figure {

  static final Metric CPU = metric("CPU of the three brokers", "s/min");
  private static final Metric MEMORY = metric("resident memory of the three brokers", "MB");
  private static final int PARTITIONS_PER_TOPIC = 10;

  private final int partitions;
  private final int seconds;

  Idle(int partitions, int seconds) {
    this.partitions = partitions;
    this.seconds = seconds;
  }

  private static Metric metric(String name, String unit) {
    return new Metric("idle", name, unit, LOWER);
  }

  @Override
  public void measure(Cluster cluster, List<Sample> samples)
      throws IOException, InterruptedException {
    List<String> names = new ArrayList<>();
    try (ClusterView view = new ClusterView(cluster)) {
      for (int made = 0; made < partitions; made += PARTITIONS_PER_TOPIC) {
        String name = "idle-" + made;
        int count = Math.min(PARTITIONS_PER_TOPIC, partitions - made);
        view.create(new NewTopic(name, count, (short) Cluster.NODES));
        names.add(name);
      }
      view.awaitAllInSync(names);
    }
    TimeUnit.SECONDS.sleep(seconds / 2);
    cluster.requireAllAlive();
    Usage settled = Usage.now(cluster.pids());
    TimeUnit.SECONDS.sleep(seconds);
    cluster.requireAllAlive();
    Usage used = Usage.now(cluster.pids()).since(settled);
    double bytes = 0;
    for (long pid : cluster.pids()) {
      bytes += ProcessCounters.of(pid).residentBytes();
    }
    samples.add(CPU.of(60 * used.brokerCpuSeconds() / used.seconds()));
    samples.add(MEMORY.of(bytes / 1e6));
  }
}
