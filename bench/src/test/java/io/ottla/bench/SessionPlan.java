package io.ottla.bench;

import java.util.List;
import java.util.Map;

/**
 * What one load JVM does with one broker.
 *
 * @param bootstrap where the broker listens
 * @param brokerPids whose CPU time is counted
 * @param replicationFactor of every topic
 * @param warmUps as {@code bulks}, before anything is measured, their figures dropped
 * @param bulks each is produced, then consumed from the start
 * @param openLoop null for none
 */
public record SessionPlan(
    String bootstrap,
    List<Long> brokerPids,
    int replicationFactor,
    List<Bulk> warmUps,
    List<Bulk> bulks,
    OpenLoop openLoop) {

  /** So many partitions has every topic. */
  public static final int PARTITIONS = 6;

  /**
   * Records sent as fast as the client can, then read back.
   *
   * @param name what the report calls it
   * @param topic made for it
   * @param valueBytes size of each value; records have no key and no headers
   * @param maxSeconds produce ends at this time or at {@code maxBytes} of values, whichever is
   *     first
   * @param producerProperties over the client's defaults and acks=all
   */
  public record Bulk(
      String name,
      String topic,
      int valueBytes,
      int maxSeconds,
      long maxBytes,
      Map<String, String> producerProperties) {

    long maxRecords() {
      return Math.max(1, maxBytes / valueBytes);
    }
  }

  /**
   * Records sent on a schedule that does not wait for answers, read by a consumer at once.
   *
   * @param ratePerSecond evenly spaced
   * @param discardSeconds at the start, sent but not measured
   * @param seconds measured after that
   */
  public record OpenLoop(
      String name,
      String topic,
      int valueBytes,
      int ratePerSecond,
      int discardSeconds,
      int seconds,
      Map<String, String> producerProperties) {}

  /** The longest that a session which works may take; sessions beyond it are ended. */
  int limitSeconds() {
    int seconds = 120;
    for (Bulk bulk : bulks) {
      seconds += 4 * bulk.maxSeconds() + 30;
    }
    for (Bulk warmUp : warmUps) {
      seconds += 4 * warmUp.maxSeconds() + 30;
    }
    return openLoop == null
        ? seconds
        : seconds + 2 * (openLoop.discardSeconds() + openLoop.seconds()) + 30;
  }
}
