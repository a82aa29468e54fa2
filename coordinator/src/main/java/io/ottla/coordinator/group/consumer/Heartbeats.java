package io.ottla.coordinator.group.consumer;

import io.ottla.coordinator.CoordinatorException;
import io.ottla.coordinator.CoordinatorRecord;
import io.ottla.coordinator.CoordinatorResult;
import io.ottla.coordinator.RequestContext;
import io.ottla.coordinator.group.journal.GroupProtocol;
import io.ottla.coordinator.group.journal.RebalanceCause.GroupMigrated;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.Uuid;
import io.ottla.wire.message.ConsumerGroupHeartbeatRequest;
import io.ottla.wire.message.ConsumerGroupHeartbeatResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;

/**
 * A heartbeat of a member that is, or joins, in the group: takes what it tells, assigns if that is
 * due, and leads the member one step on.
 *
 * <p>Owned by the shard's thread.
 */
final class Heartbeats {

  private final GroupStore groups;
  private final ConsumerGroupSettingsSource settings;
  private final Supplier<String> memberIds;
  private final Conversions conversions;
  private final Subscriptions subscriptions;
  private final TargetAssignments targets;
  private final MemberProgress progress;
  private final Sessions sessions;

  Heartbeats(
      GroupStore groups,
      ConsumerGroupSettingsSource settings,
      Supplier<String> memberIds,
      Conversions conversions,
      Subscriptions subscriptions,
      TargetAssignments targets,
      MemberProgress progress,
      Sessions sessions) {
    this.groups = groups;
    this.settings = settings;
    this.memberIds = memberIds;
    this.conversions = conversions;
    this.subscriptions = subscriptions;
    this.targets = targets;
    this.progress = progress;
    this.sessions = sessions;
  }

  /**
   * @throws CoordinatorException if the member is refused
   */
  CoordinatorResult<ConsumerGroupHeartbeatResponse> heartbeat(
      RequestContext client, ConsumerGroupHeartbeatRequest request) {
    boolean isJoining = request.memberEpoch() == CurrentAssignment.JOIN_EPOCH;
    ConsumerGroup group = groups.find(request.groupId());
    if (group == null) {
      if (!isJoining) {
        throw new CoordinatorException(
            ErrorCode.GROUP_ID_NOT_FOUND, "There is no consumer group " + request.groupId() + ".");
      }
      return begin(client, request);
    }
    ConsumerGroupSettings rules = settings.of(request.groupId());
    Admission.checkSize(group, request.memberId(), rules.maxSize());
    if (!isJoining) {
      ConsumerMember member = group.member(request.memberId());
      if (member != null && isIdle(group, member, client, request)) {
        sessions.touch(group, member.memberId(), rules.sessionTimeoutMs());
        return CoordinatorResult.respond(
            response(member.memberId(), member.epoch())
                .heartbeatIntervalMs(HeartbeatIntervals.of(group, rules)));
      }
    }
    return proceed(new Draft(group), client, request, rules);
  }

  /** Whether a heartbeat says nothing but that the member is there, and there is nothing to do. */
  private boolean isIdle(
      ConsumerGroup group,
      ConsumerMember member,
      RequestContext client,
      ConsumerGroupHeartbeatRequest request) {
    return request.memberEpoch() == member.epoch()
        && request.subscribedTopicNames() == null
        && request.subscribedTopicRegex() == null
        && isSaid(request.instanceId(), member.instanceId())
        && member.current().isReconciledTo(group.targetEpoch())
        && tells(client, request, member.metadata()) == member.metadata()
        && !targets.isDue(group, group.epoch())
        && !subscriptions.isCheckDue(group);
  }

  private static boolean isSaid(String said, String known) {
    return said == null || said.equals(known);
  }

  /** The first member of a group, or of one that had another protocol. */
  private CoordinatorResult<ConsumerGroupHeartbeatResponse> begin(
      RequestContext client, ConsumerGroupHeartbeatRequest request) {
    List<CoordinatorRecord> records = new ArrayList<>();
    ConsumerGroup group = new ConsumerGroup(request.groupId(), SubscriptionListener.NONE);
    Runnable afterUpgrade = conversions.upgrade(request.groupId(), records);
    for (CoordinatorRecord record : records) {
      if (GroupReplay.groupId(record) != null) {
        GroupReplay.apply(group, record);
      }
    }
    ConsumerGroupSettings rules = settings.of(request.groupId());
    Admission.checkSize(group, request.memberId(), rules.maxSize());
    Draft draft = new Draft(group, records);
    if (afterUpgrade != null) {
      draft.afterAppend(afterUpgrade);
      if (!group.isEmpty()) {
        draft.afterAppend(
            groups
                .journal()
                .because(group, new GroupMigrated(GroupProtocol.CLASSIC, GroupProtocol.CONSUMER)));
      }
      draft.afterAppend(() -> sessions.start(groups.find(request.groupId())));
    }
    return proceed(draft, client, request, rules);
  }

  private CoordinatorResult<ConsumerGroupHeartbeatResponse> proceed(
      Draft draft,
      RequestContext client,
      ConsumerGroupHeartbeatRequest request,
      ConsumerGroupSettings rules) {
    ConsumerMember before = admit(draft, request);
    ConsumerMember told = before.with(tells(client, request, before.metadata()));
    boolean hasSubscriptionChanged = subscriptions.update(draft, before, told, client);
    Target target = targets.update(draft, before, told);
    ConsumerMember after =
        progress.advance(draft, told, target, hasSubscriptionChanged, request.topicPartitions());
    ConsumerGroupHeartbeatResponse response = response(after.memberId(), after.epoch());
    if (request.memberEpoch() == CurrentAssignment.JOIN_EPOCH
        || isFull(request)
        || !after.current().assigned().equals(before.current().assigned())) {
      response.assignment(assignment(after.current().assigned()));
    }
    draft.afterAppend(
        () -> {
          ConsumerGroup live = groups.find(request.groupId());
          sessions.touch(live, after.memberId(), rules.sessionTimeoutMs());
          response.heartbeatIntervalMs(HeartbeatIntervals.of(live, rules));
          groups.journal().check(request.groupId());
        });
    return draft.result(response);
  }

  private ConsumerMember admit(Draft draft, ConsumerGroupHeartbeatRequest request) {
    boolean isJoining = request.memberEpoch() == CurrentAssignment.JOIN_EPOCH;
    String memberId = request.memberId().isEmpty() ? memberIds.get() : request.memberId();
    ConsumerMember member =
        request.instanceId() == null
            ? Admission.dynamicMember(draft.group(), memberId, isJoining)
            : Admission.staticMember(draft, memberId, request.instanceId(), isJoining, false);
    Admission.checkEpoch(member, request.memberEpoch(), request.topicPartitions());
    return member;
  }

  /** What is known of a member after its heartbeat; the same object if that is nothing new. */
  private static MemberMetadata tells(
      RequestContext client, ConsumerGroupHeartbeatRequest request, MemberMetadata known) {
    boolean isNew =
        isNews(request.instanceId(), known.instanceId())
            || isNews(request.rackId(), known.rackId())
            || isNews(request.serverAssignor(), known.assignor())
            || isNews(request.subscribedTopicRegex(), known.regex())
            || request.subscribedTopicNames() != null
            || (request.rebalanceTimeoutMs() != -1
                && request.rebalanceTimeoutMs() != known.rebalanceTimeoutMs())
            || !client.clientId().equals(known.clientId())
            || !client.clientHost().equals(known.clientHost())
            || known.isClassic();
    if (!isNew) {
      return known;
    }
    MemberMetadata told =
        new MemberMetadata(
            either(request.instanceId(), known.instanceId()),
            either(request.rackId(), known.rackId()),
            client.clientId(),
            client.clientHost(),
            request.subscribedTopicNames() == null
                ? known.topics()
                : MemberMetadata.topics(request.subscribedTopicNames()),
            either(request.subscribedTopicRegex(), known.regex()),
            request.rebalanceTimeoutMs() == -1
                ? known.rebalanceTimeoutMs()
                : request.rebalanceTimeoutMs(),
            either(request.serverAssignor(), known.assignor()),
            null);
    return told.equals(known) ? known : told;
  }

  private static boolean isNews(String said, String known) {
    return said != null && !Objects.equals(said, known);
  }

  private static String either(String said, String known) {
    return said == null ? known : said;
  }

  /** Clients send all they know when they join, and when they are not sure what we know. */
  private static boolean isFull(ConsumerGroupHeartbeatRequest request) {
    return request.rebalanceTimeoutMs() != -1
        && (request.subscribedTopicNames() != null || request.subscribedTopicRegex() != null)
        && request.topicPartitions() != null;
  }

  private static ConsumerGroupHeartbeatResponse response(String memberId, int epoch) {
    return new ConsumerGroupHeartbeatResponse().memberId(memberId).memberEpoch(epoch);
  }

  private static ConsumerGroupHeartbeatResponse.Assignment assignment(
      Map<Uuid, Map<Integer, Integer>> assigned) {
    List<ConsumerGroupHeartbeatResponse.TopicPartitions> topics = new ArrayList<>(assigned.size());
    assigned.forEach(
        (topicId, epochs) ->
            topics.add(
                new ConsumerGroupHeartbeatResponse.TopicPartitions()
                    .topicId(topicId)
                    .partitions(List.copyOf(epochs.keySet()))));
    return new ConsumerGroupHeartbeatResponse.Assignment().topicPartitions(topics);
  }
}
