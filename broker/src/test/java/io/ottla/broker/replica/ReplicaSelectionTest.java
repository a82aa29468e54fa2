package io.ottla.broker.replica;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.ottla.broker.admin.TestCluster;
import io.ottla.metadata.image.NodeIds;
import io.ottla.replication.Partition;
import io.ottla.replication.PartitionRole;
import io.ottla.replication.TestReplicas;
import io.ottla.runtime.ManualClock;
import io.ottla.runtime.ManualShard;
import io.ottla.wire.record.RecordBatchBuilder;
import java.nio.file.Path;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReplicaSelectionTest {

  @TempDir Path directory;

  private final ManualClock clock = new ManualClock(1_000_000);
  private final ManualShard shard = new ManualShard(clock);
  private final TestCluster cluster =
      TestCluster.with()
          .broker(1, "a", "PLAINTEXT")
          .broker(2, "b", "PLAINTEXT")
          .broker(3, "b", "PLAINTEXT")
          .broker(4, "c", "OTHER");
  private TestReplicas replicas;

  @BeforeEach
  void open() {
    replicas = new TestReplicas(directory, shard, clock, 2);
    try (RecordBatchBuilder builder = new RecordBatchBuilder(Unpooled.buffer())) {
      builder.append(1_000L, (byte[]) null, new byte[1]);
      replicas.append(0, builder.build());
    }
    int unused = shard.turn();
  }

  @AfterEach
  void close() {
    replicas.close();
  }

  private OptionalInt select(String rack, long offset, int partition, int... isr) {
    Partition hosted = replicas.partitions().get(TestReplicas.TOPIC_ID, partition);
    PartitionRole role =
        new PartitionRole(
            PartitionRole.Kind.LEADER, 1, 0, 0, NodeIds.of(1, 2, 3, 4), NodeIds.of(isr), 1, 0);
    return ReplicaSelection.SAME_RACK.select(
        hosted, role, offset, rack, "PLAINTEXT", cluster.get());
  }

  @Test
  void sendsAConsumerToAReplicaInItsRack() {
    assertThat(select("b", 1, 0, 1, 2, 3)).hasValue(2);
    assertThat(select("b", 0, 1, 1, 2, 3)).hasValue(3);
  }

  @Test
  void keepsAConsumerThatIsInTheLeadersRack() {
    assertThat(select("a", 1, 0, 1, 2, 3)).isEmpty();
  }

  @Test
  void keepsAConsumerThatHasNoReplicaNearIt() {
    assertThat(select("", 1, 0, 1, 2, 3)).isEmpty();
    assertThat(select("z", 1, 0, 1, 2, 3)).isEmpty();
  }

  @Test
  void doesNotSendAConsumerToAReplicaThatIsOutOfSync() {
    assertThat(select("b", 1, 0, 1)).isEmpty();
  }

  @Test
  void doesNotSendAConsumerToABrokerItCannotReach() {
    assertThat(select("c", 1, 0, 1, 4)).isEmpty();
    cluster.fence(2);
    assertThat(select("b", 1, 0, 1, 2)).isEmpty();
  }

  @Test
  void answersForOffsetsThatAreNotThereItself() {
    assertThat(select("b", 2, 0, 1, 2, 3)).isEmpty();
  }
}
