package io.ottla.coordinator.group;

import static io.ottla.coordinator.group.GroupBed.GROUP;
import static io.ottla.coordinator.group.GroupBed.commitRequest;
import static io.ottla.coordinator.group.GroupBed.error;
import static io.ottla.coordinator.group.GroupBed.joinRequest;
import static io.ottla.coordinator.group.GroupBed.protocol;
import static io.ottla.coordinator.group.GroupBed.topicOffset;
import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.coordinator.Answer;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.Uuid;
import io.ottla.wire.message.ConsumerGroupHeartbeatRequest;
import io.ottla.wire.message.ConsumerGroupHeartbeatResponse;
import io.ottla.wire.message.JoinGroupResponse;
import io.ottla.wire.message.OffsetCommitRequest;
import io.ottla.wire.message.OffsetDeleteRequest;
import io.ottla.wire.message.OffsetDeleteResponse;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** When offsets go: by age (KIP-211), on request, with their topic. */
class OffsetRetentionTest {

  private static final long MINUTE = 60_000;
  private static final long HOUR = 60 * MINUTE;

  private final GroupBed bed =
      new GroupBed(GroupCoordinatorConfig.builder().offsetsRetentionMinutes(60).build());

  /** Lets time pass while the members of the group send heartbeats. */
  private void passWithHeartbeats(long ms, List<String> members) {
    int generation = bed.group().generation();
    for (long passed = 0; passed < ms; passed += 8_000) {
      bed.pass(8_000);
      members.forEach(member -> bed.heartbeat(member, generation));
    }
  }

  @Test
  void offsetsOfAGroupWithoutMembersAgeFromTheirOwnCommit() {
    bed.commit("g", "t", 0, 1);
    bed.pass(40 * MINUTE);
    bed.commit("g", "t", 1, 2);
    bed.pass(30 * MINUTE);

    assertThat(bed.offsets().get("g").get("t")).containsOnlyKeys(1);
    bed.assertReplayEqualsLiveState();
    bed.pass(40 * MINUTE);
    assertThat(bed.group("g")).isNull();
    bed.assertReplayEqualsLiveState();
  }

  @Test
  void offsetsOfAGroupThatWasLeftAgeFromThatMoment() {
    List<String> members = bed.stableGroup(1);
    bed.commit(commitRequest(members.get(0), 1).topics(List.of(topicOffset("t", 0, 1))), 9);
    passWithHeartbeats(2 * HOUR, members);
    bed.leave(members.get(0));
    bed.pass(55 * MINUTE);
    assertThat(bed.committed(GROUP, "t", 0)).isEqualTo(1);
    bed.pass(20 * MINUTE);

    assertThat(bed.group()).isNull();
    assertThat(bed.offsets()).isEmpty();
    bed.assertReplayEqualsLiveState();
  }

  @Test
  void offsetsOfTopicsThatMembersReadDoNotAge() {
    List<String> members = bed.stableGroup(1);
    bed.commit(commitRequest(members.get(0), 1).topics(List.of(topicOffset("t", 0, 1))), 9);
    passWithHeartbeats(3 * HOUR, members);

    assertThat(bed.committed(GROUP, "t", 0)).isEqualTo(1);
  }

  @Test
  void offsetsOfTopicsThatMembersReadNoMoreAgeFromTheirCommit() {
    List<String> members = bed.stableGroup(1);
    bed.commit(
        commitRequest(members.get(0), 1)
            .topics(List.of(topicOffset("t", 0, 1), topicOffset("u", 0, 2))),
        9);
    passWithHeartbeats(80 * MINUTE, members);

    assertThat(bed.committed(GROUP, "t", 0)).isEqualTo(1);
    assertThat(bed.committed(GROUP, "u", 0)).isEqualTo(-1);
    bed.assertReplayEqualsLiveState();
  }

  @Test
  void offsetsOfMembersWhoseSubscriptionsAreNotUnderstoodDoNotAge() {
    Answer<JoinGroupResponse> join =
        bed.join(
            joinRequest(bed.memberId())
                .protocols(List.of(protocol("range").metadata(new byte[] {1}))));
    bed.pass(6_000);
    String member = join.get().memberId();
    bed.sync(bed.assigning(member, 1));
    bed.commit(commitRequest(member, 1).topics(List.of(topicOffset("u", 0, 2))), 9);
    passWithHeartbeats(3 * HOUR, List.of(member));

    assertThat(bed.committed(GROUP, "u", 0)).isEqualTo(2);
  }

  @Test
  void offsetsWithARetentionOfTheirOwnKeepToIt() {
    bed.commit(
        commitRequest("", -1).retentionTimeMs(3 * HOUR).topics(List.of(topicOffset("t", 0, 1))), 4);
    bed.pass(3 * HOUR - MINUTE);
    assertThat(bed.committed(GROUP, "t", 0)).isEqualTo(1);
    bed.pass(11 * MINUTE);
    assertThat(bed.committed(GROUP, "t", 0)).isEqualTo(-1);
  }

  @Test
  void offsetsThatAnOpenTransactionMayChangeDoNotAge() {
    bed.commit("g", "t", 0, 1);
    bed.log.appendBytes(OffsetFetchTest.transactional("g", "t", 0, 6));
    GroupBed open = bed.reload();
    open.pass(3 * HOUR);

    assertThat(open.committed("g", "t", 0)).isEqualTo(1);
    assertThat(open.group("g")).isNotNull();
  }

  @Test
  void aGroupWithoutOffsetsGoesOnceItIsEmpty() {
    List<String> members = bed.stableGroup(1);
    bed.leave(members.get(0));
    bed.pass(11 * MINUTE);

    assertThat(bed.group()).isNull();
    bed.assertReplayEqualsLiveState();
  }

  @Test
  void aGroupThatSomeoneIsAboutToJoinDoesNotGo() {
    GroupBed hurried =
        new GroupBed(
            GroupCoordinatorConfig.builder().offsetsRetentionCheckIntervalMs(5_000).build());
    String memberId = hurried.memberId();
    hurried.pass(6_000);

    Answer<JoinGroupResponse> join = hurried.join(joinRequest(memberId));
    hurried.pass(3_000);
    assertThat(error(join.get().errorCode())).isEqualTo(ErrorCode.NONE);
  }

  @Test
  void manyGroupsAreLookedAtInSlices() {
    for (int i = 0; i < 350; i++) {
      bed.commit("g" + i, "t", 0, i);
    }
    bed.pass(80 * MINUTE);

    assertThat(bed.offsets()).isEmpty();
    assertThat(bed.runtime().machine().groups().all()).isEmpty();
    bed.assertReplayEqualsLiveState();
  }

  @Test
  void whatCouldNotBeRemovedIsRemovedInTheNextRound() {
    bed.commit("g", "t", 0, 1);
    bed.log.failAppends(ErrorCode.KAFKA_STORAGE_ERROR);
    bed.pass(90 * MINUTE);
    bed.log.failAppends(ErrorCode.NONE);
    assertThat(bed.committed("g", "t", 0)).isEqualTo(1);
    bed.pass(10 * MINUTE);

    assertThat(bed.group("g")).isNull();
  }

  private OffsetDeleteResponse delete(String topic, int... partitions) {
    OffsetDeleteRequest.OffsetDeleteRequestTopic entry =
        new OffsetDeleteRequest.OffsetDeleteRequestTopic().name(topic);
    for (int partition : partitions) {
      entry
          .partitions()
          .add(new OffsetDeleteRequest.OffsetDeleteRequestPartition().partitionIndex(partition));
    }
    OffsetDeleteRequest request = new OffsetDeleteRequest().groupId(GROUP).topics(List.of(entry));
    return bed.ask(
            0,
            (GroupBed.Asking<OffsetDeleteResponse>)
                callback -> bed.coordinator.deleteOffsets(request, callback))
        .get();
  }

  @Test
  void offsetsAreDeletedOnRequestUnlessMembersReadTheTopic() {
    List<String> members = bed.stableGroup(1);
    bed.commit(
        commitRequest(members.get(0), 1)
            .topics(List.of(topicOffset("t", 0, 1), topicOffset("u", 0, 2))),
        9);

    assertThat(error(delete("t", 0).topics().get(0).partitions().get(0).errorCode()))
        .isEqualTo(ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC);
    assertThat(error(delete("u", 0).topics().get(0).partitions().get(0).errorCode()))
        .isEqualTo(ErrorCode.NONE);
    assertThat(bed.committed(GROUP, "t", 0)).isEqualTo(1);
    assertThat(bed.committed(GROUP, "u", 0)).isEqualTo(-1);
    bed.assertReplayEqualsLiveState();
  }

  @Test
  void partitionsThatDoNotExistAreAnsweredInTheirPlaceWhenDeletingOffsets() {
    bed.commit(GROUP, "t", 1, 1);
    OffsetDeleteResponse response = delete("t", 99, 1, 98);

    assertThat(response.topics().get(0).partitions())
        .extracting(partition -> error(partition.errorCode()))
        .containsExactly(
            ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
            ErrorCode.NONE,
            ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    assertThat(bed.committed(GROUP, "t", 1)).isEqualTo(-1);
  }

  @Test
  void offsetsOfUnknownGroupsAndOfOtherKindsOfMembersAreNotDeleted() {
    assertThat(error(delete("t", 0).errorCode())).isEqualTo(ErrorCode.GROUP_ID_NOT_FOUND);
    bed.join(joinRequest("").protocolType("connect"), 3);
    assertThat(error(delete("t", 0).errorCode())).isEqualTo(ErrorCode.NON_EMPTY_GROUP);
  }

  @Test
  void offsetsGoWithTheirTopicInAllGroups() {
    Uuid id = bed.topics.topicId("t");
    bed.commit("g", "t", 0, 1);
    bed.commit("h", "t", 1, 2);
    bed.commit("h", "u", 1, 3);
    bed.topics.remove("t");
    bed.coordinator.onTopicDeleted(id, "t");
    bed.turn();

    assertThat(bed.offsets()).containsOnlyKeys("h");
    assertThat(bed.offsets().get("h")).containsOnlyKeys("u");
    bed.assertReplayEqualsLiveState();
  }

  @Test
  void offsetsOfALaterTopicOfTheSameNameStay() {
    bed.commit("g", "t", 0, 1);
    bed.coordinator.onTopicDeleted(new Uuid(99, 99), "t");
    bed.turn();

    assertThat(bed.committed("g", "t", 0)).isEqualTo(1);
  }

  @Test
  void aTopicDeletedWhileGroupsAreLoadedIsNotForgotten() {
    bed.commit("g", "t", 0, 1);
    Uuid id = bed.topics.topicId("t");
    GroupBed reloaded = new GroupBed(bed.config);
    reloaded.coordinator.onResignation(0);
    reloaded.turn();
    reloaded.log.appendBytes(bed.log.batchAt(0));
    reloaded.coordinator.onElection(0, 2, reloaded.log, reloaded.log);
    reloaded.shard.turn();
    reloaded.coordinator.onTopicDeleted(id, "t");
    reloaded.turn();

    assertThat(reloaded.offsets()).isEmpty();
  }

  @Test
  void manyTombstonesAreSpreadOverBatches() {
    for (int i = 0; i < 10; i++) {
      bed.commit("g", "t", i, i);
    }
    int appends = bed.log.appends().size();
    bed.log.maxBatchBytes(200);
    bed.coordinator.onTopicDeleted(bed.topics.topicId("t"), "t");
    bed.turn();

    assertThat(bed.log.appends().size() - appends).isBetween(3, 9);
    assertThat(bed.offsets()).isEmpty();
  }

  @Test
  void offsetsOfTopicsThatMembersOfAConsumerGroupDoNotReadAge() {
    bed.catalog(new BedCatalog(Set.of("t", "u")));
    int epoch = heartbeat(0, List.of("t"));
    OffsetCommitRequest commit =
        commitRequest("consumer", epoch)
            .topics(List.of(topicOffset("t", 0, 1), topicOffset("u", 0, 2)));
    assertThat(GroupBed.onlyError(bed.commit(commit, 9).get())).isEqualTo(ErrorCode.NONE);
    for (long passed = 0; passed < 2 * HOUR; passed += 20_000) {
      bed.pass(20_000);
      heartbeat(epoch, null);
    }

    assertThat(bed.offsets().get(GROUP)).containsOnlyKeys("t");
    bed.assertReplayEqualsLiveState();
  }

  @Test
  void aConsumerGroupGoesWithItsLastOffset() {
    bed.catalog(new BedCatalog(Set.of("t", "u")));
    int epoch = heartbeat(0, List.of("t"));
    bed.commit(commitRequest("consumer", epoch).topics(List.of(topicOffset("t", 0, 1))), 9);
    heartbeat(-1, null);
    bed.pass(50 * MINUTE);
    assertThat(bed.offsets()).containsOnlyKeys(GROUP);
    assertThat(bed.runtime().machine().groups().all()).hasSize(1);
    bed.pass(20 * MINUTE);

    assertThat(bed.offsets()).isEmpty();
    assertThat(bed.runtime().machine().groups().all()).isEmpty();
    bed.assertReplayEqualsLiveState();
  }

  /** A member's heartbeat; returns its epoch. */
  private int heartbeat(int epoch, List<String> topics) {
    ConsumerGroupHeartbeatRequest request =
        new ConsumerGroupHeartbeatRequest()
            .groupId(GROUP)
            .memberId("consumer")
            .memberEpoch(epoch)
            .rebalanceTimeoutMs(epoch == 0 ? 60_000 : -1)
            .subscribedTopicNames(topics)
            .topicPartitions(epoch == 0 ? List.of() : null);
    Answer<ConsumerGroupHeartbeatResponse> answer =
        bed.ask(
            1,
            callback -> bed.coordinator.consumerGroupHeartbeat(bed.context(1), request, callback));
    assertThat(GroupBed.error(answer.get().errorCode())).isEqualTo(ErrorCode.NONE);
    return answer.get().memberEpoch();
  }
}
