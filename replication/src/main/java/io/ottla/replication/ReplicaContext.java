package io.ottla.replication;

import io.ottla.log.LogException;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;

/**
 * What all partitions of a broker share. Any thread.
 *
 * @param nodeId this broker
 * @param brokers the others
 * @param isrChanges takes proposals to the controller
 * @param lagMaxMs how long a follower may be behind before it is out of sync ({@code
 *     replica.lag.time.max.ms})
 * @param onLogFailure told, on its shard, of a partition whose log takes no more appends, or did
 *     not take one; more than once
 */
record ReplicaContext(
    int nodeId,
    KnownBrokers brokers,
    IsrChanges isrChanges,
    long lagMaxMs,
    BiConsumer<Partition, LogException> onLogFailure) {

  long lagMaxNs() {
    return TimeUnit.MILLISECONDS.toNanos(lagMaxMs);
  }
}
