package io.ottla.broker.peer;

import java.util.OptionalInt;

/**
 * How connections of one purpose behave.
 *
 * @param maxAnswerBytes largest answer that is read
 * @param maxInFlight requests that may be sent and not answered on one connection
 * @param maxWaiting requests that may wait for one connection beyond those; more fail at once
 * @param setupTimeoutMs how long connecting may take, TLS and ApiVersions included
 * @param minBackoffMs after a failure to connect requests fail at once for so long; doubled with
 *     each further failure
 * @param maxBackoffMs and for so long at most
 * @param maxIdleMs a connection with nothing to do is closed after so long; zero or less for never
 * @param receiveBufferBytes SO_RCVBUF, or empty for the machine's default
 * @param told whether the log says when the other node is lost and when it is found again; not if
 *     whoever sends says so
 */
public record PeerSettings(
    int maxAnswerBytes,
    int maxInFlight,
    int maxWaiting,
    long setupTimeoutMs,
    long minBackoffMs,
    long maxBackoffMs,
    long maxIdleMs,
    OptionalInt receiveBufferBytes,
    boolean told) {

  private static final int CONTROLLER_ANSWER_BYTES = 8 * 1024 * 1024;

  /**
   * For the quorum's messages: a voter that is down is known to be so quickly, and tried again
   * quickly, because elections wait for it; the quorum itself tells of that.
   */
  public static PeerSettings quorum(long maxIdleMs) {
    return new PeerSettings(
        CONTROLLER_ANSWER_BYTES, 64, 256, 2_000, 20, 50, maxIdleMs, OptionalInt.empty(), false);
  }

  /** For requests to controllers. */
  public static PeerSettings controllers(long maxIdleMs) {
    return new PeerSettings(
        CONTROLLER_ANSWER_BYTES, 32, 1024, 3_000, 20, 200, maxIdleMs, OptionalInt.empty(), true);
  }

  /** For what brokers ask each other besides replication; answers are small. */
  public static PeerSettings brokers(long maxIdleMs) {
    return new PeerSettings(
        CONTROLLER_ANSWER_BYTES, 32, 4096, 3_000, 20, 200, maxIdleMs, OptionalInt.empty(), true);
  }

  /**
   * For replica fetchers, which wait by themselves after a failure.
   *
   * @param maxAnswerBytes must hold the largest answer to a fetch
   */
  public static PeerSettings replication(
      int maxAnswerBytes, long maxIdleMs, OptionalInt receiveBufferBytes) {
    return new PeerSettings(
        maxAnswerBytes, 4, 16, 10_000, 20, 200, maxIdleMs, receiveBufferBytes, true);
  }
}
