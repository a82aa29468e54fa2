package io.ottla.compat;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.compat.broker.BrokerConfig;
import io.ottla.compat.broker.FreePorts;
import io.ottla.compat.cluster.Certificate;
import io.ottla.compat.cluster.Cluster;
import io.ottla.compat.cluster.ClusterNode;
import io.ottla.compat.cluster.Workload;
import io.ottla.compat.wire.RawConnection;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * A cluster of processes that are only controllers, only brokers, or both, which talk to each other
 * over TLS, with certificates on both sides; clients connect in plaintext.
 */
class SecureClusterIT {
  private static final Certificate CERTIFICATE = Certificate.generate();

  @RegisterExtension
  static final Cluster CLUSTER =
      Cluster.ofRoles("controller", "broker,controller", "broker,controller")
          .impatient()
          .with("inter.broker.listener.name", "INTERNAL")
          .with("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,INTERNAL:SSL,CONTROLLER:SSL")
          .with("ssl.keystore.type", "PKCS12")
          .with("ssl.keystore.location", CERTIFICATE.keyStore().toString())
          .with("ssl.keystore.password", CERTIFICATE.password())
          .with("ssl.key.password", CERTIFICATE.password())
          .with("ssl.truststore.type", "PKCS12")
          .with("ssl.truststore.location", CERTIFICATE.trustStore().toString())
          .with("ssl.truststore.password", CERTIFICATE.password())
          .with("ssl.client.auth", "required")
          .adapted(SecureClusterIT::withInternalListener);

  private static BrokerConfig withInternalListener(BrokerConfig config) {
    return config.property("process.roles").contains("broker")
        ? config.with(
            "listeners", config.property("listeners") + ",INTERNAL://127.0.0.1:" + FreePorts.next())
        : config.with("inter.broker.listener.name", null);
  }

  @Test
  void nodesOfAllRolesWorkTogetherAndABrokerJoinsLater() throws Exception {
    ClusterNode joined = CLUSTER.addBroker(4);
    joined.start();
    CLUSTER.awaitAllBrokers();
    assertThat(CLUSTER.node(1).isBroker()).isFalse();
    try (Workload load = Workload.start(CLUSTER, "secure", 3)) {
      ClusterNode leader = CLUSTER.leaderOf("secure", 0);
      leader.kill();
      load.awaitProgress(100);
      leader.start();
      CLUSTER.awaitInSync("secure", 3);
      load.finish();
      assertThat(load.history().failures()).isEmpty();
    }
  }

  @Test
  void aControllerDoesNotTalkInPlaintext() throws Exception {
    for (ClusterNode node : CLUSTER.nodes()) {
      if (node.controllerPort() != -1) {
        assertThat(RawConnection.answersApiVersions(node.controllerPort())).isFalse();
      }
    }
  }
}
