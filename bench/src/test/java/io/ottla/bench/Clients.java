package io.ottla.bench;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Makes the stock clients, with their defaults except where a load says otherwise. */
public record Clients(String bootstrap) {

  private static final int ADMIN_LIMIT_SECONDS = 60;

  /** Waits for every replica: acks=all, which is the client's default, written down. */
  public KafkaProducer<byte[], byte[]> producer(Map<String, String> properties) {
    Map<String, Object> config = new HashMap<>();
    config.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap);
    config.put(ProducerConfig.ACKS_CONFIG, "all");
    config.putAll(properties);
    return new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
  }

  KafkaConsumer<byte[], byte[]> consumer(String topic) {
    return consumer(topic, SessionPlan.PARTITIONS);
  }

  /** Assigned to all partitions of the topic by hand: no group takes part. */
  public KafkaConsumer<byte[], byte[]> consumer(String topic, int partitions) {
    return consumer(topic, partitions, Map.of());
  }

  /** As {@link #consumer(String, int)}, with these properties over its own. */
  public KafkaConsumer<byte[], byte[]> consumer(
      String topic, int partitions, Map<String, String> properties) {
    Map<String, String> config = new HashMap<>();
    config.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
    config.putAll(properties);
    KafkaConsumer<byte[], byte[]> consumer = consumer(config);
    consumer.assign(partitions(topic, partitions));
    return consumer;
  }

  /** Without partitions as yet; it commits only what it is told to. */
  public KafkaConsumer<byte[], byte[]> consumer(Map<String, String> properties) {
    Map<String, Object> config = new HashMap<>();
    config.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap);
    config.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false");
    config.putAll(properties);
    return new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  private static List<TopicPartition> partitions(String topic, int count) {
    return IntStream.range(0, count)
        .mapToObj(partition -> new TopicPartition(topic, partition))
        .toList();
  }

  /**
   * Creates a topic and returns when all its partitions serve.
   *
   * <p>Apache Kafka answers the creation before its partitions take records. A fast producer that
   * starts at once can have its first batch refused and its second accepted, after which the first
   * is out of sequence for good and expires after two minutes. Asking for the end of every
   * partition waits that time out.
   */
  public void createTopic(String topic, int replicationFactor) {
    createTopic(topic, SessionPlan.PARTITIONS, replicationFactor);
  }

  /** As {@link #createTopic(String, int)}, with so many partitions. */
  public void createTopic(String topic, int partitions, int replicationFactor) {
    try (Admin admin = admin()) {
      admin
          .createTopics(List.of(new NewTopic(topic, partitions, (short) replicationFactor)))
          .all()
          .get(ADMIN_LIMIT_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new MeasurementException("cannot create topic " + topic, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new MeasurementException("interrupted", e);
    }
    try (KafkaConsumer<byte[], byte[]> consumer = consumer(topic, partitions)) {
      consumer.endOffsets(consumer.assignment());
    }
  }

  /** The offsets that a group has committed, added up. */
  public long committed(String group) {
    try (Admin admin = admin()) {
      return admin
          .listConsumerGroupOffsets(group)
          .partitionsToOffsetAndMetadata()
          .get(ADMIN_LIMIT_SECONDS, TimeUnit.SECONDS)
          .values()
          .stream()
          .mapToLong(OffsetAndMetadata::offset)
          .sum();
    } catch (ExecutionException | TimeoutException e) {
      throw new MeasurementException("cannot ask for the offsets of group " + group, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new MeasurementException("interrupted", e);
    }
  }

  /** Commits for a group without members. */
  public void commit(String group, TopicPartition partition, long offset) {
    try (Admin admin = admin()) {
      admin
          .alterConsumerGroupOffsets(group, Map.of(partition, new OffsetAndMetadata(offset)))
          .all()
          .get(ADMIN_LIMIT_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new MeasurementException("cannot commit for group " + group, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new MeasurementException("interrupted", e);
    }
  }

  private Admin admin() {
    return Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap));
  }
}
