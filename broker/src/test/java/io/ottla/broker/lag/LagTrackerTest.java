package io.ottla.broker.lag;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.ottla.broker.peer.BrokerQuestions;
import io.ottla.coordinator.group.CommittedOffsets;
import io.ottla.metadata.image.MetadataDelta;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.metadata.image.NodeIds;
import io.ottla.metadata.image.PartitionImage;
import io.ottla.replication.TestReplicas;
import io.ottla.runtime.ManualClock;
import io.ottla.runtime.ManualShard;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.Uuid;
import io.ottla.wire.message.ListOffsetsRequest;
import io.ottla.wire.message.ListOffsetsResponse;
import io.ottla.wire.record.RecordBatchBuilder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Lags at node 1, which leads "orders"; node 2 leads "bills", and is played here. */
class LagTrackerTest {

  private static final String LOCAL = TestReplicas.TOPIC;
  private static final String REMOTE = "bills";
  private static final Uuid REMOTE_ID = new Uuid(4, 3);
  private static final int REMOTE_PARTITIONS = 2_500;

  @TempDir Path directory;

  private final ManualClock clock = new ManualClock(1_000_000);
  private final ManualShard shard = new ManualShard(clock);
  private final Committed committed = new Committed();
  private final Leader leader = new Leader();
  private TestReplicas replicas;
  private MetadataImage image = MetadataImage.empty("cluster");
  private LagTracker lags;

  private static final class Committed implements CommittedOffsets {

    private record Offset(String topic, Uuid topicId, int partition, long offset) {}

    private final Map<String, List<Offset>> groups = new HashMap<>();

    void commit(String groupId, String topic, Uuid topicId, int partition, long offset) {
      groups
          .computeIfAbsent(groupId, id -> new ArrayList<>())
          .add(new Offset(topic, topicId, partition, offset));
    }

    @Override
    public int partition() {
      return 0;
    }

    @Override
    public void forEach(Visitor visitor) {
      groups.keySet().forEach(groupId -> forEach(groupId, visitor));
    }

    @Override
    public void forEach(String groupId, Visitor visitor) {
      for (Offset offset : groups.getOrDefault(groupId, List.of())) {
        visitor.visit(
            groupId, offset.topic(), offset.topicId(), offset.partition(), offset.offset());
      }
    }
  }

  /** Node 2. Unless it holds its answers, it gives them at once. */
  private static final class Leader implements BrokerQuestions {

    private final List<ListOffsetsRequest> requests = new ArrayList<>();
    private final Map<Integer, ErrorCode> errors = new HashMap<>();
    private final List<Runnable> held = new ArrayList<>();
    private boolean holds;
    private boolean isGone;
    private long end = 100;
    private long stableEnd = 90;

    @Override
    public CompletableFuture<ApiMessage> send(
        int brokerId, ApiKey api, ApiMessage request, long timeoutMs) {
      assertThat(brokerId).isEqualTo(2);
      assertThat(api).isEqualTo(ApiKey.LIST_OFFSETS);
      assertThat(timeoutMs).isEqualTo(5_000);
      requests.add((ListOffsetsRequest) request);
      CompletableFuture<ApiMessage> answer = new CompletableFuture<>();
      Runnable answering =
          () -> {
            if (isGone) {
              answer.completeExceptionally(new IllegalStateException("gone"));
            } else {
              answer.complete(answer((ListOffsetsRequest) request));
            }
          };
      if (holds) {
        held.add(answering);
      } else {
        answering.run();
      }
      return answer;
    }

    void release() {
      holds = false;
      List.copyOf(held).forEach(Runnable::run);
      held.clear();
    }

    private ListOffsetsResponse answer(ListOffsetsRequest request) {
      ListOffsetsResponse response = new ListOffsetsResponse();
      for (ListOffsetsRequest.ListOffsetsTopic topic : request.topics()) {
        var told = new ListOffsetsResponse.ListOffsetsTopicResponse().name(topic.name());
        for (ListOffsetsRequest.ListOffsetsPartition partition : topic.partitions()) {
          assertThat(partition.timestamp()).isEqualTo(-1);
          ErrorCode error = errors.getOrDefault(partition.partitionIndex(), ErrorCode.NONE);
          told.partitions()
              .add(
                  new ListOffsetsResponse.ListOffsetsPartitionResponse()
                      .partitionIndex(partition.partitionIndex())
                      .errorCode(error.code())
                      .offset(
                          error != ErrorCode.NONE
                              ? -1
                              : request.isolationLevel() == 1 ? stableEnd : end));
        }
        response.topics().add(told);
      }
      return response;
    }
  }

  @BeforeEach
  void open() {
    replicas = new TestReplicas(directory, shard, clock, 2);
    PartitionImage here = PartitionImage.created(NodeIds.of(1), NodeIds.of(1));
    PartitionImage there = PartitionImage.created(NodeIds.of(2), NodeIds.of(2));
    image =
        image
            .with(new MetadataDelta.TopicCreated(TestReplicas.TOPIC_ID, LOCAL, List.of(here, here)))
            .with(
                new MetadataDelta.TopicCreated(
                    REMOTE_ID, REMOTE, Collections.nCopies(REMOTE_PARTITIONS, there)));
    lags =
        new LagTracker(
            () -> List.of(committed),
            () -> image,
            new LocalEnds(replicas.partitions(), clock),
            new RemoteEnds(1, leader, clock, 5_000),
            Runnable::run,
            clock);
  }

  @AfterEach
  void close() {
    replicas.close();
  }

  private void append(int partition, int count) {
    try (RecordBatchBuilder builder = new RecordBatchBuilder(Unpooled.buffer())) {
      for (int i = 0; i < count; i++) {
        builder.append(1_000L + i, (byte[]) null, new byte[1]);
      }
      replicas.append(partition, builder.build());
    }
    int unused = shard.turn();
  }

  private static PartitionLag only(GroupLag group) {
    assertThat(group.partitions()).hasSize(1);
    return group.partitions().getFirst();
  }

  @Test
  void whatIsLedHereIsKnownAtOnceAndNeverOld() {
    append(0, 10);
    append(1, 3);
    committed.commit("g", LOCAL, Uuid.ZERO, 1, 0);
    committed.commit("g", LOCAL, TestReplicas.TOPIC_ID, 0, 4);
    clock.advanceMs(60_000);

    GroupLag group = lags.of("g");
    assertThat(group.partitions())
        .containsExactly(
            new PartitionLag(LOCAL, 0, LagState.KNOWN, 4, 10, 10, 6, 6, 0),
            new PartitionLag(LOCAL, 1, LagState.KNOWN, 0, 3, 3, 3, 3, 0));
    assertThat(group.totalLag()).isEqualTo(9);
    assertThat(group.maxLag()).isEqualTo(6);
    assertThat(group.unknownPartitions()).isZero();
    assertThat(leader.requests).as("nobody else has to be asked").isEmpty();

    append(0, 5);
    assertThat(lags.of("g").totalLag()).isEqualTo(14);
  }

  @Test
  void leadersElsewhereAreAskedForBothIsolationLevels() {
    committed.commit("g", REMOTE, REMOTE_ID, 7, 30);

    assertThat(only(lags.of("g")))
        .isEqualTo(new PartitionLag(REMOTE, 7, LagState.KNOWN, 30, 100, 90, 70, 60, 0));
    assertThat(leader.requests)
        .extracting(ListOffsetsRequest::isolationLevel)
        .containsExactly((byte) 0, (byte) 1);
  }

  @Test
  void untilALeaderHasAnsweredTheLagIsUnknownAndItIsNotAskedTwice() {
    leader.holds = true;
    committed.commit("g", REMOTE, REMOTE_ID, 7, 30);
    committed.commit("g", LOCAL, TestReplicas.TOPIC_ID, 0, 0);
    append(0, 2);

    GroupLag group = lags.of("g");
    assertThat(group.partitions().getFirst())
        .isEqualTo(new PartitionLag(REMOTE, 7, LagState.END_UNKNOWN, 30, -1, -1, -1, -1, -1));
    assertThat(group.totalLag()).isEqualTo(2);
    assertThat(group.unknownPartitions()).isEqualTo(1);
    lags.tick();
    lags.tick();
    assertThat(leader.requests).hasSize(2);

    leader.release();
    assertThat(lags.of("g").totalLag()).isEqualTo(72);
    lags.tick();
    assertThat(leader.requests).hasSize(4);
  }

  @Test
  void figuresGetOlderWhileTheirLeaderDoesNotAnswerAndAreNewAgainWhenItDoes() {
    committed.commit("g", REMOTE, REMOTE_ID, 7, 30);
    assertThat(only(lags.of("g")).ageMs()).isZero();
    leader.isGone = true;
    clock.advanceMs(5_000);
    lags.tick();
    clock.advanceMs(1_000);
    assertThat(only(lags.of("g")))
        .returns(6_000L, PartitionLag::ageMs)
        .returns(70L, PartitionLag::lag);

    leader.isGone = false;
    leader.end = 200;
    lags.tick();
    assertThat(only(lags.of("g")))
        .returns(0L, PartitionLag::ageMs)
        .returns(170L, PartitionLag::lag);
  }

  @Test
  void onePartitionThatFailsDoesNotHideTheOthers() {
    leader.errors.put(1, ErrorCode.NOT_LEADER_OR_FOLLOWER);
    committed.commit("g", REMOTE, REMOTE_ID, 0, 30);
    committed.commit("g", REMOTE, REMOTE_ID, 1, 30);

    assertThat(lags.of("g").partitions())
        .extracting(PartitionLag::state)
        .containsExactly(LagState.KNOWN, LagState.END_UNKNOWN);
  }

  @Test
  void manyPartitionsAreAskedForInBatchesOneAfterTheOther() {
    leader.holds = true;
    for (int partition = 0; partition < REMOTE_PARTITIONS; partition++) {
      committed.commit("g", REMOTE, REMOTE_ID, partition, 0);
    }
    assertThat(lags.all()).hasSize(1);
    assertThat(leader.requests).as("one batch in both levels").hasSize(2);
    assertThat(leader.requests.getFirst().topics().getFirst().partitions())
        .hasSize(RemoteEnds.BATCH);
    leader.release();

    assertThat(leader.requests).hasSize(6);
    assertThat(lags.of("g").unknownPartitions()).isZero();
    assertThat(lags.of("g").totalLag()).isEqualTo(REMOTE_PARTITIONS * 100L);
  }

  @Test
  void nobodyIsAskedAnyMoreWhenNobodyWantsToKnow() {
    committed.commit("g", REMOTE, REMOTE_ID, 7, 30);
    lags.tick();
    assertThat(leader.requests).as("before anybody has asked").isEmpty();
    assertThat(lags.of("g").unknownPartitions()).isZero();
    clock.advanceMs(LagTracker.WANTED_FOR_MS);
    lags.tick();
    assertThat(leader.requests).hasSize(4);
    clock.advanceMs(1);
    lags.tick();
    lags.tick();
    assertThat(leader.requests).hasSize(4);

    leader.holds = true;
    assertThat(lags.of("g").unknownPartitions()).as("it was forgotten").isEqualTo(1);
    assertThat(leader.requests).as("and is asked for again").hasSize(6);
  }

  @Test
  void topicsThatAreGoneOrHaveBeenMadeAnewAreSaidToBe() {
    committed.commit("g", "never", Uuid.ZERO, 0, 30);
    committed.commit("g", LOCAL, new Uuid(9, 9), 0, 30);
    committed.commit("g", LOCAL, TestReplicas.TOPIC_ID, 17, 30);
    append(0, 50);

    GroupLag group = lags.of("g");
    assertThat(group.partitions())
        .extracting(PartitionLag::state)
        .containsOnly(LagState.TOPIC_GONE);
    assertThat(group.totalLag()).isZero();
    assertThat(group.unknownPartitions()).isZero();
  }

  @Test
  void theEndOfATopicIsNotTakenForThatOfAnotherOfTheSameName() {
    committed.commit("g", REMOTE, Uuid.ZERO, 7, 30);
    assertThat(only(lags.of("g")).state()).isEqualTo(LagState.KNOWN);
    PartitionImage there = PartitionImage.created(NodeIds.of(2), NodeIds.of(2));
    image =
        image
            .with(new MetadataDelta.TopicDeleted(REMOTE_ID, REMOTE))
            .with(
                new MetadataDelta.TopicCreated(
                    new Uuid(4, 99), REMOTE, Collections.nCopies(8, there)));

    assertThat(only(lags.of("g")).state()).isEqualTo(LagState.END_UNKNOWN);
    lags.tick();
    assertThat(only(lags.of("g")).state()).isEqualTo(LagState.KNOWN);
  }

  @Test
  void aPartitionThatMovesElsewhereIsAskedForThere() {
    append(0, 5);
    committed.commit("g", LOCAL, TestReplicas.TOPIC_ID, 0, 0);
    assertThat(only(lags.of("g")).lag()).isEqualTo(5);
    replicas.become(0, 2, 1, NodeIds.of(1, 2), NodeIds.of(1, 2));
    int unused = shard.turn();
    PartitionImage there = PartitionImage.created(NodeIds.of(2), NodeIds.of(2));
    image =
        image.with(
            new MetadataDelta.PartitionsChanged(
                TestReplicas.TOPIC_ID, List.of(new MetadataDelta.PartitionChange(0, there))));

    assertThat(only(lags.of("g")).state()).isEqualTo(LagState.END_UNKNOWN);
    lags.tick();
    assertThat(only(lags.of("g")).lag()).isEqualTo(100);
  }

  @Test
  void moreCommittedThanThereIsIsNoLag() {
    append(0, 5);
    committed.commit("g", LOCAL, TestReplicas.TOPIC_ID, 0, 50);

    assertThat(only(lags.of("g")))
        .returns(0L, PartitionLag::lag)
        .returns(5L, PartitionLag::endOffset);
  }

  @Test
  void allGroupsAreToldInTheOrderOfTheirIds() {
    append(0, 5);
    committed.commit("b", LOCAL, TestReplicas.TOPIC_ID, 0, 1);
    committed.commit("a", LOCAL, TestReplicas.TOPIC_ID, 0, 5);

    assertThat(lags.all()).extracting(GroupLag::groupId).containsExactly("a", "b");
    assertThat(lags.all()).extracting(GroupLag::totalLag).containsExactly(0L, 4L);
    assertThat(lags.of("unheard").partitions()).isEmpty();
  }
}
