package io.ottla.replication;

import io.ottla.log.LogException;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;

/**
 * What all partitions of a broker share. Any thread.
 *
 * @param nodeId this broker
 * @param session whether no controller can have given this broker's place to others by now
 * @param brokers the others
 * @param isrChanges takes proposals to the controller
 * @param lagMaxMs how long a follower may be behind before it is out of sync ({@code
 *     replica.lag.time.max.ms})
 * @param onLogFailure told, on its shard, of a partition whose log takes no more appends, or did
 *     not take one; more than once
 */
record ReplicaContext(
    int nodeId,
    BooleanSupplier session,
    KnownBrokers brokers,
    IsrChanges isrChanges,
    long lagMaxMs,
    BiConsumer<Partition, LogException> onLogFailure) {

  long lagMaxNs() {
    return TimeUnit.MILLISECONDS.toNanos(lagMaxMs);
  }
}
