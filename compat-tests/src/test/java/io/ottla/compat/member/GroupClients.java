package io.ottla.compat.member;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.compat.Await;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * What tests of groups do with stock clients of 4.3, all on the test's own thread: one admin
 * client, and consumers that are polled one after the other.
 */
public final class GroupClients implements AutoCloseable {
  public static final Duration LIMIT = Duration.ofSeconds(40);

  private final Supplier<String> servers;
  private final List<Consumer<String, String>> consumers = new ArrayList<>();
  private Admin admin;

  public GroupClients(Supplier<String> servers) {
    this.servers = servers;
  }

  /** The admin client, which is made when it is first asked for. */
  public Admin admin() {
    if (admin == null) {
      admin = Admin.create(Map.of("bootstrap.servers", servers.get()));
    }
    return admin;
  }

  /** A topic whose leaders answer. */
  public String createTopic(String topic, int partitions, int replicas) throws Exception {
    admin().createTopics(Set.of(new NewTopic(topic, partitions, (short) replicas))).all().get();
    awaitTopic(topic, partitions);
    return topic;
  }

  /** A topic with one replica whose leaders answer. */
  public String createTopic(String topic, int partitions) throws Exception {
    return createTopic(topic, partitions, 1);
  }

  /** Waits until so many partitions answer. */
  public void awaitTopic(String topic, int partitions) throws Exception {
    Map<TopicPartition, OffsetSpec> ends = new HashMap<>();
    partitions(topic, partitions).forEach(one -> ends.put(one, OffsetSpec.latest()));
    Await.until(
        "the leaders of " + topic + " answer",
        LIMIT,
        () -> {
          try {
            admin().listOffsets(ends).all().get();
            return true;
          } catch (ExecutionException e) {
            if (e.getCause() instanceof RetriableException
                || e.getCause() instanceof UnknownTopicOrPartitionException) {
              return false;
            }
            throw e;
          }
        });
  }

  /** The first partitions of a topic. */
  public static Set<TopicPartition> partitions(String topic, int count) {
    Set<TopicPartition> partitions = new HashSet<>();
    for (int partition = 0; partition < count; partition++) {
      partitions.add(new TopicPartition(topic, partition));
    }
    return partitions;
  }

  /** Writes so many records, evenly. */
  public void produce(String topic, int partitions, int records) throws Exception {
    try (Producer<String, String> producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", servers.get(), "acks", "all"),
            new StringSerializer(),
            new StringSerializer())) {
      List<Future<?>> sent = new ArrayList<>();
      for (int number = 0; number < records; number++) {
        sent.add(
            producer.send(new ProducerRecord<>(topic, number % partitions, null, "r" + number)));
      }
      producer.flush();
      for (Future<?> one : sent) {
        one.get(60, TimeUnit.SECONDS);
      }
    }
  }

  /** A consumer of the consumer protocol with these further properties (key, value, ...). */
  public Consumer<String, String> consumer(String group, String... properties) {
    return make(group, "consumer", properties);
  }

  /** A consumer of the classic protocol with these further properties (key, value, ...). */
  public Consumer<String, String> classic(String group, String... properties) {
    return make(group, "classic", properties);
  }

  private Consumer<String, String> make(String group, String protocol, String... properties) {
    Map<String, Object> config = new HashMap<>();
    config.put("bootstrap.servers", servers.get());
    config.put("group.id", group);
    config.put("group.protocol", protocol);
    config.put("enable.auto.commit", "false");
    config.put("auto.offset.reset", "earliest");
    config.put("allow.auto.create.topics", "false");
    if (protocol.equals("classic")) {
      config.put("heartbeat.interval.ms", "200");
    }
    for (int i = 0; i < properties.length; i += 2) {
      config.put(properties[i], properties[i + 1]);
    }
    Consumer<String, String> consumer =
        new KafkaConsumer<>(config, new StringDeserializer(), new StringDeserializer());
    consumers.add(consumer);
    return consumer;
  }

  /** Polls these consumers in turn until the condition holds. */
  @SafeVarargs
  public final void poll(
      String description, Callable<Boolean> condition, Consumer<String, String>... polled)
      throws Exception {
    Await.until(
        description,
        LIMIT,
        () -> {
          for (Consumer<String, String> consumer : polled) {
            consumer.poll(Duration.ofMillis(20));
          }
          return condition.call();
        });
  }

  /** Polls these consumers until together they have all these partitions, each of them some. */
  @SafeVarargs
  public final void awaitShared(Set<TopicPartition> all, Consumer<String, String>... polled)
      throws Exception {
    poll("the group shares " + all, () -> isShared(all, polled), polled);
  }

  /** Whether these consumers together have all these partitions, each of them some. */
  @SafeVarargs
  public static boolean isShared(Set<TopicPartition> all, Consumer<String, String>... members) {
    Set<TopicPartition> seen = new HashSet<>();
    int count = 0;
    for (Consumer<String, String> member : members) {
      if (member.assignment().isEmpty()) {
        return false;
      }
      seen.addAll(member.assignment());
      count += member.assignment().size();
    }
    return count == all.size() && seen.equals(all);
  }

  /** Polls a consumer until it has read so many records, and returns their values. */
  public static Set<String> read(Consumer<String, String> consumer, int count) throws Exception {
    Set<String> values = new TreeSet<>();
    Await.until(
        count + " records read",
        LIMIT,
        () -> {
          consumer.poll(Duration.ofMillis(50)).forEach(record -> values.add(record.value()));
          return values.size() >= count;
        });
    assertThat(values).hasSize(count);
    return values;
  }

  /** What the broker says of a group. */
  public ConsumerGroupDescription describe(String group) throws Exception {
    return admin().describeConsumerGroups(List.of(group)).describedGroups().get(group).get();
  }

  /** Sets a config of a group; no value takes it away. */
  public void configure(String group, String key, String value) throws Exception {
    AlterConfigOp.OpType type =
        value == null ? AlterConfigOp.OpType.DELETE : AlterConfigOp.OpType.SET;
    admin()
        .incrementalAlterConfigs(
            Map.of(
                new ConfigResource(ConfigResource.Type.GROUP, group),
                List.of(new AlterConfigOp(new ConfigEntry(key, value), type))))
        .all()
        .get();
  }

  /** Closes a consumer before the others. */
  public void close(Consumer<String, String> consumer) {
    consumers.remove(consumer);
    consumer.close();
  }

  /** Forgets a consumer that was closed or will never be. */
  public void forget(Consumer<String, String> consumer) {
    consumers.remove(consumer);
  }

  @Override
  public void close() {
    List<Consumer<String, String>> open = new ArrayList<>(consumers);
    consumers.clear();
    for (Consumer<String, String> consumer : open) {
      consumer.close();
    }
    if (admin != null) {
      admin.close();
    }
  }
}
