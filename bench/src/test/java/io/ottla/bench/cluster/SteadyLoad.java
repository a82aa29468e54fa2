package io.ottla.bench.cluster;

import io.ottla.bench.Background;
import io.ottla.bench.Clients;
import io.ottla.bench.Deadline;
import io.ottla.bench.MeasurementException;
import io.ottla.bench.Schedule;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * An application that writes at a steady rate and does not care what happens to the cluster: a
 * stock producer with its defaults (idempotent, acks=all), records of 1 KB dealt to the partitions
 * in turn on a schedule that waits for nothing. Ended by {@link #stop}.
 */
final class SteadyLoad implements AutoCloseable {

  private static final int VALUE_BYTES = 1024;
  private static final int END_LIMIT_SECONDS = 150;
  private static final int READ_LIMIT_SECONDS = 60;

  /** Told of each acknowledgement, on the producer's network thread. */
  @FunctionalInterface
  interface Listener {
    void acknowledged(int partition, long sentAtNs, long acknowledgedAtNs);
  }

  private final Clients clients;
  private final String topic;
  private final int partitions;
  private final Listener listener;
  private final KafkaProducer<byte[], byte[]> producer;
  private final Schedule schedule;
  private final Ledger ledger;
  private final AtomicInteger acknowledged = new AtomicInteger();
  private final AtomicInteger errors = new AtomicInteger();
  private final AtomicReference<Exception> firstError = new AtomicReference<>();
  private final Future<Void> sender;
  private volatile boolean stopping;

  /** Starts to send; the topic must exist and be empty. */
  SteadyLoad(Clients clients, String topic, int partitions, int ratePerSecond, Listener listener) {
    this.clients = clients;
    this.topic = topic;
    this.partitions = partitions;
    this.listener = listener;
    this.ledger = new Ledger(topic);
    this.producer = clients.producer(Map.of());
    producer.partitionsFor(topic);
    this.schedule = new Schedule(System.nanoTime(), ratePerSecond, 0, Long.MAX_VALUE);
    this.sender = Background.run("steady-load", this::send);
  }

  private Void send() {
    byte[] value = new byte[VALUE_BYTES];
    ByteBuffer content = ByteBuffer.wrap(value);
    for (long i = 0; !stopping; i++) {
      long dueNs = schedule.dueNs(i);
      long nowNs = System.nanoTime();
      while (nowNs < dueNs) {
        LockSupport.parkNanos(dueNs - nowNs);
        nowNs = System.nanoTime();
      }
      content.putLong(0, i);
      send(i, (int) (i % partitions), value);
    }
    return null;
  }

  private void send(long number, int partition, byte[] value) {
    long sentAtNs = System.nanoTime();
    var _ =
        producer.send(
            new ProducerRecord<>(topic, partition, null, value),
            (metadata, exception) -> {
              if (exception != null) {
                errors.incrementAndGet();
                firstError.compareAndSet(null, exception);
              } else {
                ledger.acknowledged(number);
                acknowledged.incrementAndGet();
                listener.acknowledged(partition, sentAtNs, System.nanoTime());
              }
            });
  }

  /** Waits until so many records have been acknowledged. */
  void awaitAcknowledged(int count) throws InterruptedException {
    Deadline.in(30, count + " records of " + topic + " acknowledged before the fault")
        .await(5, () -> acknowledged.get() >= count, this::state);
  }

  /** For a message: what went wrong so far. */
  String state() {
    return "%s: %d acknowledged, %d errors, the first: %s"
        .formatted(topic, acknowledged.get(), errors.get(), firstError.get());
  }

  /** Sends no more and waits for what is on its way. */
  void stop() {
    stopping = true;
    try {
      sender.get(END_LIMIT_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new MeasurementException("the sender of " + topic + " did not end well", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new MeasurementException("interrupted", e);
    }
    producer.close(Duration.ofSeconds(END_LIMIT_SECONDS));
  }

  /** Records that the application was told have failed. */
  int errors() {
    return errors.get();
  }

  int acknowledged() {
    return acknowledged.get();
  }

  /**
   * Reads all back; the load must have stopped.
   *
   * @throws MeasurementException if an acknowledged record is missing, doubled or out of order
   */
  void requireAllThere() {
    try (KafkaConsumer<byte[], byte[]> consumer = clients.consumer(topic, partitions)) {
      Map<TopicPartition, Long> ends = consumer.endOffsets(consumer.assignment());
      consumer.seekToBeginning(consumer.assignment());
      Deadline deadline = Deadline.in(READ_LIMIT_SECONDS, topic + " read back");
      while (ends.entrySet().stream()
          .anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
        if (deadline.passed()) {
          throw new MeasurementException(topic + " could not be read back in time");
        }
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100))) {
          ledger.read(
              record.partition(), record.offset(), ByteBuffer.wrap(record.value()).getLong(0));
        }
      }
    }
    ledger.requireComplete();
  }

  @Override
  public void close() {
    stopping = true;
    producer.close(Duration.ZERO);
  }
}
