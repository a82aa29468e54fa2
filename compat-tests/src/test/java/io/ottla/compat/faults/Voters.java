package io.ottla.compat.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.ottla.compat.Await;
import io.ottla.compat.broker.BrokerKind;
import io.ottla.compat.cluster.Cluster;
import io.ottla.compat.cluster.ClusterNode;
import io.ottla.compat.cluster.DynamicVoters;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.config.ConfigResource;

/** Plans in which voters come and go. */
final class Voters {
  /** Between two snapshots, and then some. */
  private static final int CHANGES = 30_000;

  private static final int CHANGES_AT_ONCE = 300;
  private static final List<ConfigResource> TOPICS =
      IntStream.range(0, 10)
          .mapToObj(i -> new ConfigResource(ConfigResource.Type.TOPIC, "settings-" + i))
          .toList();
  private static final String SETTING = "leader.replication.throttled.replicas";
  private static final int MAX_LINES = 200;
  private static final Duration LIMIT = Duration.ofSeconds(60);

  private static final Pattern FIRST_INDEX = Pattern.compile("log_(?:inprogress_)?([0-9]+).*");

  private Voters() {}

  /**
   * from one voter to three, of which one is away for so many changes that nobody has what it
   * missed; then it is removed, restarted and added again.
   */
  static void comeAndGo(Scene scene) throws Exception {
    assumeTrue(BrokerKind.UNDER_TEST == BrokerKind.OTTLA, "needs Ottla's files");
    Cluster cluster = scene.cluster();
    DynamicVoters voters = new DynamicVoters(cluster);
    assertThat(voters.ids()).containsExactly(1);
    voters.add(cluster.node(2));
    voters.add(cluster.node(3));
    assertThat(voters.ids()).containsExactlyInAnyOrder(1, 2, 3);
    scene.awaitProgress();
    scene.proved("one voter became three");

    for (ConfigResource topic : TOPICS) {
      cluster.createTopic(topic.name(), 1);
    }
    ClusterNode away = drawFollower(scene);
    long missedFrom = voters.highWatermark();
    Kills.kill(away);
    scene.awaitProgress();
    changeSettings(scene);
    ClusterNode leader = cluster.activeController();
    long keptFrom = firstIndex(leader);
    assertThat(keptFrom)
        .as("first index that %s has; %s had all up to %d", leader, away, missedFrom)
        .isGreaterThan(missedFrom);
    Map<Integer, Long> said = cluster.outputPositions();
    away.start();
    scene.awaitInSync();
    scene.awaitProgress();
    for (ClusterNode node : cluster.nodes()) {
      assertThat(node.outputSince(said.get(node.id())))
          .as("what %s said while %s came back", node, away)
          .hasSizeLessThan(MAX_LINES);
    }
    scene.proved(
        "%s was killed (exit 137) at %,d, and came back by a snapshot: after %,d changes the log of"
            + " %s begins at %,d",
        away, missedFrom, CHANGES, leader, keptFrom);

    voters.remove(away);
    scene.awaitProgress();
    away.stop();
    away.start();
    voters.add(away);
    scene.awaitProgress();
    scene.proved("%s was removed, started again and added again", away);
  }

  private static ClusterNode drawFollower(Scene scene) throws Exception {
    List<ClusterNode> followers =
        scene.cluster().othersThan(scene.cluster().activeController().id());
    return followers.get(scene.random().nextInt(followers.size()));
  }

  /**
   * Each change takes a kilobyte of the log, so that files of it can go when there is a snapshot.
   */
  private static void changeSettings(Scene scene) throws Exception {
    String replicas =
        IntStream.range(0, 150).mapToObj(i -> i + ":" + i).collect(Collectors.joining(","));
    try (Admin admin = scene.cluster().admin()) {
      for (int done = 0; done < CHANGES; done += CHANGES_AT_ONCE) {
        List<KafkaFuture<Void>> some = new ArrayList<>();
        for (int i = done; i < done + CHANGES_AT_ONCE; i++) {
          ConfigResource topic = TOPICS.get(i % TOPICS.size());
          ConfigEntry entry = new ConfigEntry(SETTING, i + ":1," + replicas);
          some.add(
              admin
                  .incrementalAlterConfigs(
                      Map.of(topic, List.of(new AlterConfigOp(entry, AlterConfigOp.OpType.SET))))
                  .all());
        }
        KafkaFuture.allOf(some.toArray(KafkaFuture[]::new))
            .get(LIMIT.toSeconds(), TimeUnit.SECONDS);
      }
    }
  }

  /** The first index in the log of a voter, when it has let go of those of its snapshot. */
  private static long firstIndex(ClusterNode voter) throws Exception {
    List<Long> found = new ArrayList<>();
    Await.until(
        "the log of " + voter + " begins behind its beginning",
        LIMIT,
        () -> {
          found.add(oldestFile(voter));
          return found.getLast() > 0;
        });
    return found.getLast();
  }

  private static long oldestFile(ClusterNode voter) throws IOException {
    try (Stream<Path> files =
        Files.walk(voter.config().logDirectory().resolve(VoterFiles.METADATA))) {
      return files
          .map(file -> FIRST_INDEX.matcher(file.getFileName().toString()))
          .filter(Matcher::matches)
          .mapToLong(name -> Long.parseLong(name.group(1)))
          .min()
          .orElse(0);
    }
  }
}
