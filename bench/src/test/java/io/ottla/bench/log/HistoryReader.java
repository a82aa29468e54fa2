package io.ottla.bench.log;

import io.ottla.bench.Clients;
import io.ottla.bench.Deadline;
import io.ottla.bench.MeasurementException;
import io.ottla.bench.Produced;
import io.ottla.bench.ReadBack;
import io.ottla.bench.log.LogPlan.ReadAll;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;

/** Reads a topic from start to end with one consumer, which has the client's defaults. */
final class HistoryReader {

  private static final Duration POLL = Duration.ofMillis(200);

  private HistoryReader() {}

  /**
   * Returns when all is read.
   *
   * @return from the first fetch to the last record
   * @throws MeasurementException if it is not exactly what was written
   */
  static Window read(Clients clients, ReadAll history) {
    long records = history.records();
    ReadBack read =
        new ReadBack(new Produced(history.topic(), records, records * (records - 1) / 2));
    try (KafkaConsumer<byte[], byte[]> consumer =
        clients.consumer(history.topic(), history.partitions())) {
      consumer.seekToBeginning(consumer.assignment());
      Deadline deadline = Deadline.in(history.limitSeconds(), history.topic() + " read");
      long fromNs = System.nanoTime();
      while (read.wantsMore()) {
        if (deadline.passed()) {
          throw new MeasurementException(
              "%s: read %d of %d records in time"
                  .formatted(history.topic(), read.records(), records));
        }
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
          read.accept(
              record.partition(), record.offset(), ByteBuffer.wrap(record.value()).getLong(0));
        }
      }
      Window window = new Window(fromNs, System.nanoTime());
      read.requireComplete(
          consumer.endOffsets(consumer.assignment()).values().stream()
              .mapToLong(Long::longValue)
              .sum());
      return window;
    }
  }
}
