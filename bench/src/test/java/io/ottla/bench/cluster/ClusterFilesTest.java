package io.ottla.bench.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class ClusterFilesTest {

  private final ClusterFiles files =
      new ClusterFiles(
          new int[] {101, 102, 103}, new int[] {201, 202, 203}, Map.of("num.io.threads", "2"));

  @Test
  void makesEveryNodeABrokerAndAVoter() {
    assertThat(files.properties(2))
        .containsEntry("process.roles", "broker,controller")
        .containsEntry("node.id", "2")
        .containsEntry(
            "controller.quorum.voters", "1@127.0.0.1:201,2@127.0.0.1:202,3@127.0.0.1:203")
        .containsEntry("listeners", "PLAINTEXT://127.0.0.1:102,CONTROLLER://127.0.0.1:202")
        .containsEntry("advertised.listeners", "PLAINTEXT://127.0.0.1:102")
        .containsEntry("num.io.threads", "2");
  }

  @Test
  void leavesTimeOutsAndReplicationAtTheBrokersDefaults() {
    assertThat(files.properties(1).keySet())
        .noneMatch(key -> key.contains("timeout") || key.contains("replication"));
  }

  @Test
  void tellsClientsOfAllNodes() {
    assertThat(files.bootstrap()).isEqualTo("127.0.0.1:101,127.0.0.1:102,127.0.0.1:103");
  }
}
