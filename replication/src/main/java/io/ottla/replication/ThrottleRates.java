package io.ottla.replication;

/**
 * The rates to which throttled replication is held, in bytes per second ({@link
 * ReplicationQuota#UNLIMITED} for none).
 *
 * @param leader {@code leader.replication.throttled.rate}
 * @param follower {@code follower.replication.throttled.rate}
 */
public record ThrottleRates(long leader, long follower) {

  static final ThrottleRates NONE =
      new ThrottleRates(ReplicationQuota.UNLIMITED, ReplicationQuota.UNLIMITED);
}
