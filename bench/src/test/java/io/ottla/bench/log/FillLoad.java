package io.ottla.bench.log;

import io.ottla.bench.Clients;
import io.ottla.bench.MeasurementException;
import io.ottla.bench.log.LogPlan.Fill;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;

/** Fills a topic with numbered records, with the client's default batches. */
final class FillLoad {

  /**
   * So many bytes go to a partition before it is the next one's turn: some batches, whole ones for
   * the most part.
   */
  private static final int TURN_BYTES = 64 * 1024;

  private final Clients clients;

  FillLoad(Clients clients) {
    this.clients = clients;
  }

  /**
   * Makes the topic and returns when all is acknowledged.
   *
   * @throws MeasurementException if a record is refused
   */
  void run(Fill fill) {
    new Topics(clients).create(fill.topic(), fill.partitions(), fill.config());
    AtomicLong acknowledged = new AtomicLong();
    AtomicReference<Exception> failure = new AtomicReference<>();
    byte[] value = new byte[fill.valueBytes()];
    new Random(fill.valueBytes()).nextBytes(value);
    ByteBuffer content = ByteBuffer.wrap(value);
    Keys keys = fill.keys() == 0 ? null : new Keys(fill.keys());
    try (KafkaProducer<byte[], byte[]> producer = clients.producer(Map.of())) {
      producer.partitionsFor(fill.topic());
      for (long number = 0; number < fill.records() && failure.get() == null; number++) {
        // The producer copies the value before send returns, so one array serves all records.
        content.putLong(0, number);
        byte[] key = keys == null ? null : Keys.bytes(keys.of(number));
        var _ =
            producer.send(
                new ProducerRecord<>(fill.topic(), partition(fill, number), key, value),
                (metadata, exception) -> {
                  if (exception == null) {
                    acknowledged.incrementAndGet();
                  } else {
                    failure.compareAndSet(null, exception);
                  }
                });
      }
      producer.flush();
    }
    if (failure.get() != null) {
      throw new MeasurementException(fill.topic() + ": a record was refused", failure.get());
    }
    if (acknowledged.get() != fill.records()) {
      throw new MeasurementException(
          "%s: sent %d records, %d acknowledged"
              .formatted(fill.topic(), fill.records(), acknowledged.get()));
    }
  }

  /** Where a record goes: a run of records to each partition in turn. */
  static int partition(Fill fill, long number) {
    int run = Math.max(1, TURN_BYTES / fill.valueBytes());
    return (int) (number / run % fill.partitions());
  }
}
