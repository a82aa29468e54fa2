package io.ottla.bench.log;

import io.ottla.bench.Clients;
import io.ottla.bench.MeasurementException;
import io.ottla.bench.log.LogPlan.TopicOfMany;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;

/** Makes topics that are configured, of one replica, and configures them anew. */
final class Topics {

  private static final int LIMIT_SECONDS = 120;

  /** So many partitions are asked for at a time. */
  private static final int BATCH = 500;

  private final Clients clients;

  Topics(Clients clients) {
    this.clients = clients;
  }

  /** The partitions of topics, in order. */
  static List<TopicPartition> partitions(List<TopicOfMany> topics) {
    return topics.stream()
        .flatMap(
            topic ->
                IntStream.range(0, topic.partitions())
                    .mapToObj(partition -> new TopicPartition(topic.topic(), partition)))
        .toList();
  }

  /** Returns when all partitions of the topic serve. */
  void create(String topic, int partitions, Map<String, String> config) {
    create(List.of(new TopicOfMany(topic, partitions)), config);
  }

  /** Returns when all partitions of all topics serve. */
  void create(List<TopicOfMany> topics, Map<String, String> config) {
    try (Admin admin = admin()) {
      List<NewTopic> batch = new ArrayList<>();
      int partitions = 0;
      for (TopicOfMany topic : topics) {
        batch.add(new NewTopic(topic.topic(), topic.partitions(), (short) 1).configs(config));
        partitions += topic.partitions();
        if (partitions >= BATCH) {
          await(admin.createTopics(batch).all(), "topics could not be created");
          batch.clear();
          partitions = 0;
        }
      }
      if (!batch.isEmpty()) {
        await(admin.createTopics(batch).all(), "topics could not be created");
      }
    }
    // The end of a log can only be asked of a partition that serves.
    try (EveryPartition every = new EveryPartition(clients, partitions(topics))) {
      var _ = every.ends();
    }
  }

  /** Returns when the broker has confirmed the new value. */
  void alter(String topic, String key, String value) {
    try (Admin admin = admin()) {
      AlterConfigOp set = new AlterConfigOp(new ConfigEntry(key, value), OpType.SET);
      ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
      await(
          admin.incrementalAlterConfigs(Map.of(resource, List.of(set))).all(),
          "%s of %s could not be set".formatted(key, topic));
    }
  }

  private Admin admin() {
    return Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, clients.bootstrap()));
  }

  private static void await(KafkaFuture<Void> answer, String failure) {
    try {
      answer.get(LIMIT_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new MeasurementException(failure, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new MeasurementException("interrupted", e);
    }
  }
}
