package io.ottla.broker.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.ottla.broker.admin.TestCluster;
import io.ottla.broker.admin.TestRequest;
import io.ottla.broker.replica.HostedPartitions;
import io.ottla.broker.replica.ReplicaSelection;
import io.ottla.metadata.image.NodeIds;
import io.ottla.replication.ReplicationQuota;
import io.ottla.replication.TestReplicas;
import io.ottla.runtime.ManualClock;
import io.ottla.runtime.ManualShard;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.FetchRequest;
import io.ottla.wire.message.FetchResponse;
import io.ottla.wire.record.RecordBatchBuilder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What followers, and consumers of followers, get of a broker: node 1 of a cluster of three. */
class FollowerFetchTest {

  private static final int LATEST = 18;

  @TempDir Path directory;

  private final ManualClock clock = new ManualClock(1_000_000);
  private final ManualShard shard = new ManualShard(clock);
  private final TestCluster cluster =
      TestCluster.with()
          .broker(1, "a", "PLAINTEXT")
          .broker(2, "b", "PLAINTEXT")
          .broker(3, "c", "PLAINTEXT");
  private final FetchSessions sessions = new FetchSessions(10, new Random(1)::nextInt);
  private ReplicationQuota quota = TestReplicas.quota(clock, ReplicationQuota.UNLIMITED);
  private ReplicaSelection selection = ReplicaSelection.LEADER;
  private TestReplicas replicas;

  @BeforeEach
  void open() {
    replicas = new TestReplicas(directory, shard, clock, 1);
    replicas.know(cluster.get());
    become(1, 5, 1, 2);
  }

  @AfterEach
  void close() {
    replicas.close();
  }

  private void become(int leader, int epoch, int... isr) {
    replicas.become(0, leader, epoch, NodeIds.of(1, 2), NodeIds.of(isr));
    turn();
  }

  private void turn() {
    int unused = shard.turn();
  }

  private void append(String value) {
    try (RecordBatchBuilder builder = new RecordBatchBuilder(Unpooled.buffer())) {
      builder.append(1_000L, (byte[]) null, value.getBytes(StandardCharsets.UTF_8));
      replicas.append(0, builder.build());
    }
    turn();
  }

  private static FetchRequest request(long offset, int maxWaitMs) {
    FetchRequest request =
        new FetchRequest()
            .sessionEpoch(-1)
            .minBytes(1)
            .maxWaitMs(maxWaitMs)
            .maxBytes(1_000_000)
            .rackId("b");
    FetchRequest.FetchTopic topic =
        new FetchRequest.FetchTopic().topicId(TestReplicas.TOPIC_ID).topic(TestReplicas.TOPIC);
    topic
        .partitions()
        .add(
            new FetchRequest.FetchPartition()
                .partition(0)
                .fetchOffset(offset)
                .currentLeaderEpoch(5)
                .logStartOffset(0)
                .partitionMaxBytes(1_000_000));
    request.topics().add(topic);
    return request;
  }

  private FetchRequest byFollower(int id, long offset, int maxWaitMs) {
    FetchRequest request = request(offset, maxWaitMs);
    long epoch = cluster.get().broker(id).epoch();
    request.replicaState().replicaId(id).replicaEpoch(epoch);
    return request;
  }

  private TestRequest<FetchRequest, FetchResponse> send(FetchRequest body, int version) {
    FetchHandler handler =
        new FetchHandler(
            new HostedPartitions(replicas.partitions(), cluster),
            selection,
            quota,
            sessions,
            ReadAhead.off(clock),
            clock,
            Integer.MAX_VALUE);
    return TestRequest.send(handler, body, version);
  }

  private FetchResponse.PartitionData fetch(FetchRequest body, int version) {
    return taken(send(body, version));
  }

  private FetchResponse.PartitionData taken(TestRequest<FetchRequest, FetchResponse> request) {
    FetchResponse.PartitionData data =
        request.given().responses().getFirst().partitions().getFirst();
    int bytes = data.records().sizeInBytes();
    data.records().release();
    turn();
    return data.partitionIndex(bytes); // The index is 0 anyway; the records are gone.
  }

  private static int bytes(FetchResponse.PartitionData data) {
    return data.partitionIndex();
  }

  @Test
  void aFollowerReadsToTheEndAndAConsumerOnlyWhatIsCommitted() {
    append("a");

    assertThat(bytes(fetch(request(0, 0), LATEST))).isZero();
    FetchResponse.PartitionData read = fetch(byFollower(2, 0, 0), LATEST);
    assertThat(bytes(read)).isPositive();
    assertThat(read.highWatermark()).isZero();
  }

  @Test
  void whatAFollowerHasIsCommitted() {
    append("a");
    FetchResponse.PartitionData first = fetch(byFollower(2, 0, 0), LATEST);
    assertThat(first.highWatermark()).isZero();

    FetchResponse.PartitionData second = fetch(byFollower(2, 1, 0), LATEST);
    assertThat(second.errorCode()).isZero();

    assertThat(replicas.view(0).highWatermark()).isEqualTo(1);
    assertThat(bytes(fetch(request(0, 0), LATEST))).isPositive();
  }

  @Test
  void aWaitingFollowerIsWokenByAnAppend() {
    TestRequest<FetchRequest, FetchResponse> waiting = send(byFollower(2, 0, 500), LATEST);
    turn();
    assertThat(waiting.isAnswered()).isFalse();

    append("a");

    assertThat(bytes(taken(waiting))).isPositive();
  }

  @Test
  void aWaitingConsumerIsNotWokenByWhatIsNotCommitted() {
    TestRequest<FetchRequest, FetchResponse> waiting = send(request(0, 500), LATEST);
    turn();
    append("a");
    assertThat(waiting.isAnswered()).isFalse();

    fetch(byFollower(2, 1, 0), LATEST);
    turn();

    assertThat(bytes(taken(waiting))).isPositive();
  }

  @Test
  void nobodyButAReplicaReadsAsOne() {
    assertThat(fetch(byFollower(3, 0, 0), LATEST).errorCode())
        .isEqualTo(ErrorCode.UNKNOWN_LEADER_EPOCH.code());

    FetchRequest stale = byFollower(2, 0, 0);
    stale.replicaState().replicaEpoch(stale.replicaState().replicaEpoch() - 1);
    assertThat(fetch(stale, LATEST).errorCode()).isEqualTo(ErrorCode.NOT_LEADER_OR_FOLLOWER.code());
  }

  @Test
  void anOlderFollowerNamesItselfWithoutAnEpoch() {
    append("a");
    FetchRequest old = request(0, 0).replicaId(2);

    assertThat(bytes(fetch(old, 14))).isPositive();
  }

  @Test
  void whereAFollowerDivergesItsPositionDoesNotCount() {
    append("a");
    become(1, 6, 1, 2);
    append("b");
    FetchRequest diverging = byFollower(2, 2, 0);
    diverging.topics().getFirst().partitions().getFirst().currentLeaderEpoch(6).lastFetchedEpoch(5);

    FetchResponse.PartitionData data = fetch(diverging, LATEST);

    assertThat(data.errorCode()).isZero();
    assertThat(data.divergingEpoch().epoch()).isEqualTo(5);
    assertThat(data.divergingEpoch().endOffset()).isEqualTo(1);
    assertThat(replicas.view(0).highWatermark()).isZero();
  }

  @Test
  void aFollowerServesConsumersThatMayReadFromIt() {
    append("a");
    fetch(byFollower(2, 1, 0), LATEST);
    become(2, 6, 1, 2);
    FetchRequest newer = request(0, 0);
    newer.topics().getFirst().partitions().getFirst().currentLeaderEpoch(6);

    assertThat(bytes(fetch(newer, 11))).isPositive();
    assertThat(fetch(newer, 10).errorCode()).isEqualTo(ErrorCode.NOT_LEADER_OR_FOLLOWER.code());
    assertThat(fetch(request(0, 0), LATEST).errorCode())
        .isEqualTo(ErrorCode.FENCED_LEADER_EPOCH.code());
  }

  @Test
  void followersAreSentToTheLeader() {
    become(2, 6, 1, 2);
    FetchRequest newer = byFollower(2, 0, 0);
    newer.topics().getFirst().partitions().getFirst().currentLeaderEpoch(6);

    assertThat(fetch(newer, LATEST).errorCode()).isEqualTo(ErrorCode.NOT_LEADER_OR_FOLLOWER.code());
  }

  @Test
  void aConsumerIsSentToTheReplicaInItsRackAtOnce() {
    selection = ReplicaSelection.SAME_RACK;
    append("a");
    fetch(byFollower(2, 1, 0), LATEST);

    FetchResponse.PartitionData data = fetch(request(1, 500), LATEST);

    assertThat(data.preferredReadReplica()).isEqualTo(2);
    assertThat(bytes(data)).isZero();
    assertThat(data.highWatermark()).isEqualTo(1);
    assertThat(fetch(request(1, 0), 10).preferredReadReplica()).isEqualTo(-1);
    assertThat(fetch(byFollower(2, 1, 0), LATEST).preferredReadReplica()).isEqualTo(-1);
  }

  @Test
  void aFollowerOutOfSyncIsHeldToARate() {
    quota = TestReplicas.quota(clock, 10);
    replicas.throttle(0, List.of("0:1"));
    become(1, 6, 1);
    append("a");
    FetchRequest request = byFollower(2, 0, 0);
    request.topics().getFirst().partitions().getFirst().currentLeaderEpoch(6);

    assertThat(bytes(fetch(request, LATEST))).as("before the rate is exceeded").isPositive();
    FetchResponse.PartitionData held = fetch(request, LATEST);

    assertThat(held.errorCode()).isZero();
    assertThat(bytes(held)).isZero();
    clock.advanceMs(60_000);
    assertThat(bytes(fetch(request, LATEST))).as("after a while").isPositive();
  }

  @Test
  void offsetsThatAreNotThereAreTold() {
    assertThat(fetch(byFollower(2, 7, 0), LATEST).errorCode())
        .isEqualTo(ErrorCode.OFFSET_OUT_OF_RANGE.code());
    assertThat(replicas.view(0).highWatermark()).isZero();
  }

  @Test
  void aFollowerThatComesByAnotherConnectionSaysAgainWhereItIs() {
    FetchRequest first = byFollower(2, 0, 0).sessionEpoch(0);
    int session = send(first, LATEST).given().sessionId();
    assertThat(session).isPositive();
    turn();
    FetchRequest next = byFollower(2, 0, 0).sessionId(session).sessionEpoch(1);
    next.topics().clear();

    TestRequest<FetchRequest, FetchResponse> answered = send(next, LATEST);

    assertThat(answered.given().errorCode()).isZero();
    assertThat(shard.turn()).as("tasks of the shard").isEqualTo(1);
  }
}
