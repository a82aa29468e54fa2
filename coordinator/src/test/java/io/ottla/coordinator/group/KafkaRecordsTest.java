package io.ottla.coordinator.group;

import static io.ottla.coordinator.group.GroupBed.GROUP;
import static io.ottla.coordinator.group.GroupBed.bytes;
import static io.ottla.coordinator.group.GroupBed.commitRequest;
import static io.ottla.coordinator.group.GroupBed.staticJoinRequest;
import static io.ottla.coordinator.group.GroupBed.topicOffset;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.ottla.coordinator.Answer;
import io.ottla.wire.message.JoinGroupResponse;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.coordinator.common.runtime.CoordinatorRecord;
import org.apache.kafka.coordinator.group.GroupCoordinatorRecordSerde;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupMetadataKey;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupMetadataValue;
import org.apache.kafka.coordinator.group.generated.GroupMetadataKey;
import org.apache.kafka.coordinator.group.generated.GroupMetadataValue;
import org.apache.kafka.coordinator.group.generated.LegacyOffsetCommitKey;
import org.apache.kafka.coordinator.group.generated.LegacyOffsetCommitValue;
import org.apache.kafka.coordinator.group.generated.OffsetCommitKey;
import org.apache.kafka.coordinator.group.generated.OffsetCommitValue;
import org.apache.kafka.server.common.ApiMessageAndVersion;
import org.junit.jupiter.api.Test;

/** Kafka's own classes read what we write, and we read what they write. */
class KafkaRecordsTest {

  private final GroupCoordinatorRecordSerde serde = new GroupCoordinatorRecordSerde();
  private final GroupBed bed = new GroupBed();

  /** Everything in the log, read by Kafka. */
  private List<CoordinatorRecord> readByKafka() {
    List<CoordinatorRecord> records = new ArrayList<>();
    for (long offset = 0; offset < bed.log.endOffset(); ) {
      ByteBuf batch = bed.log.batchAt(offset);
      MemoryRecords kafka =
          MemoryRecords.readableRecords(
              ByteBuffer.wrap(batch.array(), batch.arrayOffset(), batch.readableBytes()));
      kafka.batches().forEach(each -> each.ensureValid());
      for (Record record : kafka.records()) {
        records.add(serde.deserialize(record.key(), record.value()));
        offset = record.offset() + 1;
      }
    }
    return records;
  }

  private static <T> List<T> values(List<CoordinatorRecord> records, Class<T> type) {
    return records.stream()
        .filter(record -> record.value() != null)
        .map(record -> record.value().message())
        .filter(type::isInstance)
        .map(type::cast)
        .toList();
  }

  @Test
  void kafkaReadsOurGroups() {
    Answer<JoinGroupResponse> join =
        bed.join(staticJoinRequest("", "i0").rebalanceTimeoutMs(77_000));
    bed.pass(6_000);
    String memberId = join.get().memberId();
    bed.sync(bed.assigning(memberId, 1, memberId, "p0"));
    long sinceMs = bed.clock.wallMs();
    bed.leave(memberId);

    List<CoordinatorRecord> records = readByKafka();
    assertThat(records)
        .allSatisfy(
            record -> assertThat(record.key()).isEqualTo(new GroupMetadataKey().setGroup(GROUP)));
    assertThat(records)
        .allSatisfy(record -> assertThat(record.value().version()).isEqualTo((short) 3));
    List<GroupMetadataValue> values = values(records, GroupMetadataValue.class);
    assertThat(values).hasSize(3);
    assertThat(values.get(0).members()).isEmpty();
    assertThat(values.get(0).protocolType()).isEmpty();
    assertThat(values.get(0).generation()).isZero();
    assertThat(values.get(1))
        .isEqualTo(
            new GroupMetadataValue()
                .setProtocolType("consumer")
                .setGeneration(1)
                .setProtocol("range")
                .setLeader(memberId)
                .setCurrentStateTimestamp(sinceMs)
                .setMembers(
                    List.of(
                        new GroupMetadataValue.MemberMetadata()
                            .setMemberId(memberId)
                            .setGroupInstanceId("i0")
                            .setClientId("client")
                            .setClientHost("/127.0.0.1")
                            .setRebalanceTimeout(77_000)
                            .setSessionTimeout(10_000)
                            .setSubscription(GroupBed.subscription("t"))
                            .setAssignment(bytes("p0")))));
    assertThat(values.get(2))
        .isEqualTo(
            new GroupMetadataValue()
                .setProtocolType("consumer")
                .setGeneration(2)
                .setProtocol(null)
                .setLeader(null)
                .setCurrentStateTimestamp(sinceMs)
                .setMembers(List.of()));
  }

  @Test
  void kafkaReadsOurOffsets() {
    bed.commit(commitRequest("", -1).topics(List.of(topicOffset("t", 4, 42))), 9);
    bed.commit(
        commitRequest("", -1).retentionTimeMs(1_000).topics(List.of(topicOffset("u", 5, 43))), 4);
    bed.coordinator.onTopicDeleted(bed.topics.topicId("t"), "t");
    bed.turn();

    List<CoordinatorRecord> records = readByKafka();
    assertThat(records.get(0).key())
        .isEqualTo(new OffsetCommitKey().setGroup(GROUP).setTopic("t").setPartition(4));
    assertThat(records.get(0).value())
        .isEqualTo(
            new ApiMessageAndVersion(
                new OffsetCommitValue()
                    .setOffset(42)
                    .setLeaderEpoch(3)
                    .setMetadata("note")
                    .setCommitTimestamp(bed.clock.wallMs())
                    .setTopicId(new Uuid(7, 1)),
                (short) 4));
    assertThat(records.get(1).value())
        .isEqualTo(
            new ApiMessageAndVersion(
                new OffsetCommitValue()
                    .setOffset(43)
                    .setMetadata("note")
                    .setCommitTimestamp(bed.clock.wallMs())
                    .setExpireTimestamp(bed.clock.wallMs() + 1_000),
                (short) 1));
    assertThat(records.get(2).key()).isEqualTo(records.get(0).key());
    assertThat(records.get(2).value()).isNull();
  }

  @Test
  void weReadWhatKafkaWrote() {
    List<CoordinatorRecord> records = new ArrayList<>();
    for (short version = 0; version <= 4; version++) {
      records.add(
          CoordinatorRecord.record(
              new OffsetCommitKey().setGroup("offsets").setTopic("t").setPartition(version),
              new ApiMessageAndVersion(
                  new OffsetCommitValue().setOffset(100 + version).setMetadata("m" + version),
                  version)));
      records.add(
          CoordinatorRecord.record(
              new GroupMetadataKey().setGroup("group" + version),
              new ApiMessageAndVersion(kafkaGroup(), version)));
    }
    records.add(
        CoordinatorRecord.record(
            new LegacyOffsetCommitKey().setGroup("legacy").setTopic("t").setPartition(0),
            new ApiMessageAndVersion(
                new LegacyOffsetCommitValue().setOffset(9).setMetadata("old"), (short) 0)));
    records.add(
        CoordinatorRecord.record(
            new ConsumerGroupMetadataKey().setGroupId("new-kind"),
            new ApiMessageAndVersion(new ConsumerGroupMetadataValue().setEpoch(1), (short) 0)));
    records.add(CoordinatorRecord.tombstone(new GroupMetadataKey().setGroup("group4")));
    GroupBed ours = load(records);

    for (int version = 0; version <= 4; version++) {
      assertThat(ours.committed("offsets", "t", version)).isEqualTo(100 + version);
      if (version < 4) {
        ClassicGroup group = ours.group("group" + version);
        assertThat(group.state()).isEqualTo(ClassicGroupState.STABLE);
        assertThat(group.generation()).isEqualTo(5);
        assertThat(group.protocolName()).isEqualTo("range");
        assertThat(group.isLeader("m1")).isTrue();
        ClassicMember member = group.member("m1");
        assertThat(member.assignment()).isEqualTo(bytes("p0"));
        assertThat(member.sessionTimeoutMs()).isEqualTo(10_000);
        assertThat(member.rebalanceTimeoutMs()).isEqualTo(version == 0 ? 10_000 : 60_000);
        assertThat(member.groupInstanceId()).isEqualTo(version < 3 ? null : "i1");
        assertThat(group.isSubscribedTo("t")).isTrue();
        assertThat(group.isSubscribedTo("u")).isFalse();
      }
    }
    assertThat(ours.group("group4")).isNull();
    assertThat(ours.committed("legacy", "t", 0)).isEqualTo(9);
    assertThat(ours.group("new-kind")).isNull();
  }

  private static GroupMetadataValue kafkaGroup() {
    return new GroupMetadataValue()
        .setProtocolType("consumer")
        .setGeneration(5)
        .setProtocol("range")
        .setLeader("m1")
        .setMembers(
            List.of(
                new GroupMetadataValue.MemberMetadata()
                    .setMemberId("m1")
                    .setGroupInstanceId("i1")
                    .setClientId("c")
                    .setClientHost("/h")
                    .setSessionTimeout(10_000)
                    .setRebalanceTimeout(60_000)
                    .setSubscription(GroupBed.subscription("t"))
                    .setAssignment(bytes("p0"))));
  }

  private GroupBed load(List<CoordinatorRecord> records) {
    SimpleRecord[] simple =
        records.stream()
            .map(
                record ->
                    new SimpleRecord(1L, serde.serializeKey(record), serde.serializeValue(record)))
            .toArray(SimpleRecord[]::new);
    MemoryRecords batch = MemoryRecords.withRecords(Compression.gzip().build(), simple);
    bed.log.appendBytes(Unpooled.wrappedBuffer(batch.buffer()));
    return bed.reload();
  }
}
