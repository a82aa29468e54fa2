package io.ottla.bench;

import static io.ottla.bench.Metric.Better.LOWER;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;

/**
 * The time from the spawn of a broker's process to the first record it acknowledges. The producer
 * exists before the broker does and knocks every few milliseconds.
 */
public final class StartUps {

  static final String GROUP = "start-up";
  private static final int LIMIT_SECONDS = 120;
  private static final int STOP_LIMIT_SECONDS = 60;
  private static final String TOPIC = "start-up";

  /** The client asks again after this time, so that its waiting adds little to what it measures. */
  private static final Map<String, String> IMPATIENT =
      Map.of(
          ProducerConfig.RECONNECT_BACKOFF_MS_CONFIG, "5",
          ProducerConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG, "5",
          ProducerConfig.RETRY_BACKOFF_MS_CONFIG, "5",
          ProducerConfig.RETRY_BACKOFF_MAX_MS_CONFIG, "5",
          ProducerConfig.LINGER_MS_CONFIG, "0",
          ProducerConfig.MAX_BLOCK_MS_CONFIG, Integer.toString(LIMIT_SECONDS * 1000));

  private StartUps() {}

  /** Starts on a fresh directory, stops, starts again, and ends the broker. */
  static List<Sample> freshAndAgain(Side side, String name) throws IOException {
    List<Sample> samples = new ArrayList<>();
    BrokerFiles files = side.freshFiles(name);
    try (Started first = start(side, files)) {
      samples.add(new Metric(GROUP, "fresh directory to first ack", "ms", LOWER).of(first.ms()));
      samples.add(
          new Metric(GROUP, "clean stop", "ms", LOWER).of(first.broker().stop(STOP_LIMIT_SECONDS)));
    }
    try (Started again = start(side, files)) {
      samples.add(
          new Metric(GROUP, "restart after clean stop to first ack", "ms", LOWER).of(again.ms()));
    }
    Side.delete(files.directory());
    return samples;
  }

  /** A broker that acknowledged its first record {@code ms} after its process was spawned. */
  public record Started(ChildProcess broker, double ms) implements AutoCloseable {
    @Override
    public void close() {
      broker.close();
    }
  }

  /**
   * Starts a broker and waits for its first acknowledgement; the caller closes it.
   *
   * @throws MeasurementException if it dies, or does not answer in time
   */
  public static Started start(Side side, BrokerFiles files) throws IOException {
    try (KafkaProducer<byte[], byte[]> producer =
        new Clients(files.bootstrap()).producer(IMPATIENT)) {
      ChildProcess broker = side.start(files);
      try {
        long acknowledgedAtNs = firstAcknowledgement(producer, broker);
        return new Started(broker, (acknowledgedAtNs - broker.spawnedAtNs()) / 1e6);
      } catch (RuntimeException e) {
        broker.close();
        throw e;
      }
    }
  }

  private static long firstAcknowledgement(
      KafkaProducer<byte[], byte[]> producer, ChildProcess broker) {
    Future<Long> acknowledged = Background.run("first-record", () -> send(producer));
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
    while (System.nanoTime() < deadline) {
      try {
        return acknowledged.get(200, TimeUnit.MILLISECONDS);
      } catch (TimeoutException e) {
        broker.requireAlive();
      } catch (ExecutionException e) {
        broker.requireAlive();
        throw new MeasurementException("the first record was refused", e.getCause());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new MeasurementException("interrupted", e);
      }
    }
    throw new MeasurementException(
        "no acknowledgement in %d s; the end of the broker's output:%n%s"
            .formatted(LIMIT_SECONDS, broker.tail()));
  }

  private static long send(KafkaProducer<byte[], byte[]> producer)
      throws ExecutionException, InterruptedException {
    Future<RecordMetadata> sent = producer.send(new ProducerRecord<>(TOPIC, new byte[100]));
    sent.get();
    return System.nanoTime();
  }
}
