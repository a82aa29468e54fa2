package io.ottla.compat.cluster;

import io.ottla.compat.Await;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * An application that reads a topic as a member of a group, and fails when it is told of errors.
 */
public final class GroupReader implements AutoCloseable {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  private record Place(int partition, long offset) {}

  private final Set<Place> seen = ConcurrentHashMap.newKeySet();
  private final AtomicReference<Throwable> broken = new AtomicReference<>();
  private final Thread thread;
  private volatile boolean open = true;

  public GroupReader(Cluster cluster, String topic) {
    Map<String, Object> config =
        Map.of(
            "bootstrap.servers",
            cluster.bootstrapServers(),
            "group.id",
            "readers-of-" + topic,
            "auto.offset.reset",
            "earliest",
            "auto.commit.interval.ms",
            "500");
    thread =
        Thread.ofPlatform()
            .daemon()
            .name("group-reader")
            .start(
                () -> {
                  try (KafkaConsumer<byte[], byte[]> consumer =
                      new KafkaConsumer<>(
                          config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
                    consumer.subscribe(List.of(topic));
                    while (open) {
                      for (ConsumerRecord<byte[], byte[]> record :
                          consumer.poll(Duration.ofMillis(100))) {
                        seen.add(new Place(record.partition(), record.offset()));
                      }
                    }
                  } catch (Throwable e) {
                    broken.set(e);
                  }
                });
  }

  /** How many different records it has read. */
  public long read() {
    if (broken.get() != null) {
      throw new AssertionError("The group's reader broke", broken.get());
    }
    return seen.size();
  }

  /** Waits until it has read so many. */
  public void awaitRead(long count) throws Exception {
    Await.until(count + " records read by the group", LIMIT, () -> read() >= count);
  }

  @Override
  public void close() throws InterruptedException {
    open = false;
    thread.join(LIMIT.toMillis());
  }
}
