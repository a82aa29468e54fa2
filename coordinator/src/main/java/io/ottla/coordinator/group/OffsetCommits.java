package io.ottla.coordinator.group;

import io.ottla.coordinator.CoordinatorContext;
import io.ottla.coordinator.CoordinatorException;
import io.ottla.coordinator.CoordinatorRecord;
import io.ottla.coordinator.CoordinatorResult;
import io.ottla.coordinator.RequestContext;
import io.ottla.coordinator.TransactionalProducer;
import io.ottla.coordinator.group.consumer.OffsetCommitCheck;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.Uuid;
import io.ottla.wire.message.OffsetCommitRequest;
import io.ottla.wire.message.OffsetCommitResponse;
import io.ottla.wire.message.TxnOffsetCommitRequest;
import io.ottla.wire.message.TxnOffsetCommitResponse;
import java.util.ArrayList;
import java.util.List;

/**
 * OffsetCommit and TxnOffsetCommit. Who may commit says {@link OffsetAccess}; a commit of a member
 * of a classic group also keeps its session alive. What a producer commits in its transaction
 * counts once that has committed (KIP-98).
 *
 * <p>Owned by the shard's thread.
 */
final class OffsetCommits {

  private static final long DEFAULT_RETENTION = -1;

  private final GroupCoordinatorConfig config;
  private final CoordinatorContext context;
  private final Groups groups;
  private final Rebalance rebalance;

  OffsetCommits(
      GroupCoordinatorConfig config,
      CoordinatorContext context,
      Groups groups,
      Rebalance rebalance) {
    this.config = config;
    this.context = context;
    this.groups = groups;
    this.rebalance = rebalance;
  }

  /** One request on its way to records. */
  private final class Commit {

    private final String groupId;
    private final OffsetCommitCheck check;
    private final long nowMs = context.nowMs();
    private final long expireTimestampMs;
    private final List<CoordinatorRecord> records = new ArrayList<>();

    Commit(String groupId, OffsetCommitCheck check, long retentionMs) {
      this.groupId = groupId;
      this.check = check;
      this.expireTimestampMs =
          retentionMs == DEFAULT_RETENTION ? CommittedOffset.NO_TIMESTAMP : nowMs + retentionMs;
    }

    /**
     * Adds the record of one partition, unless its metadata is too large.
     *
     * @return the partition's error
     * @throws CoordinatorException if the whole commit is refused because of it
     */
    ErrorCode add(
        String topic, Uuid topicId, int partition, long offset, int leaderEpoch, String metadata) {
      if (metadata != null && metadata.length() > config.offsetMetadataMaxLength()) {
        return ErrorCode.OFFSET_METADATA_TOO_LARGE;
      }
      check.check(topicId, partition);
      records.add(
          GroupRecords.offset(
              groupId,
              topic,
              partition,
              new CommittedOffset(
                  -1,
                  offset,
                  leaderEpoch,
                  metadata == null ? "" : metadata,
                  nowMs,
                  expireTimestampMs,
                  topicId)));
      return ErrorCode.NONE;
    }
  }

  /**
   * @param request with names and, where known, ids of its topics
   * @throws CoordinatorException if who commits may not
   */
  CoordinatorResult<OffsetCommitResponse> commit(
      RequestContext requestContext, OffsetCommitRequest request) {
    Group group = groups.find(request.groupId());
    OffsetCommitCheck check =
        OffsetAccess.validateCommit(group, Committer.of(request, requestContext.apiVersion()));
    if (group instanceof ClassicGroup classic) {
      keepAlive(classic, request.memberId());
    }
    Commit commit = new Commit(request.groupId(), check, request.retentionTimeMs());
    List<OffsetCommitResponse.OffsetCommitResponseTopic> topics =
        new ArrayList<>(request.topics().size());
    for (OffsetCommitRequest.OffsetCommitRequestTopic topic : request.topics()) {
      List<OffsetCommitResponse.OffsetCommitResponsePartition> partitions =
          new ArrayList<>(topic.partitions().size());
      for (OffsetCommitRequest.OffsetCommitRequestPartition partition : topic.partitions()) {
        ErrorCode error =
            commit.add(
                topic.name(),
                topic.topicId(),
                partition.partitionIndex(),
                partition.committedOffset(),
                partition.committedLeaderEpoch(),
                partition.committedMetadata());
        partitions.add(
            new OffsetCommitResponse.OffsetCommitResponsePartition()
                .partitionIndex(partition.partitionIndex())
                .errorCode(error.code()));
      }
      topics.add(
          new OffsetCommitResponse.OffsetCommitResponseTopic()
              .name(topic.name())
              .topicId(topic.topicId())
              .partitions(partitions));
    }
    return CoordinatorResult.<OffsetCommitResponse>append(commit.records)
        .withResponse(new OffsetCommitResponse().topics(topics));
  }

  private void keepAlive(ClassicGroup group, String memberId) {
    ClassicMember member = group.member(memberId);
    if (member != null) {
      rebalance.touch(group, member);
    }
  }

  /**
   * @param request with names and ids of its topics
   * @param guard for the log, see {@link TransactionalProducer}
   * @throws CoordinatorException if who commits may not
   */
  CoordinatorResult<TxnOffsetCommitResponse> commit(
      RequestContext requestContext, TxnOffsetCommitRequest request, Object guard) {
    Commit commit =
        new Commit(request.groupId(), checkOf(requestContext, request), DEFAULT_RETENTION);
    List<TxnOffsetCommitResponse.TxnOffsetCommitResponseTopic> topics =
        new ArrayList<>(request.topics().size());
    try {
      for (TxnOffsetCommitRequest.TxnOffsetCommitRequestTopic topic : request.topics()) {
        List<TxnOffsetCommitResponse.TxnOffsetCommitResponsePartition> partitions =
            new ArrayList<>(topic.partitions().size());
        for (TxnOffsetCommitRequest.TxnOffsetCommitRequestPartition partition :
            topic.partitions()) {
          ErrorCode error =
              commit.add(
                  topic.name(),
                  topic.topicId(),
                  partition.partitionIndex(),
                  partition.committedOffset(),
                  partition.committedLeaderEpoch(),
                  partition.committedMetadata());
          partitions.add(
              new TxnOffsetCommitResponse.TxnOffsetCommitResponsePartition()
                  .partitionIndex(partition.partitionIndex())
                  .errorCode(error.code()));
        }
        topics.add(
            new TxnOffsetCommitResponse.TxnOffsetCommitResponseTopic()
                .name(topic.name())
                .topicId(topic.topicId())
                .partitions(partitions));
      }
    } catch (CoordinatorException e) {
      throw toldToProducer(e);
    }
    return CoordinatorResult.<TxnOffsetCommitResponse>append(commit.records)
        .withProducer(
            new TransactionalProducer(request.producerId(), request.producerEpoch(), guard))
        .withResponse(new TxnOffsetCommitResponse().topics(topics));
  }

  private OffsetCommitCheck checkOf(RequestContext requestContext, TxnOffsetCommitRequest request) {
    try {
      return OffsetAccess.validateCommit(
          groups.find(request.groupId()), Committer.of(request, requestContext.apiVersion()));
    } catch (CoordinatorException e) {
      throw toldToProducer(e);
    }
  }

  /** Producers do not know epochs of members: to them it is a generation that has passed. */
  private static CoordinatorException toldToProducer(CoordinatorException e) {
    return e.error() == ErrorCode.STALE_MEMBER_EPOCH
        ? new CoordinatorException(ErrorCode.ILLEGAL_GENERATION)
        : e;
  }

  /** The response when nothing could be committed. */
  static OffsetCommitResponse error(OffsetCommitRequest request, ErrorCode error) {
    return new OffsetCommitResponse()
        .topics(
            request.topics().stream()
                .map(
                    topic ->
                        new OffsetCommitResponse.OffsetCommitResponseTopic()
                            .name(topic.name())
                            .topicId(topic.topicId())
                            .partitions(
                                topic.partitions().stream()
                                    .map(
                                        partition ->
                                            new OffsetCommitResponse.OffsetCommitResponsePartition()
                                                .partitionIndex(partition.partitionIndex())
                                                .errorCode(error.code()))
                                    .toList()))
                .toList());
  }

  /** The same of a transaction's commit. */
  static TxnOffsetCommitResponse error(TxnOffsetCommitRequest request, ErrorCode error) {
    return new TxnOffsetCommitResponse()
        .topics(
            request.topics().stream()
                .map(
                    topic ->
                        new TxnOffsetCommitResponse.TxnOffsetCommitResponseTopic()
                            .name(topic.name())
                            .topicId(topic.topicId())
                            .partitions(
                                topic.partitions().stream()
                                    .map(
                                        partition ->
                                            new TxnOffsetCommitResponse
                                                    .TxnOffsetCommitResponsePartition()
                                                .partitionIndex(partition.partitionIndex())
                                                .errorCode(error.code()))
                                    .toList()))
                .toList());
  }
}
