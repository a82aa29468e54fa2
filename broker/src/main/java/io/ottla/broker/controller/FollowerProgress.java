package io.ottla.broker.controller;

import io.ottla.runtime.Clock;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * How far those who follow the metadata without a vote are, as this node hears it: the observers of
 * DescribeQuorum. Any thread.
 */
public final class FollowerProgress {

  private static final long FORGET_AFTER_MS = 300_000;

  /**
   * @param offset the newest one it has
   * @param lastFetchMs wall-clock time of its last fetch
   */
  public record Follower(int nodeId, long offset, long lastFetchMs) {}

  private final Map<Integer, Follower> followers = new ConcurrentHashMap<>();
  private final Clock clock;

  public FollowerProgress(Clock clock) {
    this.clock = clock;
  }

  /** A node has asked for what follows an offset. */
  void onFetch(int nodeId, long offset) {
    if (nodeId >= 0) {
      followers.put(nodeId, new Follower(nodeId, offset, clock.wallMs()));
    }
  }

  /** Those heard of lately. */
  public Collection<Follower> followers() {
    long now = clock.wallMs();
    followers.values().removeIf(follower -> now - follower.lastFetchMs() > FORGET_AFTER_MS);
    return List.copyOf(followers.values());
  }
}
