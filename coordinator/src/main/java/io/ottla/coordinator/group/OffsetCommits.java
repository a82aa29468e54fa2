package io.ottla.coordinator.group;

import io.ottla.coordinator.CoordinatorContext;
import io.ottla.coordinator.CoordinatorException;
import io.ottla.coordinator.CoordinatorRecord;
import io.ottla.coordinator.CoordinatorResult;
import io.ottla.coordinator.RequestContext;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.TopicPartition;
import io.ottla.wire.message.OffsetCommitRequest;
import io.ottla.wire.message.OffsetCommitResponse;
import java.util.ArrayList;
import java.util.List;

/**
 * OffsetCommit: by a member of the current generation, or, into a group that has no members, by
 * anyone. A commit also keeps the member's session alive.
 *
 * <p>Owned by the shard's thread.
 */
final class OffsetCommits {

  /** Since then an unknown group is called that (KIP-848). */
  private static final short GROUP_ID_NOT_FOUND_VERSION = 9;

  private static final long DEFAULT_RETENTION = -1;

  private final GroupCoordinatorConfig config;
  private final CoordinatorContext context;
  private final ClassicGroups groups;
  private final Rebalance rebalance;

  OffsetCommits(
      GroupCoordinatorConfig config,
      CoordinatorContext context,
      ClassicGroups groups,
      Rebalance rebalance) {
    this.config = config;
    this.context = context;
    this.groups = groups;
    this.rebalance = rebalance;
  }

  /**
   * @param request with names and, where known, ids of its topics
   * @throws CoordinatorException if who commits may not
   */
  CoordinatorResult<OffsetCommitResponse> commit(
      RequestContext requestContext, OffsetCommitRequest request) {
    ClassicGroup group = groups.find(request.groupId());
    ErrorCode error =
        group == null ? validateWithoutGroup(requestContext, request) : validate(group, request);
    if (error != ErrorCode.NONE) {
      throw new CoordinatorException(error);
    }
    if (group != null) {
      keepAlive(group, request);
    }
    long nowMs = context.nowMs();
    long expireTimestampMs =
        request.retentionTimeMs() == DEFAULT_RETENTION
            ? CommittedOffset.NO_TIMESTAMP
            : nowMs + request.retentionTimeMs();
    List<CoordinatorRecord> records = new ArrayList<>();
    List<OffsetCommitResponse.OffsetCommitResponseTopic> topics =
        new ArrayList<>(request.topics().size());
    for (OffsetCommitRequest.OffsetCommitRequestTopic topic : request.topics()) {
      List<OffsetCommitResponse.OffsetCommitResponsePartition> partitions =
          new ArrayList<>(topic.partitions().size());
      for (OffsetCommitRequest.OffsetCommitRequestPartition partition : topic.partitions()) {
        String metadata =
            partition.committedMetadata() == null ? "" : partition.committedMetadata();
        ErrorCode partitionError = ErrorCode.NONE;
        if (metadata.length() > config.offsetMetadataMaxLength()) {
          partitionError = ErrorCode.OFFSET_METADATA_TOO_LARGE;
        } else {
          records.add(
              GroupRecords.offset(
                  request.groupId(),
                  new TopicPartition(topic.name(), partition.partitionIndex()),
                  new CommittedOffset(
                      -1,
                      partition.committedOffset(),
                      partition.committedLeaderEpoch(),
                      metadata,
                      nowMs,
                      expireTimestampMs,
                      topic.topicId())));
        }
        partitions.add(
            new OffsetCommitResponse.OffsetCommitResponsePartition()
                .partitionIndex(partition.partitionIndex())
                .errorCode(partitionError.code()));
      }
      topics.add(
          new OffsetCommitResponse.OffsetCommitResponseTopic()
              .name(topic.name())
              .topicId(topic.topicId())
              .partitions(partitions));
    }
    return CoordinatorResult.<OffsetCommitResponse>append(records)
        .withResponse(new OffsetCommitResponse().topics(topics));
  }

  private static ErrorCode validateWithoutGroup(
      RequestContext requestContext, OffsetCommitRequest request) {
    if (request.generationIdOrMemberEpoch() < 0) {
      // A consumer without group management, or an administrator: the commit makes the group.
      return ErrorCode.NONE;
    }
    return requestContext.apiVersion() >= GROUP_ID_NOT_FOUND_VERSION
        ? ErrorCode.GROUP_ID_NOT_FOUND
        : ErrorCode.ILLEGAL_GENERATION;
  }

  private static ErrorCode validate(ClassicGroup group, OffsetCommitRequest request) {
    int generation = request.generationIdOrMemberEpoch();
    if (generation < 0 && group.isIn(ClassicGroupState.EMPTY)) {
      return ErrorCode.NONE;
    }
    ErrorCode error = group.validateMember(request.memberId(), request.groupInstanceId());
    if (error != ErrorCode.NONE) {
      return error;
    }
    if (generation != group.generation()) {
      return ErrorCode.ILLEGAL_GENERATION;
    }
    // The member knows the generation, but has no assignment in it yet.
    return group.isIn(ClassicGroupState.COMPLETING_REBALANCE)
        ? ErrorCode.REBALANCE_IN_PROGRESS
        : ErrorCode.NONE;
  }

  private void keepAlive(ClassicGroup group, OffsetCommitRequest request) {
    ClassicMember member = group.member(request.memberId());
    if (member != null) {
      rebalance.touch(group, member);
    }
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
}
