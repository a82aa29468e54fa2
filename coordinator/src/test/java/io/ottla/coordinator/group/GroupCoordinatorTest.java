package io.ottla.coordinator.group;

import static io.ottla.coordinator.group.GroupBed.GROUP;
import static io.ottla.coordinator.group.GroupBed.commitRequest;
import static io.ottla.coordinator.group.GroupBed.error;
import static io.ottla.coordinator.group.GroupBed.joinRequest;
import static io.ottla.coordinator.group.GroupBed.onlyError;
import static io.ottla.coordinator.group.GroupBed.topicOffset;
import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.coordinator.Answer;
import io.ottla.coordinator.CoordinatorState;
import io.ottla.coordinator.MemoryLog;
import io.ottla.coordinator.RequestContext;
import io.ottla.coordinator.group.consumer.TopicAuthorizer;
import io.ottla.runtime.ManualClock;
import io.ottla.runtime.ManualShard;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.TopicPartition;
import io.ottla.wire.message.DescribeGroupsRequest;
import io.ottla.wire.message.DescribeGroupsResponse;
import io.ottla.wire.message.HeartbeatRequest;
import io.ottla.wire.message.HeartbeatResponse;
import io.ottla.wire.message.JoinGroupResponse;
import io.ottla.wire.message.LeaveGroupRequest;
import io.ottla.wire.message.LeaveGroupResponse;
import io.ottla.wire.message.ListGroupsRequest;
import io.ottla.wire.message.ListGroupsResponse;
import io.ottla.wire.message.OffsetCommitResponse;
import io.ottla.wire.message.SyncGroupResponse;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.utils.Utils;
import org.junit.jupiter.api.Test;

/** Partitions, elections, replication and overload, as the broker sees them. */
class GroupCoordinatorTest {

  @Test
  void findsThePartitionOfAGroupAsKafkaDoes() {
    GroupCoordinator coordinator =
        new GroupCoordinator(
            GroupCoordinatorConfig.defaults(), 50, p -> null, null, null, () -> "", Runnable::run);

    String smallestHash = "polygenelubricants";
    assertThat(smallestHash.hashCode()).isEqualTo(Integer.MIN_VALUE);
    for (String groupId : List.of("", "my-group", "another", "and one more", smallestHash)) {
      assertThat(coordinator.partitionFor(groupId)).isEqualTo(Utils.abs(groupId.hashCode()) % 50);
    }
  }

  @Test
  void holdsEveryAnswerUntilWhatItRestsOnIsReplicated() {
    GroupBed bed = new GroupBed();
    List<String> members = bed.stableGroup(1);
    bed.holdHighWatermark();
    Answer<OffsetCommitResponse> commit =
        bed.commit(commitRequest(members.get(0), 1).topics(List.of(topicOffset("t", 0, 1))), 9);
    Answer<HeartbeatResponse> heartbeat =
        bed.heartbeat(
            new HeartbeatRequest().groupId(GROUP).memberId(members.get(0)).generationId(1));
    assertThat(commit.hasCome()).isFalse();
    assertThat(heartbeat.hasCome()).isFalse();
    bed.releaseHighWatermark();

    assertThat(onlyError(commit.get())).isEqualTo(ErrorCode.NONE);
    assertThat(error(heartbeat.get().errorCode())).isEqualTo(ErrorCode.NONE);
  }

  @Test
  void holdsAnAssignmentUntilItIsReplicated() {
    GroupBed bed = new GroupBed();
    String member = bed.memberId();
    bed.join(joinRequest(member));
    bed.pass(6_000);
    bed.holdHighWatermark();
    Answer<SyncGroupResponse> sync = bed.sync(bed.assigning(member, 1, member, "p"));

    assertThat(sync.hasCome()).isFalse();
    bed.releaseHighWatermark();
    assertThat(error(sync.get().errorCode())).isEqualTo(ErrorCode.NONE);
  }

  @Test
  void answersWithAnErrorWhatIsNotReplicatedInTimeAndGoesOnFromTheLog() {
    GroupBed bed = new GroupBed();
    String member = bed.memberId();
    bed.join(joinRequest(member));
    bed.pass(6_000);
    bed.holdHighWatermark();
    Answer<SyncGroupResponse> sync = bed.sync(bed.assigning(member, 1, member, "p"));
    bed.pass(5_000);

    assertThat(error(sync.get().errorCode())).isEqualTo(ErrorCode.COORDINATOR_NOT_AVAILABLE);
    bed.releaseHighWatermark();
    assertThat(GroupBed.text(bed.sync(bed.syncRequest(member, 1)).get().assignment()))
        .isEqualTo("p");
    bed.assertReplayEqualsLiveState();
  }

  @Test
  void refusesRequestsWhenTooManyAnswersWaitToBeReplicated() {
    GroupBed bed = new GroupBed(GroupCoordinatorConfig.builder().maxHeldReplies(2).build());
    bed.commit("g", "t", 0, 1);
    bed.holdHighWatermark();
    bed.commit(commitRequest("", -1).topics(List.of(topicOffset("t", 0, 1))), 9);
    bed.commit(commitRequest("", -1).topics(List.of(topicOffset("t", 0, 2))), 9);

    assertThat(bed.commit("g", "t", 0, 3)).isEqualTo(ErrorCode.COORDINATOR_NOT_AVAILABLE);
    bed.releaseHighWatermark();
    assertThat(bed.commit("g", "t", 0, 4)).isEqualTo(ErrorCode.NONE);
  }

  @Test
  void tellsClientsToComeAgainWhileGroupsAreLoaded() {
    GroupBed bed = new GroupBed();
    bed.stableGroup(1);
    GroupBed loading = bed.reload();
    loading.coordinator.onResignation(0);
    loading.coordinator.onElection(0, 3, loading.log, loading.log);
    loading.shard.turn();

    assertThat(loading.runtime().state()).isEqualTo(CoordinatorState.LOADING);
    Answer<JoinGroupResponse> join = new Answer<>();
    loading.coordinator.joinGroup(loading.context(9), joinRequest(""), join);
    Answer<HeartbeatResponse> heartbeat = new Answer<>();
    loading.coordinator.heartbeat(new HeartbeatRequest().groupId(GROUP), heartbeat);
    Answer<ListGroupsResponse> list = new Answer<>();
    loading.coordinator.listGroups(new ListGroupsRequest(), list);
    loading.shard.turn();

    assertThat(error(join.get().errorCode())).isEqualTo(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS);
    assertThat(error(heartbeat.get().errorCode())).as("members stay").isEqualTo(ErrorCode.NONE);
    assertThat(error(list.get().errorCode())).isEqualTo(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS);
    loading.turn();
    assertThat(loading.group().state()).isEqualTo(ClassicGroupState.STABLE);
  }

  @Test
  void answersAllWhoWaitWhenItResigns() {
    GroupBed bed = new GroupBed();
    List<String> members = bed.stableGroup(2);
    Answer<JoinGroupResponse> join = bed.join(joinRequest(members.get(0)));
    bed.holdHighWatermark();
    Answer<OffsetCommitResponse> commit =
        bed.commit(commitRequest(members.get(1), 1).topics(List.of(topicOffset("t", 0, 1))), 9);
    bed.coordinator.onResignation(0);
    bed.turn();

    assertThat(error(join.get().errorCode())).isEqualTo(ErrorCode.NOT_COORDINATOR);
    assertThat(onlyError(commit.get())).isEqualTo(ErrorCode.NOT_COORDINATOR);
    assertThat(error(bed.join(joinRequest("")).get().errorCode()))
        .isEqualTo(ErrorCode.NOT_COORDINATOR);
    assertThat(bed.shard.nextDeadlineNs()).as("no timer is left").isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void answersMembersThatWaitForTheirAssignmentWhenItResigns() {
    GroupBed bed = new GroupBed();
    String leader = bed.memberId();
    String follower = bed.memberId();
    bed.join(joinRequest(leader));
    bed.join(joinRequest(follower));
    bed.pass(6_000);
    Answer<SyncGroupResponse> sync = bed.sync(bed.syncRequest(follower, 1));
    bed.coordinator.close();
    bed.turn();

    assertThat(error(sync.get().errorCode())).isEqualTo(ErrorCode.NOT_COORDINATOR);
    assertThat(bed.shard.nextDeadlineNs()).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void goesOnAsItIsWhenElectedAgain() {
    GroupBed bed = new GroupBed();
    List<String> members = bed.stableGroup(1);
    bed.coordinator.onElection(0, 2, bed.log, bed.log);
    bed.turn();

    assertThat(bed.heartbeat(members.get(0), 1)).isEqualTo(ErrorCode.NONE);
  }

  @Test
  void servesNothingWhenLoadingFailedUntilItIsElectedAgain() {
    GroupBed bed = new GroupBed();
    bed.commit("g", "t", 0, 1);
    GroupBed other = new GroupBed();
    other.log.failReads(new IOException("unreadable, for a test"));
    other.expectErrors("CoordinatorLoader");
    bed.copyLogTo(other);

    assertThat(other.runtime().state()).isEqualTo(CoordinatorState.FAILED);
    assertThat(other.commit("g", "t", 0, 2)).isEqualTo(ErrorCode.NOT_COORDINATOR);
    other.log.failReads(null);
    other.coordinator.onElection(0, 3, other.log, other.log);
    other.turn();
    assertThat(other.committed("g", "t", 0)).isEqualTo(1);
  }

  @Test
  void saysSoWhenTheShardIsOverloaded() {
    ManualClock clock = new ManualClock(0);
    ManualShard shard = new ManualShard(0, 1, clock);
    GroupCoordinator coordinator = coordinator(List.of(shard));
    shard.submit(() -> {});

    assertThat(
            coordinator.heartbeat(
                new HeartbeatRequest().groupId("g"), response -> fail("must not be answered")))
        .isFalse();
    assertThat(
            coordinator.describeGroups(
                new RequestContext((short) 5, "", ""),
                new DescribeGroupsRequest().groups(List.of("a", "b")),
                response -> fail("must not be answered")))
        .isFalse();
    shard.turn();
  }

  private static void fail(String message) {
    throw new AssertionError(message);
  }

  /** A coordinator of several partitions, one per shard. */
  private static GroupCoordinator coordinator(List<ManualShard> shards) {
    GroupCoordinator coordinator =
        new GroupCoordinator(
            GroupCoordinatorConfig.defaults(),
            shards.size(),
            shards::get,
            new GroupBed.Topics(),
            TopicAuthorizer.ALL,
            () -> "id",
            Runnable::run);
    for (int i = 0; i < shards.size(); i++) {
      MemoryLog log = new MemoryLog(new TopicPartition("__consumer_offsets", i));
      int partition = i;
      log.onAppend(
          end ->
              shards
                  .get(partition)
                  .atEndOfBatch(() -> coordinator.onHighWatermark(partition, end)));
      coordinator.onElection(i, 1, log, log);
    }
    for (int i = 0; i < 3; i++) {
      shards.forEach(ManualShard::turn);
    }
    return coordinator;
  }

  @Test
  void putsTogetherWhatSeveralPartitionsAnswer() {
    ManualClock clock = new ManualClock(0);
    List<ManualShard> shards = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      shards.add(new ManualShard(clock));
    }
    GroupCoordinator coordinator = coordinator(shards);
    List<String> groupIds = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      groupIds.add("group" + i);
      coordinator.commitOffsets(
          new RequestContext((short) 9, "", ""),
          commitRequest("", -1).groupId("group" + i).topics(List.of(topicOffset("t", 0, i))),
          new Answer<>());
    }
    shards.forEach(ManualShard::turn);
    Answer<DescribeGroupsResponse> describe = new Answer<>();
    coordinator.describeGroups(
        new RequestContext((short) 5, "", ""),
        new DescribeGroupsRequest().groups(groupIds),
        describe);
    Answer<ListGroupsResponse> list = new Answer<>();
    coordinator.listGroups(new ListGroupsRequest(), list);
    for (int i = 0; i < shards.size(); i++) {
      assertThat(describe.hasCome()).isFalse();
      assertThat(list.hasCome()).isFalse();
      shards.get(i).turn();
    }

    assertThat(describe.get().groups())
        .extracting(DescribeGroupsResponse.DescribedGroup::groupId)
        .containsExactlyElementsOf(groupIds);
    assertThat(describe.get().groups())
        .allSatisfy(group -> assertThat(group.groupState()).isEqualTo("Empty"));
    assertThat(list.get().groups())
        .extracting(ListGroupsResponse.ListedGroup::groupId)
        .containsExactlyInAnyOrderElementsOf(groupIds);
  }

  @Test
  void answersForPartitionsThatAreElsewhere() {
    ManualClock clock = new ManualClock(0);
    List<ManualShard> shards = List.of(new ManualShard(clock), new ManualShard(clock));
    GroupCoordinator coordinator = coordinator(shards);
    coordinator.onResignation(coordinator.partitionFor("a"));
    shards.forEach(ManualShard::turn);
    assertThat(coordinator.partitionFor("b")).isNotEqualTo(coordinator.partitionFor("a"));
    Answer<DescribeGroupsResponse> describe = new Answer<>();
    coordinator.describeGroups(
        new RequestContext((short) 5, "", ""),
        new DescribeGroupsRequest().groups(List.of("a", "b")),
        describe);
    Answer<LeaveGroupResponse> leave = new Answer<>();
    coordinator.leaveGroup(
        new RequestContext((short) 5, "", ""), new LeaveGroupRequest().groupId("a"), leave);
    shards.forEach(ManualShard::turn);

    assertThat(describe.get().groups())
        .extracting(group -> error(group.errorCode()))
        .containsExactly(ErrorCode.NOT_COORDINATOR, ErrorCode.NONE);
    assertThat(error(leave.get().errorCode())).isEqualTo(ErrorCode.NOT_COORDINATOR);
    Answer<ListGroupsResponse> list = new Answer<>();
    coordinator.close();
    coordinator.listGroups(new ListGroupsRequest(), list);
    assertThat(list.get().groups()).isEmpty();
  }
}
