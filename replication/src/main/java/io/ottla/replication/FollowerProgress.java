package io.ottla.replication;

/**
 * What a leader knows, in one leader epoch, of one follower. Nothing is known of its log before it
 * has fetched in this epoch: what it had in an earlier one may have to be truncated.
 *
 * <p>Owned by the partition's shard. Times are the clock's nanoseconds.
 */
final class FollowerProgress {

  private static final long UNKNOWN = -1;

  private final int id;
  private long endOffset = UNKNOWN;
  private long startOffset = UNKNOWN;
  private long brokerEpoch = -1;
  private boolean everCaughtUp;
  private long caughtUpNs;
  private long fetchedNs;
  private long leaderEndWhenFetched;

  /**
   * @param inSync whether the follower counts as caught up when the epoch begins
   */
  FollowerProgress(int id, boolean inSync, long nowNs) {
    this.id = id;
    this.everCaughtUp = inSync;
    this.caughtUpNs = nowNs;
    this.fetchedNs = nowNs;
  }

  int id() {
    return id;
  }

  /** Where its log ends; -1 as long as it has not fetched in this leader epoch. */
  long endOffset() {
    return endOffset;
  }

  /** Where its log starts; -1 as long as it has not fetched in this leader epoch. */
  long startOffset() {
    return startOffset;
  }

  /** Of the incarnation that fetched last, or -1. */
  long brokerEpoch() {
    return brokerEpoch;
  }

  /**
   * The follower has fetched. It counts as caught up if it has all there is, or all there was when
   * it fetched before: then it is never further behind than one fetch.
   */
  void onFetch(FollowerFetch fetch, long leaderEnd, long nowNs) {
    if (fetch.fetchOffset() >= leaderEnd) {
      caughtUpAt(nowNs);
    } else if (endOffset != UNKNOWN && fetch.fetchOffset() >= leaderEndWhenFetched) {
      caughtUpAt(fetchedNs);
    }
    endOffset = fetch.fetchOffset();
    startOffset = fetch.logStartOffset();
    brokerEpoch = fetch.brokerEpoch();
    leaderEndWhenFetched = leaderEnd;
    fetchedNs = nowNs;
  }

  private void caughtUpAt(long ns) {
    caughtUpNs = everCaughtUp && caughtUpNs - ns > 0 ? caughtUpNs : ns;
    everCaughtUp = true;
  }

  /** The leader's log has grown: until then, who had all of it was caught up, fetching or not. */
  void onAppended(long formerLeaderEnd, long nowNs) {
    if (endOffset != UNKNOWN && endOffset >= formerLeaderEnd) {
      caughtUpAt(nowNs);
    }
  }

  /** Time does not count in which the leader itself could not act. */
  void forgive(long nowNs) {
    if (everCaughtUp) {
      caughtUpNs = nowNs;
    }
  }

  boolean isCaughtUp(long leaderEnd, long nowNs, long lagMaxNs) {
    return endOffset == leaderEnd || (everCaughtUp && nowNs - caughtUpNs <= lagMaxNs);
  }

  @Override
  public String toString() {
    return id + (endOffset == UNKNOWN ? " has not fetched" : " ends at " + endOffset);
  }
}
