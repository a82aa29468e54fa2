package io.ottla.bench.log;

import io.ottla.bench.Clients;
import io.ottla.bench.Deadline;
import io.ottla.bench.MeasurementException;
import io.ottla.bench.log.LogPlan.ReadCompacted;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;

/** Reads a compacted partition from start to end and checks what it finds. */
final class CompactedRead {

  private static final Duration POLL = Duration.ofMillis(200);

  private CompactedRead() {}

  /**
   * Returns when all is read.
   *
   * @throws MeasurementException if a latest value is missing, or one is there that is not
   */
  static void run(Clients clients, ReadCompacted read) {
    CompactedCheck check =
        new CompactedCheck(read.topic(), read.keys(), read.records(), read.compactedTo());
    TopicPartition partition = new TopicPartition(read.topic(), 0);
    try (KafkaConsumer<byte[], byte[]> consumer = clients.consumer(read.topic(), 1)) {
      long end = consumer.endOffsets(consumer.assignment()).get(partition);
      if (end != read.records()) {
        throw new MeasurementException(
            "%s: %d records written, the log ends at %d"
                .formatted(read.topic(), read.records(), end));
      }
      consumer.seekToBeginning(consumer.assignment());
      Deadline deadline = Deadline.in(read.limitSeconds(), read.topic() + " read");
      while (consumer.position(partition) < end) {
        if (deadline.passed()) {
          throw new MeasurementException(
              "%s: read up to %d of %d in time"
                  .formatted(read.topic(), consumer.position(partition), end));
        }
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
          check.accept(
              record.offset(),
              ByteBuffer.wrap(record.key()).getInt(0),
              ByteBuffer.wrap(record.value()).getLong(0));
        }
      }
    }
    check.requireComplete();
  }
}
