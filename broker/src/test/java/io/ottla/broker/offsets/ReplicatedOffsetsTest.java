package io.ottla.broker.offsets;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.ottla.broker.admin.TestCluster;
import io.ottla.broker.admin.TestRequest;
import io.ottla.broker.replica.HostedPartitions;
import io.ottla.metadata.image.NodeIds;
import io.ottla.replication.FollowerFetch;
import io.ottla.replication.Partition;
import io.ottla.replication.TestReplicas;
import io.ottla.runtime.ManualClock;
import io.ottla.runtime.ManualShard;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.DeleteRecordsRequest;
import io.ottla.wire.message.DeleteRecordsResponse;
import io.ottla.wire.message.ListOffsetsRequest;
import io.ottla.wire.message.ListOffsetsResponse;
import io.ottla.wire.message.OffsetForLeaderEpochRequest;
import io.ottla.wire.message.OffsetForLeaderEpochResponse;
import io.ottla.wire.record.DecompressionLimits;
import io.ottla.wire.record.RecordBatchBuilder;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Questions about offsets to node 1, of a partition that node 2 has too. */
class ReplicatedOffsetsTest {

  private static final long LATEST = -1;
  private static final int CONSUMER = -1;
  private static final int DEBUGGER = -2;

  @TempDir Path directory;

  private final ManualClock clock = new ManualClock(1_000_000);
  private final ManualShard shard = new ManualShard(clock);
  private final TestCluster cluster = TestCluster.with().broker(1).broker(2);
  private TestReplicas replicas;
  private HostedPartitions hosted;

  @BeforeEach
  void open() {
    replicas = new TestReplicas(directory, shard, clock, 1);
    replicas.know(cluster.get());
    hosted = new HostedPartitions(replicas.partitions(), cluster);
    become(1, 5);
  }

  @AfterEach
  void close() {
    replicas.close();
  }

  private void become(int leader, int epoch) {
    replicas.become(0, leader, epoch, NodeIds.of(1, 2), NodeIds.of(1, 2));
    turn();
  }

  private void turn() {
    int unused = shard.turn();
  }

  private void append(int count) {
    try (RecordBatchBuilder builder = new RecordBatchBuilder(Unpooled.buffer())) {
      for (int i = 0; i < count; i++) {
        builder.append(1_000L + i, (byte[]) null, new byte[1]);
      }
      replicas.append(0, builder.build());
    }
    turn();
  }

  private void followerFetches(int epoch, long offset, long startOffset) {
    Partition partition = replicas.partitions().get(TestReplicas.TOPIC_ID, 0);
    long brokerEpoch = cluster.get().broker(2).epoch();
    shard.submit(
        () ->
            assertThat(
                    partition.onFollowerFetch(
                        new FollowerFetch(2, brokerEpoch, epoch, offset, startOffset)))
                .isEqualTo(ErrorCode.NONE));
    turn();
  }

  private ListOffsetsResponse.ListOffsetsPartitionResponse list(
      long timestamp, int replicaId, int version) {
    ListOffsetsRequest.ListOffsetsTopic topic =
        new ListOffsetsRequest.ListOffsetsTopic().name(TestReplicas.TOPIC);
    topic
        .partitions()
        .add(
            new ListOffsetsRequest.ListOffsetsPartition()
                .partitionIndex(0)
                .currentLeaderEpoch(-1)
                .timestamp(timestamp));
    ListOffsetsRequest request = new ListOffsetsRequest().replicaId(replicaId);
    request.topics().add(topic);
    return TestRequest.<ListOffsetsRequest, ListOffsetsResponse>send(
            new ListOffsetsHandler(hosted, Runnable::run, DecompressionLimits.ofBatch(1 << 20)),
            request,
            version)
        .answer()
        .topics()
        .getFirst()
        .partitions()
        .getFirst();
  }

  @Test
  void aNewLeaderDoesNotTellTheEndBeforeItKnowsWhatIsCommitted() {
    append(2);
    become(1, 6);

    assertThat(list(LATEST, CONSUMER, 7).errorCode())
        .isEqualTo(ErrorCode.OFFSET_NOT_AVAILABLE.code());
    assertThat(list(LATEST, CONSUMER, 4).errorCode())
        .isEqualTo(ErrorCode.LEADER_NOT_AVAILABLE.code());
    assertThat(list(1_001, CONSUMER, 7).errorCode())
        .isEqualTo(ErrorCode.OFFSET_NOT_AVAILABLE.code());
    assertThat(list(-2, CONSUMER, 7).offset()).isZero();
    assertThat(list(LATEST, DEBUGGER, 7).offset()).isEqualTo(2);

    followerFetches(6, 2, 0);

    assertThat(list(LATEST, CONSUMER, 7).offset()).isEqualTo(2);
    assertThat(list(1_001, CONSUMER, 7).offset()).isEqualTo(1);
  }

  @Test
  void anOldLeaderTellsTheHighWatermarkHoweverFarTheLogIsAhead() {
    append(1);
    followerFetches(5, 1, 0);
    append(1);

    assertThat(list(LATEST, CONSUMER, 7).offset()).isEqualTo(1);
    assertThat(list(LATEST, 2, 7).offset()).isEqualTo(2);
  }

  @Test
  void oneWhoseSessionHasRunOutTellsNoClientTheEndOfWhatOthersMayLead() {
    append(1);
    followerFetches(5, 1, 0);
    replicas.hasSession(false);

    assertThat(list(LATEST, CONSUMER, 7).errorCode())
        .isEqualTo(ErrorCode.NOT_LEADER_OR_FOLLOWER.code());

    replicas.become(0, 1, 6, NodeIds.of(1), NodeIds.of(1));
    turn();
    assertThat(list(LATEST, CONSUMER, 7).offset()).as("the only replica").isEqualTo(1);
  }

  @Test
  void aFollowerAnswersOnlyADebugger() {
    append(1);
    become(2, 6);

    assertThat(list(LATEST, CONSUMER, 7).errorCode())
        .isEqualTo(ErrorCode.NOT_LEADER_OR_FOLLOWER.code());
    assertThat(list(LATEST, DEBUGGER, 7).offset()).isEqualTo(1);
  }

  @Test
  void tellsReplicasWhereAnEpochEnded() {
    append(3);
    become(1, 7);
    append(1);
    OffsetForLeaderEpochRequest request = new OffsetForLeaderEpochRequest().replicaId(2);
    var topic = new OffsetForLeaderEpochRequest.OffsetForLeaderTopic().topic(TestReplicas.TOPIC);
    topic
        .partitions()
        .add(
            new OffsetForLeaderEpochRequest.OffsetForLeaderPartition()
                .partition(0)
                .currentLeaderEpoch(7)
                .leaderEpoch(6));
    request.topics().add(topic);

    var end =
        TestRequest.<OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse>send(
                new OffsetForLeaderEpochHandler(hosted), request, 4)
            .answer()
            .topics()
            .getFirst()
            .partitions()
            .getFirst();

    assertThat(end.leaderEpoch()).isEqualTo(5);
    assertThat(end.endOffset()).isEqualTo(3);
  }

  private TestRequest<DeleteRecordsRequest, DeleteRecordsResponse> delete(long offset) {
    DeleteRecordsRequest.DeleteRecordsTopic topic =
        new DeleteRecordsRequest.DeleteRecordsTopic().name(TestReplicas.TOPIC);
    topic
        .partitions()
        .add(new DeleteRecordsRequest.DeleteRecordsPartition().partitionIndex(0).offset(offset));
    DeleteRecordsRequest request = new DeleteRecordsRequest().timeoutMs(100);
    request.topics().add(topic);
    TestRequest<DeleteRecordsRequest, DeleteRecordsResponse> sent =
        TestRequest.send(new DeleteRecordsHandler(hosted), request, 2);
    turn();
    return sent;
  }

  private static DeleteRecordsResponse.DeleteRecordsPartitionResult result(
      TestRequest<DeleteRecordsRequest, DeleteRecordsResponse> request) {
    return request.answer().topics().getFirst().partitions().getFirst();
  }

  @Test
  void recordsAreDeletedWhenTheFollowerHasDeletedThemToo() {
    append(3);
    followerFetches(5, 3, 0);

    var deletion = delete(2);
    assertThat(deletion.isAnswered()).isFalse();
    followerFetches(5, 3, 1);
    assertThat(deletion.isAnswered()).isFalse();
    followerFetches(5, 3, 2);

    assertThat(result(deletion).errorCode()).isZero();
    assertThat(result(deletion).lowWatermark()).isEqualTo(2);
  }

  @Test
  void aDeletionDoesNotWaitForAFollowerThatIsGone() {
    append(3);
    followerFetches(5, 3, 0);
    cluster.fence(2);
    replicas.know(cluster.get());

    assertThat(result(delete(-1)).lowWatermark()).isEqualTo(3);
  }

  @Test
  void aDeletionThatTakesTooLongIsTold() {
    append(3);
    followerFetches(5, 3, 0);
    var deletion = delete(2);

    clock.advanceMs(100);
    turn();

    assertThat(result(deletion).errorCode()).isEqualTo(ErrorCode.REQUEST_TIMED_OUT.code());
    assertThat(result(deletion).lowWatermark()).isZero();
  }
}
