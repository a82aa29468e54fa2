package io.ottla.compat.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.compat.Await;
import io.ottla.compat.member.GroupClients;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TransactionalIdNotFoundException;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * What tests of transactions do with stock clients of 4.3, all on the test's own thread: producers,
 * which end with this, and readings of all that is visible.
 */
public final class TransactionClients implements AutoCloseable {
  public static final Duration LIMIT = Duration.ofSeconds(40);

  private final Supplier<String> servers;
  private final GroupClients groups;
  private final List<Producer<String, String>> producers = new ArrayList<>();

  public TransactionClients(Supplier<String> servers) {
    this.servers = servers;
    this.groups = new GroupClients(servers);
  }

  /** The same for groups, with the admin client. */
  public GroupClients groups() {
    return groups;
  }

  /** An initialized producer with these further properties (key, value, ...). */
  public Producer<String, String> producer(String transactionalId, String... properties) {
    Producer<String, String> producer = uninitialized(transactionalId, properties);
    producer.initTransactions();
    return producer;
  }

  /** A producer with these further properties (key, value, ...). */
  public Producer<String, String> uninitialized(String transactionalId, String... properties) {
    Map<String, Object> config = new HashMap<>();
    config.put("bootstrap.servers", servers.get());
    config.put("transactional.id", transactionalId);
    config.put("linger.ms", "0");
    config.put("max.block.ms", "40000");
    for (int i = 0; i < properties.length; i += 2) {
      config.put(properties[i], properties[i + 1]);
    }
    Producer<String, String> producer =
        new KafkaProducer<>(config, new StringSerializer(), new StringSerializer());
    producers.add(producer);
    return producer;
  }

  /** Sends the values, one after the other over partitions 0 to partitions, and waits for it. */
  public static void send(
      Producer<String, String> producer, String topic, int partitions, String... values)
      throws ExecutionException, InterruptedException {
    for (int i = 0; i < values.length; i++) {
      producer.send(new ProducerRecord<>(topic, i % partitions, null, values[i])).get();
    }
  }

  /** The values that are visible in a topic, partition by partition. */
  public List<String> values(String topic, int partitions, String isolationLevel) {
    return records(topic, partitions, isolationLevel).stream().map(ConsumerRecord::value).toList();
  }

  /** All that is visible in a topic, each partition in its order. */
  public List<ConsumerRecord<String, String>> records(
      String topic, int partitions, String isolationLevel) {
    List<ConsumerRecord<String, String>> records = new ArrayList<>();
    try (Consumer<String, String> consumer =
        new KafkaConsumer<>(
            Map.of(
                "bootstrap.servers",
                servers.get(),
                "isolation.level",
                isolationLevel,
                "auto.offset.reset",
                "earliest"),
            new StringDeserializer(),
            new StringDeserializer())) {
      List<TopicPartition> all = List.copyOf(GroupClients.partitions(topic, partitions));
      consumer.assign(all);
      consumer.seekToBeginning(all);
      Map<TopicPartition, Long> ends = consumer.endOffsets(all);
      long deadlineNs = System.nanoTime() + LIMIT.toNanos();
      while (!all.stream().allMatch(one -> consumer.position(one) >= ends.get(one))) {
        assertThat(deadlineNs - System.nanoTime())
            .as("time left to read %s to %s", topic, ends)
            .isPositive();
        consumer.poll(Duration.ofMillis(100)).forEach(records::add);
      }
    }
    return records;
  }

  /** The end of a partition, to those who read in this isolation. */
  public long end(String topic, int partition, IsolationLevel isolation) throws Exception {
    TopicPartition one = new TopicPartition(topic, partition);
    return groups
        .admin()
        .listOffsets(Map.of(one, OffsetSpec.latest()), new ListOffsetsOptions(isolation))
        .partitionResult(one)
        .get()
        .offset();
  }

  /** Waits until no partition has an open transaction. */
  public void awaitNothingOpen(String topic, int partitions) throws Exception {
    for (int i = 0; i < partitions; i++) {
      int partition = i;
      Await.until(
          "no transaction is open in " + topic + "-" + i,
          LIMIT,
          () ->
              end(topic, partition, IsolationLevel.READ_COMMITTED)
                  == end(topic, partition, IsolationLevel.READ_UNCOMMITTED));
    }
  }

  /** How a transactional id is described, or "" if nobody knows it. */
  public String state(String transactionalId) throws Exception {
    try {
      return groups
          .admin()
          .describeTransactions(List.of(transactionalId))
          .description(transactionalId)
          .get()
          .state()
          .toString();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof TransactionalIdNotFoundException) {
        return "";
      }
      throw e;
    }
  }

  /** Waits until a transactional id is in a state. */
  public void awaitState(String transactionalId, String state) throws Exception {
    Await.until(
        transactionalId + " is " + state, LIMIT, () -> state(transactionalId).equals(state));
  }

  @Override
  public void close() {
    producers.forEach(producer -> producer.close(Duration.ZERO));
    groups.close();
  }
}
