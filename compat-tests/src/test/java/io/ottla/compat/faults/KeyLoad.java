package io.ottla.compat.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.compat.Await;
import io.ottla.compat.cluster.Cluster;
import io.ottla.compat.cluster.ClusterNode;
import io.ottla.compat.cluster.LogEnds;
import io.ottla.history.Anomaly;
import io.ottla.history.KeyChecker;
import io.ottla.history.KeyHistory;
import io.ottla.history.KeyHistory.Outcome;
import io.ottla.history.KeyHistory.Seen;
import io.ottla.history.KeyHistory.Write;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitionReassignment;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Stock producers that write a compacted topic, one of them in transactions of which some are
 * aborted. A key has some values, then a tombstone, and is never used again. What is left of it is
 * judged by {@link #finish}. The test's thread owns it.
 */
final class KeyLoad implements AutoCloseable {
  static final String TOPIC = "keys";
  static final int PARTITIONS = 4;

  /** Longer than a broker is away, and than a reader takes. */
  private static final Duration DELETE_RETENTION = Duration.ofSeconds(20);

  private static final Map<String, String> SETTINGS =
      Map.of(
          "cleanup.policy",
          "compact",
          "segment.ms",
          "1000",
          "min.cleanable.dirty.ratio",
          "0.01",
          "delete.retention.ms",
          Long.toString(DELETE_RETENTION.toMillis()));

  /**
   * What is left of the topic.
   *
   * @param gone deleted keys of which nothing is left, tombstones included
   */
  record Left(int records, int gone) {}

  private static final int WRITERS = 3;
  private static final int KEYS_OF_A_WRITER = 40;
  private static final int VALUE_BYTES = 200;
  private static final int WRITES_PER_SECOND = 150;
  private static final String NUMBER = "number";
  private static final Duration LIMIT = Duration.ofSeconds(60);

  private final Cluster cluster;
  private final KeyHistory history = new KeyHistory();
  private final List<Thread> writers = new ArrayList<>();
  private final AtomicReference<Throwable> broken = new AtomicReference<>();
  private volatile boolean writing = true;

  private KeyLoad(Cluster cluster) {
    this.cluster = cluster;
  }

  /** Creates the topic, and starts the producers; returns when they get on. */
  static KeyLoad start(Cluster cluster, long seed) throws Exception {
    cluster.createTopic(TOPIC, PARTITIONS, SETTINGS);
    KeyLoad load = new KeyLoad(cluster);
    for (int i = 1; i <= WRITERS; i++) {
      Keys keys = load.new Keys(i, new Random(seed + i));
      boolean isTransactional = i == WRITERS;
      load.writers.add(
          Thread.ofPlatform()
              .daemon()
              .name("keys-" + i)
              .start(
                  () -> {
                    try {
                      if (isTransactional) {
                        load.writeTransactions(keys);
                      } else {
                        load.write(keys);
                      }
                    } catch (Throwable e) {
                      load.broken.compareAndSet(null, e);
                    }
                  }));
    }
    load.awaitProgress(100);
    return load;
  }

  // ---- What goes on all the time

  /** The keys of one writer, which are nobody else's. On its thread. */
  private final class Keys {
    private final String[] keys = new String[KEYS_OF_A_WRITER];
    private final int writer;
    private final Random random;
    private long nextNs = System.nanoTime();
    private int made;

    Keys(int writer, Random random) {
      this.writer = writer;
      this.random = random;
      for (int i = 0; i < keys.length; i++) {
        renew(i);
      }
    }

    private void renew(int place) {
      keys[place] = "writer-" + writer + "-key-" + ++made;
    }

    /** The next to be written, at the writer's pace. */
    Write next() {
      nextNs = Math.max(nextNs, System.nanoTime()) + 1_000_000_000L / WRITES_PER_SECOND;
      LockSupport.parkNanos(nextNs - System.nanoTime());
      int place = random.nextInt(keys.length);
      Write write = history.send(keys[place], random.nextInt(12) == 0);
      if (write.isTombstone()) {
        renew(place);
      }
      return write;
    }
  }

  private static ProducerRecord<String, byte[]> record(Write write) {
    byte[] value = write.isTombstone() ? null : new byte[VALUE_BYTES];
    ProducerRecord<String, byte[]> made = new ProducerRecord<>(TOPIC, write.key(), value);
    made.headers().add(NUMBER, ByteBuffer.allocate(Long.BYTES).putLong(write.number()).array());
    return made;
  }

  private KafkaProducer<String, byte[]> producer(Map<String, Object> more) {
    Map<String, Object> config = new HashMap<>(more);
    config.put("bootstrap.servers", cluster.bootstrapServers());
    config.put("acks", "all");
    config.put("request.timeout.ms", "3000");
    config.put("delivery.timeout.ms", "60000");
    config.put("max.block.ms", "60000");
    return new KafkaProducer<>(config, new StringSerializer(), new ByteArraySerializer());
  }

  private void write(Keys keys) {
    try (KafkaProducer<String, byte[]> producer = producer(Map.of())) {
      while (writing) {
        Write write = keys.next();
        producer.send(
            record(write),
            (_, failure) -> {
              if (failure == null) {
                write.ends(Outcome.WRITTEN);
              }
            });
      }
    }
  }

  private void writeTransactions(Keys keys) {
    KafkaProducer<String, byte[]> producer = transactional();
    while (writing) {
      List<Write> some = new ArrayList<>();
      boolean isAborted = keys.random.nextInt(4) == 0;
      try {
        producer.beginTransaction();
        for (int i = keys.random.nextInt(20); i >= 0; i--) {
          Write write = keys.next();
          some.add(write);
          producer.send(record(write));
        }
        if (isAborted) {
          producer.flush();
          untilHeard(producer::abortTransaction);
        } else {
          untilHeard(producer::commitTransaction);
        }
        some.forEach(write -> write.ends(isAborted ? Outcome.ABORTED : Outcome.WRITTEN));
      } catch (KafkaException e) {
        // What became of it nobody knows; the next producer ends it, one way or the other.
        producer.close(Duration.ZERO);
        producer = transactional();
      }
    }
    producer.close();
  }

  private KafkaProducer<String, byte[]> transactional() {
    KafkaProducer<String, byte[]> producer =
        producer(Map.of("transactional.id", "keys", "transaction.timeout.ms", "10000"));
    untilHeard(producer::initTransactions);
    return producer;
  }

  /** What timed out may be asked for again. */
  private void untilHeard(Runnable ask) {
    long deadlineNs = System.nanoTime() + LIMIT.toNanos();
    while (true) {
      try {
        ask.run();
        return;
      } catch (TimeoutException e) {
        if (System.nanoTime() - deadlineNs > 0) {
          throw e;
        }
      }
    }
  }

  // ---- What a test asks

  long acknowledged() {
    return history.acknowledged();
  }

  /** Waits until so many more writes have been acknowledged. */
  void awaitProgress(int writes) throws Exception {
    long before = history.acknowledged();
    Await.until(
        writes + " more acknowledged writes to " + TOPIC,
        LIMIT,
        () -> {
          checkThreads();
          return history.acknowledged() >= before + writes;
        });
  }

  private void checkThreads() {
    if (broken.get() != null) {
      throw new AssertionError("A writer of keys broke", broken.get());
    }
  }

  /**
   * Reads the topic as it is now, with writers and cleaners at work, and judges what is left of it.
   */
  Left look() throws Exception {
    Map<String, Long> before = history.lastAcknowledged();
    Set<String> gone = history.deleted();
    List<Seen> found = read();
    expectNone(KeyChecker.check(history, before, found));
    found.forEach(record -> gone.remove(record.key()));
    return new Left(found.size(), gone.size());
  }

  private static void expectNone(List<Anomaly> anomalies) {
    assertThat(anomalies.stream().limit(20)).as("%d anomalies", anomalies.size()).isEmpty();
  }

  /**
   * Ends the writers, and reads the topic from each broker in turn: replicas that were cleaned at
   * different times differ, but none of them lacks a value or has one of a deleted key.
   */
  void finish() throws Exception {
    writing = false;
    for (Thread writer : writers) {
      writer.join(LIMIT.toMillis());
      assertThat(writer.isAlive()).as("%s still waits for answers", writer.getName()).isFalse();
    }
    checkThreads();
    assertThat(history.aborted()).as("aborted writes").isPositive();
    for (ClusterNode node : cluster.brokers()) {
      lead(node);
      Left left = look();
      System.out.printf(
          "%s: %,d writes, %,d records left on %s, %,d deleted keys are gone%n",
          TOPIC, history.acknowledged(), left.records(), node, left.gone());
    }
  }

  /** Has a broker lead all partitions. */
  private void lead(ClusterNode node) throws Exception {
    List<Integer> replicas = new ArrayList<>(List.of(node.id()));
    cluster.othersThan(node.id()).forEach(other -> replicas.add(other.id()));
    Map<TopicPartition, Optional<NewPartitionReassignment>> order = new HashMap<>();
    partitions()
        .forEach(each -> order.put(each, Optional.of(new NewPartitionReassignment(replicas))));
    try (Admin admin = cluster.admin()) {
      admin.alterPartitionReassignments(order).all().get(60, TimeUnit.SECONDS);
      admin.electLeaders(ElectionType.PREFERRED, null).partitions().get(60, TimeUnit.SECONDS);
    }
    for (int partition = 0; partition < PARTITIONS; partition++) {
      int each = partition;
      Await.until(
          "%s leads %s-%d".formatted(node, TOPIC, each),
          LIMIT,
          () -> cluster.leaderOf(TOPIC, each).equals(node));
    }
  }

  private static List<TopicPartition> partitions() {
    return IntStream.range(0, PARTITIONS)
        .mapToObj(each -> new TopicPartition(TOPIC, each))
        .toList();
  }

  /** All there is now, as a new reader with read_committed finds it when transactions let it. */
  private List<Seen> read() throws Exception {
    Map<TopicPartition, Long> ends = LogEnds.of(cluster, partitions());
    Map<String, Object> config = new HashMap<>();
    config.put("bootstrap.servers", cluster.bootstrapServers());
    config.put("isolation.level", "read_committed");
    config.put("auto.offset.reset", "earliest");
    config.put("request.timeout.ms", "3000");
    config.put("default.api.timeout.ms", "60000");
    List<Seen> found = new ArrayList<>();
    try (KafkaConsumer<String, byte[]> consumer =
        new KafkaConsumer<>(config, new StringDeserializer(), new ByteArrayDeserializer())) {
      consumer.assign(partitions());
      consumer.seekToBeginning(partitions());
      long deadlineNs = System.nanoTime() + LIMIT.toNanos();
      while (ends.entrySet().stream()
          .anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
        assertThat(deadlineNs - System.nanoTime()).as("time left to read it all").isPositive();
        for (ConsumerRecord<String, byte[]> record : consumer.poll(Duration.ofMillis(100))) {
          long number = ByteBuffer.wrap(record.headers().lastHeader(NUMBER).value()).getLong();
          found.add(new Seen(record.key(), number, record.value() == null));
        }
      }
    }
    return found;
  }

  @Override
  public void close() {
    writing = false;
  }
}
