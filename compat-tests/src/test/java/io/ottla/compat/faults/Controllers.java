package io.ottla.compat.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.compat.Await;
import io.ottla.compat.cluster.Cluster;
import io.ottla.compat.cluster.ClusterNode;
import io.ottla.compat.cluster.MetadataProbe;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Plans against the active controller, while topics come and go. */
final class Controllers {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  private Controllers() {}

  /** it is killed, stands still, or is cut off, while an administrator is busy. */
  static void active(Scene scene) throws Exception {
    Cluster cluster = scene.cluster();
    TopicChurn churn = new TopicChurn(cluster.bootstrapServers(), scene.random().nextLong());
    int rounds = scene.of(3, 3, 20);
    try (churn) {
      for (int round = 0; round < rounds; round++) {
        ClusterNode active = cluster.activeController();
        long done = churn.done();
        long fromNs = System.nanoTime();
        String what =
            switch (round % 3) {
              case 0 -> {
                Kills.kill(active);
                yield "killed (exit 137)";
              }
              case 1 -> {
                active.pause();
                Pauses.awaitStill(active);
                yield "stood still (process state T)";
              }
              default -> {
                cluster.network().isolateFromPeers(active.id());
                yield "cut off";
              }
            };
        ClusterNode next = cluster.activeController();
        assertThat(next).as("active controller").isNotEqualTo(active);
        scene.awaitProgress();
        churn.awaitDone(done + 3);
        Await.elapsed(fromNs, Duration.ofSeconds(scene.of(4, 6, 8)));
        if (round % 3 == 2) {
          assertThat(cluster.network().heldFromPeers(active.id())).as("held").isPositive();
        }
        cluster.makeWhole();
        scene.awaitInSync();
        scene.proved(
            "%s, the active controller, %s; now it is %s, and %d changes were made meanwhile, the"
                + " longest pause between two was %d ms",
            active, what, next, churn.done() - done, churn.longestPause().toMillis());
      }
    }
    judge(cluster, churn);
    scene.proved("%d administrative changes", churn.done());
  }

  /** All brokers know the topics that were made, and those only. */
  private static void judge(Cluster cluster, TopicChurn churn) throws Exception {
    for (ClusterNode node : cluster.brokers()) {
      Await.until(
          node + " knows the topics " + churn.topics() + ", and perhaps " + churn.inDoubt(),
          LIMIT,
          () -> {
            Set<String> known =
                MetadataProbe.askOfAllTopics(node.directPort()).partitions().keySet().stream()
                    .map(partition -> partition.topic())
                    .filter(topic -> topic.startsWith(TopicChurn.PREFIX))
                    .collect(Collectors.toCollection(TreeSet::new));
            Set<String> missing = new HashSet<>(churn.topics());
            missing.removeAll(known);
            known.removeAll(churn.topics());
            known.removeAll(churn.inDoubt());
            return missing.isEmpty() && known.isEmpty();
          });
    }
    assertThat(churn.problems()).as("what went wrong for the administrator").isEqualTo(List.of());
  }
}
