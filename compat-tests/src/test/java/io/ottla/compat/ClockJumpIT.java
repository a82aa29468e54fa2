package io.ottla.compat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.ottla.compat.cluster.Cluster;
import io.ottla.compat.cluster.ClusterNode;
import io.ottla.compat.cluster.WallClock;
import io.ottla.compat.cluster.Workload;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The wall clock of one node jumps: nobody is fenced for it, and nothing is lost. */
class ClockJumpIT {
  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final int JUMPING = 2;
  private static final Optional<WallClock> CLOCK = WallClock.find();

  @RegisterExtension static final Cluster CLUSTER = Cluster.of(3).impatient();

  @Test
  void aLeaderWhoseClockJumpsAnHourForwardAndTwoBackGoesOn() throws Exception {
    assumeTrue(CLOCK.isPresent(), "needs libfaketime");
    ClusterNode jumping = CLUSTER.node(JUMPING);
    // Not at its first start, which may prepare the class cache: that takes long with this clock.
    jumping.stop();
    jumping.reconfigure(CLOCK.get().given(jumping.config()));
    jumping.start();
    CLUSTER.awaitAllBrokers();
    CLUSTER.createTopicOn("stamped", JUMPING, Map.of("message.timestamp.type", "LogAppendTime"));
    try (Workload load = Workload.start(CLUSTER, "jumping", 3);
        KafkaProducer<byte[], byte[]> stamped =
            new KafkaProducer<>(
                Map.of("bootstrap.servers", CLUSTER.bootstrapServers()),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
      long fromNs = System.nanoTime();
      for (int hours : new int[] {1, -1, 0}) {
        CLOCK.get().set("%+dh".formatted(hours));
        Await.until(
            "the clock is %d hours off".formatted(hours),
            LIMIT,
            () -> Math.round(minutesOff(stamped) / 60.0) == hours);
        load.awaitProgress(200, LIMIT);
        assertThat(CLUSTER.leaderOf("stamped", 0)).as("no reason to replace it").isEqualTo(jumping);
      }
      assertThat(load.longestStallSince(fromNs)).as("stall").isLessThan(Duration.ofSeconds(5));
      load.finish();
      assertThat(load.history().failures()).isEmpty();
    }
  }

  /** How many minutes the clock of the leader that stamps the record is before this one. */
  private static long minutesOff(KafkaProducer<byte[], byte[]> stamped) throws Exception {
    long stamp =
        stamped
            .send(new ProducerRecord<>("stamped", 0, null, new byte[10]))
            .get(30, TimeUnit.SECONDS)
            .timestamp();
    return TimeUnit.MILLISECONDS.toMinutes(stamp - System.currentTimeMillis());
  }
}
