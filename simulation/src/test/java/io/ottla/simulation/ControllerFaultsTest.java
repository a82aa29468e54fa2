package io.ottla.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.metadata.controller.ConfigOperation;
import io.ottla.metadata.controller.Controller;
import io.ottla.metadata.controller.FeatureCatalog;
import io.ottla.metadata.controller.NewTopic;
import io.ottla.metadata.image.ConfigResource;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.metadata.image.TopicImage;
import io.ottla.simulation.ControllerNodes.Node;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.Uuid;
import io.ottla.wire.message.AllocateProducerIdsRequest;
import io.ottla.wire.message.BrokerHeartbeatRequest;
import io.ottla.wire.message.BrokerRegistrationRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

/**
 * Controllers that crash, hang, are cut off, stop and lead in turn, under requests of clients and
 * brokers: nothing that was answered is lost, and all know the same in the end.
 */
class ControllerFaultsTest {

  private static final long FAULTS_MS = 40_000;
  private static final int BROKERS = 3;

  /** One history from one seed. */
  private static final class Run {

    final ControllerNodes cluster;
    final Random random;
    final Map<String, Uuid> created = new TreeMap<>();
    final TreeSet<String> deleting = new TreeSet<>();
    final TreeSet<String> deleted = new TreeSet<>();
    final Map<String, String> configured = new TreeMap<>();
    final List<Long> blocks = new ArrayList<>();
    final Map<Integer, Long> epochs = new TreeMap<>();
    final Map<String, Integer> faults = new TreeMap<>();
    int asked;
    int failed;
    private boolean working = true;

    Run(long seed) {
      this(seed, QuorumPace.USUAL.withSnapshotEvery(20 + (int) Math.floorMod(seed, 7) * 15));
    }

    Run(long seed, QuorumPace pace) {
      int[] voters = {3, 3, 5, 1};
      cluster = new ControllerNodes(seed, voters[(int) Math.floorMod(seed, 4)], pace);
      random = cluster.timeline.random();
    }

    Run begin() {
      for (int id = 1; id <= BROKERS; id++) {
        beat(id);
      }
      work();
      disturb();
      return this;
    }

    private void passMs(long ms) {
      cluster.timeline.runUntilNs(cluster.timeline.nowNs() + TimeUnit.MILLISECONDS.toNanos(ms));
    }

    /** Some node that says it leads. */
    private Controller active() {
      List<Node> active =
          cluster.nodes.values().stream()
              .filter(node -> node.controller.isActive() && cluster.network.running(node.id))
              .toList();
      return active.isEmpty() ? null : active.get(random.nextInt(active.size())).controller;
    }

    private void work() {
      if (!working) {
        return;
      }
      Controller controller = active();
      if (controller != null) {
        asked++;
        int n = asked;
        switch (random.nextInt(6)) {
          case 0, 1, 2 -> create(controller, "topic-" + n);
          case 3 -> delete(controller);
          case 4 -> configure(controller, "group-" + n, "v" + n);
          default -> allocate(controller);
        }
      }
      cluster.timeline.afterMs(1 + random.nextInt(60), "asks", this::work);
    }

    private void create(Controller controller, String name) {
      var _ =
          controller
              .createTopics(
                  List.of(new NewTopic(name, 1 + random.nextInt(4), -1, List.of(), Map.of())),
                  false)
              .whenComplete(
                  (results, failure) -> {
                    if (failure == null && results.getFirst().error() == ErrorCode.NONE) {
                      created.put(name, results.getFirst().topicId());
                    } else {
                      failed++;
                    }
                  });
    }

    private void delete(Controller controller) {
      List<String> names = created.keySet().stream().filter(n -> !deleting.contains(n)).toList();
      if (names.size() < 3) {
        return;
      }
      String name = names.get(random.nextInt(names.size()));
      deleting.add(name);
      var _ =
          controller
              .deleteTopics(List.of(created.get(name)))
              .whenComplete(
                  (results, failure) -> {
                    if (failure == null && results.getFirst().isDone()) {
                      deleted.add(name);
                    } else {
                      failed++;
                    }
                  });
    }

    private void configure(Controller controller, String group, String value) {
      ConfigResource resource = new ConfigResource(ConfigResource.Type.GROUP, group);
      var _ =
          controller
              .incrementalAlterConfigs(
                  Map.of(
                      resource, List.of(new ConfigOperation(ConfigOperation.Type.SET, "k", value))),
                  false)
              .whenComplete(
                  (results, failure) -> {
                    if (failure == null && results.get(resource).isDone()) {
                      configured.put(group, value);
                    } else {
                      failed++;
                    }
                  });
    }

    private void allocate(Controller controller) {
      Long epoch = epochs.get(1);
      if (epoch == null) {
        return;
      }
      var _ =
          controller
              .allocateProducerIds(new AllocateProducerIdsRequest().brokerId(1).brokerEpoch(epoch))
              .whenComplete(
                  (response, failure) -> {
                    if (failure == null && response.errorCode() == 0) {
                      blocks.add(response.producerIdStart());
                    } else {
                      failed++;
                    }
                  });
    }

    private void beat(int id) {
      Controller controller = active();
      if (controller != null) {
        if (epochs.containsKey(id)) {
          heartbeat(controller, id);
        } else {
          register(controller, id);
        }
      }
      cluster.timeline.afterMs(500 + random.nextInt(200), "beats", () -> beat(id));
    }

    private void heartbeat(Controller controller, int id) {
      var _ =
          controller
              .heartbeat(
                  new BrokerHeartbeatRequest()
                      .brokerId(id)
                      .brokerEpoch(epochs.get(id))
                      .currentMetadataOffset(Long.MAX_VALUE))
              .whenComplete(
                  (response, failure) -> {
                    if (failure == null
                        && ErrorCode.forCode(response.errorCode())
                            == ErrorCode.STALE_BROKER_EPOCH) {
                      epochs.remove(id);
                    }
                  });
    }

    private void register(Controller controller, int id) {
      List<BrokerRegistrationRequest.Feature> features =
          FeatureCatalog.supportedLevels().entrySet().stream()
              .map(
                  feature ->
                      new BrokerRegistrationRequest.Feature()
                          .name(feature.getKey())
                          .minSupportedVersion(feature.getValue().min())
                          .maxSupportedVersion(feature.getValue().max()))
              .toList();
      var _ =
          controller
              .registerBroker(
                  new BrokerRegistrationRequest()
                      .brokerId(id)
                      .clusterId(ControllerNodes.CLUSTER)
                      .incarnationId(new Uuid(6, id))
                      .listeners(
                          List.of(
                              new BrokerRegistrationRequest.Listener()
                                  .name("PLAINTEXT")
                                  .host("broker-" + id)
                                  .port(9092)))
                      .features(features)
                      .logDirs(List.of(new Uuid(7, id)))
                      .previousBrokerEpoch(-1))
              .whenComplete(
                  (response, failure) -> {
                    if (failure == null && response.errorCode() == 0) {
                      epochs.put(id, response.brokerEpoch());
                    }
                  });
    }

    private void disturb() {
      if (!working) {
        return;
      }
      int id = 1 + random.nextInt(cluster.voters);
      long backMs = 50L + random.nextInt(random.nextInt(4) == 0 ? 8_000 : 1_500);
      Node node = cluster.nodes.get(id);
      switch (random.nextInt(8)) {
        case 0, 1 -> {
          if (node != null) {
            count("crash");
            node.crash();
            cluster.timeline.afterMs(backMs, "comes back", () -> back(id));
          }
        }
        case 2 -> {
          count("pause");
          cluster.network.pause(id);
          cluster.timeline.afterMs(backMs, "goes on", () -> cluster.network.resume(id));
        }
        case 3, 4 -> {
          int other = 1 + random.nextInt(cluster.voters);
          count("cut");
          cut(id, other, backMs);
          if (random.nextBoolean()) {
            cut(other, id, backMs);
          }
        }
        case 5 -> {
          count("isolate");
          for (int other = 1; other <= cluster.voters; other++) {
            cut(id, other, backMs);
            cut(other, id, backMs);
          }
        }
        case 6 -> {
          count("shake");
          cluster.quorum.shake();
        }
        default -> {
          if (node != null && cluster.network.running(id)) {
            count("stop");
            var _ = node.handOver().thenRun(() -> stop(node, backMs));
          }
        }
      }
      cluster.timeline.afterMs(50 + random.nextInt(1_500), "something happens", this::disturb);
    }

    private void stop(Node node, long backMs) {
      if (cluster.nodes.get(node.id) == node) {
        node.close();
        cluster.timeline.afterMs(backMs, "comes back", () -> back(node.id));
      }
    }

    private void cut(int from, int to, long backMs) {
      cluster.network.cut(from, to);
      cluster.timeline.afterMs(backMs, "heals", () -> cluster.network.join(from, to));
    }

    private void back(int id) {
      if (!cluster.nodes.containsKey(id)) {
        cluster.start(id);
      }
    }

    private void count(String fault) {
      faults.merge(fault, 1, Integer::sum);
    }

    void heal() {
      working = false;
      cluster.network.heal();
      for (int id = 1; id <= cluster.voters; id++) {
        cluster.network.resume(id);
        back(id);
      }
      passMs(20_000);
    }

    void check() {
      assertThat(cluster.failures).isEmpty();
      assertThat(cluster.quorum.violation()).isNull();
      assertThat(cluster.invariants.violation()).isNull();
      assertThat(cluster.quorum.leader()).as("somebody leads").isPositive();
      assertThat(cluster.quorum.isCaughtUp()).isTrue();
      MetadataImage image = cluster.nodes.get(1).image();
      for (Node node : cluster.nodes.values()) {
        assertThat(node.image().hash()).isEqualTo(image.hash());
        assertThat(node.publication.published().offset()).isEqualTo(image.offset());
      }
      assertThat(cluster.followed().offset()).isEqualTo(image.offset());
      assertThat(cluster.followed().hash()).isEqualTo(image.hash());
      created.forEach(
          (name, id) -> {
            TopicImage topic = image.topic(name);
            if (deleted.contains(name)) {
              assertThat(topic).as("deleted %s", name).isNull();
            } else if (!deleting.contains(name)) {
              assertThat(topic).as("created %s", name).isNotNull();
              assertThat(topic.id()).isEqualTo(id);
            }
          });
      configured.forEach(
          (group, value) ->
              assertThat(
                      image.configs(new ConfigResource(ConfigResource.Type.GROUP, group)).get("k"))
                  .isEqualTo(value));
      assertThat(image.features()).as("levels of a new cluster").isEqualTo(levels());
      assertThat(blocks).doesNotHaveDuplicates();
      assertThat(blocks).allMatch(block -> block < image.nextProducerId());
    }

    private static Map<String, Short> levels() {
      Map<String, Short> levels = new TreeMap<>(FeatureCatalog.firstLevels());
      levels.values().removeIf(level -> level == 0);
      return levels;
    }

    Run whole() {
      begin();
      passMs(FAULTS_MS);
      heal();
      check();
      return this;
    }
  }

  @RepeatedTest(40)
  void nothingThatWasAnsweredIsLost(RepetitionInfo repetition) {
    long seed = System.nanoTime() * 4 + repetition.getCurrentRepetition();
    System.out.println("ControllerFaultsTest seed " + seed);
    Run run = new Run(seed).whole();
    assertThat(run.created).isNotEmpty();
  }

  /** A leader whose own first commands fail has to try again: nobody else does it for it. */
  @RepeatedTest(8)
  void aNewClusterBeginsThoughMuchIsRefused(RepetitionInfo repetition) {
    Run run = new Run(repetition.getCurrentRepetition(), QuorumPace.SMOOTH.withFailures(0.4, 0.3));
    run.working = false;
    run.passMs(20_000);
    run.check();
  }

  @Test
  void oneSeedMakesOneHistory() {
    for (long seed : new long[] {12, 13, 14}) {
      Run first = new Run(seed).whole();
      Run second = new Run(seed).whole();
      assertThat(second.cluster.timeline.hash()).isEqualTo(first.cluster.timeline.hash());
      assertThat(second.cluster.timeline.happened()).isEqualTo(first.cluster.timeline.happened());
      assertThat(second.cluster.nodes.get(1).image().hash())
          .isEqualTo(first.cluster.nodes.get(1).image().hash());
    }
    assertThat(new Run(12).whole().cluster.timeline.hash())
        .isNotEqualTo(new Run(16).whole().cluster.timeline.hash());
  }

  @Test
  void whatShallGoWrongDoes() {
    int failed = 0;
    int leaders = 0;
    int restores = 0;
    int replaced = 0;
    int answered = 0;
    Map<String, Integer> faults = new TreeMap<>();
    for (long seed = 0; seed < 8; seed++) {
      Run run = new Run(seed).whole();
      failed += run.failed;
      leaders += run.cluster.quorum.leaders().size();
      restores += run.cluster.quorum.restores();
      replaced += run.cluster.replaced();
      answered += run.created.size() + run.configured.size() + run.blocks.size();
      run.faults.forEach((fault, times) -> faults.merge(fault, times, Integer::sum));
    }
    System.out.printf(
        "failed %d, answered %d, leaders %d, restores %d, replaced %d, %s%n",
        failed, answered, leaders, restores, replaced, faults);
    assertThat(failed).isGreaterThan(20);
    assertThat(answered).isGreaterThan(1_000);
    assertThat(leaders).isGreaterThan(50);
    assertThat(restores).isGreaterThan(20);
    assertThat(replaced).isPositive();
    assertThat(faults).hasSize(6);
  }
}
