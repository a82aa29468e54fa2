package io.ottla.metadata.controller;

import static io.ottla.metadata.controller.ControllerFixture.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.metadata.image.BrokerImage;
import io.ottla.metadata.image.ConfigResource;
import io.ottla.metadata.image.ImageSnapshot;
import io.ottla.metadata.image.LeaderRecoveryState;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.metadata.image.MetadataPublication;
import io.ottla.metadata.image.NodeIds;
import io.ottla.metadata.image.PartitionImage;
import io.ottla.metadata.image.TopicImage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.Uuid;
import io.ottla.wire.message.BrokerHeartbeatRequest;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;

/**
 * Brokers that come, crash, stop, hang and move at random under the real controller. Each broker
 * holds so many records of each partition; a leader acknowledges what all in sync hold, where
 * enough are; a crash takes any number of a broker's last records. Whoever is elected cleanly has
 * to hold all that was acknowledged.
 */
class ControllerSimulationTest {

  private static final int BROKERS = 5;
  private static final int STEPS = 400;

  private record Copy(int broker, Uuid topicId, int partition) {}

  private record Id(Uuid topicId, int partition) {}

  private Random random;
  private Cluster cluster;
  private ClusterInvariants invariants;
  private boolean eligibleLeaders;

  /** Brokers whose processes run, and do not hang. */
  private final Set<Integer> up = new HashSet<>();

  /** The epoch under which a stopped broker stopped cleanly; -1 after a crash. */
  private final Map<Integer, Long> stoppedAt = new HashMap<>();

  /** Brokers with a log directory that has failed: they do not stop cleanly. */
  private final Set<Integer> failed = new HashSet<>();

  /** What was in those directories: it does not serve before its broker is restarted. */
  private final Set<Copy> gone = new HashSet<>();

  private final Map<Copy, Integer> held = new HashMap<>();
  private final Map<Id, Integer> acknowledged = new HashMap<>();
  private final Map<Id, PartitionImage> seen = new HashMap<>();
  private int topics;

  @RepeatedTest(40)
  void losesNothingAndBreaksNoRule(RepetitionInfo repetition) throws IOException {
    long seed = System.nanoTime();
    System.out.println("ControllerSimulationTest seed " + seed);
    random = new Random(seed);
    Cluster.Options options = new Cluster.Options();
    options.seed = seed;
    options.minInsyncReplicas = 1 + random.nextInt(2);
    eligibleLeaders = repetition.getCurrentRepetition() % 6 != 0;
    if (!eligibleLeaders) {
      options.features = FeatureCatalog.firstLevels((short) 25);
    }
    cluster = new Cluster(options);
    invariants = new ClusterInvariants();
    for (int id = 1; id <= BROKERS; id++) {
      begin(id, -1);
    }
    for (int i = 0; i < STEPS; i++) {
      step();
      follow();
      invariants.check(cluster.image());
      beatAll();
      follow();
      invariants.check(cluster.image());
    }
    checkReplay();
    checkSnapshot();
  }

  private void step() {
    int id = 1 + random.nextInt(BROKERS);
    switch (random.nextInt(25)) {
      case 0, 1 -> createTopic();
      case 2, 3 -> {
        if (up.contains(id)) {
          crash(id);
        }
      }
      case 4 -> {
        if (up.contains(id)) {
          stop(id);
        }
      }
      case 5, 6, 7 -> {
        if (!up.contains(id)) {
          begin(id, stoppedAt.get(id));
        }
      }
      case 8, 9 -> pass(1 + random.nextInt(12));
      case 10, 11 -> changeIsr(false);
      case 12, 13, 14 -> changeIsr(true);
      case 15 -> reassign();
      case 16 -> cluster.elect(false, null);
      case 17 -> configure();
      case 18 -> {
        cluster.quorum.resign();
        cluster.quorum.lead();
      }
      case 19 -> {
        if (!up.contains(id) && cluster.broker(id) != null && random.nextInt(4) == 0) {
          cluster.unregister(id);
        }
      }
      case 20 -> {
        if (random.nextInt(5) == 0) {
          cluster.elect(true, null);
        }
      }
      case 21, 22 -> loseDirectory();
      case 23 -> serveAgain();
      default -> write();
    }
    write();
  }

  private void begin(int id, long previousEpoch) {
    long epoch = cluster.register(Cluster.registration(id, previousEpoch)).brokerEpoch();
    assertThat(epoch).isPositive();
    up.add(id);
    failed.remove(id);
    gone.removeIf(copy -> copy.broker() == id);
    stoppedAt.put(id, -1L);
  }

  /** The process is gone and with it the end of its logs; nobody has told the controller. */
  private void crash(int id) {
    up.remove(id);
    stoppedAt.put(id, -1L);
    held.replaceAll((copy, records) -> copy.broker() == id ? random.nextInt(records + 1) : records);
  }

  private void stop(int id) {
    for (int i = 0; i < 10; i++) {
      if (cluster.beat(cluster.heartbeat(id).wantShutDown(true)).shouldShutDown()) {
        break;
      }
      follow();
      write();
      for (int other : up) {
        if (other != id) {
          cluster.beat(other);
        }
      }
    }
    // Where others hang, it stops without leave in the end, but with its logs flushed.
    stoppedAt.put(id, failed.contains(id) ? -1 : cluster.broker(id).epoch());
    up.remove(id);
  }

  /** A log directory of a broker is full, or has failed: then what was in it is gone. */
  private void loseDirectory() {
    TopicImage topic = topic();
    if (topic == null) {
      return;
    }
    int number = random.nextInt(topic.partitionCount());
    NodeIds replicas = topic.partition(number).replicas();
    int id = replicas.at(random.nextInt(replicas.size()));
    if (!up.contains(id)) {
      return;
    }
    assertThat(cluster.lose(id, topic.name(), number)).isEqualTo(ErrorCode.NONE);
    if (random.nextBoolean()) {
      failed.add(id);
      held.remove(new Copy(id, topic.id(), number));
      gone.add(new Copy(id, topic.id(), number));
    }
  }

  private void serveAgain() {
    TopicImage topic = topic();
    if (topic == null) {
      return;
    }
    int number = random.nextInt(topic.partitionCount());
    for (int id : topic.partition(number).lost().asList()) {
      if (up.contains(id) && !gone.contains(new Copy(id, topic.id(), number))) {
        assertThat(cluster.serve(id, topic.name(), number)).isEqualTo(ErrorCode.NONE);
      }
    }
  }

  private void pass(int seconds) {
    for (int i = 0; i < seconds; i++) {
      cluster.shard.passMs(1_000);
      beatAll();
      follow();
    }
  }

  private void beatAll() {
    for (int id : up) {
      BrokerHeartbeatRequest beat = cluster.heartbeat(id);
      if (random.nextInt(8) == 0) {
        beat.currentMetadataOffset(beat.currentMetadataOffset() - random.nextInt(5));
      }
      cluster.beat(beat);
      follow();
    }
  }

  private void createTopic() {
    if (topics >= 12) {
      return;
    }
    int minInsyncReplicas = random.nextInt(4);
    Map<String, String> configs =
        minInsyncReplicas == 0
            ? Map.of()
            : Map.of("min.insync.replicas", Integer.toString(minInsyncReplicas));
    var _ =
        get(
            cluster.controller.createTopics(
                List.of(
                    new NewTopic(
                        "topic-" + topics++,
                        1 + random.nextInt(3),
                        1 + random.nextInt(4),
                        List.of(),
                        configs)),
                false));
  }

  private TopicImage topic() {
    int at = random.nextInt(Math.max(1, cluster.image().topicCount()));
    for (TopicImage topic : cluster.image().topics()) {
      if (at-- == 0) {
        return topic;
      }
    }
    return null;
  }

  /** A leader drops a follower, or takes one that has caught up. */
  private void changeIsr(boolean grows) {
    TopicImage topic = topic();
    if (topic == null) {
      return;
    }
    int number = random.nextInt(topic.partitionCount());
    PartitionImage now = topic.partition(number);
    if (!up.contains(now.leader())) {
      return;
    }
    int other = now.replicas().at(random.nextInt(now.replicas().size()));
    if (other == now.leader()) {
      return;
    }
    NodeIds isr = grows ? now.isr().with(other) : now.isr().without(other);
    if (grows && up.contains(other)) {
      held.put(
          new Copy(other, topic.id(), number),
          held.getOrDefault(new Copy(now.leader(), topic.id(), number), 0));
    } else if (grows) {
      return;
    }
    var _ =
        cluster.alterIsr(
            topic.name(), number, isr.asList().stream().mapToInt(Integer::intValue).toArray());
  }

  private void reassign() {
    TopicImage topic = topic();
    if (topic == null) {
      return;
    }
    int number = random.nextInt(topic.partitionCount());
    if (random.nextInt(3) == 0) {
      var _ = cluster.reassign(topic.name(), number, null);
      return;
    }
    List<Integer> ids = new ArrayList<>(List.of(1, 2, 3, 4, 5));
    Collections.shuffle(ids, random);
    var _ = cluster.reassign(topic.name(), number, ids.subList(0, 1 + random.nextInt(4)));
  }

  private void configure() {
    TopicImage topic = topic();
    if (topic != null) {
      cluster.configure(
          random.nextInt(5) == 0
              ? ConfigResource.defaultBroker()
              : ConfigResource.topic(topic.name()),
          "min.insync.replicas",
          Integer.toString(1 + random.nextInt(3)));
    }
  }

  /** Every leader that runs appends a record; it is acknowledged where enough are in sync. */
  private void write() {
    MetadataImage image = cluster.image();
    for (TopicImage topic : image.topics()) {
      for (int i = 0; i < topic.partitionCount(); i++) {
        PartitionImage now = topic.partition(i);
        if (!now.hasLeader() || !up.containsAll(now.isr().asList())) {
          continue;
        }
        int needed =
            Math.min(ClusterInvariants.minInsyncReplicas(image, topic), now.replicas().size());
        int records = held.getOrDefault(new Copy(now.leader(), topic.id(), i), 0) + 1;
        for (int id : now.isr().asList()) {
          held.put(new Copy(id, topic.id(), i), records);
        }
        if (now.isr().size() >= needed || !eligibleLeaders) {
          acknowledged.put(new Id(topic.id(), i), records);
        }
      }
    }
  }

  /** What leaders hear: who is new checks what it holds; followers truncate to their leader. */
  private void follow() {
    for (TopicImage topic : cluster.image().topics()) {
      for (int i = 0; i < topic.partitionCount(); i++) {
        Id id = new Id(topic.id(), i);
        PartitionImage now = topic.partition(i);
        PartitionImage before = seen.put(id, now);
        // One that is down, which nobody knows yet, does not act; it comes back as somebody else.
        if (!up.contains(now.leader())
            || (before != null && before.leaderEpoch() == now.leaderEpoch())) {
          continue;
        }
        int records = held.getOrDefault(new Copy(now.leader(), topic.id(), i), 0);
        int needed = acknowledged.getOrDefault(id, 0);
        if (now.recovery() == LeaderRecoveryState.RECOVERED && eligibleLeaders) {
          assertThat(records)
              .as("%s-%s: records of the leader, from %s to %s", topic.name(), i, before, now)
              .isGreaterThanOrEqualTo(needed);
        }
        acknowledged.put(id, Math.min(records, needed));
        for (int replica : now.isr().asList()) {
          if (up.contains(replica)) {
            held.put(new Copy(replica, topic.id(), i), records);
          }
        }
        if (now.recovery() == LeaderRecoveryState.RECOVERING) {
          var _ = cluster.alterIsr(topic.name(), i, now.leader());
          seen.put(id, cluster.partition(topic.name(), i));
        }
      }
    }
  }

  private void checkReplay() {
    ControllerStateMachine other =
        new ControllerStateMachine(
            "cluster",
            new MetadataPublication(
                MetadataImage.empty("cluster"),
                task -> {},
                failure -> {
                  throw new AssertionError(failure);
                }));
    for (DirectQuorum.Entry entry : cluster.quorum.log()) {
      other.apply(entry.index(), entry.term(), entry.command());
    }
    assertThat(other.image().hash()).isEqualTo(cluster.image().hash());
    assertThat(other.image().offset()).isEqualTo(cluster.image().offset());
    MetadataImage told = MetadataImage.empty("cluster");
    for (var delta : cluster.deltas) {
      told = told.with(delta);
    }
    assertThat(told.hash()).isEqualTo(cluster.image().hash());
  }

  private void checkSnapshot() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ImageSnapshot.write(cluster.image(), out);
    MetadataImage read = ImageSnapshot.read(new ByteArrayInputStream(out.toByteArray()), "cluster");
    assertThat(read.hash()).isEqualTo(cluster.image().hash());
    for (BrokerImage broker : read.brokers().values()) {
      assertThat(broker).isEqualTo(cluster.broker(broker.id()));
    }
  }
}
