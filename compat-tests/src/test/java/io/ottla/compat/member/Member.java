package io.ottla.compat.member;

import io.ottla.history.ownership.Ownership;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.FencedInstanceIdException;
import org.apache.kafka.common.errors.RebalanceInProgressException;
import org.apache.kafka.common.serialization.StringDeserializer;

/**
 * One consumer of a group on a thread of its own. It commits after each poll and before it gives a
 * partition back, and tells an {@link Ownership} all that happens to it. Uses only what
 * kafka-clients 2.8 and 4.4 have in common, so that it can be loaded with any of them.
 */
public final class Member implements Runnable, AutoCloseable, ConsumerRebalanceListener {
  private static final Duration CLOSE_LIMIT = Duration.ofSeconds(30);

  private final String name;
  private final Map<String, String> config;
  private final Collection<String> topics;
  private final Ownership ownership;
  private final Map<TopicPartition, Long> positions = new HashMap<>();
  private final Set<TopicPartition> toCommit = new HashSet<>();
  private final Thread thread;
  private Consumer<String, String> consumer;
  private volatile boolean leaving;

  /**
   * Starts a member; the configuration needs the servers, the group and what else is not a default.
   */
  public Member(
      String name, Map<String, String> config, Collection<String> topics, Ownership ownership) {
    this.name = name;
    this.config = config;
    this.topics = topics;
    this.ownership = ownership;
    this.thread = new Thread(this, "member " + name);
    thread.setDaemon(true);
    thread.setContextClassLoader(Member.class.getClassLoader());
    thread.start();
  }

  /** The name by which its ownership knows it. */
  public String name() {
    return name;
  }

  /** Lets it leave, and returns at once. */
  public void beginLeaving() {
    leaving = true;
  }

  /** Lets it leave, if that has not begun, and waits until it has. */
  @Override
  public void close() throws InterruptedException {
    leaving = true;
    thread.join(CLOSE_LIMIT.toMillis());
    if (thread.isAlive()) {
      StringBuilder where = new StringBuilder();
      for (StackTraceElement element : thread.getStackTrace()) {
        where.append("\n  at ").append(element);
      }
      ownership.problem(name + " is still closing:" + where);
    }
  }

  @Override
  public void run() {
    Map<String, Object> all = new HashMap<>(config);
    all.putIfAbsent("auto.offset.reset", "earliest");
    all.putIfAbsent("enable.auto.commit", "false");
    all.putIfAbsent("client.id", name);
    try (Consumer<String, String> closing =
        new KafkaConsumer<>(all, new StringDeserializer(), new StringDeserializer())) {
      consumer = closing;
      consumer.subscribe(topics, this);
      while (!leaving) {
        for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(100))) {
          ownership.read(name, record.topic(), record.partition(), record.offset());
          TopicPartition partition = new TopicPartition(record.topic(), record.partition());
          positions.put(partition, record.offset() + 1);
          toCommit.add(partition);
        }
        commit(new HashSet<>(toCommit));
      }
    } catch (Throwable e) {
      StringWriter trace = new StringWriter();
      e.printStackTrace(new PrintWriter(trace));
      ownership.problem(name + " broke: " + trace);
    }
  }

  private void commit(Collection<TopicPartition> partitions) {
    Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
    Map<TopicPartition, Long> commits = new HashMap<>();
    for (TopicPartition partition : partitions) {
      if (toCommit.contains(partition)) {
        long position = positions.get(partition);
        offsets.put(partition, new OffsetAndMetadata(position));
        commits.put(
            partition,
            ownership.commitBegun(
                name, partition.topic(), partition.partition(), position, epoch()));
      }
    }
    if (offsets.isEmpty()) {
      return;
    }
    boolean succeeded = false;
    try {
      consumer.commitSync(offsets);
      toCommit.removeAll(offsets.keySet());
      succeeded = true;
    } catch (RebalanceInProgressException | CommitFailedException | FencedInstanceIdException e) {
      // The next poll takes part in the rebalance; what was read stays to be committed after it, or
      // is read again.
    } finally {
      int epoch = epoch();
      for (Map.Entry<TopicPartition, Long> commit : commits.entrySet()) {
        TopicPartition partition = commit.getKey();
        ownership.commitEnded(
            name, partition.topic(), partition.partition(), commit.getValue(), succeeded, epoch);
      }
    }
  }

  private int epoch() {
    return consumer.groupMetadata().generationId();
  }

  @Override
  public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
    if (partitions.isEmpty()) {
      return;
    }
    Map<TopicPartition, OffsetAndMetadata> committed = consumer.committed(Set.copyOf(partitions));
    for (TopicPartition partition : partitions) {
      OffsetAndMetadata last = committed.get(partition);
      long position = last == null ? 0 : last.offset();
      positions.put(partition, position);
      ownership.taken(name, partition.topic(), partition.partition(), position);
    }
  }

  @Override
  public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
    try {
      commit(partitions);
    } finally {
      for (TopicPartition partition : partitions) {
        ownership.given(name, partition.topic(), partition.partition());
      }
      forget(partitions);
    }
  }

  @Override
  public void onPartitionsLost(Collection<TopicPartition> partitions) {
    for (TopicPartition partition : partitions) {
      ownership.lost(name, partition.topic(), partition.partition());
    }
    forget(partitions);
  }

  private void forget(Collection<TopicPartition> partitions) {
    positions.keySet().removeAll(partitions);
    toCommit.removeAll(partitions);
  }
}
