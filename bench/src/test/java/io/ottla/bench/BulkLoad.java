package io.ottla.bench;

import static io.ottla.bench.Metric.Better.HIGHER;
import static io.ottla.bench.Metric.Better.LOWER;
import static io.ottla.bench.Metric.Better.NONE;

import io.ottla.bench.SessionPlan.Bulk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.HdrHistogram.Histogram;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Produces as fast as one client can, then consumes the same records from the start. The brokers'
 * CPU time is counted over the same span as the records. GB are 10^9 bytes of values.
 */
final class BulkLoad {

  private static final double BYTES_PER_GB = 1e9;
  private static final Duration POLL = Duration.ofMillis(200);

  private final Clients clients;
  private final List<Long> brokerPids;
  private final List<Sample> samples = new ArrayList<>();

  BulkLoad(Clients clients, List<Long> brokerPids) {
    this.clients = clients;
    this.brokerPids = brokerPids;
  }

  List<Sample> samples() {
    return samples;
  }

  /**
   * Produces; the topic must exist and be empty.
   *
   * @throws MeasurementException if a record is refused
   */
  Produced produce(Bulk bulk) throws IOException {
    Histogram latency = new Histogram(TimeUnit.MINUTES.toNanos(5), 3);
    Acknowledgements acknowledged = new Acknowledgements();
    long sent = 0;
    try (KafkaProducer<byte[], byte[]> producer = clients.producer(bulk.producerProperties())) {
      producer.partitionsFor(bulk.topic());
      byte[] value = randomBytes(bulk.valueBytes());
      ByteBuffer number = ByteBuffer.wrap(value);
      Usage before = Usage.now(brokerPids);
      long deadline = before.atNs() + TimeUnit.SECONDS.toNanos(bulk.maxSeconds());
      long maxRecords = bulk.maxRecords();
      long now = before.atNs();
      while (sent < maxRecords && now < deadline && acknowledged.failure.get() == null) {
        long sentAt = now;
        long recordNumber = sent++;
        // The producer copies the value before send returns, so one array serves all records.
        number.putLong(0, recordNumber);
        var _ =
            producer.send(
                new ProducerRecord<>(bulk.topic(), value),
                (metadata, exception) -> {
                  if (exception == null) {
                    acknowledged.add(recordNumber);
                    latency.recordValue(System.nanoTime() - sentAt);
                  } else {
                    acknowledged.failure.compareAndSet(null, exception);
                  }
                });
        now = System.nanoTime();
      }
      producer.flush();
      Usage used = Usage.now(brokerPids).since(before);

      if (acknowledged.failure.get() != null) {
        throw new MeasurementException(
            bulk.name() + ": a record was refused", acknowledged.failure.get());
      }
      if (acknowledged.records != sent) {
        throw new MeasurementException(
            "%s: sent %d records, %d acknowledged"
                .formatted(bulk.name(), sent, acknowledged.records));
      }
      String group = "produce " + bulk.name();
      throughput(group, used, sent, bulk.valueBytes());
      samples.add(new Metric(group, "ack p50", "ms", LOWER).of(ms(latency, 50)));
      samples.add(new Metric(group, "ack p99", "ms", LOWER).of(ms(latency, 99)));
    }
    return new Produced(bulk.topic(), sent, acknowledged.sumOfNumbers);
  }

  /**
   * Consumes from the start of the topic to its end.
   *
   * @throws MeasurementException if what is read is not exactly what was acknowledged
   */
  void consume(Bulk bulk, Produced produced) throws IOException {
    ReadBack read = new ReadBack(produced);
    try (KafkaConsumer<byte[], byte[]> consumer = clients.consumer(bulk.topic())) {
      consumer.seekToBeginning(consumer.assignment());
      Usage before = Usage.now(brokerPids);
      long deadline = before.atNs() + TimeUnit.SECONDS.toNanos(2L * bulk.maxSeconds() + 20);
      while (read.wantsMore()) {
        if (System.nanoTime() > deadline) {
          throw new MeasurementException(
              "%s: read %d of %d records in time"
                  .formatted(bulk.name(), read.records(), produced.records()));
        }
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
          read.accept(
              record.partition(), record.offset(), ByteBuffer.wrap(record.value()).getLong(0));
        }
      }
      Usage used = Usage.now(brokerPids).since(before);
      read.requireComplete(
          consumer.endOffsets(consumer.assignment()).values().stream()
              .mapToLong(Long::longValue)
              .sum());
      throughput("consume " + bulk.name(), used, read.records(), bulk.valueBytes());
    }
  }

  private void throughput(String group, Usage used, long records, int valueBytes) {
    double bytes = (double) records * valueBytes;
    double gigabytes = bytes / BYTES_PER_GB;
    samples.add(new Metric(group, "records", "1/s", HIGHER).of(records / used.seconds()));
    samples.add(new Metric(group, "values", "MB/s", HIGHER).of(bytes / 1e6 / used.seconds()));
    samples.add(
        new Metric(group, "broker CPU", "s/GB", LOWER).of(used.brokerCpuSeconds() / gigabytes));
    samples.add(
        new Metric(group, "client CPU", "s/GB", NONE).of(used.clientCpuSeconds() / gigabytes));
  }

  private static double ms(Histogram histogram, double percentile) {
    return histogram.getValueAtPercentile(percentile) / 1e6;
  }

  private static byte[] randomBytes(int length) {
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return bytes;
  }

  /** Owned by the producer's network thread until flush has returned. */
  private static final class Acknowledgements {
    private final AtomicReference<Exception> failure = new AtomicReference<>();
    private long records;
    private long sumOfNumbers;

    private void add(long number) {
      records++;
      sumOfNumbers += number;
    }
  }
}
