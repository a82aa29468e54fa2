package io.ottla.coordinator.group;

import static io.ottla.coordinator.group.GroupBed.GROUP;
import static io.ottla.coordinator.group.GroupBed.error;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.ottla.coordinator.CoordinatorRecord;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.ProtocolWriter;
import io.ottla.wire.Uuid;
import io.ottla.wire.message.OffsetCommitKey;
import io.ottla.wire.message.OffsetCommitValue;
import io.ottla.wire.message.OffsetFetchRequest;
import io.ottla.wire.message.OffsetFetchResponse;
import io.ottla.wire.record.ControlRecordType;
import io.ottla.wire.record.EndTransactionMarker;
import io.ottla.wire.record.RecordBatchBuilder;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What clients are told of committed offsets, in every shape of the request. */
class OffsetFetchTest {

  private final GroupBed bed = new GroupBed();

  private static OffsetFetchRequest.OffsetFetchRequestGroup group(String groupId) {
    return new OffsetFetchRequest.OffsetFetchRequestGroup().groupId(groupId);
  }

  private static OffsetFetchRequest.OffsetFetchRequestTopics topic(
      String name, Integer... partitions) {
    return new OffsetFetchRequest.OffsetFetchRequestTopics()
        .name(name)
        .partitionIndexes(List.of(partitions));
  }

  private static OffsetFetchRequest oldRequest(String groupId) {
    return new OffsetFetchRequest()
        .groupId(groupId)
        .topics(
            List.of(
                new OffsetFetchRequest.OffsetFetchRequestTopic()
                    .name("t")
                    .partitionIndexes(List.of(0, 1))));
  }

  @Test
  void tellsEveryPartitionAskedForAndThatSomeHaveNone() {
    bed.commit("g", "t", 0, 5);
    OffsetFetchResponse.OffsetFetchResponseGroup response =
        bed.fetch(
                new OffsetFetchRequest()
                    .groups(List.of(group("g").topics(List.of(topic("t", 0, 1), topic("u", 0))))),
                9)
            .get()
            .groups()
            .get(0);

    assertThat(response.groupId()).isEqualTo("g");
    assertThat(response.topics()).hasSize(2);
    OffsetFetchResponse.OffsetFetchResponsePartitions first =
        response.topics().get(0).partitions().get(0);
    assertThat(first.committedOffset()).isEqualTo(5);
    assertThat(first.committedLeaderEpoch()).isEqualTo(3);
    assertThat(first.metadata()).isEqualTo("note");
    OffsetFetchResponse.OffsetFetchResponsePartitions second =
        response.topics().get(0).partitions().get(1);
    assertThat(second.committedOffset()).isEqualTo(-1);
    assertThat(second.committedLeaderEpoch()).isEqualTo(-1);
    assertThat(second.metadata()).isEmpty();
    assertThat(error(second.errorCode())).isEqualTo(ErrorCode.NONE);
    assertThat(response.topics().get(1).partitions().get(0).committedOffset()).isEqualTo(-1);
  }

  @Test
  void tellsAllThereIsWhenNoTopicsAreNamed() {
    bed.commit("g", "t", 0, 5);
    bed.commit("g", "t", 3, 6);
    bed.commit("g", "u", 1, 7);
    OffsetFetchResponse.OffsetFetchResponseGroup response =
        bed.fetch(new OffsetFetchRequest().groups(List.of(group("g").topics(null))), 9)
            .get()
            .groups()
            .get(0);

    assertThat(response.topics())
        .flatExtracting(OffsetFetchResponse.OffsetFetchResponseTopics::partitions)
        .extracting(OffsetFetchResponse.OffsetFetchResponsePartitions::committedOffset)
        .containsExactlyInAnyOrder(5L, 6L, 7L);
  }

  @Test
  void tellsNothingOfAnUnknownGroup() {
    OffsetFetchResponse response =
        bed.fetch(
                new OffsetFetchRequest()
                    .groups(
                        List.of(
                            group("x").topics(null), group("y").topics(List.of(topic("t", 0))))),
                9)
            .get();

    assertThat(response.groups().get(0).topics()).isEmpty();
    assertThat(response.groups().get(1).topics().get(0).partitions().get(0).committedOffset())
        .isEqualTo(-1);
  }

  @Test
  void answersSeveralGroupsInTheirOrder() {
    bed.commit("b", "t", 0, 2);
    bed.commit("a", "t", 0, 1);
    OffsetFetchResponse response =
        bed.fetch(
                new OffsetFetchRequest()
                    .groups(
                        List.of(
                            group("b").topics(List.of(topic("t", 0))),
                            group("a").topics(List.of(topic("t", 0))))),
                8)
            .get();

    assertThat(response.groups())
        .extracting(OffsetFetchResponse.OffsetFetchResponseGroup::groupId)
        .containsExactly("b", "a");
    assertThat(response.groups().get(1).topics().get(0).partitions().get(0).committedOffset())
        .isEqualTo(1);
  }

  @Test
  void answersOneGroupInItsOldPlaceBeforeVersion8() {
    bed.commit("g", "t", 1, 5);
    for (int version = 1; version < 8; version++) {
      OffsetFetchResponse response = bed.fetch(oldRequest("g"), version).get();
      assertThat(response.groups()).isEmpty();
      assertThat(response.topics().get(0).partitions())
          .extracting(OffsetFetchResponse.OffsetFetchResponsePartition::committedOffset)
          .containsExactly(-1L, 5L);
    }
    OffsetFetchResponse all = bed.fetch(oldRequest("g").topics(null), 7).get();
    assertThat(all.topics()).hasSize(1);
    assertThat(all.topics().get(0).partitions()).hasSize(1);
  }

  @Test
  void tellsAGroupsErrorWhereTheVersionHasAPlaceForIt() {
    bed.coordinator.onResignation(0);
    bed.turn();

    OffsetFetchResponse oldest = bed.fetch(oldRequest("g"), 1).get();
    assertThat(oldest.topics().get(0).partitions())
        .extracting(partition -> error(partition.errorCode()))
        .containsOnly(ErrorCode.NOT_COORDINATOR);
    OffsetFetchResponse old = bed.fetch(oldRequest("g"), 2).get();
    assertThat(error(old.errorCode())).isEqualTo(ErrorCode.NOT_COORDINATOR);
    OffsetFetchResponse now =
        bed.fetch(new OffsetFetchRequest().groups(List.of(group("g"))), 9).get();
    assertThat(error(now.groups().get(0).errorCode())).isEqualTo(ErrorCode.NOT_COORDINATOR);
  }

  @Test
  void namesTopicsByIdSinceVersion10() {
    bed.commit("g", "t", 0, 5);
    Uuid id = bed.topics.topicId("t");
    OffsetFetchResponse response =
        bed.fetch(
                new OffsetFetchRequest()
                    .groups(
                        List.of(
                            group("g")
                                .topics(
                                    List.of(
                                        topic("", 0).topicId(new Uuid(9, 9)),
                                        topic("", 0).topicId(id))),
                            group("g").topics(null))),
                10)
            .get();

    assertThat(response.groups().get(0).topics())
        .satisfiesExactlyInAnyOrder(
            topic -> {
              assertThat(topic.topicId()).isEqualTo(id);
              assertThat(topic.partitions().get(0).committedOffset()).isEqualTo(5);
            },
            topic -> {
              assertThat(topic.topicId()).isEqualTo(new Uuid(9, 9));
              assertThat(error(topic.partitions().get(0).errorCode()))
                  .isEqualTo(ErrorCode.UNKNOWN_TOPIC_ID);
            });
    assertThat(response.groups().get(1).topics().get(0).topicId()).isEqualTo(id);
  }

  @Test
  void doesNotTellTheOffsetsOfAnEarlierTopicOfTheSameName() {
    bed.commit("g", "t", 0, 5);
    bed.topics.remove("t");
    Uuid newId = new Uuid(8, 8);
    bed.topics.add("t", newId, 10);

    OffsetFetchResponse response =
        bed.fetch(
                new OffsetFetchRequest()
                    .groups(List.of(group("g").topics(List.of(topic("", 0).topicId(newId))))),
                10)
            .get();
    assertThat(response.groups().get(0).topics().get(0).partitions().get(0).committedOffset())
        .isEqualTo(-1);
  }

  @Test
  void leavesOutTopicsThatAreGoneWhenAllAreAskedForById() {
    bed.commit("g", "t", 0, 5);
    bed.topics.remove("t");

    OffsetFetchResponse response =
        bed.fetch(new OffsetFetchRequest().groups(List.of(group("g").topics(null))), 10).get();
    assertThat(response.groups().get(0).topics()).isEmpty();
  }

  @Test
  void asksToComeAgainForAnOffsetThatATransactionMayStillChange() {
    bed.commit("g", "t", 0, 5);
    bed.log.appendBytes(transactional("g", "t", 0, 6));
    GroupBed open = bed.reload();

    assertThat(stable(open, true)).isEqualTo(ErrorCode.UNSTABLE_OFFSET_COMMIT);
    assertThat(stable(open, false)).isEqualTo(ErrorCode.NONE);
    assertThat(open.committed("g", "t", 0)).isEqualTo(5);
  }

  @Test
  void tellsTheOffsetOfATransactionOnceItIsCommitted() {
    bed.commit("g", "t", 0, 5);
    bed.log.appendBytes(transactional("g", "t", 0, 6));
    bed.log.appendBytes(end(ControlRecordType.COMMIT));
    GroupBed committed = bed.reload();

    assertThat(stable(committed, true)).isEqualTo(ErrorCode.NONE);
    assertThat(committed.committed("g", "t", 0)).isEqualTo(6);
  }

  @Test
  void forgetsTheOffsetOfATransactionThatIsAborted() {
    bed.commit("g", "t", 0, 5);
    bed.log.appendBytes(transactional("g", "t", 0, 6));
    bed.log.appendBytes(end(ControlRecordType.ABORT));
    GroupBed aborted = bed.reload();

    assertThat(stable(aborted, true)).isEqualTo(ErrorCode.NONE);
    assertThat(aborted.committed("g", "t", 0)).isEqualTo(5);
  }

  @Test
  void prefersACommitThatWasMadeAfterThatOfATransactionThatEndsLater() {
    bed.log.appendBytes(transactional("g", "t", 0, 6));
    bed.commit("g", "t", 0, 7);
    bed.log.appendBytes(end(ControlRecordType.COMMIT));

    assertThat(bed.reload().committed("g", "t", 0)).isEqualTo(7);
  }

  private static ErrorCode stable(GroupBed bed, boolean isRequired) {
    return error(
        bed.fetch(
                new OffsetFetchRequest()
                    .requireStable(isRequired)
                    .groups(List.of(group("g").topics(List.of(topic("t", 0))))),
                9)
            .get()
            .groups()
            .get(0)
            .topics()
            .get(0)
            .partitions()
            .get(0)
            .errorCode());
  }

  private static final long PRODUCER_ID = 77;

  static ByteBuf transactional(String groupId, String topic, int partition, long offset) {
    CoordinatorRecord record =
        GroupRecords.offset(
            groupId, topic, partition, new CommittedOffset(-1, offset, -1, "", 1, -1, Uuid.ZERO));
    OffsetCommitKey key = (OffsetCommitKey) record.key();
    OffsetCommitValue value = (OffsetCommitValue) record.value().message();
    try (RecordBatchBuilder builder = new RecordBatchBuilder(Unpooled.buffer())) {
      return builder
          .producer(PRODUCER_ID, (short) 0, 0)
          .transactional(true)
          .append(1, bytes((short) 1, key, (short) 0), bytes((short) 4, value, (short) 4))
          .build();
    }
  }

  private static ByteBuf bytes(short prefix, io.ottla.wire.ApiMessage message, short version) {
    ByteBuf out = Unpooled.buffer();
    out.writeShort(prefix);
    message.size(version);
    message.write(new ProtocolWriter(out), version);
    return out;
  }

  private static ByteBuf end(ControlRecordType type) {
    return new EndTransactionMarker(type, 0)
        .writeBatch(Unpooled.buffer(), 1, PRODUCER_ID, (short) 0);
  }

  @Test
  void refusesAMemberOfAnotherEpochAndAnswersForOtherGroups() {
    KafkaLog.load(bed, KafkaGroupRecords.consumerGroup(1).records());
    bed.commit("other", "t", 0, 7);
    OffsetFetchRequest request =
        new OffsetFetchRequest()
            .groups(
                List.of(
                    new OffsetFetchRequest.OffsetFetchRequestGroup()
                        .groupId(GROUP)
                        .memberId("m0")
                        .memberEpoch(1)
                        .topics(null),
                    new OffsetFetchRequest.OffsetFetchRequestGroup()
                        .groupId("other")
                        .topics(null)));

    List<OffsetFetchResponse.OffsetFetchResponseGroup> groups =
        bed.fetch(request, 9).get().groups();
    assertThat(error(groups.get(0).errorCode())).isEqualTo(ErrorCode.STALE_MEMBER_EPOCH);
    assertThat(groups.get(0).topics()).isEmpty();
    assertThat(groups.get(1).topics().get(0).partitions().get(0).committedOffset()).isEqualTo(7);
  }
}
