package io.ottla.broker.controller;

import io.ottla.metadata.quorum.QuorumState.Progress;
import io.ottla.runtime.Clock;
import io.ottla.wire.Uuid;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * How far those who follow the metadata without a vote are, as this node hears it: the observers of
 * DescribeQuorum. Any thread.
 */
public final class FollowerProgress {

  private static final long FORGET_AFTER_MS = 300_000;
  private static final int MOST = 10_000;

  private final Map<Integer, Progress> followers = new ConcurrentHashMap<>();
  private final Clock clock;

  public FollowerProgress(Clock clock) {
    this.clock = clock;
  }

  /** A node has asked for what follows an offset. */
  void onFetch(int nodeId, long offset, long endOffset) {
    if (nodeId >= 0 && (followers.size() < MOST || followers.containsKey(nodeId))) {
      long now = clock.wallMs();
      boolean hasAll = offset >= endOffset;
      followers.merge(
          nodeId,
          new Progress(nodeId, Uuid.ZERO, offset + 1, now, hasAll ? now : -1),
          (before, after) ->
              hasAll
                  ? after
                  : new Progress(nodeId, Uuid.ZERO, offset + 1, now, before.lastCaughtUpMs()));
    }
  }

  /** Those heard of lately. */
  public List<Progress> progress() {
    long now = clock.wallMs();
    followers.values().removeIf(follower -> now - follower.lastFetchMs() > FORGET_AFTER_MS);
    return List.copyOf(followers.values());
  }
}
