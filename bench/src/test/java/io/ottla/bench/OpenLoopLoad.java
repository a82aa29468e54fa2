package io.ottla.bench;

import static io.ottla.bench.Metric.Better.LOWER;
import static io.ottla.bench.Metric.Better.NONE;

import io.ottla.bench.SessionPlan.OpenLoop;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * Sends at a fixed rate and measures from the time a record <em>should</em> have left to the time
 * the consumer has it, so that a stall counts for every record that it delayed and not for one
 * (coordinated omission). The schedule never waits for an answer and never skips a record.
 */
final class OpenLoopLoad {

  private static final Duration POLL = Duration.ofMillis(100);
  private static final int GRACE_SECONDS = 20;

  private final Clients clients;
  private final List<Long> brokerPids;
  private final OpenLoop load;

  OpenLoopLoad(Clients clients, List<Long> brokerPids, OpenLoop load) {
    this.clients = clients;
    this.brokerPids = brokerPids;
    this.load = load;
  }

  /**
   * Runs the load; the topic must exist and be empty.
   *
   * @throws MeasurementException if a record is refused, lost or doubled
   */
  List<Sample> run() throws IOException {
    long discarded = (long) load.discardSeconds() * load.ratePerSecond();
    long total = discarded + (long) load.seconds() * load.ratePerSecond();
    try (KafkaConsumer<byte[], byte[]> consumer = clients.consumer(load.topic());
        KafkaProducer<byte[], byte[]> producer = clients.producer(load.producerProperties())) {
      consumer.seekToBeginning(consumer.assignment());
      consumer.assignment().forEach((TopicPartition partition) -> consumer.position(partition));
      producer.partitionsFor(load.topic());

      long startNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(500);
      Schedule schedule = new Schedule(startNs, load.ratePerSecond(), discarded, total);
      Future<Histogram> received = Background.run("receiver", () -> receive(consumer, schedule));
      Usage before = Usage.now(brokerPids);
      Sent sent = send(producer, schedule);
      Histogram endToEnd = await(received);
      Usage used = Usage.now(brokerPids).since(before);

      String group = "end to end, " + load.name();
      return new ArrayList<>(
          List.of(
              new Metric(group, "latency p50", "ms", LOWER).of(ms(endToEnd, 50)),
              new Metric(group, "latency p99", "ms", LOWER).of(ms(endToEnd, 99)),
              new Metric(group, "latency p99.9", "ms", LOWER).of(ms(endToEnd, 99.9)),
              new Metric(group, "latency max", "ms", LOWER).of(endToEnd.getMaxValue() / 1e6),
              new Metric(group, "ack p50", "ms", LOWER).of(ms(sent.acknowledged, 50)),
              new Metric(group, "ack p99", "ms", LOWER).of(ms(sent.acknowledged, 99)),
              new Metric(group, "sent late by p99", "ms", NONE).of(ms(sent.late, 99)),
              new Metric(group, "broker CPU", "% of a core", LOWER)
                  .of(100 * used.brokerCpuSeconds() / used.seconds()),
              new Metric(group, "client CPU", "% of a core", NONE)
                  .of(100 * used.clientCpuSeconds() / used.seconds())));
    }
  }

  private Sent send(KafkaProducer<byte[], byte[]> producer, Schedule schedule) {
    Sent sent = new Sent();
    byte[] value = new byte[load.valueBytes()];
    ByteBuffer number = ByteBuffer.wrap(value);
    for (long i = 0; i < schedule.total() && sent.failure.get() == null; i++) {
      long dueNs = schedule.dueNs(i);
      long nowNs = System.nanoTime();
      while (nowNs < dueNs) {
        LockSupport.parkNanos(dueNs - nowNs);
        nowNs = System.nanoTime();
      }
      boolean measured = schedule.measured(i);
      if (measured) {
        sent.late.recordValue(nowNs - dueNs);
      }
      number.putLong(0, i);
      var _ =
          producer.send(
              new ProducerRecord<>(load.topic(), value),
              (metadata, exception) -> {
                if (exception != null) {
                  sent.failure.compareAndSet(null, exception);
                } else if (measured) {
                  sent.acknowledged.recordValue(System.nanoTime() - dueNs);
                }
              });
    }
    producer.flush();
    if (sent.failure.get() != null) {
      throw new MeasurementException(load.name() + ": a record was refused", sent.failure.get());
    }
    return sent;
  }

  /** Runs on a thread of its own, which owns the consumer until it ends. */
  private Histogram receive(KafkaConsumer<byte[], byte[]> consumer, Schedule schedule) {
    Histogram latency = histogram();
    ReadBack read =
        new ReadBack(new Produced(load.topic(), schedule.total(), schedule.sumOfNumbers()));
    long deadline = schedule.dueNs(schedule.total()) + TimeUnit.SECONDS.toNanos(GRACE_SECONDS);
    while (read.wantsMore()) {
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
        long nowNs = System.nanoTime();
        long number = ByteBuffer.wrap(record.value()).getLong(0);
        if (schedule.measured(number)) {
          latency.recordValue(nowNs - schedule.dueNs(number));
        }
        read.accept(record.partition(), record.offset(), number);
      }
      if (System.nanoTime() > deadline) {
        throw new MeasurementException(
            "%s: received %d of %d records in time"
                .formatted(load.name(), read.records(), schedule.total()));
      }
    }
    read.requireComplete(
        consumer.endOffsets(consumer.assignment()).values().stream()
            .mapToLong(Long::longValue)
            .sum());
    return latency;
  }

  private static Histogram await(Future<Histogram> task) {
    try {
      return task.get(GRACE_SECONDS * 2L, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw new MeasurementException("the consumer failed", e.getCause());
    } catch (TimeoutException e) {
      throw new MeasurementException("the consumer did not end", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new MeasurementException("interrupted", e);
    }
  }

  private static Histogram histogram() {
    return new Histogram(TimeUnit.MINUTES.toNanos(5), 3);
  }

  private static double ms(Histogram histogram, double percentile) {
    return histogram.getValueAtPercentile(percentile) / 1e6;
  }

  /** {@code late} belongs to the sending thread, {@code acknowledged} to the network thread. */
  private static final class Sent {
    private final AtomicReference<Exception> failure = new AtomicReference<>();
    private final Histogram late = histogram();
    private final Histogram acknowledged = histogram();
  }
}
