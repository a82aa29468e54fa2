package io.ottla.replication;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.ottla.log.LogConfig;
import io.ottla.log.LogDirectory;
import io.ottla.log.LogFlusher;
import io.ottla.log.MemoryFileSystem;
import io.ottla.log.PartitionLog;
import io.ottla.metadata.image.NodeIds;
import io.ottla.runtime.ManualClock;
import io.ottla.runtime.ManualShard;
import io.ottla.wire.BufferRecords;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.TopicPartition;
import io.ottla.wire.Uuid;
import io.ottla.wire.message.FetchRequest;
import io.ottla.wire.message.FetchResponse;
import io.ottla.wire.message.ListOffsetsRequest;
import io.ottla.wire.message.ListOffsetsResponse;
import io.ottla.wire.record.RecordBatchBuilder;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** A fetcher on one shard, partitions on another, each turned when the test wants it. */
class ReplicaFetcherTest {

  private static final Uuid TOPIC_ID = new Uuid(3, 4);
  private static final int LEADER = 2;

  private final ManualClock clock = new ManualClock(1_000_000);
  private final ManualShard fetcherShard = new ManualShard(0, 100, clock);
  private final ManualShard partitionShard = new ManualShard(1, 100, clock);
  private final LogDirectory directory =
      LogDirectory.open(new MemoryFileSystem(), Path.of("/logs"));
  private final Queue<CompletableFuture<PeerAnswer<FetchResponse>>> unanswered = new ArrayDeque<>();
  private final List<FetchRequest> requests = new ArrayList<>();
  private final ReplicationQuota quota = new ReplicationQuota(clock, 11, 1);
  private int released;

  private final ReplicaFetcher fetcher =
      new ReplicaFetcher(
          fetcherShard,
          LEADER,
          Replicas.SELF,
          () -> 11,
          ReplicationConfig.defaults("PLAINTEXT"),
          quota,
          new LeaderConnection() {
            @Override
            public CompletableFuture<PeerAnswer<FetchResponse>> fetch(FetchRequest request) {
              requests.add(request);
              CompletableFuture<PeerAnswer<FetchResponse>> future = new CompletableFuture<>();
              unanswered.add(future);
              return future;
            }

            @Override
            public CompletableFuture<PeerAnswer<ListOffsetsResponse>> listOffsets(
                ListOffsetsRequest request) {
              return new CompletableFuture<>();
            }

            @Override
            public void close() {}
          });

  private Partition follow(int number, TopicSettings settings) {
    TopicPartition key = new TopicPartition("orders", number);
    PartitionLog log = PartitionLog.open(directory, key, TOPIC_ID, settings.log(), clock.wallMs());
    Partition partition =
        new Partition(
            key,
            TOPIC_ID,
            partitionShard,
            log,
            new LogFlusher(Runnable::run, clock::wallMs),
            settings,
            Replicas.alone(partitionShard));
    partition.become(
        Replicas.state(LEADER, 5, 7, NodeIds.of(Replicas.SELF, LEADER), NodeIds.of(LEADER)));
    fetcher.follow(List.of(new FollowedPartition(partition, 5, partition.follower().position())));
    fetcherShard.turn();
    return partition;
  }

  private Partition follow(int number) {
    return follow(number, settings());
  }

  private static TopicSettings settings() {
    return Replicas.settings(LogConfig.defaults().withIndex(4096, 1_000));
  }

  private static ByteBuf batches(long... baseOffsets) {
    ByteBuf all = Unpooled.buffer();
    for (long offset : baseOffsets) {
      try (RecordBatchBuilder builder = new RecordBatchBuilder(Unpooled.buffer())) {
        builder.baseOffset(offset).partitionLeaderEpoch(5);
        builder.append(1_000L, (byte[]) null, new byte[] {1});
        all.writeBytes(builder.build());
      }
    }
    return all;
  }

  private static FetchResponse.PartitionData data(int number, long highWatermark, ByteBuf records) {
    return new FetchResponse.PartitionData()
        .partitionIndex(number)
        .highWatermark(highWatermark)
        .logStartOffset(0)
        .records(new BufferRecords(records));
  }

  private void answer(FetchResponse.PartitionData... partitions) {
    FetchResponse.FetchableTopicResponse topic =
        new FetchResponse.FetchableTopicResponse().topicId(TOPIC_ID);
    topic.partitions().addAll(Arrays.asList(partitions));
    FetchResponse response = new FetchResponse().sessionId(99);
    response.responses().add(topic);
    answer(response);
  }

  private void answer(FetchResponse response) {
    unanswered.remove().complete(new PeerAnswer<>(response, () -> released++));
    fetcherShard.turn();
  }

  private void turnBoth() {
    for (int i = 0; i < 4; i++) {
      partitionShard.turn();
      fetcherShard.turn();
    }
  }

  private List<FetchRequest.FetchPartition> lastWanted() {
    return requests.getLast().topics().stream()
        .flatMap(topic -> topic.partitions().stream())
        .toList();
  }

  @Test
  void saysWhoItIsAndWhatItKnows() {
    follow(0);

    FetchRequest request = requests.getLast();
    assertThat(request.replicaState().replicaId()).isEqualTo(Replicas.SELF);
    assertThat(request.replicaState().replicaEpoch()).isEqualTo(11);
    assertThat(request.sessionEpoch()).isZero();
    assertThat(lastWanted()).hasSize(1);
    assertThat(lastWanted().getFirst().currentLeaderEpoch()).isEqualTo(5);
    assertThat(lastWanted().getFirst().fetchOffset()).isZero();
  }

  @Test
  void doesNotSayItHasWhatIsNotAppendedAndMayBeCommittedForIt() {
    Partition partition = follow(0);
    answer(data(0, 2, batches(0, 1)));
    assertThat(requests).as("the answer reaches the high watermark").hasSize(1);

    turnBoth();

    assertThat(requests).hasSize(2);
    assertThat(partition.view().logEndOffset()).isEqualTo(2);
    assertThat(lastWanted().getFirst().fetchOffset()).isEqualTo(2);
    assertThat(released).isEqualTo(1);
  }

  @Test
  void fetchesOnWhileItAppendsWhatIsCommittedAnyway() {
    Partition partition = follow(0);
    answer(data(0, 100, batches(0, 1)));
    assertThat(requests).hasSize(2);
    assertThat(lastWanted().getFirst().fetchOffset()).isEqualTo(2);
    answer(data(0, 100, batches(2)));
    assertThat(requests).as("two answers are on their way, that is enough").hasSize(2);
    assertThat(released).as("still needed").isZero();

    turnBoth();

    assertThat(partition.view().logEndOffset()).isEqualTo(3);
    assertThat(requests).hasSize(3);
    assertThat(lastWanted().getFirst().fetchOffset()).isEqualTo(3);
    assertThat(released).isEqualTo(2);
  }

  @Test
  void tellsOnlyWhatHasChanged() {
    follow(0);
    answer(data(0, 0, batches()));
    turnBoth();
    follow(1);
    assertThat(requests.getLast().sessionId()).isEqualTo(99);
    assertThat(lastWanted()).extracting(FetchRequest.FetchPartition::partition).containsExactly(1);
    int before = requests.size();

    answer(data(0, 0, batches()));
    answer(data(1, 1, batches(0)));
    turnBoth();

    assertThat(requests.size()).isGreaterThan(before);
    assertThat(lastWanted()).extracting(FetchRequest.FetchPartition::partition).containsExactly(1);
    assertThat(lastWanted().getFirst().fetchOffset()).isEqualTo(1);
  }

  @Test
  void tellsOfANewPartitionWhileAFetchWaitsThere() {
    follow(0);
    answer(data(0, 0, batches()));
    turnBoth();
    assertThat(unanswered).hasSize(1);

    follow(1);

    assertThat(unanswered).as("the second one does not wait for the first").hasSize(2);
  }

  @Test
  void beginsAnewWhenTheLeaderHasForgottenTheSession() {
    follow(0);
    answer(data(0, 1, batches(0)));
    turnBoth();
    answer(new FetchResponse().errorCode(ErrorCode.FETCH_SESSION_ID_NOT_FOUND.code()));

    assertThat(requests.getLast().sessionEpoch()).isZero();
    assertThat(requests.getLast().sessionId()).isZero();
    assertThat(lastWanted().getFirst().fetchOffset()).isEqualTo(1);
  }

  @Test
  void asksAgainSoonButNotAtOnceWhenTheLeaderDoesNotKnowTheEpochYet() {
    follow(0);
    answer(data(0, -1, batches()).errorCode(ErrorCode.UNKNOWN_LEADER_EPOCH.code()));
    assertThat(requests).hasSize(1);

    clock.advanceMs(20);
    fetcherShard.turn();

    assertThat(requests).hasSize(2);
  }

  @Test
  void takesNothingOfADamagedBatch() {
    Partition partition = follow(0);
    ByteBuf damaged = batches(0);
    damaged.setByte(damaged.writerIndex() - 1, 77);
    answer(data(0, 5, damaged));
    turnBoth();
    assertThat(partition.view().logEndOffset()).isZero();

    clock.advanceMs(1_000);
    fetcherShard.turn();
    while (unanswered.size() > 1) {
      answer(new FetchResponse().sessionId(99));
    }
    assertThat(lastWanted().getFirst().fetchOffset()).as("again from where it is").isZero();
    answer(data(0, 1, batches(0)));
    turnBoth();
    assertThat(partition.view().logEndOffset()).isEqualTo(1);
  }

  @Test
  void tellsTheLeaderOnlyOfWhatIsOnTheDiskWhereTheTopicWantsThat() {
    List<Runnable> forces = new ArrayList<>();
    TopicSettings forced =
        Replicas.settings(LogConfig.defaults().withIndex(4096, 1_000).withFlush(1, Long.MAX_VALUE));
    TopicPartition key = new TopicPartition("orders", 0);
    PartitionLog log = PartitionLog.open(directory, key, TOPIC_ID, forced.log(), clock.wallMs());
    Partition partition =
        new Partition(
            key,
            TOPIC_ID,
            partitionShard,
            log,
            new LogFlusher(forces::add, clock::wallMs),
            forced,
            Replicas.alone(partitionShard));
    partition.become(
        Replicas.state(LEADER, 5, 7, NodeIds.of(Replicas.SELF, LEADER), NodeIds.of(LEADER)));
    fetcher.follow(List.of(new FollowedPartition(partition, 5, partition.follower().position())));
    fetcherShard.turn();
    answer(data(0, 0, batches(0)));
    turnBoth();
    assertThat(requests).as("appended, but not forced").hasSize(1);

    forces.forEach(Runnable::run);
    turnBoth();

    assertThat(requests).hasSize(2);
    assertThat(lastWanted().getFirst().fetchOffset()).isEqualTo(1);
  }

  @Test
  void holdsThrottledReplicasThatAreBehindToTheirRate() {
    quota.setRate(100);
    follow(
        0,
        new TopicSettings(
            settings().log(),
            Replicas.RULES,
            1,
            ThrottledReplicas.NONE,
            ThrottledReplicas.parse(List.of("0:1"))));
    follow(1);
    answer(data(0, 100, batches(0, 1, 2, 3)), data(1, 100, batches()));
    turnBoth();
    answer(new FetchResponse().sessionId(99));

    assertThat(requests.stream().skip(1))
        .as("the throttled one waits")
        .allMatch(
            request ->
                request.topics().stream()
                    .flatMap(topic -> topic.partitions().stream())
                    .noneMatch(it -> it.partition() == 0));
    clock.advanceMs(4_000);
    fetcherShard.turn();
    assertThat(lastWanted()).extracting(FetchRequest.FetchPartition::partition).contains(0);
  }
}
