package io.ottla.bench.cluster;

import static io.ottla.bench.Metric.Better.LOWER;

import io.ottla.bench.Deadline;
import io.ottla.bench.MeasurementException;
import io.ottla.bench.Metric;
import io.ottla.bench.Sample;
import io.ottla.bench.Usage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.PartitionInfo;

/**
 * An operator creates many topics of three partitions and three replicas, a batch at a time, each
 * when the one before was confirmed: until the cluster's metadata names a leader for all
 * partitions.
 */
final class ManyTopics implements Figure {

  private static final String PREFIX = "many-";
  private static final int PARTITIONS = 3;
  private static final int BATCH = 50;
  private static final int LIMIT_SECONDS = 240;

  private final int topics;

  ManyTopics(int topics) {
    this.topics = topics;
  }

  static Metric metric(int topics) {
    return metric("%,d topics x 3 partitions x 3 replicas have leaders".formatted(topics), "s");
  }

  private static Metric metric(String name, String unit) {
    return new Metric("create", name, unit, LOWER);
  }

  @Override
  public void measure(Cluster cluster, List<Sample> samples)
      throws IOException, InterruptedException {
    try (Admin admin = ClusterView.admin(cluster);
        KafkaConsumer<byte[], byte[]> observer = cluster.clients().consumer(FirstAck.TOPIC, 1)) {
      var _ = observer.listTopics();
      Usage before = Usage.now(cluster.pids());
      for (int from = 0; from < topics; from += BATCH) {
        create(admin, from, Math.min(topics, from + BATCH));
        cluster.requireAllAlive();
      }
      Usage answered = Usage.now(cluster.pids()).since(before);
      Deadline.in(LIMIT_SECONDS, "all partitions have leaders")
          .await(50, () -> led(observer.listTopics()) == topics * PARTITIONS, cluster::tails);
      Usage used = Usage.now(cluster.pids()).since(before);
      samples.add(metric(topics).of(used.seconds()));
      samples.add(metric("of that until the last is confirmed", "s").of(answered.seconds()));
      samples.add(metric("CPU of the three brokers", "s").of(used.brokerCpuSeconds()));
    }
  }

  private static void create(Admin admin, int from, int to) throws InterruptedException {
    List<NewTopic> batch = new ArrayList<>();
    for (int i = from; i < to; i++) {
      batch.add(new NewTopic(PREFIX + i, PARTITIONS, (short) Cluster.NODES));
    }
    try {
      admin.createTopics(batch).all().get(LIMIT_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new MeasurementException("topics %d to %d were not created".formatted(from, to), e);
    }
  }

  private static long led(Map<String, List<PartitionInfo>> topics) {
    return topics.entrySet().stream()
        .filter(topic -> topic.getKey().startsWith(PREFIX))
        .flatMap(topic -> topic.getValue().stream())
        .filter(partition -> partition.leader() != null && !partition.leader().isEmpty())
        .filter(partition -> partition.replicas().length == Cluster.NODES)
        .count();
  }
}
