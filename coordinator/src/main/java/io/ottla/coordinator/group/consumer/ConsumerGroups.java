package io.ottla.coordinator.group.consumer;

import io.ottla.coordinator.CoordinatorContext;
import io.ottla.coordinator.CoordinatorRecord;
import io.ottla.coordinator.CoordinatorResult;
import io.ottla.coordinator.RequestContext;
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

  /**
   * @param memberIds makes ids for members that bring none
   */
  public ConsumerGroups(
      CoordinatorContext context,
      ConsumerGroupSettingsSource settings,
      Supplier<String> memberIds,
      ProtocolMigration migration,
      TopicAuthorizer authorizer) {}

  /** The group, or null. */
  public ConsumerGroup find(String groupId) {
    return null;
  }

  public Collection<ConsumerGroup> all() {
    return List.of();
  }

  /** Applies a record; false if it is not one of consumer groups. */
  public boolean replay(CoordinatorRecord record) {
    return false;
  }

  /**
   * What of a heartbeat can be seen to be wrong without the group. Any thread.
   *
   * @return the refusal, or null
   */
  public static ConsumerGroupHeartbeatResponse validate(
      RequestContext requestContext,
      ConsumerGroupHeartbeatRequest request,
      List<String> assignors) {
    throw new UnsupportedOperationException();
  }

  /** ConsumerGroupHeartbeat, versions 0 and 1, of a request that {@link #validate} lets pass. */
  public CoordinatorResult<ConsumerGroupHeartbeatResponse> heartbeat(
      RequestContext requestContext, ConsumerGroupHeartbeatRequest request) {
    throw new UnsupportedOperationException();
  }

  /** One group of ConsumerGroupDescribe; authorized operations are left for the caller. */
  public ConsumerGroupDescribeResponse.DescribedGroup describe(String groupId) {
    throw new UnsupportedOperationException();
  }

  /** The topics have changed. Groups that read what has changed look at them again. */
  public void onTopics(TopicCatalog topics) {}

  /** All has been replayed: members have a session's time to show up. */
  public void onLoaded() {}

  /** Stops all timers and forgets all groups. */
  public void onUnloaded(ErrorCode error) {}
}
