package io.ottla.replication;

import io.ottla.wire.ErrorCode;
import io.ottla.wire.Uuid;

/**
 * A partition as its fetcher sees it, for one leader epoch: where it goes on, and why it does not.
 * Owned by the fetcher's shard.
 */
final class FollowedPartition {

  /** A partition within one fetcher. */
  record Key(Uuid topicId, int partition) {}

  private static final int FIRST_DELAY_MS = 20;

  /** With doubling delays, more than a second in all. */
  private static final int LASTING_FAILURES = 7;

  private final Partition partition;
  private final int leaderEpoch;
  private final Key key;

  /** What comes next, if all that was fetched is appended. */
  private FetchPosition position;

  /** False while it waits: for a time to pass, for an answer about offsets, or for good. */
  private boolean ready = true;

  /** Number of the last request that told its position; answers to earlier ones do not count. */
  private long toldInRequest = -1;

  private FetchPosition toldPosition;

  /** How many answers are on their way into its log. */
  private int underWay;

  private long leaderHighWatermark = -1;
  private ErrorCode trouble = ErrorCode.NONE;
  private int delayMs = FIRST_DELAY_MS;
  private int failures;

  FollowedPartition(Partition partition, int leaderEpoch, FetchPosition position) {
    this.partition = partition;
    this.leaderEpoch = leaderEpoch;
    this.position = position;
    this.key = new Key(partition.topicId(), partition.topicPartition().partition());
  }

  Partition partition() {
    return partition;
  }

  int leaderEpoch() {
    return leaderEpoch;
  }

  Key key() {
    return key;
  }

  FetchPosition position() {
    return position;
  }

  boolean isReady() {
    return ready;
  }

  void setReady(boolean nowReady) {
    ready = nowReady;
  }

  /** It goes on elsewhere. */
  void moveTo(FetchPosition newPosition) {
    position = newPosition;
  }

  void onTold(long request) {
    toldInRequest = request;
    toldPosition = position;
  }

  /** Whether an answer is to what it asked last. */
  boolean isAnsweredBy(long request) {
    return toldInRequest >= 0 && toldInRequest <= request;
  }

  /** The offset it asked for last. */
  long toldOffset() {
    return toldPosition.fetchOffset();
  }

  /** Whether it goes on at the offset it asked for last: nothing was answered to that yet. */
  boolean isWhereItWasTold() {
    return position.fetchOffset() == toldPosition.fetchOffset();
  }

  /** Whether the leader need not be told where it goes on. */
  boolean isPositionTold() {
    return toldInRequest >= 0 && position.equals(toldPosition);
  }

  /** There is no session any more in which something was told. */
  void onSessionLost() {
    toldInRequest = -1;
  }

  void onTakingBegun(long highWatermark) {
    underWay++;
    leaderHighWatermark = highWatermark;
  }

  /** Returns whether it was the last one. */
  boolean onTakingEnded() {
    return --underWay == 0;
  }

  /** Whether it has less than is committed. */
  boolean isBehind() {
    return position.fetchOffset() < leaderHighWatermark;
  }

  /**
   * What keeps it from going on; returns whether that is worth a word: it is news, and has lasted
   * longer than metadata takes to reach everybody.
   */
  boolean onTrouble(ErrorCode error) {
    failures++;
    if (failures < LASTING_FAILURES || trouble == error) {
      return false;
    }
    trouble = error;
    return true;
  }

  /** It goes on; returns what kept it before if that was told, else NONE. */
  ErrorCode onProgress() {
    ErrorCode before = trouble;
    trouble = ErrorCode.NONE;
    failures = 0;
    delayMs = FIRST_DELAY_MS;
    return before;
  }

  /** How long to wait this time: metadata that is a moment late must not cost a second. */
  int nextDelayMs(int maxMs) {
    int delay = Math.min(delayMs, maxMs);
    delayMs = Math.min(2 * delayMs, maxMs);
    return delay;
  }

  @Override
  public String toString() {
    return partition.topicPartition().toString();
  }
}
