package io.ottla.bench.transactions;

import io.ottla.bench.Clients;
import io.ottla.bench.MeasurementException;
import io.ottla.bench.transactions.CommitTimes.Committed;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * One member of a group that writes each record it reads to another topic, to the partition of the
 * same number, and commits both together: after so many records, or after 100 ms, as Kafka Streams
 * does.
 */
final class ProcessLoop implements Loop {

  private static final Duration POLL = Duration.ofMillis(100);
  private static final long COMMIT_NS = TimeUnit.MILLISECONDS.toNanos(100);
  private static final int STALL_LIMIT_SECONDS = 30;
  private static final int SETTLE_LIMIT_SECONDS = 50;

  private final KafkaConsumer<byte[], byte[]> consumer;
  private final KafkaProducer<byte[], byte[]> producer;
  private final Route route;
  private final int commitRecords;
  private final Shares shares;
  private final int index;
  private boolean settled;
  private long records;
  private long sumOfNumbers;

  /**
   * From where to where.
   *
   * @param ends of the input's partitions
   */
  record Route(String group, String input, String output, Map<TopicPartition, Long> ends) {}

  ProcessLoop(Clients clients, Route route, int commitRecords, Shares shares, int index) {
    this.route = route;
    this.commitRecords = commitRecords;
    this.shares = shares;
    this.index = index;
    this.consumer =
        clients.consumer(
            Map.of(
                ConsumerConfig.GROUP_ID_CONFIG,
                route.group(),
                ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
                "earliest",
                ConsumerConfig.ISOLATION_LEVEL_CONFIG,
                "read_committed"));
    this.producer =
        clients.producer(
            Map.of(
                ProducerConfig.TRANSACTIONAL_ID_CONFIG, "%s-%d".formatted(route.group(), index)));
  }

  /** Returns when every loop of the group has its partitions; nothing is read before. */
  @Override
  public void open() {
    producer.initTransactions();
    consumer.subscribe(List.of(route.input()), new Joining());
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(SETTLE_LIMIT_SECONDS);
    while (!shares.complete()) {
      if (System.nanoTime() > deadline) {
        throw new MeasurementException("the group did not settle in time");
      }
      var _ = consumer.poll(POLL);
    }
    settled = true;
    consumer.resume(consumer.assignment());
  }

  @Override
  public Committed next() {
    ConsumerRecords<byte[], byte[]> polled = poll();
    if (polled.isEmpty()) {
      return null;
    }
    long beganNs = System.nanoTime();
    int count = 0;
    long sum = 0;
    Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
    producer.beginTransaction();
    while (true) {
      for (ConsumerRecord<byte[], byte[]> record : polled) {
        var _ =
            producer.send(
                new ProducerRecord<>(route.output(), record.partition(), null, record.value()));
        sum += ByteBuffer.wrap(record.value()).getLong(0);
      }
      count += polled.count();
      offsets.putAll(polled.nextOffsets());
      if (count >= commitRecords || System.nanoTime() - beganNs >= COMMIT_NS) {
        break;
      }
      polled = consumer.poll(POLL);
    }
    long committingNs = System.nanoTime();
    producer.flush();
    producer.sendOffsetsToTransaction(offsets, consumer.groupMetadata());
    producer.commitTransaction();
    long committedNs = System.nanoTime();
    records += count;
    sumOfNumbers += sum;
    return new Committed(beganNs, committingNs, committedNs, count);
  }

  /** Not empty, unless the loop has come to the end of its input. */
  private ConsumerRecords<byte[], byte[]> poll() {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(STALL_LIMIT_SECONDS);
    while (!atEnd()) {
      ConsumerRecords<byte[], byte[]> polled = consumer.poll(POLL);
      if (!polled.isEmpty()) {
        return polled;
      }
      if (System.nanoTime() > deadline) {
        throw new MeasurementException("a loop was given no records in time");
      }
    }
    return ConsumerRecords.empty();
  }

  /**
   * True when one partition has come to its end: a fetch that waits for more of it would hold up
   * the fetch of the others.
   */
  private boolean atEnd() {
    return consumer.assignment().stream()
        .anyMatch(partition -> consumer.position(partition) >= route.ends().get(partition));
  }

  @Override
  public long records() {
    return records;
  }

  @Override
  public long sumOfNumbers() {
    return sumOfNumbers;
  }

  @Override
  public void close() {
    settled = false;
    producer.close();
    consumer.close();
  }

  /** Called by the consumer, on the loop's thread. */
  private final class Joining implements ConsumerRebalanceListener {

    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
      shares.given(index, partitions.size());
      consumer.pause(partitions);
    }

    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
      if (settled) {
        throw new MeasurementException("a loop lost partitions after the group had settled");
      }
      shares.taken(index, partitions.size());
    }
  }
}
