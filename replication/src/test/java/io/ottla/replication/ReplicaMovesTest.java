package io.ottla.replication;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.log.LogConfig;
import io.ottla.log.LogDirectory;
import io.ottla.log.MemoryFileSystem.Killed;
import io.ottla.metadata.image.NodeIds;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Replicas that go to another directory of their broker (KIP-113). */
class ReplicaMovesTest {

  private TestCluster cluster = new TestCluster(1, 1);
  private TestBroker broker = cluster.broker(1);
  private int produced;

  private void start(NodeIds... replicas) {
    for (int id = 1; id <= 3; id++) {
      cluster.broker(id).directoryCount = 2;
    }
    cluster.settings =
        Replicas.settings(
            LogConfig.defaults()
                .withSegmentBytes(1_000)
                .withIndex(200, 1_000)
                .withFileDeleteDelayMs(0),
            1);
    cluster.start(1, 2, 3);
    cluster.controller.createTopic(1, replicas);
    cluster.run(50);
  }

  private void produce(int count) {
    for (int i = 0; i < count; i++) {
      String value = "value-" + produced++;
      cluster.until(() -> cluster.produce(0, value));
      cluster.run(2);
    }
  }

  private int here() {
    return broker.directoryOf(0);
  }

  private void untilMoved() {
    cluster.until(() -> !broker.isMoving());
  }

  private LogDirectory directory(int number) {
    return broker.logDirectories().all().get(number).directory();
  }

  private static List<String> logs(List<String> names) {
    return names.stream().filter(name -> name.startsWith(TestController.TOPIC)).sorted().toList();
  }

  /** The replica is in the directory, whole, and in no other. */
  private void checkIsIn(int directory) {
    assertThat(here()).isEqualTo(directory);
    cluster.run(50);
    for (int i = 0; i < 2; i++) {
      directory(i).deleteDue(Long.MAX_VALUE);
      assertThat(logs(broker.names(i)))
          .isEqualTo(i == directory ? List.of(TestController.TOPIC + "-0") : List.of());
    }
    cluster.checkAcked();
    assertThat(broker.partition(0).view().logEndOffset()).isGreaterThanOrEqualTo(produced);
  }

  @Test
  void aReplicaIsMovedWhileRecordsAreProduced() {
    start(NodeIds.of(1));
    produce(30);
    int from = here();
    broker.moves = false;
    broker.move(0, 1 - from);
    assertThat(directory(1 - from).isFuture(broker.partition(0).topicPartition())).isTrue();
    assertThat(logs(broker.names(1 - from))).allMatch(name -> name.endsWith("-future"));
    for (int i = 0; broker.moveOn(); i++) {
      assertThat(i).as("steps of a move").isLessThan(100);
      assertThat(cluster.produce(0, "value-" + produced++)).isTrue();
    }
    assertThat(directory(1 - from).isFuture(broker.partition(0).topicPartition())).isFalse();
    produce(10);
    assertThat(cluster.acked).hasSize(produced);
    checkIsIn(1 - from);
    List<String> lines = broker.lines(0, produced);
    broker.stop();
    broker.start(true);
    cluster.until(() -> broker.partition(0).role().isLeader());
    assertThat(broker.lines(0, produced)).isEqualTo(lines);
    produce(1);
    checkIsIn(1 - from);
  }

  @Test
  void whoWaitsForTheDiskOrForRecordsIsToldAfterTheMove() {
    start(NodeIds.of(1, 2, 3));
    cluster.network.cut(1, 2);
    cluster.network.cut(1, 3);
    assertThat(cluster.produceTo(broker, 0, "waits")).isTrue();
    broker.move(0, 1 - here());
    untilMoved();
    assertThat(cluster.acked).isEmpty();
    cluster.network.heal();
    cluster.until(() -> cluster.ackedValues().contains("waits"));
    cluster.until(() -> cluster.isEqual(0));
  }

  @Test
  void aFollowerIsCutWhileItIsMoved() {
    start(NodeIds.of(2, 1, 3));
    produce(10);
    cluster.until(() -> cluster.isEqual(0));
    broker.moves = false;
    int from = here();
    broker.move(0, 1 - from);
    // What nobody else has is copied, too, and has to go.
    cluster.controller.elect(0, 1);
    cluster.until(() -> broker.partition(0).role().isLeader());
    cluster.network.cut(1, 2);
    cluster.network.cut(1, 3);
    cluster.network.cut(1, TestNetwork.CONTROLLER);
    for (int i = 0; i < 12; i++) {
      assertThat(cluster.produceTo(broker, 0, "nobody-else-has-" + i)).isTrue();
    }
    for (int i = 0; i < 30; i++) {
      broker.moveOn();
      if (broker.isMoving()) {
        assertThat(cluster.produceTo(broker, 0, "nor-this-" + i)).isTrue();
      }
      if (i == 6) {
        break;
      }
    }
    assertThat(broker.isMoving()).isTrue();
    cluster.controller.fence(1);
    cluster.until(() -> cluster.controller.partition(0).leader() > 1);
    cluster.network.heal();
    cluster.controller.unfence(1);
    produce(10);
    cluster.until(() -> cluster.isEqual(0));
    broker.moves = true;
    untilMoved();
    produce(5);
    cluster.until(() -> cluster.isEqual(0));
    assertThat(here()).isEqualTo(1 - from);
    cluster.checkAcked();
  }

  @Test
  void theTargetIsChangedOrTheMoveTakenBack() {
    for (int id = 1; id <= 3; id++) {
      cluster.broker(id).directoryCount = 3;
    }
    cluster.start(1, 2, 3);
    cluster.controller.createTopic(1, NodeIds.of(1));
    cluster.run(50);
    produce(20);
    broker.moves = false;
    int from = here();
    int second = (from + 1) % 3;
    int third = (from + 2) % 3;
    broker.move(0, second);
    broker.moveOn();
    broker.move(0, third);
    broker.moveOn();
    assertThat(logs(broker.names(second))).allMatch(name -> name.endsWith("-delete"));
    broker.move(0, from);
    assertThat(broker.isMoving()).isFalse();
    assertThat(logs(broker.names(third))).allMatch(name -> name.endsWith("-delete"));
    assertThat(here()).isEqualTo(from);
    broker.moves = true;
    broker.move(0, third);
    untilMoved();
    broker.move(0, third);
    assertThat(broker.isMoving()).isFalse();
    assertThat(here()).isEqualTo(third);
    cluster.checkAcked();
  }

  @Test
  void aTopicThatIsDeletedMeanwhileLeavesNothing() {
    start(NodeIds.of(1));
    produce(20);
    broker.moves = false;
    broker.move(0, 1 - here());
    broker.moveOn();
    cluster.controller.recreateTopic(NodeIds.of(1));
    cluster.run(50);
    assertThat(broker.isMoving()).isFalse();
    cluster.acked.clear();
    produced = 0;
    produce(3);
    checkIsIn(here());
  }

  @Test
  void aTargetThatFailsIsGivenUpAndTheReplicaStays() {
    start(NodeIds.of(1));
    produce(20);
    int from = here();
    broker.moves = false;
    broker.move(0, 1 - from);
    broker.moveOn();
    broker.disk().setFailed(TestBroker.path(1 - from), true);
    broker.moves = true;
    untilMoved();
    assertThat(broker.logDirectories().isFailed(broker.logDirectories().all().get(1 - from)))
        .isTrue();
    produce(5);
    assertThat(here()).isEqualTo(from);
    cluster.checkAcked();
  }

  @Test
  void aTargetThatIsFullIsWaitedFor() {
    start(NodeIds.of(1));
    produce(20);
    int from = here();
    broker.moves = false;
    broker.move(0, 1 - from);
    broker.moveOn();
    broker.disk().setFull(TestBroker.path(1 - from), true);
    broker.logDirectories().checkSpace();
    broker.moves = true;
    cluster.run(3_000);
    assertThat(broker.isMoving()).isTrue();
    broker.disk().setFull(TestBroker.path(1 - from), false);
    broker.logDirectories().checkSpace();
    untilMoved();
    checkIsIn(1 - from);
  }

  @Test
  void aReplicaIsMovedOutOfAFullDirectoryAndServesAgain() {
    start(NodeIds.of(1, 2, 3));
    produce(10);
    int from = here();
    broker.disk().setFull(TestBroker.path(from), true);
    broker.logDirectories().checkSpace();
    cluster.until(() -> cluster.controller.partition(0).lost().contains(1));
    broker.move(0, 1 - from);
    untilMoved();
    cluster.until(() -> cluster.controller.partition(0).isr().contains(1));
    assertThat(cluster.controller.partition(0).lost()).isEqualTo(NodeIds.EMPTY);
    produce(3);
    cluster.until(() -> cluster.isEqual(0));
    assertThat(here()).isEqualTo(1 - from);
  }

  @Test
  void whenTheSourceFailsThePartitionIsOfflineAndTheCopyIsKept() {
    start(NodeIds.of(1, 2, 3));
    produce(20);
    cluster.until(() -> cluster.isEqual(0));
    int from = here();
    broker.moves = false;
    broker.move(0, 1 - from);
    broker.moveOn();
    broker.disk().setFailed(TestBroker.path(from), true);
    cluster.produceTo(broker, 0, "lost");
    broker.moves = true;
    cluster.until(() -> cluster.controller.partition(0).leader() != 1);
    untilMoved();
    assertThat(broker.partition(0)).isNull();
    assertThat(logs(broker.names(1 - from))).allMatch(name -> name.endsWith("-future"));
    produce(5);
    broker.crash(null);
    broker.disk().setFailed(TestBroker.path(from), false);
    broker.start(false);
    cluster.until(() -> cluster.controller.partition(0).isr().contains(1));
    untilMoved();
    cluster.until(() -> cluster.isEqual(0));
    checkIsIn(1 - from);
  }

  @Test
  void aCopyWithoutItsOriginalIsKeptAside() {
    start(NodeIds.of(1));
    produce(20);
    int from = here();
    broker.moves = false;
    broker.move(0, 1 - from);
    broker.moveOn();
    broker.crash(null);
    broker.disk().forget(TestBroker.path(from));
    broker.start(false);
    assertThat(logs(broker.names(1 - from))).anyMatch(name -> name.endsWith("-stray"));
    assertThat(broker.isMoving()).isFalse();
  }

  static LongStream seeds() {
    return LongStream.rangeClosed(1, Long.getLong("ottla.test.moves.seeds", 8));
  }

  /** Killed before each of the steps that change something on the disks, with power or without. */
  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void killedAnywhereItHasOneReplicaAndGoesOn(long seed) {
    boolean powerLost = seed % 2 == 0;
    cluster = new TestCluster(seed, 1);
    broker = cluster.broker(1);
    start(NodeIds.of(1));
    cluster.settings = Replicas.settings(cluster.settings.log().withFlush(1, Long.MAX_VALUE), 1);
    broker.crash(null);
    broker.start(true);
    cluster.until(() -> broker.partition(0).role().isLeader());
    produce(12);
    cluster.until(() -> cluster.acked.size() == produced);
    Random random = new Random(seed);
    broker.moves = false;
    for (int killed = 0; killed < 60; killed++) {
      int to = 1 - here();
      long steps = random.nextInt(random.nextBoolean() ? 120 : 500);
      broker.disk().killBefore(broker.disk().steps() + steps);
      try {
        broker.move(0, to);
        for (int i = 0; broker.isMoving() && i < 1_000; i++) {
          broker.moveOn();
          if (random.nextInt(3) == 0) {
            cluster.produceTo(broker, 0, "value-" + produced++);
            broker.turn();
          }
        }
        cluster.produceTo(broker, 0, "value-" + produced++);
        broker.turn();
      } catch (Killed e) {
        // As was to be.
      }
      broker.crash(null);
      if (powerLost) {
        broker.disk().losePower(random);
      } else {
        broker.disk().revive();
      }
      broker.start(true); // What was acknowledged was forced.
      cluster.until(() -> broker.partition(0) != null && broker.partition(0).role().isLeader());
      cluster.checkAcked();
      if (random.nextBoolean()) {
        for (int i = 0; broker.isMoving(); i++) {
          assertThat(i).as("steps of a move").isLessThan(1_000);
          broker.moveOn();
        }
        assertThat(here()).isIn(to, 1 - to);
        cluster.checkAcked();
        checkOnlyOne();
      }
    }
  }

  private void checkOnlyOne() {
    int logs = 0;
    for (int i = 0; i < 2; i++) {
      directory(i).deleteDue(Long.MAX_VALUE);
      logs += logs(broker.names(i)).size();
    }
    assertThat(logs).as("%s, %s", broker.names(0), broker.names(1)).isEqualTo(1);
  }
}
