package io.ottla.compat.faults;

import io.ottla.compat.Await;
import io.ottla.compat.cluster.ClusterNode;
import io.ottla.compat.cluster.WallClock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * The wall clock of one broker of a scene, which can be set, and asked: the broker stamps records
 * of a topic that only it has. The thread that plays the scene owns it.
 */
final class SkewedClock implements AutoCloseable {
  private static final String STAMPED = "stamped";
  private static final Duration LIMIT = Duration.ofSeconds(20);

  private final WallClock clock;
  private final KafkaProducer<byte[], byte[]> producer;

  private SkewedClock(WallClock clock, KafkaProducer<byte[], byte[]> producer) {
    this.clock = clock;
    this.producer = producer;
  }

  /** Gives a broker such a clock, for which it is restarted; nothing where the machine has none. */
  static Optional<SkewedClock> give(Scene scene, int nodeId) throws Exception {
    Optional<WallClock> found = WallClock.find();
    if (found.isEmpty()) {
      return Optional.empty();
    }
    // Not at its first start, which may prepare the class cache: that takes long with this clock.
    ClusterNode node = scene.cluster().node(nodeId);
    node.stop();
    node.reconfigure(found.get().given(node.config()));
    node.start();
    scene.awaitInSync();
    try (Admin admin = scene.cluster().admin()) {
      admin
          .createTopics(
              List.of(
                  new NewTopic(STAMPED, Map.of(0, List.of(nodeId)))
                      .configs(Map.of("message.timestamp.type", "LogAppendTime"))))
          .all()
          .get(60, TimeUnit.SECONDS);
    }
    return Optional.of(
        new SkewedClock(
            found.get(),
            new KafkaProducer<>(
                Map.of("bootstrap.servers", scene.cluster().bootstrapServers(), "linger.ms", "0"),
                new ByteArraySerializer(),
                new ByteArraySerializer())));
  }

  /** Sets it so many hours fast or slow, and sees that the broker goes by it. */
  void set(int hours) throws Exception {
    clock.set("%+dh".formatted(hours));
    Await.until(
        "the clock is %d hours off".formatted(hours),
        LIMIT,
        () -> Math.round(minutesOff() / 60.0) == hours);
  }

  /** Sets it so many minutes fast or slow, and does not look. */
  void jump(int minutes) throws Exception {
    clock.set("%+dm".formatted(minutes));
  }

  /** How many minutes it is before the clock of this process. */
  private long minutesOff() throws Exception {
    long stamp =
        producer
            .send(new ProducerRecord<>(STAMPED, 0, null, new byte[10]))
            .get(30, TimeUnit.SECONDS)
            .timestamp();
    return TimeUnit.MILLISECONDS.toMinutes(stamp - System.currentTimeMillis());
  }

  @Override
  public void close() {
    producer.close(Duration.ofSeconds(5));
  }
}
