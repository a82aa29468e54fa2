package io.ottla.compat.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.compat.Await;
import io.ottla.compat.cluster.Cluster;
import io.ottla.compat.cluster.ClusterNode;
import io.ottla.compat.member.GroupClients;
import java.time.Duration;

/** Plans in which members of groups come and go. */
final class GroupChurn {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final int MOST = 6;

  private GroupChurn() {}

  /** in three groups at once; now and then the coordinator of one of them is killed. */
  static void comeAndGo(Scene scene) throws Exception {
    Cluster cluster = scene.cluster();
    int came = 0;
    int went = 0;
    int rounds = scene.of(4, 10, 120);
    int killed = 0;
    cluster.awaitInSync("__consumer_offsets", 3);
    try (GroupClients clients = new GroupClients(cluster::bootstrapServers)) {
      for (int round = 0; round < rounds; round++) {
        for (GroupLoad group : scene.groups()) {
          if (group.size() < 2 || group.size() < MOST && scene.random().nextBoolean()) {
            group.join();
            came++;
          } else {
            group.leave(scene.random().nextInt(group.size()));
            went++;
          }
        }
        scene.last(Duration.ofSeconds(2));
        if (round % 8 == 2) {
          GroupLoad group = scene.groups().get(scene.random().nextInt(scene.groups().size()));
          ClusterNode coordinator =
              cluster.node(clients.describe(group.group()).coordinator().id());
          Kills.kill(coordinator);
          Await.until(
              "another one coordinates " + group.group(),
              LIMIT,
              () -> clients.describe(group.group()).coordinator().id() != coordinator.id());
          killed++;
          coordinator.start();
          scene.awaitInSync();
          cluster.awaitInSync("__consumer_offsets", 3);
          for (GroupLoad each : scene.groups()) {
            each.awaitProgress(100);
          }
        }
      }
    }
    for (GroupLoad group : scene.groups()) {
      group.awaitSettled();
    }
    assertThat(killed).isPositive();
    scene.proved(
        "%d members came, %d went, in three groups; %d coordinators killed (exit 137), others took"
            + " over",
        came, went, killed);
  }
}
