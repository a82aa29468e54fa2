package io.ottla.metadata.quorum;

import io.ottla.metadata.quorum.QuorumState.Progress;
import io.ottla.runtime.Clock;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** How far each voter is, as its leader learns it from the answers to what it sends. Any thread. */
final class VoterProgress {

  private record Seen(long logEndOffset, long answeredMs, long caughtUpMs) {}

  private static final Seen NEVER = new Seen(0, -1, -1);

  private final Clock clock;
  private final Map<Integer, Seen> byNode = new ConcurrentHashMap<>();

  VoterProgress(Clock clock) {
    this.clock = clock;
  }

  long nowMs() {
    return clock.wallMs();
  }

  /**
   * A voter has answered.
   *
   * @param sentMs when it was asked
   * @param ownEndOffset the index after the leader's last entry at that time
   * @param endOffset that of the voter
   */
  void answered(int nodeId, long sentMs, long ownEndOffset, long endOffset) {
    boolean caughtUp = endOffset >= ownEndOffset;
    byNode.merge(
        nodeId,
        new Seen(endOffset, nowMs(), caughtUp ? sentMs : -1),
        (before, now) ->
            new Seen(
                now.logEndOffset(),
                now.answeredMs(),
                caughtUp ? now.caughtUpMs() : before.caughtUpMs()));
  }

  /** What was learned while leading is old news afterwards. */
  void forget() {
    byNode.clear();
  }

  /**
   * @param ownEndOffset the index after this node's last entry
   */
  List<Progress> of(List<Voter> voters, int ownNodeId, long ownEndOffset) {
    long now = nowMs();
    return voters.stream()
        .map(
            voter -> {
              Seen seen =
                  voter.nodeId() == ownNodeId
                      ? new Seen(ownEndOffset, now, now)
                      : byNode.getOrDefault(voter.nodeId(), NEVER);
              return new Progress(
                  voter.nodeId(),
                  voter.directoryId(),
                  seen.logEndOffset(),
                  seen.answeredMs(),
                  seen.caughtUpMs());
            })
        .toList();
  }
}
