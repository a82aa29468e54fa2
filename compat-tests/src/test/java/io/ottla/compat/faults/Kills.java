package io.ottla.compat.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.compat.Await;
import io.ottla.compat.cluster.Cluster;
import io.ottla.compat.cluster.ClusterNode;
import io.ottla.compat.cluster.MetadataProbe.Leadership;
import io.ottla.history.History;
import io.ottla.history.TransactionHistory;
import io.ottla.history.TransactionHistory.Outcome;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.TopicPartition;

/** Plans in which processes die, of SIGKILL or of SIGTERM, and are started again. */
final class Kills {
  private static final int SIGKILLED = 128 + 9;
  private static final Duration DEATH_LIMIT = Duration.ofSeconds(10);
  private static final Duration START_LIMIT = Duration.ofSeconds(30);
  private static final Duration STOP_LIMIT = Duration.ofSeconds(10);
  private static final Duration NO_STALL = Duration.ofSeconds(3);
  private static final long ON_THE_WAY_NS = TimeUnit.MILLISECONDS.toNanos(1_500);

  private Kills() {}

  /** nothing at all, and nothing may stall or fail. */
  static void none(Scene scene) throws Exception {
    long fromNs = System.nanoTime();
    scene.queue().awaitProgress(scene.of(200, 1_500, 2_500));
    for (GroupLoad group : scene.groups()) {
      group.awaitProgress(100);
    }
    if (scene.transactions() != null) {
      scene.transactions().awaitProgress(scene.of(3, 30, 100));
    }
    assertThat(scene.queue().longestStallSince(fromNs)).as("stall").isLessThan(NO_STALL);
    assertThat(scene.queue().history().failures()).as("failed writes").isEmpty();
    scene.proved(
        "no fault: longest stall %d ms", scene.queue().longestStallSince(fromNs).toMillis());
  }

  /** Kills a node, and sees that it died of that. */
  static void kill(ClusterNode node) throws Exception {
    long pid = node.pid();
    node.kill();
    assertThat(node.process().awaitExit(DEATH_LIMIT)).as("%s, killed", node).isEqualTo(SIGKILLED);
    assertThat(node.isAlive()).as("%s, process %d, is alive", node, pid).isFalse();
  }

  /** the leader of a partition, again and again; it may be back before it was missed. */
  static void leaders(Scene scene) throws Exception {
    Cluster cluster = scene.cluster();
    for (int round = 0; round < scene.of(2, 4, 10); round++) {
      int partition = scene.drawPartition();
      Leadership before = scene.leadership(partition);
      ClusterNode leader = cluster.node(before.leaderId());
      Map<Integer, Long> said = cluster.outputPositions();
      long killedNs = System.nanoTime();
      kill(leader);
      if (round == 0 || scene.random().nextBoolean()) {
        scene.awaitProgress();
        Leadership after = scene.awaitNewLeader(partition, before);
        cluster.expectSaid(said, "(?i)fencing broker " + leader.id() + "\\b");
        scene.proved(
            "%s killed (exit %d); partition %d led by %d in epoch %d, was epoch %d; stall %d ms",
            leader,
            SIGKILLED,
            partition,
            after.leaderId(),
            after.leaderEpoch(),
            before.leaderEpoch(),
            scene.queue().longestStallSince(killedNs).toMillis());
      } else {
        scene.last(Duration.ofSeconds(2));
        scene.awaitSomeProgress();
        scene.proved("%s killed (exit %d) for two seconds", leader, SIGKILLED);
      }
      leader.start();
      scene.awaitInSync();
      scene.awaitProgress();
    }
  }

  /** all nodes at once. */
  static void all(Scene scene) throws Exception {
    for (int round = 0; round < scene.of(1, 3, 8); round++) {
      scene.awaitProgress();
      long acknowledged = scene.queue().history().acknowledged();
      for (ClusterNode node : scene.cluster().nodes()) {
        node.process().killWithoutWaiting();
      }
      for (ClusterNode node : scene.cluster().nodes()) {
        kill(node);
      }
      long startedNs = System.nanoTime();
      scene.cluster().startAll();
      scene.awaitProgress();
      scene.proved(
          "all nodes killed after %,d writes; progress everywhere %d ms after the start",
          acknowledged, millisSince(startedNs));
      scene.awaitInSync();
    }
  }

  /** whoever coordinates the transactions of one of the writers. */
  static void transactionCoordinators(Scene scene) throws Exception {
    TransactionHistory history = scene.transactions().history();
    for (int round = 0; round < scene.of(1, 4, 10); round++) {
      String id = "writer-" + (1 + scene.random().nextInt(3));
      ClusterNode coordinator = coordinator(scene, id);
      scene.last(Duration.ofMillis(scene.random().nextInt(500)));
      long killedNs = System.nanoTime();
      history.fault(coordinator + " killed", killedNs);
      kill(coordinator);
      scene.awaitProgress();
      ClusterNode next = coordinator(scene, id);
      assertThat(next).as("coordinator of %s after that of before", id).isNotEqualTo(coordinator);
      coordinator.start();
      history.fault(coordinator + " started", System.nanoTime());
      scene.awaitInSync();
      long open = openAt(history, killedNs);
      scene.proved(
          "%s, which coordinated %s, killed (exit %d) with %d transactions open; now it is %s",
          coordinator, id, SIGKILLED, open, next);
      scene.awaitProgress();
    }
  }

  private static ClusterNode coordinator(Scene scene, String transactionalId) throws Exception {
    try (Admin admin = scene.cluster().admin()) {
      return scene
          .cluster()
          .node(
              admin
                  .describeTransactions(List.of(transactionalId))
                  .description(transactionalId)
                  .get(60, TimeUnit.SECONDS)
                  .coordinatorId());
    }
  }

  private static long openAt(TransactionHistory history, long atNs) {
    return history.transactions().stream()
        .filter(each -> each.begunNs() - atNs < 0)
        .filter(each -> each.endedNs() == History.NONE || each.endedNs() - atNs > 0)
        .count();
  }

  /** every broker in turn, in peace; in R-07 every second of them in anger. */
  static void inTurn(Scene scene, boolean someInAnger, int rounds) throws Exception {
    Cluster cluster = scene.cluster();
    int turn = scene.random().nextInt(2);
    for (int round = 0; round < rounds; round++) {
      for (ClusterNode node : cluster.brokers()) {
        if (someInAnger && turn++ % 2 == 0) {
          kill(node);
          scene.proved("%s killed (exit %d)", node, SIGKILLED);
        } else {
          long stoppedNs = System.nanoTime();
          node.stop();
          Duration took = Duration.ofNanos(System.nanoTime() - stoppedNs);
          scene.proved("%s stopped in %d ms (exit 0)", node, took.toMillis());
          if (!someInAnger) {
            assertThat(took).as("controlled shutdown").isLessThan(STOP_LIMIT);
          }
        }
        scene.awaitProgress();
        node.start();
        scene.awaitInSync();
        scene.awaitProgress();
      }
    }
  }

  /** */
  static void bounce(Scene scene) throws Exception {
    inTurn(scene, true, scene.of(1, 2, 4));
  }

  /** */
  static void roll(Scene scene) throws Exception {
    long fromNs = System.nanoTime();
    inTurn(scene, false, scene.of(1, 1, 5));
    assertThat(
            scene.queue().history().failures().stream()
                .filter(write -> write.sentNs() - fromNs > 0)
                .map(History.Write::failure))
        .as("failed writes since the first stop, of those too who give up early")
        .isEmpty();
  }

  /** the only node there is, and now and then it only stands still. */
  static void theOnlyNode(Scene scene) throws Exception {
    ClusterNode node = scene.cluster().node(1);
    int rounds = scene.of(3, 10, 30);
    int pausedIn = 1 + scene.random().nextInt(rounds - 1);
    for (int round = 0; round < rounds; round++) {
      scene.last(Duration.ofMillis(200 + scene.random().nextInt(1_500)));
      if (round == pausedIn) {
        standStill(scene, node);
        continue;
      }
      long acknowledged = scene.queue().history().acknowledged();
      long killedNs = System.nanoTime();
      scene.transactions().history().fault("killed", killedNs);
      kill(node);
      node.start();
      scene.transactions().history().fault("started", System.nanoTime());
      scene.proved(
          "the broker killed (exit %d) after %,d writes, with %d transactions open; answers %d ms"
              + " after its start",
          SIGKILLED,
          acknowledged,
          openAt(scene.transactions().history(), killedNs),
          node.process().startUpTime().toMillis());
      assertThat(node.process().startUpTime()).as("start").isLessThan(START_LIMIT);
      scene.queue().awaitProgress(13);
    }
  }

  private static void standStill(Scene scene, ClusterNode node) throws Exception {
    TransactionHistory history = scene.transactions().history();
    history.fault("paused", System.nanoTime());
    node.pause();
    long pausedNs = System.nanoTime();
    Pauses.awaitStill(node);
    scene.last(Duration.ofMillis(2_500));
    long resumedNs = System.nanoTime();
    long written = 0;
    for (int partition = 0; partition < Scene.PARTITIONS; partition++) {
      written +=
          scene
              .queue()
              .history()
              .acknowledgedBetween(partition, pausedNs + ON_THE_WAY_NS, resumedNs);
    }
    node.resume();
    history.fault("resumed", resumedNs);
    assertThat(written).as("writes confirmed by a broker that stands still").isZero();
    assertThat(
            history.transactions().stream()
                .filter(each -> each.outcome() == Outcome.COMMITTED)
                .filter(each -> each.endedNs() - (pausedNs + ON_THE_WAY_NS) > 0)
                .filter(each -> each.endedNs() - resumedNs < 0))
        .as("transactions confirmed by a broker that stands still")
        .isEmpty();
    scene.proved(
        "the broker stood still for %d ms (process state T), and confirmed nothing",
        millis(resumedNs - pausedNs));
    scene.queue().awaitProgress(13);
  }

  /** leaders change every two seconds, by death and by election. */
  static void fastFailOvers(Scene scene) throws Exception {
    Cluster cluster = scene.cluster();
    int changes = 0;
    int rounds = scene.of(2, 4, 10);
    for (int round = 0; round < rounds; round++) {
      int partition = scene.drawPartition();
      Leadership before = scene.leadership(partition);
      ClusterNode leader = cluster.node(before.leaderId());
      kill(leader);
      scene.awaitNewLeader(partition, before);
      leader.start();
      cluster.awaitInSync(Scene.QUEUE, cluster.replicas());
      changes += electPreferred(scene);
    }
    scene.proved("%d leaders killed, %d leaders elected back", rounds, changes);
    assertThat(changes).as("elections").isPositive();
  }

  /** Gives every partition of the queue back to its first replica; how many changed hands. */
  static int electPreferred(Scene scene) throws Exception {
    try (Admin admin = scene.cluster().admin()) {
      Map<TopicPartition, ?> changed =
          admin.electLeaders(ElectionType.PREFERRED, null).partitions().get(60, TimeUnit.SECONDS);
      return (int)
          changed.entrySet().stream()
              .filter(each -> each.getKey().topic().equals(Scene.QUEUE))
              .count();
    }
  }

  /** somebody is killed or stands still every few seconds. */
  static void storm(Scene scene) throws Exception {
    int killed = 0;
    int paused = 0;
    for (int round = 0; round < scene.of(2, 6, 50); round++) {
      ClusterNode node = scene.drawBroker();
      long fromNs = System.nanoTime();
      if (scene.random().nextBoolean()) {
        kill(node);
        scene.last(Duration.ofMillis(scene.random().nextInt(3_000)));
        node.start();
        killed++;
      } else {
        node.pause();
        Pauses.awaitStill(node);
        scene.last(Duration.ofMillis(1_000 + scene.random().nextInt(4_000)));
        node.resume();
        paused++;
      }
      scene.awaitSomeProgress();
      Await.elapsed(fromNs, Duration.ofSeconds(5));
    }
    scene.proved(
        "%d killed (exit %d), %d stood still (process state T)", killed, SIGKILLED, paused);
  }

  static long millisSince(long instantNs) {
    return millis(System.nanoTime() - instantNs);
  }

  private static long millis(long durationNs) {
    return TimeUnit.NANOSECONDS.toMillis(durationNs);
  }
}
