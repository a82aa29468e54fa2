package io.ottla.coordinator.group.consumer;

import static io.ottla.coordinator.group.consumer.ConsumerBed.GROUP;
import static io.ottla.coordinator.group.consumer.ConsumerBed.beat;
import static io.ottla.coordinator.group.consumer.ConsumerBed.join;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.ottla.coordinator.CoordinatorRecord;
import io.ottla.coordinator.CoordinatorRecordCodec;
import io.ottla.coordinator.group.assignor.MemberAssignment;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.ConsumerGroupCurrentMemberAssignmentKey;
import io.ottla.wire.message.ConsumerGroupCurrentMemberAssignmentValue;
import io.ottla.wire.message.ConsumerGroupMetadataKey;
import io.ottla.wire.message.ConsumerGroupMetadataValue;
import io.ottla.wire.message.ConsumerGroupPartitionMetadataKey;
import io.ottla.wire.message.ConsumerGroupPartitionMetadataValue;
import io.ottla.wire.record.Compression;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Logs that others have written before, or that compaction has left in part. */
class OldRecordsTest {

  private final ConsumerBed bed = new ConsumerBed().topics(TestTopics.NONE.with("t", 2));

  private void write(CoordinatorRecord... records) {
    bed.log.appendBytes(
        CoordinatorRecordCodec.writeBatch(
            Unpooled.buffer(), List.of(records), null, bed.clock.wallMs(), Compression.NONE));
    bed.log.highWatermark(bed.log.endOffset());
  }

  private static CoordinatorRecord current(String memberId, int state) {
    return current(memberId, state, 3);
  }

  private static CoordinatorRecord current(String memberId, int state, int epoch) {
    return CoordinatorRecord.of(
        new ConsumerGroupCurrentMemberAssignmentKey().groupId(GROUP).memberId(memberId),
        new ConsumerGroupCurrentMemberAssignmentValue()
            .memberEpoch(epoch)
            .previousMemberEpoch(2)
            .state((byte) state)
            .assignedPartitions(
                List.of(
                    new ConsumerGroupCurrentMemberAssignmentValue.TopicPartitions()
                        .topicId(TestTopics.NONE.with("t", 2).id("t"))
                        .partitions(List.of(0, 1))))
            .partitionsPendingRevocation(List.of()),
        (short) 0);
  }

  private MemberMetadata metadata(String... topics) {
    return new MemberMetadata(
        null,
        null,
        "client",
        ConsumerBed.HOST,
        MemberMetadata.topics(List.of(topics)),
        "",
        10_000,
        null,
        null);
  }

  private CoordinatorRecord epoch(int epoch) {
    return CoordinatorRecord.of(
        new ConsumerGroupMetadataKey().groupId(GROUP),
        new ConsumerGroupMetadataValue().epoch(epoch),
        (short) 0);
  }

  @Test
  void aGroupOfKafka40GoesOnAndLosesItsPartitionMetadata() {
    write(
        ConsumerGroupRecords.member(GROUP, "a", metadata("t")),
        CoordinatorRecord.of(
            new ConsumerGroupPartitionMetadataKey().groupId(GROUP),
            new ConsumerGroupPartitionMetadataValue()
                .topics(
                    List.of(
                        new ConsumerGroupPartitionMetadataValue.TopicMetadata()
                            .topicId(bed.topics.id("t"))
                            .topicName("t")
                            .numPartitions(2))),
            (short) 0),
        epoch(3),
        ConsumerGroupRecords.target(
            GROUP, "a", new MemberAssignment(Map.of(bed.topics.id("t"), Set.of(0, 1)))),
        ConsumerGroupRecords.targetEpoch(GROUP, 3, 0),
        current("a", 0));
    bed.start();
    assertThat(bed.group().state()).isEqualTo(ConsumerGroupState.STABLE);
    assertThat(bed.group().hasPartitionMetadata()).isTrue();
    assertThat(bed.member("a").current().assignmentEpoch(bed.topics.id("t"), 1)).isEqualTo(3);

    assertThat(bed.ok(beat("a", 3)).memberEpoch()).isEqualTo(4);
    assertThat(bed.newRecords().stream().map(CoordinatorRecord::type))
        .containsExactly((short) 3, (short) 4, (short) 6, (short) 8);
    assertThat(bed.group().hasPartitionMetadata()).isFalse();
    bed.assertReplayEqualsLiveState();
  }

  @Test
  void aMemberInAStateOfTheFutureHasToBeginAnew() {
    write(ConsumerGroupRecords.member(GROUP, "a", metadata("t")), epoch(3), current("a", 9));
    bed.start();
    assertThat(bed.error(beat("a", 3))).isEqualTo(ErrorCode.FENCED_MEMBER_EPOCH);
    assertThat(bed.assigned(bed.ok(join("a", "t")))).isEqualTo(Map.of("t", Set.of(0, 1)));
  }

  @Test
  void tombstonesOfWhatIsNotThereChangeNothing() {
    write(
        ConsumerGroupRecords.currentTombstone(GROUP, "a"),
        ConsumerGroupRecords.targetTombstone(GROUP, "a"),
        ConsumerGroupRecords.memberTombstone(GROUP, "a"),
        ConsumerGroupRecords.regexTombstone(GROUP, "x"),
        ConsumerGroupRecords.partitionMetadataTombstone(GROUP),
        ConsumerGroupRecords.targetEpochTombstone(GROUP),
        ConsumerGroupRecords.epochTombstone(GROUP));
    bed.start();
    assertThat(bed.group()).isNull();
  }

  @Test
  void whatIsLeftOfADeletedGroupGoesWithIt() {
    write(
        ConsumerGroupRecords.member(GROUP, "a", metadata("t")),
        current("a", 0),
        ConsumerGroupRecords.epochTombstone(GROUP));
    bed.start();
    assertThat(bed.group()).isNull();
    assertThat(bed.ok(join("b", "t")).memberEpoch()).isEqualTo(2);
  }

  @Test
  void aMemberWithoutItsOtherTombstonesIsGoneAllTheSame() {
    write(
        ConsumerGroupRecords.member(GROUP, "a", metadata("t")),
        current("a", 0),
        epoch(3),
        ConsumerGroupRecords.memberTombstone(GROUP, "a"));
    bed.start();
    assertThat(bed.group().isEmpty()).isTrue();
    assertThat(bed.assigned(bed.ok(join("b", "t")))).isEqualTo(Map.of("t", Set.of(0, 1)));
  }

  @Test
  void aPartitionThatTwoClaimIsTheLaterOnes() {
    write(current("a", 0, 3), current("b", 0, 4), epoch(4));
    bed.start();
    assertThat(bed.group().owners().epoch(bed.topics.id("t"), 0)).isEqualTo(4);
  }
}
