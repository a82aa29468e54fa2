package io.ottla.metadata.quorum;

/**
 * When the voters of a quorum of several give each other up. A quorum of one has nobody to wait for
 * and takes no notice.
 *
 * @param electionMinMs a voter that has not heard of a leader for a time between this...
 * @param electionMaxMs ...and this stands for election; a leader that has not heard of a majority
 *     for so long resigns
 * @param stepDownMs a leader that resigned for that does not stand again for so long; one that was
 *     itself halted for so long resigns too
 * @param requestMs for so long an answer to entries is waited for; to a vote, no longer than {@code
 *     electionMaxMs}
 */
public record QuorumTimeouts(int electionMinMs, int electionMaxMs, int stepDownMs, int requestMs) {

  /** Calm on a busy machine, and a new leader within about two seconds. */
  public static final QuorumTimeouts DEFAULT = new QuorumTimeouts(500, 1000, 2000, 2000);

  public QuorumTimeouts {
    if (electionMinMs <= 0 || electionMaxMs <= electionMinMs || stepDownMs <= 0 || requestMs <= 0) {
      throw new IllegalArgumentException(
          "timeouts out of order: "
              + electionMinMs
              + ", "
              + electionMaxMs
              + ", "
              + stepDownMs
              + ", "
              + requestMs);
    }
  }

  /**
   * From Kafka's keys. There a voter stands when no fetch of its was answered for
   * controller.quorum.fetch.timeout.ms; the election timeout is the wait before standing again.
   * Ours is one range for both: from half the shorter to the whole of it.
   *
   * @param electionTimeoutMs controller.quorum.election.timeout.ms
   * @param fetchTimeoutMs controller.quorum.fetch.timeout.ms
   * @param requestTimeoutMs controller.quorum.request.timeout.ms
   */
  public static QuorumTimeouts of(int electionTimeoutMs, int fetchTimeoutMs, int requestTimeoutMs) {
    int longest = Math.max(2, Math.min(electionTimeoutMs, fetchTimeoutMs));
    return new QuorumTimeouts(
        longest / 2, longest, Math.max(fetchTimeoutMs, longest), Math.max(1, requestTimeoutMs));
  }
}
