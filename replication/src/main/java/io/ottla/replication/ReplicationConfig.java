package io.ottla.replication;

/**
 * The numbers of replication; names are those of Kafka's broker configs.
 *
 * @param interBrokerListener the listener on which brokers fetch from each other
 * @param lagTimeMaxMs {@code replica.lag.time.max.ms}
 * @param fetchersPerSource {@code num.replica.fetchers}
 * @param fetchMinBytes {@code replica.fetch.min.bytes}
 * @param fetchMaxBytes {@code replica.fetch.max.bytes}, of one partition
 * @param fetchResponseMaxBytes {@code replica.fetch.response.max.bytes}
 * @param fetchWaitMaxMs {@code replica.fetch.wait.max.ms}
 * @param fetchBackoffMs {@code replica.fetch.backoff.ms}
 * @param socketTimeoutMs {@code replica.socket.timeout.ms}
 * @param quotaWindows {@code replication.quota.window.num}
 * @param quotaWindowSeconds {@code replication.quota.window.size.seconds}
 */
public record ReplicationConfig(
    String interBrokerListener,
    long lagTimeMaxMs,
    int fetchersPerSource,
    int fetchMinBytes,
    int fetchMaxBytes,
    int fetchResponseMaxBytes,
    int fetchWaitMaxMs,
    int fetchBackoffMs,
    int socketTimeoutMs,
    int quotaWindows,
    int quotaWindowSeconds) {

  /** Kafka's defaults. */
  public static ReplicationConfig defaults(String interBrokerListener) {
    return new ReplicationConfig(
        interBrokerListener, 30_000, 1, 1, 1 << 20, 10 << 20, 500, 1_000, 30_000, 11, 1);
  }
}
