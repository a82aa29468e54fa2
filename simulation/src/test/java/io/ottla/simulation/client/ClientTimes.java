package io.ottla.simulation.client;

/**
 * How patient clients are, in milliseconds of virtual time.
 *
 * @param requestMs after which a connection that does not answer is given up
 * @param backoffMs before something is tried again
 * @param metadataAgeMs after which metadata are asked for anew
 * @param deliveryMs after which a value that is not acknowledged has failed
 * @param lingerMs how long a batch may wait for more values
 * @param fetchWaitMs how long a broker may keep a fetch that finds nothing
 * @param transactionMs after which a coordinator may abort a transaction
 * @param patienceMs after which who waits for the end of a transaction breaks off
 * @param sessionMs after which a member of a group that is not heard of is thrown out
 * @param heartbeatMs between the heartbeats of a member
 * @param rebalanceMs how long the members have for a rebalance
 */
public record ClientTimes(
    int requestMs,
    int backoffMs,
    int metadataAgeMs,
    int deliveryMs,
    int lingerMs,
    int fetchWaitMs,
    int transactionMs,
    int patienceMs,
    int sessionMs,
    int heartbeatMs,
    int rebalanceMs) {

  /** As in the tests of real processes. */
  public static final ClientTimes SHORT =
      new ClientTimes(3000, 100, 5000, 10_000, 5, 500, 10_000, 15_000, 6000, 1000, 8000);
}
