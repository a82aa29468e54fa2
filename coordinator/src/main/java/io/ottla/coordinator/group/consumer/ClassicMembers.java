package io.ottla.coordinator.group.consumer;

import io.ottla.coordinator.CoordinatorException;
import io.ottla.coordinator.CoordinatorResult;
import io.ottla.coordinator.RequestContext;
import io.ottla.coordinator.group.journal.RebalanceCause;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.MalformedMessageException;
import io.ottla.wire.Uuid;
import io.ottla.wire.message.ConsumerGroupHeartbeatRequest.TopicPartitions;
import io.ottla.wire.message.ConsumerGroupMemberMetadataValue.ClassicMemberMetadata;
import io.ottla.wire.message.ConsumerGroupMemberMetadataValue.ClassicProtocol;
import io.ottla.wire.message.ConsumerProtocolSubscription;
import io.ottla.wire.message.HeartbeatRequest;
import io.ottla.wire.message.HeartbeatResponse;
import io.ottla.wire.message.JoinGroupRequest;
import io.ottla.wire.message.JoinGroupRequest.JoinGroupRequestProtocol;
import io.ottla.wire.message.JoinGroupResponse;
import io.ottla.wire.message.LeaveGroupRequest;
import io.ottla.wire.message.LeaveGroupResponse;
import io.ottla.wire.message.SyncGroupRequest;
import io.ottla.wire.message.SyncGroupResponse;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Members of the classic protocol in groups of this one: consumers that are yet to be moved over,
 * or have been moved back.
 *
 * <p>They join, and get an epoch for a generation, at once: nobody leads, nobody waits for anybody.
 * They sync, and get what they may read in that epoch. Their heartbeats tell them to join again
 * when there is a new target, when they have partitions to give up, or when those they wait for are
 * free. They must do so within their rebalance timeout, and sync within it once they have joined.
 *
 * <p>Requests are for groups that have members. Owned by the shard's thread.
 */
public final class ClassicMembers {

  /** Since then a member without a name is given an id first (KIP-394). */
  private static final short MEMBER_ID_REQUIRED_VERSION = 4;

  private static final byte[] NO_BYTES = {};

  private final GroupStore groups;
  private final ConsumerGroupSettingsSource settings;
  private final Supplier<String> memberIds;
  private final Conversions conversions;
  private final Subscriptions subscriptions;
  private final TargetAssignments targets;
  private final MemberProgress progress;
  private final Departures departures;
  private final Sessions sessions;

  ClassicMembers(
      GroupStore groups,
      ConsumerGroupSettingsSource settings,
      Supplier<String> memberIds,
      Conversions conversions,
      Subscriptions subscriptions,
      TargetAssignments targets,
      MemberProgress progress,
      Departures departures,
      Sessions sessions) {
    this.groups = groups;
    this.settings = settings;
    this.memberIds = memberIds;
    this.conversions = conversions;
    this.subscriptions = subscriptions;
    this.targets = targets;
    this.progress = progress;
    this.departures = departures;
    this.sessions = sessions;
  }

  /**
   * JoinGroup.
   *
   * @throws CoordinatorException INCONSISTENT_GROUP_PROTOCOL, GROUP_MAX_SIZE_REACHED,
   *     UNKNOWN_MEMBER_ID or FENCED_INSTANCE_ID
   */
  public CoordinatorResult<JoinGroupResponse> join(
      RequestContext client, JoinGroupRequest request) {
    ConsumerGroup group = groups.find(request.groupId());
    ConsumerGroupSettings rules = settings.of(request.groupId());
    if (rules.migrationPolicy() == MigrationPolicy.DISABLED) {
      throw new CoordinatorException(
          ErrorCode.INCONSISTENT_GROUP_PROTOCOL,
          "Consumer group " + group.groupId() + " takes no members of the classic protocol.");
    }
    boolean isUnknown = request.memberId().isEmpty();
    String memberId = isUnknown ? memberIds.get() : request.memberId();
    Admission.checkSize(group, memberId, rules.maxSize());
    ConsumerProtocolSubscription subscription = checkProtocols(group, request);
    if (isUnknown
        && request.groupInstanceId() == null
        && client.apiVersion() >= MEMBER_ID_REQUIRED_VERSION) {
      // The id is not remembered: whoever comes with one is let in.
      return CoordinatorResult.respond(
          joinResponse(memberId, -1, null).errorCode(ErrorCode.MEMBER_ID_REQUIRED.code()));
    }
    Draft draft = new Draft(group);
    ConsumerMember replaced = group.staticMember(request.groupInstanceId());
    ConsumerMember before =
        request.groupInstanceId() == null
            ? Admission.dynamicMember(group, memberId, true)
            : Admission.staticMember(draft, memberId, request.groupInstanceId(), isUnknown, true);
    ConsumerMember told = before.with(tells(client, request, subscription, before.metadata()));
    boolean isDowngrade = replaced != null && conversions.isDowngrade(group, replaced);
    boolean hasSubscriptionChanged = subscriptions.update(draft, before, told, client);
    List<TopicPartitions> owned = EmbeddedProtocol.owned(subscription, groups.topics());
    if (isDowngrade) {
      boolean isTargetOld = group.targetEpoch() < draft.epoch();
      ConsumerMember joined =
          isTargetOld
              ? told
              : progress.advance(
                  draft, told, Target.current(group, told), hasSubscriptionChanged, owned);
      draft.afterAppend(
          conversions.downgrade(group, replaced, joined, isTargetOld, draft.records()));
      return draft.result(joined(joined));
    }
    Target target = targets.update(draft, before, told);
    ConsumerMember joined = progress.advance(draft, told, target, hasSubscriptionChanged, owned);
    draft.afterAppend(() -> hasJoined(joined, request.groupId()));
    return draft.result(joined(joined));
  }

  private static ConsumerProtocolSubscription checkProtocols(
      ConsumerGroup group, JoinGroupRequest request) {
    List<String> names = request.protocols().stream().map(JoinGroupRequestProtocol::name).toList();
    if (!EmbeddedProtocol.TYPE.equals(request.protocolType())
        || !group.counts().supportsClassic(names)) {
      throw new CoordinatorException(
          ErrorCode.INCONSISTENT_GROUP_PROTOCOL,
          "Consumer group " + group.groupId() + " does not support any of the protocols " + names);
    }
    try {
      return EmbeddedProtocol.subscription(request.protocols().getFirst().metadata());
    } catch (MalformedMessageException e) {
      throw new CoordinatorException(
          ErrorCode.INCONSISTENT_GROUP_PROTOCOL,
          "The subscription is none of a consumer: " + e.getMessage());
    }
  }

  private static MemberMetadata tells(
      RequestContext client,
      JoinGroupRequest request,
      ConsumerProtocolSubscription subscription,
      MemberMetadata known) {
    String rackId = subscription.rackId();
    List<ClassicProtocol> protocols = new ArrayList<>(request.protocols().size());
    for (JoinGroupRequestProtocol protocol : request.protocols()) {
      protocols.add(new ClassicProtocol().name(protocol.name()).metadata(protocol.metadata()));
    }
    return new MemberMetadata(
        request.groupInstanceId() == null ? known.instanceId() : request.groupInstanceId(),
        rackId == null || rackId.isEmpty() ? known.rackId() : rackId,
        client.clientId(),
        client.clientHost(),
        MemberMetadata.topics(subscription.topics()),
        // There are no regular expressions in the classic protocol.
        "",
        rebalanceTimeoutMs(client, request),
        known.assignor(),
        new ClassicMemberMetadata()
            .sessionTimeoutMs(request.sessionTimeoutMs())
            .supportedProtocols(protocols));
  }

  /** Version 0 of JoinGroup has none. */
  private static int rebalanceTimeoutMs(RequestContext client, JoinGroupRequest request) {
    return client.apiVersion() == 0 || request.rebalanceTimeoutMs() == -1
        ? request.sessionTimeoutMs()
        : request.rebalanceTimeoutMs();
  }

  private void hasJoined(ConsumerMember member, String groupId) {
    ConsumerGroup live = groups.find(groupId);
    sessions.hasJoined(live, member.memberId());
    sessions.touch(live, member.memberId(), member.metadata().classic().sessionTimeoutMs());
    sessions.awaitSync(live, member);
    groups.journal().check(groupId);
  }

  private static JoinGroupResponse joined(ConsumerMember member) {
    return joinResponse(member.memberId(), member.epoch(), protocolName(member));
  }

  private static JoinGroupResponse joinResponse(String memberId, int epoch, String protocolName) {
    return new JoinGroupResponse()
        .memberId(memberId)
        .generationId(epoch)
        .protocolType(protocolName == null ? null : EmbeddedProtocol.TYPE)
        .protocolName(protocolName)
        // The coordinator assigns.
        .leader("")
        .members(List.of());
  }

  /** The protocol that the member is told is used: all that it has say the same. */
  private static String protocolName(ConsumerMember member) {
    return member.metadata().classic().supportedProtocols().getFirst().name();
  }

  /**
   * SyncGroup.
   *
   * @throws CoordinatorException UNKNOWN_MEMBER_ID, FENCED_INSTANCE_ID, ILLEGAL_GENERATION or
   *     INCONSISTENT_GROUP_PROTOCOL
   */
  public CoordinatorResult<SyncGroupResponse> sync(SyncGroupRequest request) {
    ConsumerGroup group = groups.find(request.groupId());
    ConsumerMember member =
        member(group, request.memberId(), request.groupInstanceId(), request.generationId());
    if (contradicts(request.protocolType(), EmbeddedProtocol.TYPE)
        || contradicts(request.protocolName(), protocolName(member))) {
      throw new CoordinatorException(ErrorCode.INCONSISTENT_GROUP_PROTOCOL);
    }
    // Who has to give partitions up has joined this rebalance already: it does so, and joins again.
    if (group.targetEpoch() > member.epoch()
        && member.current().state() != MemberState.UNREVOKED_PARTITIONS) {
      sessions.awaitJoin(group, member);
      return CoordinatorResult.respond(
          new SyncGroupResponse()
              .errorCode(ErrorCode.REBALANCE_IN_PROGRESS.code())
              .assignment(NO_BYTES));
    }
    sessions.hasSynced(group, member.memberId());
    sessions.touch(group, member.memberId(), member.metadata().classic().sessionTimeoutMs());
    return CoordinatorResult.respond(
        new SyncGroupResponse()
            .protocolType(request.protocolType())
            .protocolName(request.protocolName())
            .assignment(
                EmbeddedProtocol.writeAssignment(
                    Conversions.withoutEpochs(member.current().assigned()).partitions(),
                    groups.topics(),
                    member.metadata().classic().supportedProtocols().getFirst().metadata())));
  }

  private static boolean contradicts(String claimed, String actual) {
    return claimed != null && !claimed.equals(actual);
  }

  /**
   * Heartbeat.
   *
   * @throws CoordinatorException UNKNOWN_MEMBER_ID, FENCED_INSTANCE_ID or ILLEGAL_GENERATION
   */
  public CoordinatorResult<HeartbeatResponse> heartbeat(HeartbeatRequest request) {
    ConsumerGroup group = groups.find(request.groupId());
    ConsumerMember member =
        member(group, request.memberId(), request.groupInstanceId(), request.generationId());
    sessions.touch(group, member.memberId(), member.metadata().classic().sessionTimeoutMs());
    if (!hasToJoin(group, member) && !isNeeded(group)) {
      return CoordinatorResult.respond(new HeartbeatResponse());
    }
    sessions.awaitJoin(group, member);
    return CoordinatorResult.respond(
        new HeartbeatResponse().errorCode(ErrorCode.REBALANCE_IN_PROGRESS.code()));
  }

  /**
   * Whether the group waits for somebody to assign it anew, or to look at its topics. Members of
   * the consumer protocol see to that by their heartbeats; where there is none left, and the group
   * may not become a classic one, a join must do it. Kafka waits for one that comes anyway.
   */
  private boolean isNeeded(ConsumerGroup group) {
    return group.classicMembers() == group.size()
        && (targets.isDue(group, group.epoch()) || subscriptions.isCheckDue(group));
  }

  private static boolean hasToJoin(ConsumerGroup group, ConsumerMember member) {
    return member.epoch() < group.targetEpoch()
        || member.current().state() == MemberState.UNREVOKED_PARTITIONS
        || (member.current().state() == MemberState.UNRELEASED_PARTITIONS
            && !waitsForOthers(group, member));
  }

  /** Whether the member would get something more than it has only after others gave it up. */
  private static boolean waitsForOthers(ConsumerGroup group, ConsumerMember member) {
    Map<Uuid, Set<Integer>> target = group.target(member.memberId()).partitions();
    for (Map.Entry<Uuid, Set<Integer>> entry : target.entrySet()) {
      Map<Integer, Integer> assigned =
          member.current().assigned().getOrDefault(entry.getKey(), Map.of());
      for (Integer partition : entry.getValue()) {
        if (!assigned.containsKey(partition) && group.owners().isOwned(entry.getKey(), partition)) {
          return true;
        }
      }
    }
    return false;
  }

  private static ConsumerMember member(
      ConsumerGroup group, String memberId, String instanceId, int generation) {
    ConsumerMember member =
        instanceId == null
            ? Admission.dynamicMember(group, memberId, false)
            : Admission.checkStatic(group, group.staticMember(instanceId), memberId, instanceId);
    if (!member.isClassic()) {
      throw new CoordinatorException(
          ErrorCode.UNKNOWN_MEMBER_ID,
          "Member " + memberId + " does not speak the classic protocol.");
    }
    if (member.epoch() != generation) {
      throw new CoordinatorException(ErrorCode.ILLEGAL_GENERATION);
    }
    return member;
  }

  /**
   * LeaveGroup: members leave, or are removed by an administrator, static ones by their names too;
   * also members of the consumer protocol.
   */
  public CoordinatorResult<LeaveGroupResponse> leave(LeaveGroupRequest request) {
    ConsumerGroup group = groups.find(request.groupId());
    Map<String, Departures.Departure> leaving = new LinkedHashMap<>();
    List<LeaveGroupResponse.MemberResponse> responses = new ArrayList<>(request.members().size());
    for (LeaveGroupRequest.MemberIdentity identity : request.members()) {
      LeaveGroupResponse.MemberResponse response =
          new LeaveGroupResponse.MemberResponse()
              .memberId(identity.memberId())
              .groupInstanceId(identity.groupInstanceId());
      try {
        ConsumerMember member = leaving(group, identity);
        leaving.put(member.memberId(), new Departures.Departure(member, cause(member, identity)));
      } catch (CoordinatorException e) {
        response.errorCode(e.error().code());
      }
      responses.add(response);
    }
    return departures.remove(group, leaving.values(), new LeaveGroupResponse().members(responses));
  }

  private static RebalanceCause cause(
      ConsumerMember member, LeaveGroupRequest.MemberIdentity identity) {
    return RebalanceCause.left(
        ConsumerJournal.named(member), identity.memberId().isEmpty(), identity.reason());
  }

  private static ConsumerMember leaving(
      ConsumerGroup group, LeaveGroupRequest.MemberIdentity identity) {
    if (identity.groupInstanceId() == null) {
      return Admission.dynamicMember(group, identity.memberId(), false);
    }
    ConsumerMember member = group.staticMember(identity.groupInstanceId());
    return member != null && identity.memberId().isEmpty()
        ? member
        : Admission.checkStatic(group, member, identity.memberId(), identity.groupInstanceId());
  }
}
