package io.ottla.compat.workload;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * What a workload talks to: one broker, through the clients of the version it was loaded with. Uses
 * only what kafka-clients 2.8 and 4.4 have in common.
 */
public final class Session {
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final Duration PAUSE = Duration.ofMillis(10);

  private final String version;
  private final String bootstrapServers;
  private final String prefix;

  public Session(String version, String bootstrapServers, String prefix) throws IOException {
    assertThat(loadedVersion()).isEqualTo(version);
    this.version = version;
    this.bootstrapServers = bootstrapServers;
    this.prefix = prefix;
  }

  private static String loadedVersion() throws IOException {
    Properties properties = new Properties();
    try (InputStream file =
        KafkaProducer.class.getResourceAsStream("/kafka/kafka-version.properties")) {
      properties.load(file);
    }
    return properties.getProperty("version");
  }

  /** A time that records may carry: in the past, but not so far that retention takes them away. */
  public static long anHourAgo() {
    return System.currentTimeMillis() - Duration.ofHours(1).toMillis();
  }

  /** The version of the clients. */
  public String version() {
    return version;
  }

  /** A topic or group name that belongs to this session. */
  public String name(String name) {
    return prefix + "-" + name;
  }

  /** An admin client. */
  public Admin admin() {
    return Admin.create(Map.of("bootstrap.servers", bootstrapServers));
  }

  /** A producer of strings with these properties (key, value, key, value, ...). */
  public Producer<String, String> producer(String... properties) {
    Map<String, Object> config = config(properties);
    config.put("key.serializer", StringSerializer.class.getName());
    config.put("value.serializer", StringSerializer.class.getName());
    return new KafkaProducer<>(config);
  }

  /**
   * A consumer of strings with these properties; it reads from the start where nothing is
   * committed.
   */
  public Consumer<String, String> consumer(String... properties) {
    Map<String, Object> config = config(properties);
    config.put("key.deserializer", StringDeserializer.class.getName());
    config.put("value.deserializer", StringDeserializer.class.getName());
    config.putIfAbsent("auto.offset.reset", "earliest");
    config.putIfAbsent("enable.auto.commit", "false");
    config.putIfAbsent("heartbeat.interval.ms", "200");
    return new KafkaConsumer<>(config);
  }

  private Map<String, Object> config(String... properties) {
    Map<String, Object> config = new HashMap<>();
    config.put("bootstrap.servers", bootstrapServers);
    for (int i = 0; i < properties.length; i += 2) {
      config.put(properties[i], properties[i + 1]);
    }
    return config;
  }

  /**
   * Creates a topic of this session and returns its name. Waits until all its leaders answer: a
   * producer whose first batches meet a partition that is only just coming up may see them accepted
   * in another order than sent.
   */
  public String createTopic(String name, int partitions) throws Exception {
    try (Admin admin = admin()) {
      admin.createTopics(Set.of(new NewTopic(name(name), partitions, (short) 1))).all().get();
      Map<TopicPartition, OffsetSpec> ends = new HashMap<>();
      for (int partition = 0; partition < partitions; partition++) {
        ends.put(new TopicPartition(name(name), partition), OffsetSpec.latest());
      }
      await("the leaders answer", () -> answers(admin.listOffsets(ends).all()));
    }
    return name(name);
  }

  /** Old clients do not ask again by themselves when a partition is not there yet. */
  private static boolean answers(KafkaFuture<?> future) throws Exception {
    try {
      future.get();
      return true;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RetriableException) {
        return false;
      }
      throw e;
    }
  }

  /** Returns when the condition holds; fails when that takes too long. */
  public static void await(String what, Callable<Boolean> condition) throws Exception {
    long deadlineNs = System.nanoTime() + LIMIT.toNanos();
    while (!condition.call()) {
      assertThat(deadlineNs - System.nanoTime()).as("time left: %s", what).isPositive();
      LockSupport.parkNanos(PAUSE.toNanos());
    }
  }

  /** Sends the values, in order, to one partition, with rising timestamps. */
  public void produce(TopicPartition partition, long firstTimestamp, List<String> values)
      throws ExecutionException, InterruptedException {
    try (Producer<String, String> producer = producer("acks", "all")) {
      long timestamp = firstTimestamp;
      List<Future<?>> sent = new ArrayList<>();
      for (String value : values) {
        sent.add(
            producer.send(
                new ProducerRecord<>(
                    partition.topic(), partition.partition(), timestamp++, null, value)));
      }
      producer.flush();
      for (Future<?> one : sent) {
        one.get();
      }
    }
  }

  /** Polls until so many records are there; fails when they do not come, or when there are more. */
  public <K, V> List<ConsumerRecord<K, V>> read(Consumer<K, V> consumer, int count) {
    List<ConsumerRecord<K, V>> records = new ArrayList<>();
    long deadlineNs = System.nanoTime() + LIMIT.toNanos();
    while (records.size() < count) {
      assertThat(deadlineNs - System.nanoTime())
          .as("time left, with %d of %d records read", records.size(), count)
          .isPositive();
      consumer.poll(Duration.ofMillis(200)).forEach(records::add);
    }
    assertThat(records).as("records read").hasSize(count);
    return records;
  }

  /** Polls until the consumer's positions are at these ends; fails when that takes too long. */
  public <K, V> List<ConsumerRecord<K, V>> readTo(
      Consumer<K, V> consumer, Map<TopicPartition, Long> ends) {
    List<ConsumerRecord<K, V>> records = new ArrayList<>();
    long deadlineNs = System.nanoTime() + LIMIT.toNanos();
    while (!ends.entrySet().stream()
        .allMatch(end -> consumer.position(end.getKey()) >= end.getValue())) {
      assertThat(deadlineNs - System.nanoTime())
          .as("time left to read to %s, with %d records read", ends, records.size())
          .isPositive();
      consumer.poll(Duration.ofMillis(100)).forEach(records::add);
    }
    return records;
  }
}
