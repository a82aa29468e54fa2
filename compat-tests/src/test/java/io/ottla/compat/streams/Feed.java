package io.ottla.compat.streams;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * What an app is given: an idempotent producer on a thread of its own, which writes at an even pace
 * until it is told to stop, and remembers what it wrote.
 */
public final class Feed implements AutoCloseable {
  private static final int AT_ONCE = 4;
  private static final Duration PAUSE = Duration.ofMillis(20);

  private final List<ProducerRecord<String, String>> sent = new ArrayList<>();
  private final AtomicReference<Throwable> broken = new AtomicReference<>();
  private final Supplier<ProducerRecord<String, String>> source;
  private final String servers;
  private final Thread thread;
  private volatile boolean open = true;

  /** Begins to write the records that the source gives, which only its thread asks. */
  public Feed(String servers, Supplier<ProducerRecord<String, String>> source) {
    this.servers = servers;
    this.source = source;
    this.thread = Thread.ofPlatform().daemon().name("feed").start(this::run);
  }

  private void run() {
    try (Producer<String, String> producer =
        new KafkaProducer<>(
            Map.of(
                "bootstrap.servers",
                servers,
                "acks",
                "all",
                "enable.idempotence",
                "true",
                "max.block.ms",
                "120000"),
            new StringSerializer(),
            new StringSerializer())) {
      while (open) {
        for (int i = 0; i < AT_ONCE; i++) {
          ProducerRecord<String, String> record = source.get();
          var _ =
              producer.send(
                  record,
                  (metadata, exception) -> {
                    if (exception != null) {
                      broken.compareAndSet(null, exception);
                    }
                  });
          sent.add(record);
        }
        LockSupport.parkNanos(PAUSE.toNanos());
      }
    } catch (Throwable e) {
      broken.compareAndSet(null, e);
    }
  }

  /** Stops, checks that all was acknowledged, and tells what was written, in its order. */
  public List<ProducerRecord<String, String>> finish() throws InterruptedException {
    close();
    assertThat(thread.isAlive()).as("the feed is still closing").isFalse();
    if (broken.get() != null) {
      throw new AssertionError("The feed broke", broken.get());
    }
    return sent;
  }

  @Override
  public void close() throws InterruptedException {
    open = false;
    thread.join(TimeUnit.SECONDS.toMillis(60));
  }
}
