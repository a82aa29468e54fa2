package io.ottla.compat;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.compat.broker.BrokerConfig;
import io.ottla.compat.cluster.Cluster;
import io.ottla.compat.cluster.ClusterNode;
import io.ottla.compat.cluster.DynamicVoters;
import io.ottla.compat.cluster.Workload;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Three nodes whose files have the keys of the server.properties that Kafka comes with, where one
 * node is a cluster of its own until the others join it: first as brokers, then as voters.
 */
class DynamicQuorumIT {
  @RegisterExtension
  static final Cluster CLUSTER = Cluster.of(3).impatient().adapted(DynamicQuorumIT::asShipped);

  private static final DynamicVoters VOTERS = new DynamicVoters(CLUSTER);

  /** All keys of Kafka's own config/server.properties, and few others. */
  private static BrokerConfig asShipped(BrokerConfig config) {
    return DynamicVoters.config(config)
        .with("inter.broker.listener.name", "PLAINTEXT")
        .with("controller.listener.names", "CONTROLLER")
        .with(
            "listener.security.protocol.map",
            "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT,"
                + "SASL_SSL:SASL_SSL")
        .with("num.network.threads", "3")
        .with("num.io.threads", "8")
        .with("socket.send.buffer.bytes", "102400")
        .with("socket.receive.buffer.bytes", "102400")
        .with("socket.request.max.bytes", "104857600")
        .with("num.recovery.threads.per.data.dir", "2")
        .with("offsets.topic.replication.factor", "1")
        .with("share.coordinator.state.topic.replication.factor", "1")
        .with("share.coordinator.state.topic.min.isr", "1")
        .with("transaction.state.log.replication.factor", "1")
        .with("transaction.state.log.min.isr", "1")
        .with("log.retention.hours", "168")
        .with("log.segment.bytes", "1073741824")
        .with("log.retention.check.interval.ms", "300000");
  }

  @Test
  void controllersAreAddedAndRemovedWhileClientsWork() throws Exception {
    assertThat(VOTERS.ids()).containsExactly(1);
    try (Workload load = Workload.start(CLUSTER, "growing", 3)) {
      VOTERS.add(CLUSTER.node(2));
      VOTERS.add(CLUSTER.node(3));
      assertThat(VOTERS.ids()).containsExactlyInAnyOrder(1, 2, 3);

      ClusterNode first = CLUSTER.node(1);
      first.kill();
      load.awaitProgress(100);
      CLUSTER.createTopicWithLivingReplicas("without-the-first");
      assertThat(CLUSTER.activeController()).isNotEqualTo(first);
      first.start();
      CLUSTER.awaitInSync("growing", 3);

      VOTERS.remove(CLUSTER.node(3));
      load.finish();
      assertThat(load.history().failures()).isEmpty();
    }
  }
}
