package io.ottla.bench.transactions;

import io.ottla.bench.Clients;
import io.ottla.bench.MeasurementException;
import io.ottla.bench.Produced;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;

/**
 * Holds what a consumer of committed records reads against what was committed: as many records,
 * with the same numbers in them, and no offset twice. Between them are offsets of markers, which no
 * consumer sees.
 */
final class CommittedReadBack {

  private static final Duration POLL = Duration.ofMillis(200);
  private static final int LIMIT_SECONDS = 60;

  private final Produced committed;
  private final Map<Integer, Long> lastOffsets = new HashMap<>();
  private long records;
  private long sumOfNumbers;

  CommittedReadBack(Produced committed) {
    this.committed = committed;
  }

  /**
   * Reads a topic from start to end.
   *
   * @throws MeasurementException if anything is missing, or there is more than was committed, or a
   *     transaction is still open
   */
  static void requireAll(Clients clients, Produced committed) {
    CommittedReadBack read = new CommittedReadBack(committed);
    Map<TopicPartition, Long> stable;
    try (KafkaConsumer<byte[], byte[]> consumer =
        clients.consumer(
            committed.topic(),
            TransactionPlan.PARTITIONS,
            Map.of(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed"))) {
      stable = consumer.endOffsets(consumer.assignment());
      consumer.seekToBeginning(consumer.assignment());
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
      while (stable.entrySet().stream()
          .anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
        if (System.nanoTime() > deadline) {
          throw new MeasurementException(
              "%s: not read to its end in %d s".formatted(committed.topic(), LIMIT_SECONDS));
        }
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
          read.accept(
              record.partition(), record.offset(), ByteBuffer.wrap(record.value()).getLong(0));
        }
      }
    }
    try (KafkaConsumer<byte[], byte[]> consumer =
        clients.consumer(committed.topic(), TransactionPlan.PARTITIONS)) {
      Map<TopicPartition, Long> ends = consumer.endOffsets(consumer.assignment());
      if (!ends.equals(stable)) {
        throw new MeasurementException(
            "%s: a transaction is open after all were committed: stable up to %s of %s"
                .formatted(committed.topic(), stable, ends));
      }
    }
    read.requireComplete();
  }

  /**
   * Takes the next record.
   *
   * @throws MeasurementException if it does not come after the last one of its partition
   */
  void accept(int partition, long offset, long number) {
    Long last = lastOffsets.put(partition, offset);
    if (last != null && offset <= last) {
      throw new MeasurementException(
          "%s-%d: offset %d after %d".formatted(committed.topic(), partition, offset, last));
    }
    records++;
    sumOfNumbers += number;
  }

  /**
   * @throws MeasurementException if anything is missing, or there is more than was committed
   */
  void requireComplete() {
    if (records != committed.records() || sumOfNumbers != committed.sumOfNumbers()) {
      throw new MeasurementException(
          "%s: %d records committed, their numbers adding up to %d; read %d, adding up to %d"
              .formatted(
                  committed.topic(),
                  committed.records(),
                  committed.sumOfNumbers(),
                  records,
                  sumOfNumbers));
    }
  }
}
