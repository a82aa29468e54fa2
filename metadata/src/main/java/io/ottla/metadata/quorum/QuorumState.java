package io.ottla.metadata.quorum;

import io.ottla.wire.Uuid;
import java.util.List;

/**
 * What one node knows of the quorum at a moment.
 *
 * @param leaderId the leader it follows or is; -1 when it knows none
 * @param term its term
 * @param committedIndex the newest entry it knows to be committed; -1 before the first
 * @param voters the newest configuration it knows
 * @param progress how far each voter is; empty unless this node leads
 */
public record QuorumState(
    int leaderId, long term, long committedIndex, List<Voter> voters, List<Progress> progress) {

  /** Of a node that is not started. */
  public static final QuorumState UNKNOWN = new QuorumState(-1, 0, -1, List.of(), List.of());

  public QuorumState {
    voters = List.copyOf(voters);
    progress = List.copyOf(progress);
  }

  /**
   * One voter as its leader sees it. Times are milliseconds since the epoch, -1 for never.
   *
   * @param logEndOffset the index after the last entry the leader knows it to have
   * @param lastFetchMs when it last answered the leader
   * @param lastCaughtUpMs when it last had all that the leader had
   */
  public record Progress(
      int nodeId, Uuid directoryId, long logEndOffset, long lastFetchMs, long lastCaughtUpMs) {}
}
