package io.ottla.coordinator.group;

import static io.ottla.coordinator.group.GroupBed.GROUP;
import static io.ottla.coordinator.group.GroupBed.commitRequest;
import static io.ottla.coordinator.group.GroupBed.error;
import static io.ottla.coordinator.group.GroupBed.joinRequest;
import static io.ottla.coordinator.group.GroupBed.onlyError;
import static io.ottla.coordinator.group.GroupBed.topicOffset;
import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.coordinator.Answer;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.Uuid;
import io.ottla.wire.message.OffsetCommitRequest;
import io.ottla.wire.message.OffsetCommitResponse;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Who may commit offsets, what is refused, and what is kept. */
class OffsetCommitTest {

  private final GroupBed bed = new GroupBed();

  private ErrorCode commit(String memberId, int generation, int version) {
    return onlyError(
        bed.commit(
                commitRequest(memberId, generation).topics(List.of(topicOffset("t", 0, 42))),
                version)
            .get());
  }

  @Test
  void ofAMemberAreKeptWithAllThatTheyCarry() {
    List<String> members = bed.stableGroup(1);
    bed.pass(1_234);

    assertThat(commit(members.get(0), 1, 9)).isEqualTo(ErrorCode.NONE);
    CommittedOffset offset = bed.offsets().get(GROUP).get("t").get(0);
    assertThat(offset.offset()).isEqualTo(42);
    assertThat(offset.leaderEpoch()).isEqualTo(3);
    assertThat(offset.metadata()).isEqualTo("note");
    assertThat(offset.commitTimestampMs()).isEqualTo(bed.clock.wallMs());
    assertThat(offset.hasExpireTimestamp()).isFalse();
    assertThat(offset.topicId()).isEqualTo(bed.topics.topicId("t"));
    assertThat(offset.recordOffset()).isEqualTo(bed.log.endOffset() - 1);
    bed.assertReplayEqualsLiveState();
  }

  @Test
  void ofNobodyMakeAGroupWithoutMembers() {
    assertThat(bed.commit("alone", "t", 0, 7)).isEqualTo(ErrorCode.NONE);

    assertThat(bed.group("alone").state()).isEqualTo(ClassicGroupState.EMPTY);
    assertThat(bed.group("alone").protocolType()).isNull();
    assertThat(bed.committed("alone", "t", 0)).isEqualTo(7);
    bed.assertReplayEqualsLiveState();
  }

  @Test
  void ofAnUnknownGroupWithAGenerationAreRefused() {
    assertThat(commit("m", 1, 8)).isEqualTo(ErrorCode.ILLEGAL_GENERATION);
    assertThat(commit("m", 1, 9)).isEqualTo(ErrorCode.GROUP_ID_NOT_FOUND);
  }

  @Test
  void ofAnotherGenerationAreRefused() {
    List<String> members = bed.stableGroup(1);

    assertThat(commit(members.get(0), 0, 9)).isEqualTo(ErrorCode.ILLEGAL_GENERATION);
    assertThat(commit(members.get(0), 2, 9)).isEqualTo(ErrorCode.ILLEGAL_GENERATION);
    assertThat(commit("stranger", 1, 9)).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
  }

  @Test
  void ofNobodyAreRefusedWhileTheGroupHasMembers() {
    List<String> members = bed.stableGroup(1);
    assertThat(commit("", -1, 9)).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);

    bed.leave(members.get(0));
    assertThat(commit("", -1, 9)).isEqualTo(ErrorCode.NONE);
  }

  @Test
  void ofTheLastGenerationAreTakenWhileARebalanceIsPrepared() {
    List<String> members = bed.stableGroup(2);
    bed.join(joinRequest(members.get(0)));

    assertThat(commit(members.get(1), 1, 9)).isEqualTo(ErrorCode.NONE);
  }

  @Test
  void areRefusedWhileTheLeaderAssigns() {
    String member = bed.memberId();
    bed.join(joinRequest(member));
    bed.pass(6_000);

    assertThat(commit(member, 1, 9)).isEqualTo(ErrorCode.REBALANCE_IN_PROGRESS);
  }

  @Test
  void withTooMuchMetadataAreRefusedAloneAmongOthers() {
    OffsetCommitRequest.OffsetCommitRequestTopic topic = topicOffset("t", 0, 1);
    List<OffsetCommitRequest.OffsetCommitRequestPartition> partitions =
        new ArrayList<>(topic.partitions());
    partitions.add(
        new OffsetCommitRequest.OffsetCommitRequestPartition()
            .partitionIndex(1)
            .committedOffset(2)
            .committedMetadata("x".repeat(4_097)));
    partitions.add(
        new OffsetCommitRequest.OffsetCommitRequestPartition()
            .partitionIndex(2)
            .committedOffset(3)
            .committedMetadata("x".repeat(4_096)));
    OffsetCommitResponse response =
        bed.commit(commitRequest("", -1).topics(List.of(topic.partitions(partitions))), 9).get();

    assertThat(response.topics().get(0).partitions())
        .extracting(partition -> error(partition.errorCode()))
        .containsExactly(ErrorCode.NONE, ErrorCode.OFFSET_METADATA_TOO_LARGE, ErrorCode.NONE);
    assertThat(bed.offsets().get(GROUP).get("t")).containsOnlyKeys(0, 2);
  }

  @Test
  void withoutMetadataGetAnEmptyOne() {
    OffsetCommitRequest.OffsetCommitRequestTopic topic = topicOffset("t", 0, 1);
    topic.partitions().get(0).committedMetadata(null);
    bed.commit(commitRequest("", -1).topics(List.of(topic)), 9);

    assertThat(bed.offsets().get(GROUP).get("t").get(0).metadata()).isEmpty();
  }

  @Test
  void ofTopicsAndPartitionsThatDoNotExistAreRefusedAloneAndInOrder() {
    OffsetCommitRequest request =
        commitRequest("", -1)
            .topics(
                List.of(
                    topicOffset("nowhere", 0, 1),
                    topicOffset("t", 0, 2),
                    topicOffset("t", 99, 3),
                    topicOffset("u", 1, 4)));
    OffsetCommitResponse response = bed.commit(request, 9).get();

    assertThat(response.topics())
        .extracting(OffsetCommitResponse.OffsetCommitResponseTopic::name)
        .containsExactly("nowhere", "t", "t", "u");
    assertThat(response.topics())
        .extracting(topic -> error(topic.partitions().get(0).errorCode()))
        .containsExactly(
            ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
            ErrorCode.NONE,
            ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
            ErrorCode.NONE);
    assertThat(bed.committed(GROUP, "u", 1)).isEqualTo(4);
  }

  @Test
  void withNothingThatExistsDoNotReachTheGroup() {
    assertThat(bed.commit("g", "nowhere", 0, 1)).isEqualTo(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    assertThat(bed.group("g")).isNull();
  }

  @Test
  void nameTopicsByIdSinceVersion10() {
    OffsetCommitRequest request =
        commitRequest("", -1)
            .topics(
                List.of(
                    topicOffset("", 0, 5).topicId(bed.topics.topicId("t")),
                    topicOffset("", 0, 6).topicId(new Uuid(9, 9))));
    OffsetCommitResponse response = bed.commit(request, 10).get();

    assertThat(response.topics())
        .extracting(topic -> error(topic.partitions().get(0).errorCode()))
        .containsExactly(ErrorCode.NONE, ErrorCode.UNKNOWN_TOPIC_ID);
    assertThat(response.topics().get(0).topicId()).isEqualTo(bed.topics.topicId("t"));
    assertThat(bed.committed(GROUP, "t", 0)).isEqualTo(5);
  }

  @Test
  void mayAskForTheirOwnRetentionUpToVersion4() {
    bed.commit(
        commitRequest("", -1).retentionTimeMs(5_000).topics(List.of(topicOffset("t", 0, 1))), 4);

    CommittedOffset offset = bed.offsets().get(GROUP).get("t").get(0);
    assertThat(offset.expireTimestampMs()).isEqualTo(bed.clock.wallMs() + 5_000);
    bed.reload().assertReplayEqualsLiveState();
  }

  @Test
  void areNotKeptWhenTheyCannotBeWrittenDown() {
    bed.commit("g", "t", 0, 1);
    bed.log.failNextAppend(ErrorCode.NOT_ENOUGH_REPLICAS);

    assertThat(bed.commit("g", "t", 0, 2)).isEqualTo(ErrorCode.COORDINATOR_NOT_AVAILABLE);
    assertThat(bed.committed("g", "t", 0)).isEqualTo(1);
    bed.assertReplayEqualsLiveState();
  }

  @Test
  void ofOneTurnShareOneBatch() {
    List<Answer<OffsetCommitResponse>> answers = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      Answer<OffsetCommitResponse> answer = new Answer<>();
      bed.coordinator.commitOffsets(
          bed.context(9),
          commitRequest("", -1).groupId("g" + i).topics(List.of(topicOffset("t", i, i))),
          answer);
      answers.add(answer);
    }
    bed.turn();

    assertThat(bed.log.appends()).hasSize(1);
    assertThat(answers)
        .allSatisfy(answer -> assertThat(onlyError(answer.get())).isEqualTo(ErrorCode.NONE));
    assertThat(bed.committed("g3", "t", 3)).isEqualTo(3);
    bed.assertReplayEqualsLiveState();
  }

  @Test
  void ofOneTurnAreSeenByWhatComesAfterThem() {
    Answer<OffsetCommitResponse> commit = new Answer<>();
    bed.coordinator.commitOffsets(
        bed.context(9), commitRequest("", -1).topics(List.of(topicOffset("t", 0, 9))), commit);

    assertThat(bed.committed(GROUP, "t", 0)).isEqualTo(9);
    assertThat(onlyError(commit.get())).isEqualTo(ErrorCode.NONE);
  }

  @Test
  void areSpreadOverBatchesThatAreNotTooLarge() {
    bed.log.maxBatchBytes(300);
    for (int i = 0; i < 10; i++) {
      bed.coordinator.commitOffsets(
          bed.context(9),
          commitRequest("", -1).topics(List.of(topicOffset("t", i, i))),
          new Answer<>());
    }
    bed.turn();

    assertThat(bed.log.appends().size()).isBetween(3, 9);
    assertThat(bed.offsets().get(GROUP).get("t")).hasSize(10);
  }

  @Test
  void ofOneTurnFailTogetherWhenTheirBatchFails() {
    List<Answer<OffsetCommitResponse>> answers = new ArrayList<>();
    bed.log.failNextAppend(ErrorCode.KAFKA_STORAGE_ERROR);
    for (int i = 0; i < 3; i++) {
      Answer<OffsetCommitResponse> answer = new Answer<>();
      bed.coordinator.commitOffsets(
          bed.context(9), commitRequest("", -1).topics(List.of(topicOffset("t", i, i))), answer);
      answers.add(answer);
    }
    bed.turn();

    assertThat(answers)
        .allSatisfy(
            answer -> assertThat(onlyError(answer.get())).isEqualTo(ErrorCode.NOT_COORDINATOR));
    assertThat(bed.group()).isNull();
  }
}
