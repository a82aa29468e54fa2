package io.ottla.bench.log;

import io.ottla.bench.Background;
import io.ottla.bench.Clients;
import io.ottla.bench.MeasurementException;
import io.ottla.bench.Schedule;
import io.ottla.bench.log.LogPlan.Tail;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * Sends at a fixed rate and receives, until told to stop by a file. Latencies count from when a
 * record <em>should</em> have been sent: the schedule never waits.
 */
final class TailLoad {

  private static final String BEGAN = "began";
  private static final String STOP = "stop";
  private static final String LATENCIES = "latencies";

  private static final Map<String, String> AT_ONCE = Map.of(ProducerConfig.LINGER_MS_CONFIG, "0");
  private static final Duration POLL = Duration.ofMillis(100);
  private static final int GRACE_SECONDS = 20;
  private static final long NOT_KNOWN = -1;

  private final Clients clients;
  private final Tail tail;
  private final Path directory;
  private final long[] lateNs;
  private final long[] acknowledgedNs;
  private final long[] receivedNs;
  private final AtomicReference<Exception> failure = new AtomicReference<>();
  private volatile long total = NOT_KNOWN;

  TailLoad(Clients clients, Tail tail) {
    this.clients = clients;
    this.tail = tail;
    this.directory = Path.of(tail.directory());
    int most = tail.limitSeconds() * tail.ratePerSecond();
    this.lateNs = new long[most];
    this.acknowledgedNs = new long[most];
    this.receivedNs = new long[most];
  }

  /** True when the load has sent its first record. */
  static boolean hasBegun(Path directory) {
    return Files.exists(directory.resolve(BEGAN));
  }

  /** Tells the load to send no more. */
  static void stop(Path directory) throws IOException {
    Files.write(directory.resolve(STOP), new byte[0]);
  }

  /** What a load that has ended found. */
  static TailLatencies latencies(Path directory) throws IOException {
    return TailLatencies.read(directory.resolve(LATENCIES));
  }

  /**
   * Runs the load on a new topic.
   *
   * @throws MeasurementException if a record is refused, lost or doubled, or nobody says stop
   */
  void run() throws IOException {
    clients.createTopic(tail.topic(), tail.partitions(), 1);
    try (KafkaConsumer<byte[], byte[]> consumer =
            clients.consumer(tail.topic(), tail.partitions());
        KafkaProducer<byte[], byte[]> producer = clients.producer(AT_ONCE)) {
      consumer.seekToBeginning(consumer.assignment());
      consumer.assignment().forEach((TopicPartition partition) -> consumer.position(partition));
      producer.partitionsFor(tail.topic());
      long startNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(500);
      Schedule schedule = new Schedule(startNs, tail.ratePerSecond(), 0, Long.MAX_VALUE);
      Future<Void> received = Background.run("receiver", () -> receive(consumer, schedule));
      Files.write(directory.resolve(BEGAN), new byte[0]);
      send(producer, schedule, received);
      await(received);
      int count = (int) total;
      new TailLatencies(
              startNs,
              tail.ratePerSecond(),
              Arrays.copyOf(lateNs, count),
              Arrays.copyOf(acknowledgedNs, count),
              Arrays.copyOf(receivedNs, count))
          .write(directory.resolve(LATENCIES));
    }
  }

  private void send(KafkaProducer<byte[], byte[]> producer, Schedule schedule, Future<?> received) {
    byte[] value = new byte[tail.valueBytes()];
    ByteBuffer content = ByteBuffer.wrap(value);
    Path stop = directory.resolve(STOP);
    int sent = 0;
    // Asked ten times a second, not for each record.
    int askEvery = Math.max(1, tail.ratePerSecond() / 10);
    while (failure.get() == null && !received.isDone()) {
      if (sent % askEvery == 0 && Files.exists(stop)) {
        break;
      }
      if (sent == lateNs.length) {
        throw new MeasurementException("the tail was not told to stop");
      }
      int number = sent++;
      long dueNs = schedule.dueNs(number);
      long nowNs = System.nanoTime();
      while (nowNs < dueNs) {
        LockSupport.parkNanos(dueNs - nowNs);
        nowNs = System.nanoTime();
      }
      lateNs[number] = nowNs - dueNs;
      content.putLong(0, number);
      var _ =
          producer.send(
              new ProducerRecord<>(tail.topic(), value),
              (metadata, exception) -> {
                if (exception != null) {
                  failure.compareAndSet(null, exception);
                } else {
                  acknowledgedNs[number] = System.nanoTime() - dueNs;
                }
              });
    }
    producer.flush();
    if (failure.get() != null) {
      throw new MeasurementException("a record at the tail was refused", failure.get());
    }
    total = sent;
  }

  /**
   * Runs on a thread of its own, which owns the consumer until it ends. How many records there will
   * be is known only when the last is sent.
   */
  private Void receive(KafkaConsumer<byte[], byte[]> consumer, Schedule schedule) {
    Map<Integer, Long> nextOffsets = new HashMap<>();
    long records = 0;
    long deadlineNs = Long.MAX_VALUE;
    while (records != total) {
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
        long nowNs = System.nanoTime();
        int number = (int) ByteBuffer.wrap(record.value()).getLong(0);
        long expected = nextOffsets.getOrDefault(record.partition(), 0L);
        if (record.offset() != expected || receivedNs[number] != 0) {
          throw new MeasurementException(
              "%s-%d: offset %d has record %d where offset %d comes next"
                  .formatted(tail.topic(), record.partition(), record.offset(), number, expected));
        }
        nextOffsets.put(record.partition(), expected + 1);
        receivedNs[number] = nowNs - schedule.dueNs(number);
        records++;
      }
      if (total != NOT_KNOWN && deadlineNs == Long.MAX_VALUE) {
        deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(GRACE_SECONDS);
      }
      if (System.nanoTime() > deadlineNs) {
        throw new MeasurementException(
            "%s: received %d of %d records in time".formatted(tail.topic(), records, total));
      }
    }
    long ends =
        consumer.endOffsets(consumer.assignment()).values().stream()
            .mapToLong(Long::longValue)
            .sum();
    if (ends != records) {
      throw new MeasurementException(
          "%s: %d records sent, the logs hold %d".formatted(tail.topic(), records, ends));
    }
    return null;
  }

  private static void await(Future<?> task) {
    try {
      task.get(GRACE_SECONDS * 2L, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw new MeasurementException("the consumer at the tail failed", e.getCause());
    } catch (TimeoutException e) {
      throw new MeasurementException("the consumer at the tail did not end", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new MeasurementException("interrupted", e);
    }
  }
}
