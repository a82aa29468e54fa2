package io.ottla.compat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.ottla.compat.broker.BrokerConfig;
import io.ottla.compat.cluster.Cluster;
import io.ottla.compat.cluster.ClusterNode;
import io.ottla.compat.cluster.Disk;
import io.ottla.compat.cluster.Workload;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.LogDirDescription;
import org.apache.kafka.clients.admin.NewPartitionReassignment;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.KafkaStorageException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Three brokers, one of them with two log directories of which one fails: it keeps the other. */
class LogDirectoryIT {
  private static final Duration FAILOVER_LIMIT = Duration.ofSeconds(20);
  private static final int WITH_TWO = 2;
  private static final int PARTITIONS = 6;
  private static final Optional<Path> FRAGILE = Disk.mountFragile(160);

  @RegisterExtension
  static final Cluster CLUSTER =
      Cluster.of(3).impatient().adapted(LogDirectoryIT::withASecondDirectory);

  private static BrokerConfig withASecondDirectory(BrokerConfig config) {
    return config.property("node.id").equals(Integer.toString(WITH_TWO)) && FRAGILE.isPresent()
        ? config.with("log.dirs", config.logDirectory() + "," + FRAGILE.get().resolve("data"))
        : config;
  }

  @AfterAll
  static void stopAndUnmount() throws Exception {
    if (FRAGILE.isPresent()) {
      CLUSTER.node(WITH_TWO).stop();
      Disk.unmountFragile(FRAGILE.get());
    }
  }

  @Test
  void aDirectoryThatFailsTakesOnlyItsOwnPartitionsAway() throws Exception {
    assumeTrue(FRAGILE.isPresent(), "needs a disk to break, and only root can mount one");
    CLUSTER.expectComplaint("(?i)read-only file system|log dir|disk|has failed|offline");
    ClusterNode node = CLUSTER.node(WITH_TWO);
    try (Workload load = Workload.start(CLUSTER, "spread", PARTITIONS)) {
      load.awaitProgress(50);
      leadAllFrom(node);
      Set<Integer> ledThere = new HashSet<>();
      Set<Integer> ledElsewhere = new HashSet<>();
      for (int i = 0; i < PARTITIONS; i++) {
        if (CLUSTER.leaderOf("spread", i).id() == WITH_TWO) {
          (isOnFragileDisk(i) ? ledThere : ledElsewhere).add(i);
        }
      }
      assertThat(ledThere).as("led from the directory that is to fail").isNotEmpty();
      assertThat(ledElsewhere).as("led from the other one").isNotEmpty();
      long printed = node.outputPosition();

      Disk.breakDown(FRAGILE.get());
      Await.until(
          "others lead " + ledThere,
          FAILOVER_LIMIT,
          () -> {
            for (int i : ledThere) {
              if (CLUSTER.leaderOf("spread", i).id() == WITH_TWO) {
                return false;
              }
            }
            return true;
          });
      load.awaitProgress(50, FAILOVER_LIMIT);
      for (int i : ledElsewhere) {
        assertThat(CLUSTER.leaderOf("spread", i).id()).as("leader of %s", i).isEqualTo(WITH_TWO);
      }
      CLUSTER.expectSaid(CLUSTER.positionsOf(node, printed), "ERROR.*has failed");
      assertThat(described(FRAGILE.get().resolve("data")).error())
          .isInstanceOf(KafkaStorageException.class);
      assertThat(described(node.config().logDirectories().getFirst()).error()).isNull();

      load.slowDownTo(100);
      node.stop();
      Disk.repair(FRAGILE.get());
      node.start();
      CLUSTER.awaitInSync("spread", 3);
      load.finish();
      assertThat(load.history().failures()).isEmpty();
    }
  }

  /** Whatever moved while the cluster started: each directory of a leader of all leads some. */
  private static void leadAllFrom(ClusterNode leader) throws Exception {
    List<Integer> replicas = new ArrayList<>(List.of(leader.id()));
    CLUSTER.othersThan(leader.id()).forEach(other -> replicas.add(other.id()));
    Map<TopicPartition, Optional<NewPartitionReassignment>> preferred = new HashMap<>();
    for (int i = 0; i < PARTITIONS; i++) {
      preferred.put(
          new TopicPartition("spread", i), Optional.of(new NewPartitionReassignment(replicas)));
    }
    try (Admin admin = CLUSTER.admin()) {
      admin.alterPartitionReassignments(preferred).all().get();
      Await.until(
          leader.id() + " leads all partitions",
          FAILOVER_LIMIT,
          () -> {
            var _ =
                admin.electLeaders(ElectionType.PREFERRED, preferred.keySet()).partitions().get();
            for (TopicPartition partition : preferred.keySet()) {
              if (CLUSTER.leaderOf(partition.topic(), partition.partition()).id() != leader.id()) {
                return false;
              }
            }
            return true;
          });
    }
  }

  private static boolean isOnFragileDisk(int partition) {
    return Files.isDirectory(FRAGILE.orElseThrow().resolve("data").resolve("spread-" + partition));
  }

  private static LogDirDescription described(Path directory) throws Exception {
    return CLUSTER
        .admin()
        .describeLogDirs(List.of(WITH_TWO))
        .allDescriptions()
        .get()
        .get(WITH_TWO)
        .get(directory.toString());
  }
}
