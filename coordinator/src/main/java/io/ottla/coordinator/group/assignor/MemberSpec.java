package io.ottla.coordinator.group.assignor;

import io.ottla.wire.Uuid;
import java.util.Set;

/**
 * What an assignor knows of one member.
 *
 * @param instanceId of a static member, or null
 * @param rackId where the member runs, or null
 * @param topics the ids of the existing topics it subscribes to; members that share one set object
 *     are known to be alike without a look into it
 * @param assigned what it shall own until now: the current target
 */
public record MemberSpec(
    String instanceId, String rackId, Set<Uuid> topics, MemberAssignment assigned) {}
