package io.ottla.compat;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.compat.broker.BrokerConfig;
import io.ottla.compat.broker.BrokerKind;
import io.ottla.compat.broker.FreePorts;
import io.ottla.compat.cluster.Cluster;
import io.ottla.compat.cluster.ClusterNode;
import io.ottla.compat.cluster.MetadataProbe;
import io.ottla.compat.cluster.Workload;
import java.time.Duration;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Nodes that do not belong to a cluster are refused, say why, and do not disturb it. */
class StrangerIT {
  private static final Duration LIMIT = Duration.ofSeconds(45);

  @RegisterExtension static final Cluster CLUSTER = Cluster.of(3).impatient();

  @Test
  void aSecondBrokerWithTheIdOfALivingOneIsRefused() throws Exception {
    ClusterNode living = CLUSTER.addBroker(4);
    living.start();
    CLUSTER.awaitAllBrokers();
    try (Workload load = Workload.start(CLUSTER, "twin", 4)) {
      long fromNs = System.nanoTime();
      ClusterNode twin =
          CLUSTER.addStranger(
              config ->
                  config
                      .with("node.id", "4")
                      .with("initial.broker.registration.timeout.ms", "6000"));
      twin.launch();
      if (BrokerKind.UNDER_TEST == BrokerKind.OTTLA) {
        assertThat(twin.process().awaitExit(LIMIT)).as("exit code").isNotZero();
        assertThat(twin.process().output())
            .as("says in one line what is wrong")
            .containsPattern("(?i)ERROR.*\\bnode\\.id\\b.*\\b4\\b|ERROR.*\\b4\\b.*\\bnode\\.id\\b");
      } else {
        Await.elapsed(fromNs, Duration.ofSeconds(8)); // it goes on trying
        twin.kill();
      }
      assertThat(living.isAlive()).isTrue();
      CLUSTER.awaitInSync("twin", 3);
      assertThat(load.longestStallSince(fromNs)).as("stall").isLessThan(Duration.ofSeconds(3));
      load.finish();
      assertThat(load.history().failures()).isEmpty();
    }
  }

  @Test
  void aBrokerOfAnotherClusterIsRefused() throws Exception {
    ClusterNode stranger = CLUSTER.addStranger(StrangerIT::ofItsOwnCluster);
    stranger.start();
    stranger.stop();
    BrokerConfig moved =
        stranger
            .config()
            .with("process.roles", "broker")
            .with("initial.broker.registration.timeout.ms", "6000")
            .with(
                "controller.quorum.voters",
                CLUSTER.node(1).config().property("controller.quorum.voters"))
            .with("listeners", "PLAINTEXT://127.0.0.1:" + stranger.directPort());
    stranger.reconfigure(moved);
    try (Workload load = Workload.start(CLUSTER, "other-cluster", 3)) {
      long fromNs = System.nanoTime();
      long printed = stranger.outputPosition();
      stranger.launch();
      if (BrokerKind.UNDER_TEST == BrokerKind.OTTLA) {
        assertThat(stranger.process().awaitExit(LIMIT)).as("exit code").isNotZero();
        assertThat(String.join("\n", stranger.outputSince(printed)))
            .as("says in one line what is wrong")
            .containsPattern("(?i)ERROR.*cluster");
      } else {
        Await.elapsed(fromNs, Duration.ofSeconds(8));
        stranger.kill();
      }
      for (ClusterNode node : CLUSTER.nodes()) {
        assertThat(MetadataProbe.askOnce(node.directPort()).brokers()).doesNotContain(9);
      }
      assertThat(load.longestStallSince(fromNs)).as("stall").isLessThan(Duration.ofSeconds(3));
      load.finish();
      assertThat(load.history().failures()).isEmpty();
    }
  }

  private static BrokerConfig ofItsOwnCluster(BrokerConfig config) {
    int controllerPort = FreePorts.next();
    return config
        .withClusterId(Uuid.randomUuid().toString())
        .with("node.id", "9")
        .with("process.roles", "broker,controller")
        .with("controller.quorum.voters", "9@127.0.0.1:" + controllerPort)
        .with(
            "listeners",
            "PLAINTEXT://127.0.0.1:" + config.port() + ",CONTROLLER://127.0.0.1:" + controllerPort);
  }
}
