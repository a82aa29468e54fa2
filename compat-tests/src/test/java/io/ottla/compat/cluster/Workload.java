package io.ottla.compat.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.compat.Await;
import io.ottla.history.Anomaly;
import io.ottla.history.History;
import io.ottla.history.History.Leader;
import io.ottla.history.History.Read;
import io.ottla.history.History.Write;
import io.ottla.history.HistoryChecker;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Stock clients at work on one topic while faults happen to its brokers: idempotent producers of
 * unique values with acks=all at a steady rate, readers, an observer of the partitions' ends and
 * one of their leaders on every node. All of it ends up in a {@link History}, which {@link #finish}
 * judges.
 */
public final class Workload implements AutoCloseable {
  private static final int RECORDS_PER_SECOND = 500;
  private static final int MOST_UNANSWERED = 5_000;
  private static final int SMALL_VALUE_BYTES = 100;
  private static final long OBSERVED_EVERY_NS = Duration.ofMillis(200).toNanos();
  private static final Duration LIMIT = Duration.ofSeconds(60);

  private final Cluster cluster;
  private final String topic;
  private final Shape shape;
  private final int partitions;
  private final History history = new History();
  private final List<Thread> producers = new ArrayList<>();
  private final List<Thread> observers = new ArrayList<>();
  private final Map<Integer, long[]> positions = new ConcurrentHashMap<>();
  private final AtomicReference<Throwable> broken = new AtomicReference<>();
  private volatile int recordsPerSecond = RECORDS_PER_SECOND;
  private volatile boolean producing = true;
  private volatile boolean observing = true;

  /**
   * How much is at work, and how.
   *
   * @param settings of every producer, over the defaults
   * @param last of every second producer, over those
   * @param topicSettings of the topic, over what the cluster's tests have
   */
  public record Shape(
      int partitions,
      int producers,
      int readers,
      int valueBytes,
      Map<String, Object> settings,
      Map<String, Object> last,
      Map<String, String> topicSettings) {
    private static final Map<String, Object> QUICK =
        Map.of("request.timeout.ms", "3000", "delivery.timeout.ms", "60000");

    private static Shape plain(int partitions, int valueBytes, Map<String, Object> settings) {
      return new Shape(partitions, 2, 2, valueBytes, settings, Map.of(), Map.of());
    }

    /**
     * The queue of the fault suite: four producers, of which every second gives a write up after
     * ten seconds and does not know what became of it, and three readers.
     */
    public static Shape queue(int partitions, Map<String, String> topicSettings) {
      return new Shape(
          partitions,
          4,
          3,
          SMALL_VALUE_BYTES,
          QUICK,
          Map.of("delivery.timeout.ms", "10000"),
          topicSettings);
    }

    private boolean isPatient(int producer) {
      return last.isEmpty() || producer % 2 == 1;
    }

    private Map<String, Object> settingsOf(int producer) {
      Map<String, Object> all = new HashMap<>(settings);
      if (!isPatient(producer)) {
        all.putAll(last);
      }
      return all;
    }
  }

  private Workload(Cluster cluster, String topic, Shape shape) {
    this.cluster = cluster;
    this.topic = topic;
    this.shape = shape;
    this.partitions = shape.partitions();
  }

  /** Creates the topic, and starts producers that notice a silent broker within seconds. */
  public static Workload start(Cluster cluster, String topic, int partitions) throws Exception {
    return start(cluster, topic, partitions, SMALL_VALUE_BYTES);
  }

  /** As {@link #start(Cluster, String, int)}, with values of this size, 500 a second. */
  public static Workload start(Cluster cluster, String topic, int partitions, int valueBytes)
      throws Exception {
    return start(cluster, topic, Shape.plain(partitions, valueBytes, Shape.QUICK));
  }

  /** Creates the topic, and starts producers whose settings are the defaults. */
  public static Workload startWithDefaults(Cluster cluster, String topic, int partitions)
      throws Exception {
    return start(cluster, topic, Shape.plain(partitions, SMALL_VALUE_BYTES, Map.of()));
  }

  /** Creates the topic, and starts producers that lose what they take for written: acks=1. */
  public static Workload startCareless(Cluster cluster, String topic, int partitions)
      throws Exception {
    return start(
        cluster,
        topic,
        Shape.plain(
            partitions,
            SMALL_VALUE_BYTES,
            Map.of("acks", "1", "enable.idempotence", "false", "request.timeout.ms", "3000")));
  }

  /** Creates the topic, and starts producers and readers as told; returns when they get on. */
  public static Workload start(Cluster cluster, String topic, Shape shape) throws Exception {
    cluster.createTopic(topic, shape.partitions(), shape.topicSettings());
    Workload workload = new Workload(cluster, topic, shape);
    workload.startThreads();
    workload.awaitProgress(100);
    return workload;
  }

  private void startThreads() {
    for (int i = 1; i <= shape.producers(); i++) {
      int producer = i;
      producers.add(start("producer-" + i, () -> produce(producer)));
    }
    for (int i = 1; i <= shape.readers(); i++) {
      int reader = i;
      observers.add(start("reader-" + i, () -> read(reader)));
    }
    observers.add(start("ends", this::observeEnds));
    for (ClusterNode node : cluster.brokers()) {
      observers.add(start("leaders-" + node.id(), () -> observeLeaders(node)));
    }
  }

  private interface Task {
    void run() throws Exception;
  }

  private Thread start(String name, Task task) {
    return Thread.ofPlatform()
        .daemon()
        .name(name)
        .start(
            () -> {
              try {
                task.run();
              } catch (Throwable e) {
                if (observing) {
                  broken.compareAndSet(null, e);
                }
              }
            });
  }

  // ---- What goes on all the time

  private void produce(int producer) throws InterruptedException {
    Map<String, Object> config = new HashMap<>();
    config.put("bootstrap.servers", cluster.bootstrapServers());
    config.put("client.id", "producer-" + producer);
    config.put("acks", "all");
    config.put("enable.idempotence", "true");
    config.putAll(shape.settingsOf(producer));
    Semaphore unanswered = new Semaphore(MOST_UNANSWERED);
    try (Producer<byte[], byte[]> client =
        new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer())) {
      long nextNs = System.nanoTime();
      for (long sequence = 0; producing; sequence++) {
        unanswered.acquire();
        int partition = (int) (sequence % partitions);
        long value = ((long) producer << 40) + sequence;
        byte[] bytes = ByteBuffer.allocate(shape.valueBytes()).putLong(value).array();
        Write write = history.send(producer, partition, value, System.nanoTime());
        client.send(
            new ProducerRecord<>(topic, partition, null, bytes),
            (metadata, exception) -> {
              if (exception == null) {
                long offset = metadata.hasOffset() ? metadata.offset() : History.SOMEWHERE;
                history.acknowledge(write, offset, System.nanoTime());
              } else {
                history.fail(write, exception.toString(), System.nanoTime());
              }
              unanswered.release();
            });
        nextNs =
            Math.max(nextNs, System.nanoTime() - 1_000_000_000L)
                + 1_000_000_000L * shape.producers() / recordsPerSecond;
        LockSupport.parkNanos(nextNs - System.nanoTime());
      }
      client.flush();
    }
  }

  private void read(int reader) {
    try (KafkaConsumer<byte[], byte[]> consumer = consumer("reader-" + reader)) {
      consumer.assign(topicPartitions());
      consumer.seekToBeginning(topicPartitions());
      long[] reached = new long[partitions];
      while (observing) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100))) {
          history.read(
              new Read(reader, record.partition(), record.offset(), valueOf(record.value())));
          reached[record.partition()] = record.offset() + 1;
        }
        positions.put(reader, reached.clone());
      }
    }
  }

  private void observeEnds() {
    try (KafkaConsumer<byte[], byte[]> consumer = consumer("ends")) {
      while (observing) {
        for (TopicPartition partition : topicPartitions()) {
          try {
            long end =
                consumer.endOffsets(List.of(partition), Duration.ofSeconds(3)).get(partition);
            history.end(partition.partition(), end);
          } catch (RetriableException unreachable) {
            continue;
          }
        }
        LockSupport.parkNanos(OBSERVED_EVERY_NS);
      }
    }
  }

  private void observeLeaders(ClusterNode node) {
    while (observing) {
      if (node.isAlive()) {
        try (MetadataProbe probe = new MetadataProbe(node.directPort())) {
          while (observing) {
            probe
                .ask(topic)
                .partitions()
                .forEach(
                    (partition, leadership) ->
                        history.leader(
                            new Leader(
                                node.id(),
                                partition.partition(),
                                leadership.leaderId(),
                                leadership.leaderEpoch())));
            LockSupport.parkNanos(OBSERVED_EVERY_NS);
          }
        } catch (IOException unreachable) {
          LockSupport.parkNanos(OBSERVED_EVERY_NS);
        }
      } else {
        LockSupport.parkNanos(OBSERVED_EVERY_NS);
      }
    }
  }

  private KafkaConsumer<byte[], byte[]> consumer(String clientId) {
    Map<String, Object> config = new HashMap<>();
    config.put("bootstrap.servers", cluster.bootstrapServers());
    config.put("client.id", clientId);
    config.put("auto.offset.reset", "none");
    config.put("enable.auto.commit", "false");
    config.put("request.timeout.ms", "3000");
    config.put("default.api.timeout.ms", "60000");
    config.put("reconnect.backoff.max.ms", "200");
    return new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  private static long valueOf(byte[] bytes) {
    return ByteBuffer.wrap(bytes).getLong();
  }

  private List<TopicPartition> topicPartitions() {
    List<TopicPartition> all = new ArrayList<>();
    for (int partition = 0; partition < partitions; partition++) {
      all.add(new TopicPartition(topic, partition));
    }
    return all;
  }

  // ---- What a test asks

  public History history() {
    return history;
  }

  public String topic() {
    return topic;
  }

  public int partitions() {
    return partitions;
  }

  /** From now on producers send so many records a second, all together, instead of 500. */
  public void slowDownTo(int rate) {
    recordsPerSecond = rate;
  }

  /** Waits until so many more writes have been acknowledged in every partition. */
  public void awaitProgress(int writes) throws Exception {
    awaitProgress(writes, LIMIT);
  }

  /** As {@link #awaitProgress(int)}, within a limit. */
  public void awaitProgress(int writes, Duration limit) throws Exception {
    awaitProgressIn(
        topicPartitions().stream().map(TopicPartition::partition).toList(), writes, limit);
  }

  /** As {@link #awaitProgress(int, Duration)}, in these partitions only. */
  public void awaitProgressIn(List<Integer> some, int writes, Duration limit) throws Exception {
    long fromNs = System.nanoTime();
    for (int each : some) {
      Await.until(
          "%d more acknowledged writes to partition %d of %s".formatted(writes, each, topic),
          limit,
          () -> {
            checkThreads();
            return history.acknowledgedBetween(each, fromNs, System.nanoTime()) >= writes;
          });
    }
  }

  private void checkThreads() {
    if (broken.get() != null) {
      throw new AssertionError("A client broke", broken.get());
    }
  }

  /** Failures of writes that nobody gave up: none is to be seen as long as faults are short. */
  public List<Write> failuresOfThePatient() {
    return history.failures().stream().filter(write -> shape.isPatient(write.producer())).toList();
  }

  /** The longest time that any partition had no acknowledgement since an instant. */
  public Duration longestStallSince(long fromNs) {
    long longest = 0;
    for (int partition = 0; partition < partitions; partition++) {
      longest = Math.max(longest, history.longestStallNs(partition, fromNs, System.nanoTime()));
    }
    return Duration.ofNanos(longest);
  }

  /**
   * Ends the producers when the cluster is whole again, reads everything back and checks: no
   * anomaly in the history, all replicas in sync and equal byte by byte, all nodes of one mind.
   *
   * @return where each partition ends
   */
  public Map<Integer, Long> finish() throws Exception {
    Map<Integer, Long> ends = new HashMap<>();
    List<Anomaly> anomalies = findAnomalies(ends, true);
    assertThat(anomalies).as("anomalies: %s", HistoryChecker.describe(anomalies)).isEmpty();
    for (int partition = 0; partition < partitions; partition++) {
      ReplicaFiles.awaitEqual(
          cluster.replicasOf(topic, partition), topic, partition, ends.get(partition));
    }
    awaitOneMind();
    return ends;
  }

  /** As {@link #finish}, for a history that is not expected to be fine. */
  public List<Anomaly> finishWithAnomalies() throws Exception {
    return findAnomalies(new HashMap<>(), false);
  }

  private List<Anomaly> findAnomalies(Map<Integer, Long> ends, boolean readersReachTheEnd)
      throws Exception {
    cluster.awaitAllBrokers();
    awaitProgress(10);
    producing = false;
    for (Thread producer : producers) {
      producer.join(LIMIT.toMillis());
      assertThat(producer.isAlive()).as("%s still waits for answers", producer.getName()).isFalse();
    }
    cluster.awaitInSync(topic, cluster.replicas());
    ends.putAll(readEverything());
    if (readersReachTheEnd) {
      awaitReaders(ends);
    }
    observing = false;
    for (Thread observer : observers) {
      observer.join(LIMIT.toMillis());
    }
    checkThreads();
    System.out.printf(
        "%s: %,d written, %,d acknowledged, %,d failed, %,d in the log, %,d reads, %,d ends, %,d"
            + " leaders seen%n",
        topic,
        history.writes().size(),
        history.acknowledged(),
        history.failures().size(),
        history.finalReads().size(),
        history.reads().size(),
        history.ends().size(),
        history.leaders().size());
    return HistoryChecker.check(history);
  }

  private void awaitReaders(Map<Integer, Long> ends) throws Exception {
    for (int reader = 1; reader <= shape.readers(); reader++) {
      long[] none = new long[partitions];
      int each = reader;
      Await.until(
          "reader %d has read %s up to %s".formatted(reader, topic, ends),
          LIMIT,
          () -> {
            checkThreads();
            long[] reached = positions.getOrDefault(each, none);
            return ends.entrySet().stream()
                .allMatch(end -> reached[end.getKey()] >= end.getValue());
          });
    }
  }

  /** The log as a new reader finds it, up to its end. */
  private Map<Integer, Long> readEverything() {
    Map<Integer, Long> ends = new HashMap<>();
    try (KafkaConsumer<byte[], byte[]> consumer = consumer("final-reader")) {
      consumer
          .endOffsets(topicPartitions())
          .forEach((partition, end) -> ends.put(partition.partition(), end));
      consumer.assign(topicPartitions());
      consumer.seekToBeginning(topicPartitions());
      long deadlineNs = System.nanoTime() + LIMIT.toNanos();
      while (topicPartitions().stream()
          .anyMatch(partition -> consumer.position(partition) < ends.get(partition.partition()))) {
        assertThat(deadlineNs - System.nanoTime()).as("time left to read it all").isPositive();
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(200))) {
          history.readFinally(record.partition(), record.offset(), valueOf(record.value()));
        }
      }
    } catch (KafkaException e) {
      throw new AssertionError("What was written cannot be read back", e);
    }
    return ends;
  }

  private void awaitOneMind() throws Exception {
    List<ClusterNode> brokers = cluster.brokers();
    Await.until(
        "all nodes say the same of " + topic,
        LIMIT,
        () ->
            brokers.stream()
                    .map(node -> MetadataProbe.askOnce(node.directPort(), topic))
                    .distinct()
                    .count()
                == 1);
  }

  @Override
  public void close() {
    producing = false;
    observing = false;
  }
}
