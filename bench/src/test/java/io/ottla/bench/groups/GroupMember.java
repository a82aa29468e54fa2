package io.ottla.bench.groups;

import io.ottla.bench.MeasurementException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * A stock consumer with its defaults, polled by a thread of its own as an application would. What
 * it owns it tells the {@link Ownership}.
 */
final class GroupMember implements ConsumerRebalanceListener, AutoCloseable {

  private static final Duration POLL = Duration.ofMillis(100);
  private static final int CLOSE_LIMIT_SECONDS = 30;

  private final int number;
  private final String topic;
  private final Ownership ownership;
  private final KafkaConsumer<byte[], byte[]> consumer;
  private final Thread thread;
  private volatile Work work;
  private volatile boolean leaving;
  private volatile Exception failure;

  /** Done instead of polling, on the member's thread. */
  @FunctionalInterface
  interface Work {

    /** One step; called again and again. */
    void step(KafkaConsumer<byte[], byte[]> consumer);
  }

  /**
   * Makes a member that has not asked anything of the broker yet.
   *
   * @param number among the members that the ownership is about
   */
  GroupMember(
      String bootstrap,
      Protocol protocol,
      String group,
      int number,
      String topic,
      Ownership ownership) {
    this.number = number;
    this.topic = topic;
    this.ownership = ownership;
    Map<String, Object> config = new HashMap<>();
    config.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap);
    config.put(ConsumerConfig.GROUP_ID_CONFIG, group);
    config.putAll(protocol.properties());
    this.consumer =
        new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    this.thread = new Thread(this::run, group + "-" + number);
    thread.setDaemon(true);
  }

  /** Joins the group. */
  void join() {
    thread.start();
  }

  /** From its next step on the member does this. */
  void work(Work work) {
    this.work = work;
  }

  private void run() {
    try (consumer) {
      consumer.subscribe(List.of(topic), this);
      while (!leaving) {
        Work now = work;
        if (now == null) {
          consumer.poll(POLL);
        } else {
          now.step(consumer);
        }
      }
    } catch (WakeupException e) {
      if (!leaving) {
        failure = e;
      }
    } catch (RuntimeException e) {
      failure = e;
    }
  }

  @Override
  public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
    ownership.given(number, numbers(partitions), System.nanoTime());
  }

  @Override
  public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
    ownership.taken(number, numbers(partitions), System.nanoTime());
  }

  private static List<Integer> numbers(Collection<TopicPartition> partitions) {
    return partitions.stream().map(TopicPartition::partition).toList();
  }

  /** Leaves the group, without waiting until it has. */
  void leave() {
    leaving = true;
    if (work == null) {
      consumer.wakeup();
    }
  }

  /**
   * @throws MeasurementException if the member has failed
   */
  void requireWell() {
    if (failure != null) {
      throw new MeasurementException(thread.getName() + " failed: " + failure, failure);
    }
  }

  /** Leaves, if it has not, and waits for the end. */
  @Override
  public void close() {
    if (thread.getState() == Thread.State.NEW) {
      consumer.close();
      return;
    }
    leave();
    try {
      thread.join(TimeUnit.SECONDS.toMillis(CLOSE_LIMIT_SECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new MeasurementException("interrupted", e);
    }
    if (thread.isAlive()) {
      throw new MeasurementException(
          "%s did not end in %d s".formatted(thread.getName(), CLOSE_LIMIT_SECONDS));
    }
  }
}
