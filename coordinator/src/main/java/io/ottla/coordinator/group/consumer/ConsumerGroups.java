package io.ottla.coordinator.group.consumer;

import io.ottla.coordinator.CoordinatorContext;
import io.ottla.coordinator.CoordinatorException;
import io.ottla.coordinator.CoordinatorRecord;
import io.ottla.coordinator.CoordinatorResult;
import io.ottla.coordinator.RequestContext;
import io.ottla.coordinator.group.journal.RebalanceObserver;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.ConsumerGroupDescribeResponse;
import io.ottla.wire.message.ConsumerGroupHeartbeatRequest;
import io.ottla.wire.message.ConsumerGroupHeartbeatResponse;
import java.util.Collection;
import java.util.List;
import java.util.function.Supplier;

/**
 * The consumer groups of one partition of {@code __consumer_offsets}.
 *
 * <p>Owned by the shard's thread, but for {@link #validate}.
 */
public final class ConsumerGroups {

  private final GroupStore groups;
  private final ConsumerGroupSettingsSource settings;
  private final Sessions sessions;
  private final Heartbeats heartbeats;
  private final Departures departures;
  private final ClassicMembers classicMembers;

  /**
   * @param memberIds makes ids for members that bring none
   * @param migration knows of groups of other kinds
   * @param authorizer what regular expressions may stand for
   * @param rebalances is told of the rebalances of all groups
   */
  public ConsumerGroups(
      CoordinatorContext context,
      ConsumerGroupSettingsSource settings,
      Supplier<String> memberIds,
      ProtocolMigration migration,
      TopicAuthorizer authorizer,
      RebalanceObserver rebalances) {
    this.groups = new GroupStore(rebalances);
    this.settings = settings;
    Conversions conversions = new Conversions(groups, settings, migration);
    this.departures = new Departures(groups, conversions);
    this.sessions =
        new Sessions(
            context,
            groups,
            settings,
            (group, member, cause) ->
                departures.remove(group, List.of(new Departures.Departure(member, cause)), null));
    RegexResolution regexes = new RegexResolution(context, groups, settings, authorizer);
    Subscriptions subscriptions = new Subscriptions(context, groups, regexes);
    TargetAssignments targets = new TargetAssignments(context, groups, settings);
    MemberProgress progress = new MemberProgress(groups, sessions);
    this.heartbeats =
        new Heartbeats(
            groups, settings, memberIds, conversions, subscriptions, targets, progress, sessions);
    this.classicMembers =
        new ClassicMembers(
            groups,
            settings,
            memberIds,
            conversions,
            subscriptions,
            targets,
            progress,
            departures,
            sessions);
  }

  /** Requests of the classic protocol to groups of this one. */
  public ClassicMembers classicMembers() {
    return classicMembers;
  }

  /** The group, or null. */
  public ConsumerGroup find(String groupId) {
    return groups.find(groupId);
  }

  public Collection<ConsumerGroup> all() {
    return groups.all();
  }

  /** Applies a record; false if it is not one of consumer groups. */
  public boolean replay(CoordinatorRecord record) {
    return groups.replay(record);
  }

  /**
   * What of a heartbeat can be seen to be wrong without the group. Any thread.
   *
   * @param assignors names of those that members may ask for
   * @return the refusal, or null
   */
  public static ConsumerGroupHeartbeatResponse validate(
      RequestContext client, ConsumerGroupHeartbeatRequest request, List<String> assignors) {
    return HeartbeatValidation.validate(request, client.apiVersion(), assignors);
  }

  /** ConsumerGroupHeartbeat, versions 0 and 1, of a request that {@link #validate} lets pass. */
  public CoordinatorResult<ConsumerGroupHeartbeatResponse> heartbeat(
      RequestContext client, ConsumerGroupHeartbeatRequest request) {
    try {
      return request.memberEpoch() < CurrentAssignment.JOIN_EPOCH
          ? departures.leave(request)
          : heartbeats.heartbeat(client, request);
    } catch (CoordinatorException e) {
      return CoordinatorResult.respond(HeartbeatValidation.refusal(e));
    }
  }

  /** One group of ConsumerGroupDescribe; authorized operations are left for the caller. */
  public ConsumerGroupDescribeResponse.DescribedGroup describe(String groupId) {
    ConsumerGroup group = groups.find(groupId);
    return group == null
        ? GroupDescription.unknown(groupId)
        : GroupDescription.of(group, settings.of(groupId), groups.topics());
  }

  /**
   * The topics have changed. Groups that read what has changed look at them again when they hear of
   * a member next. To be called once before the first heartbeat, too.
   */
  public void onTopics(TopicCatalog topics) {
    groups.onTopics(topics);
  }

  /** All has been replayed: members have a session's time to show up. */
  public void onLoaded() {
    groups.all().forEach(sessions::start);
    groups.all().forEach(groups.journal()::loaded);
  }

  /**
   * Stops all timers and forgets all groups.
   *
   * @param error what who waits is to be told; in this protocol nobody does
   */
  public void onUnloaded(ErrorCode error) {
    groups.clear();
  }
}
