package io.ottla.coordinator.group.consumer;

import java.util.HashMap;
import java.util.Map;

/**
 * What the coordinator knows of a group without having it written down; a load starts without it.
 *
 * <p>Owned by the shard's thread.
 */
final class SoftState {

  /** Groups look at their topics again after that time, though they are told of every change. */
  private static final long TOPICS_CHECK_INTERVAL_MS = Integer.MAX_VALUE;

  private final Map<String, MemberTimers> timers = new HashMap<>();
  private long topicsCheckDueMs;
  private boolean isResolving;
  private boolean isAssigning;
  private long nextAssignmentMs;

  MemberTimers timers(String memberId) {
    return timers.computeIfAbsent(memberId, id -> new MemberTimers());
  }

  /** The timers of a member that has some, or null. */
  MemberTimers findTimers(String memberId) {
    return timers.get(memberId);
  }

  void forget(String memberId) {
    MemberTimers forgotten = timers.remove(memberId);
    if (forgotten != null) {
      forgotten.cancel();
    }
  }

  void forgetAll() {
    timers.values().forEach(MemberTimers::cancel);
    timers.clear();
  }

  /** Whether the hash of the group's topics is to be computed again. */
  boolean isTopicsCheckDue(long nowMs) {
    return nowMs >= topicsCheckDueMs;
  }

  void requestTopicsCheck() {
    topicsCheckDueMs = 0;
  }

  void onTopicsChecked(long nowMs) {
    topicsCheckDueMs = nowMs + TOPICS_CHECK_INTERVAL_MS;
  }

  /** Whether regular expressions are being resolved. */
  boolean isResolving() {
    return isResolving;
  }

  void isResolving(boolean value) {
    isResolving = value;
  }

  /** Whether a target assignment is being computed away from the shard. */
  boolean isAssigning() {
    return isAssigning;
  }

  void isAssigning(boolean value) {
    isAssigning = value;
  }

  /** After a failure: when to try to assign again. */
  boolean isAssignmentHeldBack(long nowMs) {
    return nowMs < nextAssignmentMs;
  }

  void holdBackAssignment(long untilMs) {
    nextAssignmentMs = untilMs;
  }
}
