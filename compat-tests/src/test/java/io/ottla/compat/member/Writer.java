package io.ottla.compat.member;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.compat.Await;
import io.ottla.history.ownership.Ownership.Place;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * A producer on a thread of its own that writes evenly to all partitions of one topic until it is
 * closed, and knows how far each of them was acknowledged.
 */
public final class Writer implements AutoCloseable {
  private static final Duration PAUSE = Duration.ofMillis(20);
  private static final Duration LIMIT = Duration.ofSeconds(60);

  private final String servers;
  private final String topic;
  private final int partitions;
  private final Map<Place, Long> ends = new TreeMap<>();
  private final AtomicReference<Throwable> broken = new AtomicReference<>();
  private final Thread thread;
  private volatile boolean open = true;

  public Writer(String servers, String topic, int partitions) {
    this.servers = servers;
    this.topic = topic;
    this.partitions = partitions;
    thread = Thread.ofPlatform().daemon().name("writer of " + topic).start(this::run);
  }

  /** All the partitions it writes to. */
  public Set<Place> places() {
    Set<Place> places = new TreeSet<>();
    for (int partition = 0; partition < partitions; partition++) {
      places.add(new Place(topic, partition));
    }
    return places;
  }

  private void run() {
    try (Producer<String, String> producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", servers, "acks", "all", "linger.ms", "1"),
            new StringSerializer(),
            new StringSerializer())) {
      for (int number = 0; open; number++) {
        var _ =
            producer.send(
                new ProducerRecord<>(topic, number % partitions, null, "r" + number),
                (metadata, exception) -> {
                  if (exception != null) {
                    broken.compareAndSet(null, exception);
                  } else {
                    acknowledged(metadata.partition(), metadata.offset());
                  }
                });
        if (number % partitions == partitions - 1) {
          LockSupport.parkNanos(PAUSE.toNanos());
        }
      }
    } catch (Throwable e) {
      broken.compareAndSet(null, e);
    }
  }

  private synchronized void acknowledged(int partition, long offset) {
    ends.merge(new Place(topic, partition), offset + 1, Math::max);
  }

  /** The end of each partition as far as acknowledged. */
  public synchronized Map<Place, Long> ends() {
    return new TreeMap<>(ends);
  }

  /** How many records were acknowledged. */
  public synchronized long acknowledged() {
    return ends.values().stream().mapToLong(end -> end).sum();
  }

  /** Waits until so many more records are acknowledged. */
  public void awaitMore(long count) throws Exception {
    long target = acknowledged() + count;
    Await.until(
        count + " more records written",
        LIMIT,
        () -> {
          check();
          return acknowledged() >= target;
        });
  }

  private void check() {
    if (broken.get() != null) {
      throw new AssertionError("The writer broke", broken.get());
    }
  }

  /** Stops, and checks that all that was sent was acknowledged. */
  @Override
  public void close() throws InterruptedException {
    open = false;
    thread.join(TimeUnit.SECONDS.toMillis(60));
    assertThat(thread.isAlive()).as("writer still closing").isFalse();
    check();
  }
}
