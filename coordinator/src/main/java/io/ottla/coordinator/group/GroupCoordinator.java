package io.ottla.coordinator.group;

import io.ottla.coordinator.CoordinatorLog;
import io.ottla.coordinator.CoordinatorLogReader;
import io.ottla.coordinator.CoordinatorPartitions;
import io.ottla.coordinator.CoordinatorRuntime;
import io.ottla.coordinator.RequestContext;
import io.ottla.runtime.Shard;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.Uuid;
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
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The group coordinator of this broker: groups of the classic protocol and committed offsets.
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
public final class GroupCoordinator {

  private static final Logger LOG = LoggerFactory.getLogger(GroupCoordinator.class);

  private static final short LEAVE_IN_BATCH_VERSION = 3;
  private static final short PROTOCOL_IN_SYNC_VERSION = 5;
  private static final short NULLABLE_PROTOCOL_VERSION = 7;

  private final GroupCoordinatorConfig config;
  private final IntFunction<Shard> shards;
  private final Supplier<String> memberIdSuffixes;
  private final Executor loadExecutor;
  private final CoordinatorPartitions<GroupShard> partitions;
  private final OffsetRequests offsetRequests;
  private final OffsetFetchRequests offsetFetchRequests;

  /**
   * @param partitionCount of {@code __consumer_offsets}; must not change while there are groups
   * @param shards the shard of each partition
   * @param topics which topics there are
   * @param memberIdSuffixes makes ids of members unique, such as random UUIDs; any thread
   * @param loadExecutor reads logs while a partition loads; its tasks block
   */
  public GroupCoordinator(
      GroupCoordinatorConfig config,
      int partitionCount,
      IntFunction<Shard> shards,
      TopicResolver topics,
      Supplier<String> memberIdSuffixes,
      Executor loadExecutor) {
    this.config = config;
    this.shards = shards;
    this.memberIdSuffixes = memberIdSuffixes;
    this.loadExecutor = loadExecutor;
    this.partitions = new CoordinatorPartitions<>(partitionCount);
    this.offsetRequests = new OffsetRequests(partitions, topics);
    this.offsetFetchRequests = new OffsetFetchRequests(partitions, topics);
  }

  /** The partition of {@code __consumer_offsets} that a group is kept in. */
  public int partitionFor(String groupId) {
    return partitions.partitionFor(groupId);
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
    return partitions.ask(
        request.groupId(),
        (shard, reply) -> shard.join(context, request, reply),
        versioned,
        error -> MemberResponses.joinError(MemberResponses.NONE, error));
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
  public void onElection(
      int partition, int leaderEpoch, CoordinatorLog log, CoordinatorLogReader reader) {
    LOG.debug("Coordinator of {} in leader epoch {}", log.topicPartition(), leaderEpoch);
    Shard shard = shards.apply(partition);
    CoordinatorRuntime<GroupShard> runtime = partitions.find(partition);
    if (runtime == null) {
      runtime =
          new CoordinatorRuntime<>(
              shard,
              new CoordinatorRuntime.Limits(
                  config.writeTimeoutMs(), config.offsetsLoadChunkBytes(), config.maxHeldReplies()),
              context -> new GroupShard(config, context, memberIdSuffixes),
              GroupRecords.DECODER,
              loadExecutor,
              log,
              reader);
      partitions.put(partition, runtime);
    }
    shard.submit(runtime::load);
  }

  /** This broker does not lead the partition any more. */
  public void onResignation(int partition) {
    CoordinatorRuntime<GroupShard> runtime = partitions.remove(partition);
    if (runtime != null) {
      shards.apply(partition).submit(runtime::close);
    }
  }

  /** Resigns from all partitions. */
  public void close() {
    for (int partition = 0; partition < partitions.count(); partition++) {
      onResignation(partition);
    }
  }

  /** What is below the offset stays. On the shard's thread, at the end of a batch. */
  public void onHighWatermark(int partition, long highWatermark) {
    CoordinatorRuntime<GroupShard> runtime = partitions.find(partition);
    if (runtime != null) {
      runtime.onHighWatermark(highWatermark);
    }
  }

  /** A topic was deleted: so are the offsets all groups had in it. From any thread. */
  public void onTopicDeleted(Uuid topicId, String topicName) {
    for (CoordinatorRuntime<GroupShard> runtime : partitions.owned()) {
      shards
          .apply(runtime.topicPartition().partition())
          .submit(() -> runtime.runInternal(shard -> shard.deleteTopic(topicId, topicName)));
    }
  }

  private static <R> boolean answer(Consumer<R> callback, R response) {
    callback.accept(response);
    return true;
  }
}
