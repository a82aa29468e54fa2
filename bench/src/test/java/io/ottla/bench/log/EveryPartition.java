package io.ottla.bench.log;

import io.ottla.bench.Clients;
import io.ottla.bench.Deadline;
import io.ottla.bench.MeasurementException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.TopicPartition;

/**
 * A consumer of very many partitions that asks again soon, so that its waiting adds little to what
 * it measures. Owned by one thread.
 */
final class EveryPartition implements AutoCloseable {

  private static final int LIMIT_SECONDS = 120;
  private static final Duration POLL = Duration.ofMillis(50);

  private static final Map<String, String> IMPATIENT =
      Map.of(
          ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none",
          ConsumerConfig.RECONNECT_BACKOFF_MS_CONFIG, "5",
          ConsumerConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG, "5",
          ConsumerConfig.RETRY_BACKOFF_MS_CONFIG, "5",
          ConsumerConfig.RETRY_BACKOFF_MAX_MS_CONFIG, "5",
          ConsumerConfig.MAX_POLL_RECORDS_CONFIG, "5000",
          ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, Integer.toString(LIMIT_SECONDS * 1000));

  private final KafkaConsumer<byte[], byte[]> consumer;
  private final List<TopicPartition> partitions;

  EveryPartition(Clients clients, List<TopicPartition> partitions) {
    this.consumer = clients.consumer(IMPATIENT);
    this.partitions = partitions;
  }

  /** Where the log of each partition ends; waits until all of them can say. */
  Map<TopicPartition, Long> ends() {
    return consumer.endOffsets(partitions);
  }

  /**
   * Makes sure that every log ends where it should.
   *
   * @return {@link System#nanoTime()} when all had answered
   * @throws MeasurementException if one does not
   */
  long requireEnds(Map<TopicPartition, Long> expected) {
    Map<TopicPartition, Long> found = ends();
    long atNs = System.nanoTime();
    expected.forEach(
        (partition, end) -> {
          if (!end.equals(found.get(partition))) {
            throw new MeasurementException(
                "%s: the log ended at %d before, and now at %d"
                    .formatted(partition, end, found.get(partition)));
          }
        });
    return atNs;
  }

  /**
   * Reads the last record of each partition, none of which may be empty.
   *
   * @param ends offsets after them
   * @return {@link System#nanoTime()} when the last had come
   * @throws MeasurementException if one does not come in time, or is not there
   */
  long readLast(Map<TopicPartition, Long> ends) {
    Set<TopicPartition> missing = new HashSet<>(partitions);
    consumer.assign(partitions);
    partitions.forEach(partition -> consumer.seek(partition, ends.get(partition) - 1));
    Deadline deadline = Deadline.in(LIMIT_SECONDS, "every partition was read");
    try {
      while (!missing.isEmpty()) {
        if (deadline.passed()) {
          throw new MeasurementException(
              "%d of %d partitions could not be read in %d s, among them %s"
                  .formatted(
                      missing.size(), partitions.size(), LIMIT_SECONDS, missing.iterator().next()));
        }
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
          TopicPartition partition = new TopicPartition(record.topic(), record.partition());
          if (record.offset() == ends.get(partition) - 1) {
            missing.remove(partition);
          }
        }
      }
    } catch (OffsetOutOfRangeException e) {
      throw new MeasurementException("records that were there are gone", e);
    }
    return System.nanoTime();
  }

  @Override
  public void close() {
    consumer.close();
  }
}
