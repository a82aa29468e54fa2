package io.ottla.broker.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ottla.coordinator.CoordinatorLogException;
import io.ottla.coordinator.CoordinatorRecord;
import io.ottla.metadata.image.NodeIds;
import io.ottla.replication.Partition;
import io.ottla.replication.TestReplicas;
import io.ottla.runtime.ManualClock;
import io.ottla.runtime.ManualShard;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.GroupMetadataKey;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PartitionCoordinatorLogTest {

  @TempDir Path directory;

  private final ManualClock clock = new ManualClock(1_000_000);
  private final ManualShard shard = new ManualShard(clock);
  private TestReplicas replicas;
  private Partition partition;

  @BeforeEach
  void open() {
    replicas = new TestReplicas(directory, shard, clock, 1);
    partition = replicas.partitions().get(TestReplicas.TOPIC_ID, 0);
  }

  @AfterEach
  void close() {
    replicas.close();
  }

  private void become(int leader, int epoch, int... isr) {
    replicas.become(0, leader, epoch, NodeIds.of(1, 2), NodeIds.of(isr));
    int unused = shard.turn();
  }

  private static List<CoordinatorRecord> records() {
    return List.of(CoordinatorRecord.tombstone(new GroupMetadataKey().group("g")));
  }

  @Test
  void appendsInItsEpoch() throws CoordinatorLogException {
    become(1, 5, 1, 2);

    assertThat(new PartitionCoordinatorLog(partition, 5).append(records(), null, 1_000))
        .isEqualTo(1);
  }

  @Test
  void doesNotAppendInALaterEpochWhoseRecordsItHasNotRead() {
    become(1, 5, 1, 2);
    PartitionCoordinatorLog log = new PartitionCoordinatorLog(partition, 5);
    become(2, 6, 1, 2);
    become(1, 7, 1, 2);

    assertThatThrownBy(() -> log.append(records(), null, 1_000))
        .isInstanceOfSatisfying(
            CoordinatorLogException.class,
            e -> assertThat(e.error()).isEqualTo(ErrorCode.NOT_LEADER_OR_FOLLOWER));
    assertThat(partition.view().logEndOffset()).isZero();
  }

  @Test
  void isNotLedWhileTheBrokerHasNoSessionAndOthersMayLead() {
    become(1, 5, 1, 2);
    PartitionCoordinatorLog log = new PartitionCoordinatorLog(partition, 5);
    assertThat(log.isLed()).isTrue();

    fenceSelf(true);
    assertThat(log.isLed()).isFalse();

    fenceSelf(false);
    assertThat(log.isLed()).isTrue();
    replicas.hasSession(false);
    assertThat(log.isLed()).as("nobody has noticed yet").isFalse();

    replicas.hasSession(true);
    become(1, 6, 1, 2);
    assertThat(log.isLed()).isFalse();
  }

  private void fenceSelf(boolean fenced) {
    replicas.partitions().fenceSelf(fenced);
    int unused = shard.turn();
  }

  @Test
  void doesNotAppendWithTooFewInSync() {
    replicas.requireInSync(0, 2);
    become(1, 5, 1);

    assertThatThrownBy(
            () -> new PartitionCoordinatorLog(partition, 5).append(records(), null, 1_000))
        .isInstanceOfSatisfying(
            CoordinatorLogException.class,
            e -> assertThat(e.error()).isEqualTo(ErrorCode.NOT_ENOUGH_REPLICAS));
  }
}
