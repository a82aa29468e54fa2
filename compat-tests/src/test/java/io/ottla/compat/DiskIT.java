package io.ottla.compat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.ottla.compat.broker.BrokerConfig;
import io.ottla.compat.cluster.Cluster;
import io.ottla.compat.cluster.ClusterNode;
import io.ottla.compat.cluster.Disk;
import io.ottla.compat.cluster.ReplicaFiles;
import io.ottla.compat.cluster.Workload;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The disk of one node of three loses data, is full, or fails: nothing acknowledged is lost. */
class DiskIT {
  private static final Duration FAILOVER_LIMIT = Duration.ofSeconds(20);
  private static final int MEGABYTE = 1024 * 1024;
  private static final int ON_SMALL_DISK = 3;
  private static final Optional<Path> SMALL_DISK = Disk.mountSmall(320);

  @RegisterExtension
  static final Cluster CLUSTER = Cluster.of(3).impatient().adapted(DiskIT::withItsDisk);

  private static BrokerConfig withItsDisk(BrokerConfig config) {
    return config.property("node.id").equals(Integer.toString(ON_SMALL_DISK))
            && SMALL_DISK.isPresent()
        ? config.with("log.dirs", SMALL_DISK.get().resolve("data").toString())
        : config;
  }

  @AfterEach
  void makeWhole() throws Exception {
    if (SMALL_DISK.isPresent()) {
      Disk.free(SMALL_DISK.get());
    }
    CLUSTER.makeWhole();
  }

  @AfterAll
  static void stopAndUnmount() throws Exception {
    if (SMALL_DISK.isPresent()) {
      CLUSTER.node(ON_SMALL_DISK).stop();
      Disk.unmount(SMALL_DISK.get());
    }
  }

  @Test
  void aReplicaThatLostItsLastTenMegabytesGetsThemBack() throws Exception {
    try (Workload load = Workload.start(CLUSTER, "shortened", 1, 20_000)) {
      load.awaitProgress(700);
      load.slowDownTo(50);
      ClusterNode leader = CLUSTER.leaderOf("shortened", 0);
      ClusterNode follower = CLUSTER.othersThan(leader.id()).getFirst();
      loseTenMegabytes(follower, load);
      loseTenMegabytes(leader, load);
      load.finish();
      assertThat(load.history().failures()).isEmpty();
    }
  }

  private static void loseTenMegabytes(ClusterNode node, Workload load) throws Exception {
    node.kill();
    Path replica = node.replica("shortened", 0);
    long before = bytesIn(replica);
    Disk.loseTheLast(10 * MEGABYTE, replica);
    assertThat(bytesIn(replica)).isEqualTo(before - 10 * MEGABYTE);
    node.start();
    load.awaitProgress(50, FAILOVER_LIMIT);
    CLUSTER.awaitInSync("shortened", 3);
    Await.until("it has them back", Cluster.LIMIT, () -> bytesIn(replica) >= before);
  }

  private static long bytesIn(Path replica) throws Exception {
    long bytes = 0;
    for (Path segment : ReplicaFiles.segments(replica)) {
      bytes += Files.size(segment);
    }
    return bytes;
  }

  @Test
  void theOthersGoOnWhenTheDiskOfANodeIsFull() throws Exception {
    assumeTrue(SMALL_DISK.isPresent(), "needs a small disk, and only root can mount one");
    CLUSTER.expectComplaint("(?i)no space|full|space left|log dir|disk");
    try (Workload load = Workload.start(CLUSTER, "full", 3, 2_000)) {
      ClusterNode node = CLUSTER.node(ON_SMALL_DISK);
      long printed = node.outputPosition();
      Disk.fill(SMALL_DISK.get(), 300_000);
      Await.until(
          "the disk is full, or the node takes no more",
          Duration.ofSeconds(30),
          () ->
              Disk.usableBytes(SMALL_DISK.get()) < 4096
                  || node.outputSince(printed).stream().anyMatch(line -> line.contains("space")));
      load.awaitProgress(100, FAILOVER_LIMIT);
      load.slowDownTo(100);
      System.out.printf("%s with a full disk is alive: %b%n", node, node.isAlive());
      CLUSTER.expectSaid(CLUSTER.positionsOf(node, printed), "(?i)(ERROR|WARN).*space");
      Disk.free(SMALL_DISK.get());
      bringBack(node);
      CLUSTER.awaitInSync("full", 3);
      load.finish();
      assertThat(load.history().failures()).isEmpty();
    }
  }

  @Test
  void theOthersGoOnWhenTheDiskOfALeaderFails() throws Exception {
    CLUSTER.expectComplaint("(?i)file too large|log dir|disk");
    try (Workload load = Workload.start(CLUSTER, "failing", 3, 2_000)) {
      ClusterNode leader = CLUSTER.leaderOf("failing", 0);
      long printed = leader.outputPosition();
      long limit = Math.max(bytesIn(leader.replica("failing", 0)), printed + 100_000);
      assumeTrue(Disk.failWritesBeyond(limit, leader.pid()), "needs the tool prlimit");
      Await.until(
          "the node is told, or gone",
          Duration.ofSeconds(30),
          () ->
              !leader.isAlive()
                  || leader.outputSince(printed).stream()
                      .anyMatch(line -> line.contains("File too large")));
      load.awaitProgress(100, FAILOVER_LIMIT);
      load.slowDownTo(100);
      System.out.printf("%s with a failing disk is alive: %b%n", leader, leader.isAlive());
      CLUSTER.expectSaid(CLUSTER.positionsOf(leader, printed), "(?i)ERROR.*File too large");
      if (leader.isAlive()) {
        Disk.failWritesBeyond(-1, leader.pid());
      }
      bringBack(leader);
      CLUSTER.awaitInSync("failing", 3);
      load.finish();
      assertThat(load.history().failures()).isEmpty();
    }
  }

  /** What a disk refused may only be taken again by a new process. */
  private static void bringBack(ClusterNode node) throws Exception {
    if (node.isAlive()) {
      node.kill();
    }
    node.start();
  }
}
