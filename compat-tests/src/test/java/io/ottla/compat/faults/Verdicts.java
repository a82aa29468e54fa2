package io.ottla.compat.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.compat.Await;
import io.ottla.compat.broker.BrokerKind;
import io.ottla.compat.broker.OttlaHome;
import io.ottla.compat.broker.Script;
import io.ottla.compat.cluster.Cluster;
import io.ottla.compat.cluster.ClusterNode;
import io.ottla.compat.cluster.LogEnds;
import io.ottla.compat.cluster.MetadataProbe;
import io.ottla.compat.cluster.MetadataProbe.Leadership;
import io.ottla.compat.cluster.ReplicaFiles;
import io.ottla.compat.faults.Cell.Trait;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.kafka.common.TopicPartition;

/**
 * What every cell ends with, whatever happened in it: histories are as promised, all groups have
 * read everything, replicas are equal byte by byte up to the high watermark, brokers are of one
 * mind, nothing went back meanwhile, all processes end well and have not complained, and their logs
 * are sound. All of it is looked at even if something is wrong. On the thread that plays the cell.
 */
final class Verdicts {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  private interface Check {
    void run() throws Exception;
  }

  private final Scene scene;
  private final Cluster cluster;
  private final List<Throwable> wrong = new ArrayList<>();

  Verdicts(Scene scene) {
    this.scene = scene;
    this.cluster = scene.cluster();
  }

  /** Fails with everything that is wrong. */
  void judge() throws InterruptedException {
    check("in sync", scene::awaitInSync);
    if (scene.queue() != null) {
      check("the queue", this::judgeQueue);
    }
    if (scene.transactions() != null) {
      check("transactions", () -> scene.transactions().orTell(scene.transactions()::finish));
    }
    if (scene.keys() != null) {
      check("the keys", scene.keys()::finish);
    }
    if (scene.watch() != null) {
      check("what went back", this::judgeWatch);
    }
    check("one mind", this::awaitOneMind);
    check("replicas", this::compareReplicas);
    check("the end of all nodes", cluster::stopAll);
    if (BrokerKind.UNDER_TEST == BrokerKind.OTTLA) {
      check("logs", this::verifyLogs);
    }
    if (!wrong.isEmpty()) {
      AssertionError failure =
          new AssertionError(
              "%s, with -Dfaults.seed=%d: %s"
                  .formatted(
                      scene.cell(),
                      scene.seed(),
                      String.join("\n", wrong.stream().map(Throwable::getMessage).toList())));
      wrong.forEach(failure::addSuppressed);
      throw failure;
    }
  }

  private void check(String what, Check check) throws InterruptedException {
    try {
      check.run();
      scene.tell("judged: " + what);
    } catch (InterruptedException e) {
      throw e;
    } catch (Exception | AssertionError e) {
      wrong.add(e);
    }
  }

  private void judgeQueue() throws Exception {
    Map<Integer, Long> ends = scene.queue().finish();
    if (!scene.cell().traits().contains(Trait.WRITES_MAY_FAIL)) {
      assertThat(scene.queue().failuresOfThePatient()).as("failed writes").isEmpty();
    }
    for (GroupLoad group : scene.groups()) {
      group.finish(ends);
    }
  }

  private void judgeWatch() {
    scene.watch().close();
    assertThat(scene.watch().samples()).as("answers that were watched").isPositive();
    assertThat(scene.watch().wentBack()).as("ends that went back").isEmpty();
  }

  private void awaitOneMind() throws Exception {
    Await.until(
        "all brokers say the same of all topics",
        LIMIT,
        () ->
            cluster.brokers().stream()
                    .map(node -> MetadataProbe.askOfAllTopics(node.directPort()))
                    .distinct()
                    .count()
                == 1);
  }

  /**
   * Of all topics there are, those of the brokers' own included; but for the compacted one, whose
   * replicas are cleaned at different times, and were all read by {@link KeyLoad#finish}.
   */
  private void compareReplicas() throws Exception {
    Map<TopicPartition, Leadership> all =
        new TreeMap<>(
            (a, b) -> {
              int byTopic = a.topic().compareTo(b.topic());
              return byTopic != 0 ? byTopic : Integer.compare(a.partition(), b.partition());
            });
    all.putAll(
        MetadataProbe.askOfAllTopics(cluster.brokers().getFirst().directPort()).partitions());
    assertThat(all).as("partitions").isNotEmpty();
    all.keySet().removeIf(partition -> partition.topic().equals(KeyLoad.TOPIC));
    Map<TopicPartition, Long> ends = LogEnds.of(cluster, all.keySet());
    for (Map.Entry<TopicPartition, Leadership> each : all.entrySet()) {
      List<ClusterNode> nodes = each.getValue().isr().stream().map(cluster::node).toList();
      TopicPartition partition = each.getKey();
      ReplicaFiles.awaitEqual(nodes, partition.topic(), partition.partition(), ends.get(partition));
    }
  }

  /** With the tool that ships with the brokers, when they have stopped. */
  private void verifyLogs() throws Exception {
    for (ClusterNode node : cluster.brokers()) {
      List<String> command =
          Stream.concat(
                  Stream.of(OttlaHome.logScript().toString(), "verify"),
                  node.config().logDirectories().stream().map(Object::toString))
              .toList();
      Script.run(node.config().directory(), Map.of(), command.toArray(String[]::new))
          .expectSuccess();
    }
  }
}
