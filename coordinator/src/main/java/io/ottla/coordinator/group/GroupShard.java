package io.ottla.coordinator.group;

import io.ottla.coordinator.CoordinatorContext;
import io.ottla.coordinator.CoordinatorException;
import io.ottla.coordinator.CoordinatorRecord;
import io.ottla.coordinator.CoordinatorResult;
import io.ottla.coordinator.CoordinatorShard;
import io.ottla.coordinator.Deadline;
import io.ottla.coordinator.Reply;
import io.ottla.coordinator.RequestContext;
import io.ottla.coordinator.group.consumer.ConsumerGroup;
import io.ottla.coordinator.group.consumer.ConsumerGroups;
import io.ottla.coordinator.group.consumer.TopicCatalog;
import io.ottla.coordinator.group.journal.RebalanceObserver;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.TopicPartition;
import io.ottla.wire.Uuid;
import io.ottla.wire.message.ConsumerGroupDescribeResponse;
import io.ottla.wire.message.ConsumerGroupHeartbeatRequest;
import io.ottla.wire.message.ConsumerGroupHeartbeatResponse;
import io.ottla.wire.message.DeleteGroupsResponse;
import io.ottla.wire.message.DescribeGroupsResponse;
import io.ottla.wire.message.GroupMetadataKey;
import io.ottla.wire.message.GroupMetadataValue;
import io.ottla.wire.message.HeartbeatRequest;
import io.ottla.wire.message.HeartbeatResponse;
import io.ottla.wire.message.JoinGroupRequest;
import io.ottla.wire.message.JoinGroupResponse;
import io.ottla.wire.message.LeaveGroupRequest;
import io.ottla.wire.message.LeaveGroupResponse;
import io.ottla.wire.message.ListGroupsRequest;
import io.ottla.wire.message.ListGroupsResponse;
import io.ottla.wire.message.OffsetCommitKey;
import io.ottla.wire.message.OffsetCommitRequest;
import io.ottla.wire.message.OffsetCommitResponse;
import io.ottla.wire.message.OffsetCommitValue;
import io.ottla.wire.message.OffsetDeleteRequest;
import io.ottla.wire.message.OffsetDeleteResponse;
import io.ottla.wire.message.OffsetFetchRequest;
import io.ottla.wire.message.OffsetFetchResponse;
import io.ottla.wire.message.SyncGroupRequest;
import io.ottla.wire.message.SyncGroupResponse;
import io.ottla.wire.message.TxnOffsetCommitRequest;
import io.ottla.wire.message.TxnOffsetCommitResponse;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The groups and offsets of one partition of {@code __consumer_offsets}: hands records to the state
 * they change and operations to those who know them.
 *
 * <p>Owned by the partition's shard thread.
 */
final class GroupShard implements CoordinatorShard {

  /** Groups looked at in one go for offsets that have aged, or whose topics are gone. */
  private static final int SLICE = 100;

  private static final Logger LOG = LoggerFactory.getLogger(GroupShard.class);

  private final GroupCoordinatorConfig config;
  private final CommittedOffsetViews views;
  private final ConsumerGroups consumerGroups;
  private final Groups groups;
  private final OffsetStore offsets;
  private final ClassicJournal journal;
  private final Rebalance rebalance;
  private final JoinPhase joinPhase;
  private final SyncPhase syncPhase;
  private final Membership membership;
  private final GroupDescriptions descriptions;
  private final OffsetCommits offsetCommits;
  private final OffsetQueries offsetQueries;
  private final OffsetRetention offsetRetention;
  private final Deadline expiry;

  /** Groups still to be looked at in this round of expiry. */
  private Iterator<String> expiring = Collections.emptyIterator();

  private final Deadline cleanup;

  /** Groups still to be looked at for topics that were deleted before this shard was loaded. */
  private Iterator<String> toCleanUp = Collections.emptyIterator();

  private TopicCatalog topics = TopicCatalog.EMPTY;

  /**
   * @param partition of {@code __consumer_offsets}
   * @param surroundings what all partitions share
   * @param rebalances is told of the rebalances of all groups
   */
  GroupShard(
      int partition,
      GroupSurroundings surroundings,
      RebalanceObserver rebalances,
      CoordinatorContext context) {
    this.config = surroundings.config();
    this.views = surroundings.views();
    this.journal = new ClassicJournal(rebalances);
    this.rebalance = new Rebalance(config, context, journal);
    Migration migration = new Migration(config, context, journal, rebalance);
    this.consumerGroups =
        new ConsumerGroups(
            context,
            config.consumerGroups(),
            surroundings.memberIdSuffixes(),
            migration,
            surroundings.topicAuthorizer(),
            rebalances);
    this.groups = new Groups(consumerGroups);
    migration.attach(groups);
    this.offsets = new OffsetStore(partition);
    this.joinPhase =
        new JoinPhase(config, context, groups, rebalance, journal, surroundings.memberIdSuffixes());
    this.syncPhase = new SyncPhase(context, groups, rebalance, journal);
    this.membership = new Membership(groups, rebalance);
    this.descriptions = new GroupDescriptions(groups);
    this.offsetCommits = new OffsetCommits(config, context, groups, rebalance);
    this.offsetQueries = new OffsetQueries(groups, offsets);
    this.offsetRetention = new OffsetRetention(config, context, groups, offsets);
    this.expiry = context.deadline(this::expire);
    this.cleanup = context.deadline(this::cleanUp);
  }

  Groups groups() {
    return groups;
  }

  OffsetStore offsets() {
    return offsets;
  }

  @Override
  public void replay(long offset, long producerId, CoordinatorRecord record) {
    ApiMessage value = record.isTombstone() ? null : record.value().message();
    switch (record.key()) {
      case GroupMetadataKey key -> groups.replay(key.group(), (GroupMetadataValue) value);
      case OffsetCommitKey key -> replayOffset(offset, producerId, key, (OffsetCommitValue) value);
      default -> {
        if (!groups.replay(record)) {
          throw new IllegalArgumentException("not a record of groups: " + record);
        }
      }
    }
  }

  private void replayOffset(
      long offset, long producerId, OffsetCommitKey key, OffsetCommitValue value) {
    TopicPartition partition = new TopicPartition(key.topic(), key.partition());
    if (value == null) {
      offsets.replayTombstone(key.group(), partition);
    } else {
      groups.replayOffsetOf(key.group());
      offsets.replayCommit(key.group(), partition, producerId, CommittedOffset.of(offset, value));
    }
  }

  @Override
  public void replayEndTransaction(long producerId, boolean committed) {
    offsets.replayEndTransaction(producerId, committed);
  }

  @Override
  public void onLoaded() {
    groups.allClassic().forEach(rebalance::resume);
    consumerGroups.onLoaded();
    views.add(offsets);
    if (topics != TopicCatalog.EMPTY) {
      toCleanUp = groups.ids().iterator();
      cleanup.set(0);
    }
    expiry.set(config.offsetsRetentionCheckIntervalMs());
  }

  @Override
  public void onUnloaded(ErrorCode error) {
    expiry.cancel();
    cleanup.cancel();
    journal.unloaded();
    views.remove(offsets);
    groups.unload(error);
    consumerGroups.onUnloaded(error);
  }

  CoordinatorResult<JoinGroupResponse> join(
      RequestContext context, JoinGroupRequest request, Reply<JoinGroupResponse> reply) {
    ConsumerGroup group = consumerGroups.find(request.groupId());
    return group == null || group.isEmpty()
        ? joinPhase.join(context, request, reply)
        : consumerGroups.classicMembers().join(context, request);
  }

  CoordinatorResult<SyncGroupResponse> sync(
      SyncGroupRequest request, Reply<SyncGroupResponse> reply) {
    return isConsumerGroup(request.groupId())
        ? consumerGroups.classicMembers().sync(request)
        : syncPhase.sync(request, reply);
  }

  CoordinatorResult<HeartbeatResponse> heartbeat(HeartbeatRequest request) {
    return isConsumerGroup(request.groupId())
        ? consumerGroups.classicMembers().heartbeat(request)
        : membership.heartbeat(request);
  }

  CoordinatorResult<LeaveGroupResponse> leave(LeaveGroupRequest request) {
    return isConsumerGroup(request.groupId())
        ? consumerGroups.classicMembers().leave(request)
        : membership.leave(request);
  }

  private boolean isConsumerGroup(String groupId) {
    return consumerGroups.find(groupId) != null;
  }

  CoordinatorResult<ConsumerGroupHeartbeatResponse> heartbeat(
      RequestContext context, ConsumerGroupHeartbeatRequest request) {
    try {
      return consumerGroups.heartbeat(context, request);
    } catch (CoordinatorException e) {
      return CoordinatorResult.respond(
          new ConsumerGroupHeartbeatResponse()
              .errorCode(e.error().code())
              .errorMessage(e.getMessage()));
    }
  }

  CoordinatorResult<List<ConsumerGroupDescribeResponse.DescribedGroup>> describeConsumerGroups(
      List<String> groupIds) {
    return CoordinatorResult.respond(groupIds.stream().map(consumerGroups::describe).toList());
  }

  CoordinatorResult<Void> onTopics(TopicCatalog catalog) {
    topics = catalog;
    consumerGroups.onTopics(catalog);
    return CoordinatorResult.nothing();
  }

  CoordinatorResult<List<DescribeGroupsResponse.DescribedGroup>> describe(
      RequestContext context, List<String> groupIds) {
    return CoordinatorResult.respond(
        groupIds.stream().map(groupId -> descriptions.describe(context, groupId)).toList());
  }

  CoordinatorResult<ListGroupsResponse> list(ListGroupsRequest request) {
    return CoordinatorResult.respond(new ListGroupsResponse().groups(descriptions.list(request)));
  }

  /** DeleteGroups: groups without members go, with their offsets. */
  CoordinatorResult<List<DeleteGroupsResponse.DeletableGroupResult>> delete(List<String> groupIds) {
    List<CoordinatorRecord> records = new ArrayList<>();
    List<DeleteGroupsResponse.DeletableGroupResult> results = new ArrayList<>();
    for (String groupId : groupIds) {
      Group group = groups.find(groupId);
      ErrorCode error = ErrorCode.NONE;
      if (group == null) {
        error = ErrorCode.GROUP_ID_NOT_FOUND;
      } else if (!group.isEmpty()) {
        error = ErrorCode.NON_EMPTY_GROUP;
      } else {
        offsetRetention.deleteGroup(group, records);
      }
      results.add(
          new DeleteGroupsResponse.DeletableGroupResult().groupId(groupId).errorCode(error.code()));
    }
    return CoordinatorResult.<List<DeleteGroupsResponse.DeletableGroupResult>>appendInParts(records)
        .withResponse(results);
  }

  CoordinatorResult<OffsetCommitResponse> commitOffsets(
      RequestContext context, OffsetCommitRequest request) {
    return offsetCommits.commit(context, request);
  }

  CoordinatorResult<TxnOffsetCommitResponse> commitOffsets(
      RequestContext context, TxnOffsetCommitRequest request, Object guard) {
    return offsetCommits.commit(context, request, guard);
  }

  CoordinatorResult<List<OffsetFetchResponse.OffsetFetchResponseGroup>> fetchOffsets(
      List<OffsetFetchRequest.OffsetFetchRequestGroup> requests, boolean isStableRequired) {
    return CoordinatorResult.respond(
        requests.stream().map(request -> fetch(request, isStableRequired)).toList());
  }

  /** One group's refusal is no other's. */
  private OffsetFetchResponse.OffsetFetchResponseGroup fetch(
      OffsetFetchRequest.OffsetFetchRequestGroup request, boolean isStableRequired) {
    try {
      return offsetQueries.fetch(request, isStableRequired);
    } catch (CoordinatorException e) {
      return new OffsetFetchResponse.OffsetFetchResponseGroup()
          .groupId(request.groupId())
          .errorCode(e.error().code());
    }
  }

  CoordinatorResult<OffsetDeleteResponse> deleteOffsets(OffsetDeleteRequest request) {
    return offsetRetention.delete(request);
  }

  CoordinatorResult<Void> deleteTopic(Uuid topicId, String topic) {
    return offsetRetention.deleteTopic(topicId, topic);
  }

  /** Looks at some groups for offsets whose topics are gone. */
  private CoordinatorResult<Void> cleanUp() {
    List<CoordinatorRecord> records = new ArrayList<>();
    for (int i = 0; i < SLICE && toCleanUp.hasNext(); i++) {
      offsetRetention.dropOrphans(toCleanUp.next(), topics, records);
    }
    if (!records.isEmpty()) {
      LOG.info(
          "Removing {} committed offsets of topics that do not exist any more", records.size());
    }
    if (toCleanUp.hasNext()) {
      cleanup.set(0);
    }
    return CoordinatorResult.appendInParts(records);
  }

  /** Looks at some groups for offsets that have aged; a round goes over all groups. */
  private CoordinatorResult<Void> expire() {
    if (!expiring.hasNext()) {
      expiring = groups.ids().iterator();
    }
    List<CoordinatorRecord> records = new ArrayList<>();
    for (int i = 0; i < SLICE && expiring.hasNext(); i++) {
      offsetRetention.expire(expiring.next(), records);
    }
    expiry.set(expiring.hasNext() ? 0 : config.offsetsRetentionCheckIntervalMs());
    return CoordinatorResult.appendInParts(records);
  }
}
