package io.ottla.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ottla.log.LogException;
import io.ottla.metadata.image.NodeIds;
import io.ottla.wire.ErrorCode;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Log directories that fail, fill up or cannot be opened, one of several or all. */
class ReplicaOutagesTest {

  private static final int PARTITIONS = 4;

  private final TestCluster cluster = new TestCluster(System.nanoTime(), 2);
  private final TestBroker broker = cluster.broker(1);

  private void start(NodeIds... replicas) {
    for (int id = 1; id <= 3; id++) {
      cluster.broker(id).directoryCount = 2;
    }
    cluster.start(1, 2, 3);
    cluster.controller.createTopic(PARTITIONS, replicas);
    cluster.run(50);
  }

  /** A partition of broker 1 in the directory. */
  private int in(int directory) {
    for (int i = 0; i < PARTITIONS; i++) {
      if (broker.partition(i) != null && broker.directoryOf(i) == directory) {
        return i;
      }
    }
    throw new AssertionError("nothing is in directory " + directory);
  }

  private void produce(int number, String value) {
    cluster.until(() -> cluster.produce(number, value));
  }

  private void failFirstDirectory() {
    broker.disk().setFailed(TestBroker.path(0), true);
  }

  private void setFirstDirectoryFull(boolean full) {
    broker.disk().setFull(TestBroker.path(0), full);
    broker.logDirectories().checkSpace();
  }

  @Test
  void aFailedDirectoryTakesOnlyItsOwnPartitionsOffline() {
    start(NodeIds.of(1, 2, 3));
    int failing = in(0);
    int healthy = in(1);
    for (int i = 0; i < PARTITIONS; i++) {
      produce(i, "before" + i);
    }
    cluster.until(() -> cluster.acked.size() == PARTITIONS);
    final int epoch = cluster.controller.partition(healthy).leaderEpoch();
    failFirstDirectory();
    cluster.produceTo(broker, failing, "lost");
    assertThat(cluster.failed).contains("lost KAFKA_STORAGE_ERROR");
    cluster.until(() -> cluster.controller.partition(failing).leader() != 1);

    for (int i = 0; i < PARTITIONS; i++) {
      boolean there = cluster.controller.partition(i).leader() == 1;
      assertThat(cluster.controller.partition(i).lost())
          .isEqualTo(there ? NodeIds.EMPTY : NodeIds.of(1));
      assertThat(broker.partition(i) != null).isEqualTo(there);
    }
    assertThat(broker.partitions().whyMissing(TestController.TOPIC, failing))
        .isEqualTo(ErrorCode.KAFKA_STORAGE_ERROR);
    assertThat(cluster.controller.partition(healthy).leaderEpoch()).isEqualTo(epoch);
    for (int i = 0; i < PARTITIONS; i++) {
      produce(i, "after" + i);
    }
    cluster.until(() -> cluster.acked.size() == 2 * PARTITIONS);

    broker.crash(null);
    broker.disk().setFailed(TestBroker.path(0), false);
    broker.start(false);
    cluster.until(() -> cluster.controller.partition(failing).isr().contains(1));
    for (int i = 0; i < PARTITIONS; i++) {
      int number = i;
      cluster.until(() -> cluster.isEqual(number));
    }
    cluster.checkAcked();
  }

  @Test
  void aDirectoryThatTakesNoCheckpointHasFailedEvenIfNobodyWrites() {
    start(NodeIds.of(1, 2, 3));
    int failing = in(0);
    failFirstDirectory();
    new LogHousekeeping(broker.partitions(), broker.logDirectories(), cluster.clock)
        .checkpointHighWatermarks();
    cluster.until(() -> cluster.controller.partition(failing).leader() != 1);
    assertThat(broker.partition(in(1)).role().isLeader()).isTrue();
  }

  @Test
  void aProcessWithoutFileHandlesIsNoFailureOfTheDisk() {
    start(NodeIds.of(1, 2, 3));
    broker.disk().setHandlesUsedUp(true);
    new LogHousekeeping(broker.partitions(), broker.logDirectories(), cluster.clock)
        .checkpointHighWatermarks();
    cluster.run(100);
    assertThat(broker.logDirectories().isInTrouble()).isFalse();

    cluster.controller.recreateTopic(NodeIds.of(1, 2, 3));
    cluster.until(() -> cluster.controller.partition(0).lost().contains(1));
    assertThat(broker.partitions().whyMissing(TestController.TOPIC, 0))
        .isEqualTo(ErrorCode.KAFKA_STORAGE_ERROR);
    broker.logDirectories().checkSpace();
    cluster.run(100);
    assertThat(broker.partition(0)).as("opened without a handle").isNull();

    broker.disk().setHandlesUsedUp(false);
    broker.logDirectories().checkSpace();
    cluster.until(() -> cluster.controller.partition(0).isr().contains(1));
    produce(0, "after");
    cluster.until(() -> cluster.ackedValues().contains("after"));
    cluster.until(() -> cluster.isEqual(0));
  }

  @Test
  void aDirectoryThatCannotBeReadHasFailedEvenIfWhatIsWrittenIsTaken() {
    start(NodeIds.of(1, 2, 3));
    int failing = in(0);
    for (int i = 0; i < PARTITIONS; i++) {
      produce(i, "before" + i);
    }
    cluster.until(() -> cluster.acked.size() == PARTITIONS);
    broker.disk().setUnreadable(TestBroker.path(0), true);
    assertThatThrownBy(() -> broker.partition(failing).view().read(0, 1, true, 1))
        .isInstanceOf(LogException.class);
    cluster.until(() -> cluster.controller.partition(failing).leader() != 1);
    assertThat(broker.partition(failing)).isNull();
    assertThat(broker.partitions().whyMissing(TestController.TOPIC, failing))
        .isEqualTo(ErrorCode.KAFKA_STORAGE_ERROR);
    assertThat(cluster.controller.partition(failing).lost()).isEqualTo(NodeIds.of(1));
    assertThat(broker.partition(in(1)).role().isLeader()).isTrue();
    produce(failing, "after");
    cluster.until(() -> cluster.ackedValues().contains("after"));
  }

  @Test
  void aDirectoryThatRecoveryCannotReadTakesOnlyItsOwnPartitionsOffline() {
    start(NodeIds.of(1, 2, 3));
    int failing = in(0);
    int healthy = in(1);
    for (int i = 0; i < PARTITIONS; i++) {
      produce(i, "before" + i);
    }
    cluster.until(() -> cluster.acked.size() == PARTITIONS);
    broker.crash(null);
    broker.disk().setUnreadable(TestBroker.path(0), true);
    broker.start(false);
    cluster.until(() -> cluster.controller.partition(healthy).isr().contains(1));
    cluster.until(() -> cluster.controller.partition(failing).lost().contains(1));
    assertThat(broker.logDirectories().failed()).hasSize(1);
    assertThat(broker.partition(failing)).isNull();
  }

  @Test
  void aDirectoryWhoseCheckpointsCannotBeReadHasFailedWhenTheBrokerStarts() {
    start(NodeIds.of(1, 2, 3));
    int failing = in(0);
    int healthy = in(1);
    produce(failing, "before");
    cluster.until(() -> cluster.acked.size() == 1);
    broker.checkpoint();
    broker.crash(null);
    Path checkpoint = TestBroker.path(0).resolve("replication-offset-checkpoint");
    broker.disk().setUnreadable(checkpoint, true);
    broker.start(false);
    cluster.until(() -> cluster.controller.partition(healthy).isr().contains(1));
    cluster.until(() -> cluster.controller.partition(failing).lost().contains(1));
    assertThat(broker.partition(failing)).isNull();
  }

  @Test
  void tellsHowMuchOfEachDirectoryIsNotForced() {
    start(NodeIds.of(1, 2, 3));
    produce(in(0), "a");
    cluster.until(() -> cluster.acked.size() == 1);
    cluster.run(100);
    List<UnforcedWindow> windows = broker.logDirectories().unforced(cluster.clock.wallMs());
    assertThat(windows.get(0).logs()).isEqualTo(1);
    assertThat(windows.get(0).bytes())
        .isEqualTo(broker.partition(in(0)).view().sizeInBytes())
        .isPositive();
    assertThat(windows.get(0).oldestMs()).isGreaterThanOrEqualTo(100);
    assertThat(windows.get(1)).isEqualTo(new UnforcedWindow(TestBroker.path(1), 0, 0, 0));
  }

  @Test
  void theControllerIsToldAgainUntilItHears() {
    start(NodeIds.of(1, 2, 3));
    int failing = in(0);
    cluster.network.cut(1, TestNetwork.CONTROLLER);
    failFirstDirectory();
    cluster.produceTo(broker, failing, "lost");
    cluster.run(1_000);
    assertThat(cluster.controller.partition(failing).leader()).isEqualTo(1);
    cluster.network.heal();
    cluster.until(() -> cluster.controller.partition(failing).leader() != 1);
    int told = cluster.controller.reports;
    cluster.run(2_000);
    assertThat(cluster.controller.reports).as("and no more then").isEqualTo(told);
  }

  @Test
  void newPartitionsGoWhereThereIsRoomAndATopicOfTheSameNameBeginsAnew() {
    start(NodeIds.of(1, 2, 3));
    failFirstDirectory();
    cluster.produceTo(broker, in(0), "lost");
    cluster.run(100);
    cluster.controller.recreateTopic(NodeIds.of(1, 2, 3));
    cluster.run(100);
    assertThat(broker.directoryOf(0)).isEqualTo(1);
    assertThat(broker.partitions().whyMissing(TestController.TOPIC, 0))
        .isEqualTo(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    assertThat(cluster.controller.partition(0).lost()).isEqualTo(NodeIds.EMPTY);
    produce(0, "new");
    cluster.until(() -> cluster.ackedValues().contains("new"));
  }

  @Test
  void aFullDirectoryYieldsItsPartitionsAndTakesThemBackWhenThereIsRoom() {
    NodeIds ownFirst = NodeIds.of(1, 2, 3);
    NodeIds ownSecond = NodeIds.of(2, 1, 3);
    start(ownFirst, ownFirst, ownSecond, ownSecond);
    final int led = 0;
    int directory = broker.directoryOf(led);
    int followed = directory == broker.directoryOf(2) ? 2 : 3;
    assertThat(broker.directoryOf(followed)).isEqualTo(directory);
    broker.disk().setFull(TestBroker.path(directory), true);
    broker.logDirectories().checkSpace();
    cluster.until(() -> cluster.controller.partition(led).lost().contains(1));
    cluster.until(() -> cluster.controller.partition(followed).lost().contains(1));
    assertThat(cluster.controller.partition(led).leader()).isNotEqualTo(1);
    assertThat(broker.partition(led)).as("it is read as before").isNotNull();
    produce(led, "meanwhile");
    produce(followed, "meanwhile");
    cluster.until(() -> cluster.acked.size() == 2);
    cluster.run(3_000);
    assertThat(cluster.controller.partition(led).isr().contains(1)).isFalse();

    broker.disk().setFull(TestBroker.path(directory), false);
    broker.logDirectories().checkSpace();
    cluster.until(() -> cluster.controller.partition(led).isr().contains(1));
    cluster.until(() -> cluster.controller.partition(followed).isr().contains(1));
    cluster.until(() -> cluster.isEqual(led) && cluster.isEqual(followed));
    assertThat(cluster.controller.partition(led).lost()).isEqualTo(NodeIds.EMPTY);
    cluster.checkAcked();
  }

  @Test
  void whatNobodyElseHasIsReadOnFromAFullDirectory() {
    start(NodeIds.of(1));
    int number = in(0);
    produce(number, "before");
    setFirstDirectoryFull(true);
    cluster.run(500);
    assertThat(cluster.controller.partition(number).leader()).isEqualTo(1);
    cluster.produce(number, "refused");
    assertThat(cluster.failed).contains("refused KAFKA_STORAGE_ERROR");
    assertThat(broker.lines(number, 1)).hasSize(1);
    setFirstDirectoryFull(false);
    produce(number, "after");
    cluster.until(() -> cluster.ackedValues().contains("after"));
  }

  @Test
  void aWriteThatFindsNoRoomIsNoFailureOfTheDisk() {
    start(NodeIds.of(1, 2, 3));
    int number = in(0);
    broker.disk().setFull(TestBroker.path(0), true);
    failFirstDirectory(); // What a write says; nobody has looked for space yet.
    cluster.produceTo(broker, number, "refused");
    cluster.until(() -> cluster.controller.partition(number).leader() != 1);
    assertThat(broker.logDirectories().failed()).isEmpty();
    broker.disk().setFailed(TestBroker.path(0), false);
    setFirstDirectoryFull(false);
    cluster.until(() -> cluster.controller.partition(number).isr().contains(1));
  }

  @Test
  void aDiskThatIsFilledToTheLastBytesIsFullAndHasNotFailed() {
    start(NodeIds.of(1));
    int number = in(0);
    produce(number, "before");
    broker.disk().setFilledUp(TestBroker.path(0), true);
    // More is left than has to be: nobody sees that it is full until something is refused.
    broker.logDirectories().checkSpace();
    cluster.produceTo(broker, number, "refused");
    assertThat(cluster.failed).contains("refused KAFKA_STORAGE_ERROR");
    LogHousekeeping housekeeping =
        new LogHousekeeping(broker.partitions(), broker.logDirectories(), cluster.clock);
    housekeeping.checkpointHighWatermarks();
    housekeeping.checkSpace();
    cluster.run(500);
    assertThat(broker.logDirectories().failed()).isEmpty();
    assertThat(broker.logDirectories().areAllInTrouble()).isFalse();
    assertThat(broker.logDirectories().isInTrouble()).isTrue();
    assertThat(broker.lines(number, 1)).as("read on").hasSize(1);

    broker.disk().setFilledUp(TestBroker.path(0), false);
    housekeeping.checkSpace();
    assertThat(broker.logDirectories().isInTrouble()).isFalse();
    produce(number, "after");
    cluster.until(() -> cluster.ackedValues().contains("after"));
  }

  @Test
  void whatThereWasNoRoomToOpenIsOpenedWhenThereIsRoom() {
    for (int id = 1; id <= 3; id++) {
      cluster.broker(id).directoryCount = 2;
    }
    cluster.start(1, 2, 3);
    broker.disk().setFilledUp(TestBroker.path(0), true);
    cluster.controller.createTopic(PARTITIONS, NodeIds.of(1, 2, 3));
    cluster.run(500);
    List<Integer> missing =
        IntStream.range(0, PARTITIONS).filter(i -> broker.partition(i) == null).boxed().toList();
    assertThat(missing).isNotEmpty();
    for (int number : missing) {
      assertThat(broker.partitions().whyMissing(TestController.TOPIC, number))
          .isEqualTo(ErrorCode.KAFKA_STORAGE_ERROR);
      cluster.until(() -> cluster.controller.partition(number).leader() != 1);
    }
    assertThat(broker.logDirectories().failed()).isEmpty();

    broker.disk().setFilledUp(TestBroker.path(0), false);
    broker.logDirectories().checkSpace();
    for (int number : missing) {
      cluster.until(() -> cluster.controller.partition(number).isr().contains(1));
      assertThat(cluster.controller.partition(number).lost()).isEqualTo(NodeIds.EMPTY);
      produce(number, "after" + number);
      cluster.until(() -> cluster.isEqual(number));
    }
    cluster.checkAcked();
  }

  @Test
  void whenNoDirectoryIsLeftTheBrokerYieldsAsAWholeAndReadsOn() {
    start(NodeIds.of(1, 2, 3));
    int first = in(0);
    int second = in(1);
    failFirstDirectory();
    cluster.produceTo(broker, first, "lost");
    cluster.until(() -> cluster.controller.partition(first).leader() != 1);
    assertThat(broker.logDirectories().areAllInTrouble()).isFalse();
    broker.disk().setFailed(TestBroker.path(1), true);
    cluster.produceTo(broker, second, "lost too");
    cluster.run(500);
    assertThat(broker.logDirectories().areAllInTrouble()).isTrue();
    assertThat(broker.partition(second)).isNotNull();
    assertThat(cluster.controller.partition(second).lost()).isEqualTo(NodeIds.EMPTY);
  }

  @Test
  void aDirectoryThatCannotBeOpenedKeepsItsPartitionsOfflineAndOthersServe() {
    start(NodeIds.of(1, 2, 3));
    for (int i = 0; i < PARTITIONS; i++) {
      produce(i, "before" + i);
    }
    cluster.until(() -> cluster.acked.size() == PARTITIONS);
    int gone = in(1);
    int there = in(0);
    broker.stop();
    broker.unusableFrom = 1;
    broker.start(false);
    cluster.until(() -> cluster.controller.partition(there).isr().contains(1));
    cluster.run(500);
    assertThat(broker.partition(gone)).isNull();
    assertThat(cluster.controller.partition(gone).lost()).isEqualTo(NodeIds.of(1));
    assertThat(broker.partitions().whyMissing(TestController.TOPIC, gone))
        .isEqualTo(ErrorCode.KAFKA_STORAGE_ERROR);

    broker.stop();
    broker.unusableFrom = Integer.MAX_VALUE;
    broker.start(false);
    cluster.until(() -> cluster.controller.partition(gone).isr().contains(1));
    cluster.until(() -> cluster.isEqual(gone));
    cluster.checkAcked();
  }
}
