package io.ottla.compat.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.compat.Await;
import io.ottla.compat.broker.BrokerConfig;
import io.ottla.compat.cluster.ClusterNode;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;

/** Plans in which processes have little of what they need. */
final class FewResources {
  private static final int FILES_AND_CONNECTIONS = 256;
  private static final int IDLE_CONNECTIONS = 2_000;
  private static final Duration LIMIT = Duration.ofSeconds(30);

  private FewResources() {}

  /** What each node has. */
  static BrokerConfig few(BrokerConfig config) {
    return config.withOpenFiles(FILES_AND_CONNECTIONS).withHeap("-Xms48m", "-Xmx128m");
  }

  /**
   * many more connections than there can be, which say nothing. The clients there were get
   * on, new ones get through, and so does a broker that comes back.
   */
  static void idleConnections(Scene scene) throws Exception {
    List<ClusterNode> brokers = scene.cluster().brokers();
    for (int round = 0; round < scene.of(1, 2, 4); round++) {
      ClusterNode node = scene.drawBroker();
      try (IdleConnections idle = new IdleConnections()) {
        for (ClusterNode each : brokers) {
          idle.open(each, IDLE_CONNECTIONS / brokers.size());
        }
        scene.awaitProgress();
        Kills.kill(node);
        scene.awaitProgress();
        node.start();
        idle.open(node, IDLE_CONNECTIONS / brokers.size());
        scene.awaitInSync();
        scene.awaitProgress();
        int seen;
        try (Admin admin = scene.cluster().admin()) {
          seen = admin.describeCluster().nodes().get(LIMIT.toSeconds(), TimeUnit.SECONDS).size();
        }
        assertThat(seen).as("brokers a new client sees").isEqualTo(brokers.size());
        for (ClusterNode each : brokers) {
          assertThat(idle.stillOpen(each))
              .as("idle connections to %s, which may have that many files in all", each)
              .isLessThan(FILES_AND_CONNECTIONS);
          assertThat(idle.closed(each)).as("connections that %s did not keep", each).isPositive();
        }
        scene.proved(
            "%,d connections said nothing, of which %,d were kept; %s was killed (exit 137) and"
                + " came back meanwhile",
            idle.opened(), brokers.stream().mapToInt(idle::stillOpen).sum(), node);
      }
      scene.awaitProgress();
    }
    for (ClusterNode each : brokers) {
      Await.until(
          each + " says that it refuses connections",
          LIMIT,
          () ->
              each.outputSince(0).stream()
                  .anyMatch(
                      line -> line.contains("Refusing a connection") && line.contains("ulimit")));
    }
  }
}
