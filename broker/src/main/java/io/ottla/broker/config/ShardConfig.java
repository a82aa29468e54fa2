package io.ottla.broker.config;

/**
 * The threads that own partitions.
 *
 * @param ringSize tasks that may wait for one shard, a power of two
 * @param spins how often an idle shard looks again before it sleeps
 */
public record ShardConfig(int shards, int ringSize, int spins) {}
