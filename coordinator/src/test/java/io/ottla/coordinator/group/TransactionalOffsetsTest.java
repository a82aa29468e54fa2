package io.ottla.coordinator.group;

import static io.ottla.coordinator.group.GroupBed.GROUP;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.ottla.coordinator.Answer;
import io.ottla.coordinator.CoordinatorShard;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.OffsetFetchRequest;
import io.ottla.wire.message.TxnOffsetCommitRequest;
import io.ottla.wire.message.TxnOffsetCommitResponse;
import io.ottla.wire.record.ControlRecordType;
import io.ottla.wire.record.EndTransactionMarker;
import io.ottla.wire.record.RecordBatch;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Offsets that producers commit in their transactions. */
class TransactionalOffsetsTest {

  private static final long PRODUCER_ID = 42;

  private final GroupBed bed = new GroupBed();

  static TxnOffsetCommitRequest commitRequest(
      long producerId, String topic, int partition, long offset) {
    return new TxnOffsetCommitRequest()
        .transactionalId("tx" + producerId)
        .groupId(GROUP)
        .producerId(producerId)
        .producerEpoch((short) 0)
        .topics(List.of(topic(topic, partition, offset)));
  }

  private static TxnOffsetCommitRequest.TxnOffsetCommitRequestTopic topic(
      String topic, int partition, long offset) {
    return new TxnOffsetCommitRequest.TxnOffsetCommitRequestTopic()
        .name(topic)
        .partitions(
            List.of(
                new TxnOffsetCommitRequest.TxnOffsetCommitRequestPartition()
                    .partitionIndex(partition)
                    .committedOffset(offset)
                    .committedMetadata("in a transaction")));
  }

  static ErrorCode onlyError(TxnOffsetCommitResponse response) {
    return GroupBed.error(response.topics().get(0).partitions().get(0).errorCode());
  }

  static Answer<TxnOffsetCommitResponse> commit(GroupBed bed, TxnOffsetCommitRequest request) {
    return bed.ask(
        5,
        callback ->
            bed.coordinator.commitTransactionalOffsets(bed.context(5), request, null, callback));
  }

  private Answer<TxnOffsetCommitResponse> send(TxnOffsetCommitRequest request) {
    return commit(bed, request);
  }

  private ErrorCode commit(long producerId, String topic, int partition, long offset) {
    return onlyError(send(commitRequest(producerId, topic, partition, offset)).get());
  }

  /** Writes the marker that ends a transaction, and applies it. */
  static void end(GroupBed bed, long producerId, boolean isCommitted) {
    ControlRecordType type = isCommitted ? ControlRecordType.COMMIT : ControlRecordType.ABORT;
    bed.log.appendBytes(
        new EndTransactionMarker(type, 0)
            .writeBatch(Unpooled.buffer(), bed.clock.wallMs(), producerId, (short) 0));
    CoordinatorShard machine = bed.runtime().machine();
    machine.replayEndTransaction(producerId, isCommitted);
    bed.releaseHighWatermark();
  }

  private ErrorCode stableError(String topic, int partition) {
    return GroupBed.error(
        bed.fetch(
                new OffsetFetchRequest()
                    .requireStable(true)
                    .groups(
                        List.of(
                            new OffsetFetchRequest.OffsetFetchRequestGroup()
                                .groupId(GROUP)
                                .topics(
                                    List.of(
                                        new OffsetFetchRequest.OffsetFetchRequestTopics()
                                            .name(topic)
                                            .partitionIndexes(List.of(partition)))))),
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

  @Test
  void countOnceTheTransactionHasCommitted() {
    assertThat(commit(PRODUCER_ID, "t", 0, 10)).isEqualTo(ErrorCode.NONE);

    assertThat(bed.committed(GROUP, "t", 0)).isEqualTo(-1);
    assertThat(stableError("t", 0)).isEqualTo(ErrorCode.UNSTABLE_OFFSET_COMMIT);
    assertThat(stableError("t", 1)).isEqualTo(ErrorCode.NONE);
    end(bed, PRODUCER_ID, true);
    assertThat(bed.committed(GROUP, "t", 0)).isEqualTo(10);
    assertThat(stableError("t", 0)).isEqualTo(ErrorCode.NONE);
    bed.assertReplayEqualsLiveState();
  }

  @Test
  void areForgottenWhenTheTransactionAborts() {
    bed.commit(GROUP, "t", 0, 5);
    commit(PRODUCER_ID, "t", 0, 10);
    end(bed, PRODUCER_ID, false);

    assertThat(bed.committed(GROUP, "t", 0)).isEqualTo(5);
    assertThat(stableError("t", 0)).isEqualTo(ErrorCode.NONE);
    bed.assertReplayEqualsLiveState();
  }

  @Test
  void ofTwoProducersDoNotMix() {
    commit(1, "t", 0, 10);
    commit(2, "t", 0, 20);
    commit(2, "t", 1, 21);
    end(bed, 1, false);

    assertThat(stableError("t", 0)).isEqualTo(ErrorCode.UNSTABLE_OFFSET_COMMIT);
    end(bed, 2, true);
    assertThat(bed.committed(GROUP, "t", 0)).isEqualTo(20);
    assertThat(bed.committed(GROUP, "t", 1)).isEqualTo(21);
  }

  @Test
  void areWrittenInATransactionalBatchOfTheirProducer() {
    commit(PRODUCER_ID, "t", 0, 10);

    RecordBatch batch = new RecordBatch().wrap(bed.log.batchAt(bed.log.endOffset() - 1), 0);
    assertThat(batch.isTransactional()).isTrue();
    assertThat(batch.producerId()).isEqualTo(PRODUCER_ID);
    assertThat(batch.producerEpoch()).isZero();
    assertThat(bed.reload().runtime().machine().offsets().hasOpenTransactions(GROUP)).isTrue();
  }

  @Test
  void ofPartitionsThatDoNotExistAreRefusedAlone() {
    TxnOffsetCommitRequest request =
        commitRequest(PRODUCER_ID, "t", 0, 10)
            .topics(List.of(topic("gone", 0, 1), topic("t", 99, 1), topic("t", 0, 10)));

    List<ErrorCode> errors = new ArrayList<>();
    send(request)
        .get()
        .topics()
        .forEach(each -> errors.add(GroupBed.error(each.partitions().get(0).errorCode())));
    assertThat(errors)
        .containsExactly(
            ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
            ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
            ErrorCode.NONE);
    end(bed, PRODUCER_ID, true);
    assertThat(bed.committed(GROUP, "t", 0)).isEqualTo(10);
  }

  @Test
  void withTooMuchMetadataAreRefused() {
    TxnOffsetCommitRequest request = commitRequest(PRODUCER_ID, "t", 0, 10);
    request.topics().get(0).partitions().get(0).committedMetadata("x".repeat(4_097));
    assertThat(onlyError(send(request).get())).isEqualTo(ErrorCode.OFFSET_METADATA_TOO_LARGE);
  }

  @Test
  void ofAMemberAreRefusedInAnotherGeneration() {
    List<String> members = bed.stableGroup(1);
    TxnOffsetCommitRequest request =
        commitRequest(PRODUCER_ID, "t", 0, 10).memberId(members.get(0));

    assertThat(onlyError(send(request.generationIdOrMemberEpoch(0)).get()))
        .isEqualTo(ErrorCode.ILLEGAL_GENERATION);
    assertThat(onlyError(send(request.generationIdOrMemberEpoch(1)).get()))
        .isEqualTo(ErrorCode.NONE);
    assertThat(onlyError(send(request.memberId("somebody")).get()))
        .isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
    assertThat(onlyError(send(request.memberId(members.get(0)).groupInstanceId("i")).get()))
        .isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
    assertThat(commit(PRODUCER_ID, "t", 1, 10))
        .as("old clients say nothing of the group")
        .isEqualTo(ErrorCode.NONE);
  }

  @Test
  void areTakenInAnyPhaseOfAClassicGroup() {
    List<String> members = bed.stableGroup(1);
    bed.join(GroupBed.joinRequest(members.get(0)));
    assertThat(bed.group().state()).isEqualTo(ClassicGroupState.COMPLETING_REBALANCE);
    assertThat(
            onlyError(
                send(commitRequest(PRODUCER_ID, "t", 0, 10)
                        .memberId(members.get(0))
                        .generationIdOrMemberEpoch(2))
                    .get()))
        .isEqualTo(ErrorCode.NONE);
  }

  @Test
  void ofAnUnknownGroupMakeOneUnlessTheyClaimAGeneration() {
    assertThat(
            onlyError(
                send(commitRequest(PRODUCER_ID, "t", 0, 10).generationIdOrMemberEpoch(3)).get()))
        .isEqualTo(ErrorCode.ILLEGAL_GENERATION);
    assertThat(bed.group()).isNull();
    assertThat(commit(PRODUCER_ID, "t", 0, 10)).isEqualTo(ErrorCode.NONE);
    assertThat(bed.group().isSimple()).isTrue();
  }

  @Test
  void areNotKeptWhenTheyCannotBeWritten() {
    bed.log.failNextAppend(ErrorCode.INVALID_PRODUCER_EPOCH);
    assertThat(commit(PRODUCER_ID, "t", 0, 10)).isEqualTo(ErrorCode.INVALID_PRODUCER_EPOCH);
    end(bed, PRODUCER_ID, true);
    assertThat(bed.committed(GROUP, "t", 0)).isEqualTo(-1);
  }

  @Test
  void areToldToOldProducersInErrorsTheyKnow() {
    bed.coordinator.onResignation(0);
    bed.turn();
    TxnOffsetCommitRequest request = commitRequest(PRODUCER_ID, "t", 0, 10);
    assertThat(onlyError(send(request).get())).isEqualTo(ErrorCode.NOT_COORDINATOR);
    assertThat(onlyError(send(request.groupId("")).get())).isEqualTo(ErrorCode.INVALID_GROUP_ID);
  }
}
