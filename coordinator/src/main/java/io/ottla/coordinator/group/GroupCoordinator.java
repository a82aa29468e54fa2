package io.ottla.coordinator.group;

import io.ottla.coordinator.CoordinatorContext;
import io.ottla.coordinator.CoordinatorLog;
import io.ottla.coordinator.CoordinatorLogReader;
import io.ottla.coordinator.CoordinatorPartitions;
import io.ottla.coordinator.CoordinatorRuntime;
import io.ottla.coordinator.EndMarker;
import io.ottla.coordinator.HostedCoordinator;
import io.ottla.coordinator.RequestContext;
import io.ottla.coordinator.TransactionalProducer;
import io.ottla.coordinator.group.consumer.ConsumerGroups;
import io.ottla.coordinator.group.consumer.TopicAuthorizer;
import io.ottla.coordinator.group.consumer.TopicCatalog;
import io.ottla.coordinator.group.journal.JournalLimits;
import io.ottla.coordinator.group.journal.JournalStore;
import io.ottla.coordinator.group.journal.RebalanceJournal;
import io.ottla.runtime.Shard;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.Uuid;
import io.ottla.wire.message.ConsumerGroupDescribeRequest;
import io.ottla.wire.message.ConsumerGroupDescribeResponse;
import io.ottla.wire.message.ConsumerGroupHeartbeatRequest;
import io.ottla.wire.message.ConsumerGroupHeartbeatResponse;
import io.ottla.wire.message.DeleteGroupsRequest;
import io.ottla.wire.message.DeleteGroupsResponse;
import io.ottla.wire.message.DescribeGroupsRequest;
import io.ottla.wire.message.DescribeGroupsResponse;
import io.ottla.wire.message.HeartbeatRequest;
import io.ottla.wire.message.HeartbeatResponse;
import io.ottla.wire.message.JoinGroupRequest;
import io.ottla.wire.message.JoinGroupResponse;
import io.ottla.wire.message.LeaveGroupRequest;
import io.ottla.wire.message.LeaveGroupResponse;
import io.ottla.wire.message.ListGroupsRequest;
import io.ottla.wire.message.ListGroupsResponse;
import io.ottla.wire.message.OffsetCommitRequest;
import io.ottla.wire.message.OffsetCommitResponse;
import io.ottla.wire.message.OffsetDeleteRequest;
import io.ottla.wire.message.OffsetDeleteResponse;
import io.ottla.wire.message.OffsetFetchRequest;
import io.ottla.wire.message.OffsetFetchResponse;
import io.ottla.wire.message.SyncGroupRequest;
import io.ottla.wire.message.SyncGroupResponse;
import io.ottla.wire.message.TxnOffsetCommitRequest;
import io.ottla.wire.message.TxnOffsetCommitResponse;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The group coordinator of this broker: groups of both protocols and committed offsets.
 *
 * <p>Requests may come on any thread. A method that takes one returns false if the shard it belongs
 * to is overloaded: then nothing has happened, and the caller tries later. Otherwise the callback
 * is called exactly once, at once with what can be answered without the shard, or on the shard's
 * thread when what the answer rests on is below the high watermark. It must not block.
 *
 * <p>Who may do what is decided before: the coordinator does no authorization.
 *
 * <p>Elections and resignations of one partition come one after the other, in their order.
 */
public final class GroupCoordinator implements HostedCoordinator {

  /** The topic that holds groups and committed offsets. */
  public static final String TOPIC = "__consumer_offsets";

  private static final Logger LOG = LoggerFactory.getLogger(GroupCoordinator.class);

  private static final short LEAVE_IN_BATCH_VERSION = 3;
  private static final short PROTOCOL_IN_SYNC_VERSION = 5;
  private static final short NULLABLE_PROTOCOL_VERSION = 7;

  private final GroupCoordinatorConfig config;
  private final JournalStore journal;
  private final GroupSurroundings surroundings;
  private final Executor executor;
  private final GroupRecordDecoder decoder = new GroupRecordDecoder();
  private final CoordinatorPartitions<GroupShard> partitions;
  private volatile TopicCatalog topics = TopicCatalog.EMPTY;
  private final OffsetRequests offsetRequests;
  private final TransactionalOffsetRequests transactionalOffsetRequests;
  private final OffsetFetchRequests offsetFetchRequests;

  /**
   * @param partitionCount of {@code __consumer_offsets}; must not change while there are groups
   * @param shards the shard of each partition
   * @param topics which topics there are
   * @param topicAuthorizer says which topics a client's regular expressions may stand for
   * @param memberIdSuffixes makes ids of members unique, such as random UUIDs; any thread
   * @param executor reads logs while a partition loads, and does what takes long; its tasks block
   */
  public GroupCoordinator(
      GroupCoordinatorConfig config,
      int partitionCount,
      IntFunction<Shard> shards,
      TopicResolver topics,
      TopicAuthorizer topicAuthorizer,
      Supplier<String> memberIdSuffixes,
      Executor executor) {
    this.config = config;
    this.journal =
        new JournalStore(JournalLimits.keptFor(config.journalRetentionMs()), partitionCount);
    this.surroundings =
        new GroupSurroundings(
            config, memberIdSuffixes, topicAuthorizer, new CommittedOffsetViews());
    this.executor = executor;
    this.partitions = new CoordinatorPartitions<>(partitionCount, shards);
    this.offsetRequests = new OffsetRequests(partitions, topics);
    this.transactionalOffsetRequests = new TransactionalOffsetRequests(partitions, topics);
    this.offsetFetchRequests = new OffsetFetchRequests(partitions, topics);
  }

  /** The partition of {@code __consumer_offsets} that a group is kept in. */
  public int partitionFor(String groupId) {
    return partitions.partitionFor(groupId);
  }

  /** The rebalances of the groups that this broker coordinates or has coordinated. */
  public RebalanceJournal journal() {
    return journal;
  }

  /** The runtime of a partition that is coordinated here, or null; for tests. */
  CoordinatorRuntime<GroupShard> runtime(int partition) {
    return partitions.find(partition);
  }

  /** JoinGroup, versions 0 to 9. */
  public boolean joinGroup(
      RequestContext context, JoinGroupRequest request, Consumer<JoinGroupResponse> callback) {
    Consumer<JoinGroupResponse> versioned =
        response -> callback.accept(inVersion(response, context.apiVersion()));
    if (request.groupId().isEmpty()) {
      return answer(
          versioned, MemberResponses.joinError(request.memberId(), ErrorCode.INVALID_GROUP_ID));
    }
    if (request.sessionTimeoutMs() < config.minSessionTimeoutMs()
        || request.sessionTimeoutMs() > config.maxSessionTimeoutMs()) {
      return answer(
          versioned,
          MemberResponses.joinError(request.memberId(), ErrorCode.INVALID_SESSION_TIMEOUT));
    }
    dropRepeatedProtocols(request);
    return partitions.ask(
        request.groupId(),
        (shard, reply) -> shard.join(context, request, reply),
        versioned,
        error -> MemberResponses.joinError(MemberResponses.NONE, error));
  }

  /** Votes are counted by name: a member that gives one twice must not count twice. */
  private static void dropRepeatedProtocols(JoinGroupRequest request) {
    Set<String> names = new HashSet<>();
    List<JoinGroupRequest.JoinGroupRequestProtocol> distinct = new ArrayList<>();
    for (JoinGroupRequest.JoinGroupRequestProtocol protocol : request.protocols()) {
      if (names.add(protocol.name())) {
        distinct.add(protocol);
      }
    }
    request.protocols(distinct);
  }

  private static JoinGroupResponse inVersion(JoinGroupResponse response, short version) {
    if (version < NULLABLE_PROTOCOL_VERSION && response.protocolName() == null) {
      response.protocolName("");
    }
    return response;
  }

  /** SyncGroup, versions 0 to 5. */
  public boolean syncGroup(
      RequestContext context, SyncGroupRequest request, Consumer<SyncGroupResponse> callback) {
    if (context.apiVersion() >= PROTOCOL_IN_SYNC_VERSION
        && (request.protocolType() == null || request.protocolName() == null)) {
      return answer(callback, MemberResponses.syncError(ErrorCode.INCONSISTENT_GROUP_PROTOCOL));
    }
    if (request.groupId().isEmpty()) {
      return answer(callback, MemberResponses.syncError(ErrorCode.INVALID_GROUP_ID));
    }
    return partitions.ask(
        request.groupId(),
        (shard, reply) -> shard.sync(request, reply),
        callback,
        MemberResponses::syncError);
  }

  /** Heartbeat, versions 0 to 4. */
  public boolean heartbeat(HeartbeatRequest request, Consumer<HeartbeatResponse> callback) {
    if (request.groupId().isEmpty()) {
      return answer(callback, heartbeatError(ErrorCode.INVALID_GROUP_ID));
    }
    // It writes nothing and does not care what commits write: they need not be cut short for it.
    return partitions.askShared(
        request.groupId(),
        (shard, reply) -> shard.heartbeat(request),
        callback,
        GroupCoordinator::heartbeatError);
  }

  private static HeartbeatResponse heartbeatError(ErrorCode error) {
    // While groups are loaded, members are all right as they are.
    ErrorCode told = error == ErrorCode.COORDINATOR_LOAD_IN_PROGRESS ? ErrorCode.NONE : error;
    return new HeartbeatResponse().errorCode(told.code());
  }

  /** ConsumerGroupHeartbeat, versions 0 and 1 (KIP-848). */
  public boolean consumerGroupHeartbeat(
      RequestContext context,
      ConsumerGroupHeartbeatRequest request,
      Consumer<ConsumerGroupHeartbeatResponse> callback) {
    ConsumerGroupHeartbeatResponse refusal =
        ConsumerGroups.validate(
            context, request, config.consumerGroups().of(request.groupId()).assignors());
    if (refusal != null) {
      return answer(callback, refusal);
    }
    return partitions.ask(
        request.groupId(),
        (shard, reply) -> shard.heartbeat(context, request),
        callback,
        error -> new ConsumerGroupHeartbeatResponse().errorCode(error.code()));
  }

  /**
   * ConsumerGroupDescribe, versions 0 and 1, in the order of the request. Authorized operations are
   * left for the caller to fill in.
   */
  public boolean consumerGroupDescribe(
      ConsumerGroupDescribeRequest request, Consumer<ConsumerGroupDescribeResponse> callback) {
    return partitions.<String, ConsumerGroupDescribeResponse.DescribedGroup>askEach(
        request.groupIds(),
        groupId -> groupId,
        groupIds -> (shard, reply) -> shard.describeConsumerGroups(groupIds),
        (groupId, error) ->
            new ConsumerGroupDescribeResponse.DescribedGroup()
                .groupId(groupId)
                .errorCode(error.code()),
        groups ->
            callback.accept(
                new ConsumerGroupDescribeResponse()
                    .groups(groups.stream().map(GroupCoordinator::refusedIfWithoutId).toList())));
  }

  /** No group has an empty id, but old ones of the classic protocol. */
  private static ConsumerGroupDescribeResponse.DescribedGroup refusedIfWithoutId(
      ConsumerGroupDescribeResponse.DescribedGroup group) {
    return group.groupId().isEmpty()
        ? new ConsumerGroupDescribeResponse.DescribedGroup()
            .groupId("")
            .errorCode(ErrorCode.INVALID_GROUP_ID.code())
        : group;
  }

  /** LeaveGroup, versions 0 to 5. */
  public boolean leaveGroup(
      RequestContext context, LeaveGroupRequest request, Consumer<LeaveGroupResponse> callback) {
    if (request.groupId().isEmpty()) {
      return answer(
          callback, new LeaveGroupResponse().errorCode(ErrorCode.INVALID_GROUP_ID.code()));
    }
    boolean isBatch = context.apiVersion() >= LEAVE_IN_BATCH_VERSION;
    LeaveGroupRequest inBatch =
        isBatch
            ? request
            : new LeaveGroupRequest()
                .groupId(request.groupId())
                .members(
                    List.of(new LeaveGroupRequest.MemberIdentity().memberId(request.memberId())));
    return partitions.ask(
        request.groupId(),
        (shard, reply) -> shard.leave(inBatch),
        response -> callback.accept(isBatch ? response : ofOnlyMember(response)),
        error -> new LeaveGroupResponse().errorCode(error.code()));
  }

  private static LeaveGroupResponse ofOnlyMember(LeaveGroupResponse response) {
    return response.members().isEmpty()
        ? response
        : new LeaveGroupResponse().errorCode(response.members().get(0).errorCode());
  }

  /**
   * DescribeGroups, versions 0 to 6, in the order of the request. Authorized operations are left
   * for the caller to fill in.
   */
  public boolean describeGroups(
      RequestContext context,
      DescribeGroupsRequest request,
      Consumer<DescribeGroupsResponse> callback) {
    return partitions.<String, DescribeGroupsResponse.DescribedGroup>askEach(
        request.groups(),
        groupId -> groupId,
        groupIds -> (shard, reply) -> shard.describe(context, groupIds),
        (groupId, error) ->
            new DescribeGroupsResponse.DescribedGroup().groupId(groupId).errorCode(error.code()),
        groups -> callback.accept(new DescribeGroupsResponse().groups(groups)));
  }

  /** ListGroups, versions 0 to 5: of all partitions this broker coordinates. */
  public boolean listGroups(ListGroupsRequest request, Consumer<ListGroupsResponse> callback) {
    return partitions.<ListGroupsResponse>askAll(
        (shard, reply) -> shard.list(request),
        error -> new ListGroupsResponse().errorCode(error.code()),
        parts -> callback.accept(joined(parts)));
  }

  private static ListGroupsResponse joined(List<ListGroupsResponse> parts) {
    List<ListGroupsResponse.ListedGroup> groups = new ArrayList<>();
    for (ListGroupsResponse part : parts) {
      // Another broker lists the groups of a partition that has just left.
      if (part.errorCode() != ErrorCode.NONE.code()
          && part.errorCode() != ErrorCode.NOT_COORDINATOR.code()) {
        return part;
      }
      groups.addAll(part.groups());
    }
    return new ListGroupsResponse().groups(groups);
  }

  /** DeleteGroups, versions 0 to 2; a group that is named twice is deleted once. */
  public boolean deleteGroups(
      DeleteGroupsRequest request, Consumer<DeleteGroupsResponse> callback) {
    return partitions.<String, DeleteGroupsResponse.DeletableGroupResult>askEach(
        List.copyOf(new LinkedHashSet<>(request.groupsNames())),
        groupId -> groupId,
        groupIds -> (shard, reply) -> shard.delete(groupIds),
        (groupId, error) ->
            new DeleteGroupsResponse.DeletableGroupResult()
                .groupId(groupId)
                .errorCode(error.code()),
        results -> callback.accept(new DeleteGroupsResponse().results(results)));
  }

  /** OffsetCommit, versions 2 to 10. */
  public boolean commitOffsets(
      RequestContext context,
      OffsetCommitRequest request,
      Consumer<OffsetCommitResponse> callback) {
    return offsetRequests.commit(context, request, callback);
  }

  /**
   * A producer's transaction that has committed offsets has ended.
   *
   * @param callback takes NONE once that is safe in the partition, or why it is not
   */
  public void endTransaction(int partition, EndMarker marker, Consumer<ErrorCode> callback) {
    CoordinatorRuntime<GroupShard> runtime = partitions.find(partition);
    if (runtime == null) {
      callback.accept(ErrorCode.NOT_COORDINATOR);
    } else {
      runtime.endTransaction(marker, callback);
    }
  }

  /**
   * TxnOffsetCommit, versions 0 to 5: counts once the producer's transaction has committed.
   *
   * @param guard for the log, see {@link TransactionalProducer}
   */
  public boolean commitTransactionalOffsets(
      RequestContext context,
      TxnOffsetCommitRequest request,
      Object guard,
      Consumer<TxnOffsetCommitResponse> callback) {
    return transactionalOffsetRequests.commit(context, request, guard, callback);
  }

  /** OffsetFetch, versions 1 to 10. */
  public boolean fetchOffsets(
      RequestContext context, OffsetFetchRequest request, Consumer<OffsetFetchResponse> callback) {
    return offsetFetchRequests.fetch(context, request, callback);
  }

  /** OffsetDelete, version 0. */
  public boolean deleteOffsets(
      OffsetDeleteRequest request, Consumer<OffsetDeleteResponse> callback) {
    if (request.groupId().isEmpty()) {
      return answer(
          callback, new OffsetDeleteResponse().errorCode(ErrorCode.INVALID_GROUP_ID.code()));
    }
    return offsetRequests.delete(request, callback);
  }

  /**
   * This broker leads a partition of {@code __consumer_offsets} now: its groups are loaded. Elected
   * again without having resigned, it goes on with what it has, the log and reader included; or
   * tries again, if loading had failed.
   *
   * @param leaderEpoch of the partition, for the record
   * @param log to append to
   * @param reader reads what the log holds by now
   */
  @Override
  public void onElection(
      int partition, int leaderEpoch, CoordinatorLog log, CoordinatorLogReader reader) {
    LOG.debug("Coordinator of {} in leader epoch {}", log.topicPartition(), leaderEpoch);
    partitions.elect(
        partition,
        shard ->
            new CoordinatorRuntime<>(
                shard,
                new CoordinatorRuntime.Limits(
                    config.writeTimeoutMs(),
                    config.offsetsLoadChunkBytes(),
                    config.maxHeldReplies()),
                context -> newShard(partition, shard, context),
                decoder,
                executor,
                log,
                reader));
  }

  private GroupShard newShard(int partition, Shard shard, CoordinatorContext context) {
    GroupShard machine =
        new GroupShard(partition, surroundings, journal.writer(partition, shard), context);
    machine.onTopics(topics);
    return machine;
  }

  /** This broker does not lead the partition any more. */
  @Override
  public void onResignation(int partition) {
    partitions.resign(partition, () -> {});
  }

  /** Resigns from all partitions. */
  public void close() {
    for (int partition = 0; partition < partitions.count(); partition++) {
      onResignation(partition);
    }
  }

  /** What is below the offset stays. On the shard's thread, at the end of a batch. */
  @Override
  public void onHighWatermark(int partition, long highWatermark) {
    partitions.onHighWatermark(partition, highWatermark);
  }

  /**
   * There are other topics, or they have other partitions or racks. One call after the other, with
   * growing versions; before the election that the same metadata bring.
   */
  public void onTopics(TopicCatalog catalog) {
    topics = catalog;
    partitions.tellAll(shard -> shard.onTopics(catalog));
  }

  /**
   * What the groups that are coordinated here have committed, by partition of {@code
   * __consumer_offsets}; of those that are loaded. Any thread, at no cost to the shards.
   */
  public List<CommittedOffsets> committedOffsets() {
    return surroundings.views().all();
  }

  /** A topic was deleted: so are the offsets all groups had in it. From any thread. */
  public void onTopicDeleted(Uuid topicId, String topicName) {
    partitions.tellAll(shard -> shard.deleteTopic(topicId, topicName));
  }

  private static <R> boolean answer(Consumer<R> callback, R response) {
    callback.accept(response);
    return true;
  }
}
