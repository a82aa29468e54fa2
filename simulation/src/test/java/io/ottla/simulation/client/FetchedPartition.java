package io.ottla.simulation.client;

import io.ottla.wire.TopicPartition;

/** How far one partition has been read, and under which leader. */
final class FetchedPartition {

  static final int NO_EPOCH = -1;
  private static final long NEVER = -1;

  private final TopicPartition partition;
  private long position;
  private int positionEpoch = NO_EPOCH;
  private int leaderEpoch = NO_EPOCH;
  private boolean isBeingChecked;
  private long notBeforeMs;
  private long outOfRangeSinceMs = NEVER;

  FetchedPartition(TopicPartition partition, long position) {
    this.partition = partition;
    this.position = position;
  }

  TopicPartition partition() {
    return partition;
  }

  String topic() {
    return partition.topic();
  }

  int number() {
    return partition.partition();
  }

  long position() {
    return position;
  }

  /** The epoch of the last batch before the position, or {@link #NO_EPOCH}. */
  int positionEpoch() {
    return positionEpoch;
  }

  void advance(long to, int epoch) {
    outOfRangeSinceMs = NEVER;
    position = to;
    positionEpoch = epoch;
  }

  /** The epoch of the leader that is known to have what was read. */
  int leaderEpoch() {
    return leaderEpoch;
  }

  /** It is told that its position is out of range; whether that has been so for long. */
  boolean isOutOfRange(long nowMs, long longMs) {
    if (outOfRangeSinceMs == NEVER) {
      outOfRangeSinceMs = nowMs;
    }
    return nowMs - outOfRangeSinceMs >= longMs;
  }

  void leaderEpoch(int epoch) {
    leaderEpoch = epoch;
  }

  boolean isBeingChecked() {
    return isBeingChecked;
  }

  void beingChecked(boolean is) {
    isBeingChecked = is;
  }

  long notBeforeMs() {
    return notBeforeMs;
  }

  void waitUntilMs(long momentMs) {
    notBeforeMs = momentMs;
  }
}
