package io.ottla.coordinator.group;

import static io.ottla.coordinator.group.GroupBed.GROUP;
import static io.ottla.coordinator.group.GroupBed.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.ottla.coordinator.LoggedLines;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.Uuid;
import io.ottla.wire.record.RecordBatchBuilder;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.coordinator.common.runtime.CoordinatorRecord;
import org.apache.kafka.coordinator.group.generated.CoordinatorRecordType;
import org.apache.kafka.coordinator.group.generated.OffsetCommitKey;
import org.apache.kafka.coordinator.group.generated.OffsetCommitValue;
import org.apache.kafka.server.common.ApiMessageAndVersion;
import org.junit.jupiter.api.Test;

/** What a coordinator makes of a log that it or Kafka has written. */
class GroupLoadingTest {

  private final GroupBed bed = new GroupBed();

  private static CoordinatorRecord offset(String groupId, String topic, Uuid topicId) {
    return CoordinatorRecord.record(
        new OffsetCommitKey().setGroup(groupId).setTopic(topic).setPartition(0),
        new ApiMessageAndVersion(
            new OffsetCommitValue()
                .setOffset(5)
                .setMetadata("")
                .setCommitTimestamp(1)
                .setTopicId(
                    new org.apache.kafka.common.Uuid(
                        topicId.mostSignificantBits(), topicId.leastSignificantBits())),
            (short) 4));
  }

  @Test
  void groupsOfKindsThatAreNotServedArePassedOver() {
    List<CoordinatorRecord> records = new ArrayList<>();
    Set<Integer> types = new HashSet<>();
    for (CoordinatorRecordType type : CoordinatorRecordType.values()) {
      if (type.name().startsWith("SHARE") || type.name().startsWith("STREAMS")) {
        types.add((int) type.id());
        // One with all defaults, and its tombstone.
        records.add(
            CoordinatorRecord.record(
                type.newRecordKey(), new ApiMessageAndVersion(type.newRecordValue(), (short) 0)));
        records.add(CoordinatorRecord.tombstone(type.newRecordKey()));
      }
    }
    records.add(offset("streams", "t", Uuid.ZERO));
    assertThat(types).containsExactlyInAnyOrder(10, 11, 12, 13, 14, 15, 17, 19, 20, 21, 22, 23);

    try (LoggedLines log = new LoggedLines(GroupRecordDecoder.class.getName())) {
      KafkaLog.load(bed, records);

      assertThat(bed.committed("streams", "t", 0)).isEqualTo(5);
      assertThat(bed.runtime().machine().groups().ids()).containsExactly("streams");
      assertThat(log.lines())
          .containsExactly(
              "WARN There are share groups in __consumer_offsets-0, which are not served here;"
                  + " their records (type 10: 2) are passed over and kept",
              "WARN There are streams groups in __consumer_offsets-0, which are not served here;"
                  + " their records (type 17: 2) are passed over and kept");
    }
  }

  @Test
  void recordsOfTypesThatNobodyKnowsYetArePassedOver() {
    ByteBuf key = Unpooled.buffer().writeShort(99).writeInt(1);
    ByteBuf value = Unpooled.buffer().writeShort(1_000).writeLong(7);
    try (RecordBatchBuilder builder = new RecordBatchBuilder(Unpooled.buffer())) {
      bed.log.appendBytes(builder.append(1, key, value).append(1, key, null).build());
    }
    bed.commit(GROUP, "t", 0, 3);

    GroupBed reloaded = bed.reload();
    assertThat(reloaded.committed(GROUP, "t", 0)).isEqualTo(3);
  }

  @Test
  void offsetsThatComeBeforeTheRecordsOfTheirConsumerGroupBelongToIt() {
    List<CoordinatorRecord> records = new ArrayList<>(List.of(offset(GROUP, "t", Uuid.ZERO)));
    KafkaGroupRecords group = KafkaGroupRecords.consumerGroup(2);
    records.addAll(group.records());
    KafkaLog.load(bed, records);

    assertThat(bed.group()).isNull();
    assertThat(bed.runtime().machine().groups().find(GROUP).type()).isEqualTo(GroupType.CONSUMER);
    assertThat(bed.runtime().machine().groups().all()).hasSize(1);
    assertThat(bed.committed(GROUP, "t", 0)).isEqualTo(5);
  }

  @Test
  void offsetsOfTopicsThatWereDeletedMeanwhileAreRemoved() {
    Uuid t = bed.topics.topicId("t");
    Uuid u = bed.topics.topicId("u");
    bed.coordinator.onTopics(new BedCatalog(Set.of("t")));
    List<CoordinatorRecord> records =
        List.of(
            offset("kept", "t", t),
            offset("kept without an id", "t", Uuid.ZERO),
            offset("deleted", "u", u),
            offset("deleted without an id", "u", Uuid.ZERO),
            offset("deleted and made again", "t", new Uuid(66, 66)));
    KafkaLog.load(bed, records);
    bed.pass(0);

    Set<String> left = new TreeSet<>(bed.offsets().keySet());
    assertThat(left).containsExactly("kept", "kept without an id");
    bed.assertReplayEqualsLiveState();
  }

  @Test
  void offsetsAreKeptWhereItIsNotKnownWhichTopicsThereAre() {
    KafkaLog.load(bed, List.of(offset("g", "gone", new Uuid(66, 66))));
    bed.pass(1_000);

    assertThat(bed.offsets()).containsOnlyKeys("g");
  }

  @Test
  void committedOffsetsCanBeLookedAtFromOutside() {
    bed.commit("g", "t", 0, 5);
    bed.commit("g", "u", 1, 6);
    bed.commit("h", "t", 0, 7);
    TransactionalOffsetsTest.commit(bed, TransactionalOffsetsTest.commitRequest(1, "t", 3, 99));

    List<String> seen = new ArrayList<>();
    CommittedOffsets view = bed.coordinator.committedOffsets().get(0);
    view.forEach(
        (groupId, topic, topicId, partition, offset) ->
            seen.add(groupId + " " + topic + "-" + partition + " " + offset));
    assertThat(view.partition()).isZero();
    assertThat(seen).containsExactlyInAnyOrder("g t-0 5", "g u-1 6", "h t-0 7");
    List<Uuid> ids = new ArrayList<>();
    view.forEach("h", (groupId, topic, topicId, partition, offset) -> ids.add(topicId));
    assertThat(ids).containsExactly(bed.topics.topicId("t"));
    view.forEach("nobody", (groupId, topic, topicId, partition, offset) -> ids.add(topicId));
    assertThat(ids).hasSize(1);

    bed.coordinator.onResignation(0);
    bed.turn();
    assertThat(bed.coordinator.committedOffsets()).isEmpty();
  }

  @Test
  void aFailedLoadShowsNothing() {
    ByteBuf key = Unpooled.wrappedBuffer(bytes("x"));
    try (RecordBatchBuilder builder = new RecordBatchBuilder(Unpooled.buffer())) {
      bed.log.appendBytes(builder.append(1, key, null).build());
    }
    bed.coordinator.onResignation(0);
    bed.turn();
    bed.coordinator.onElection(0, 2, bed.log, bed.log);
    bed.expectErrors("CoordinatorLoader");
    bed.turn();

    assertThat(bed.coordinator.committedOffsets()).isEmpty();
    assertThat(bed.commit(GROUP, "t", 0, 1)).isEqualTo(ErrorCode.NOT_COORDINATOR);
  }
}
