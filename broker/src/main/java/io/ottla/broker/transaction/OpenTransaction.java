package io.ottla.broker.transaction;

import io.ottla.wire.TopicPartition;

/**
 * The oldest open transaction of a partition: it holds the last stable offset.
 *
 * @param transactionalId null if it began before this broker led the partition
 * @param firstOffset of its records in the partition
 * @param ageMs for how long it has been seen open here, at least
 */
public record OpenTransaction(
    TopicPartition partition,
    long producerId,
    short producerEpoch,
    String transactionalId,
    long firstOffset,
    long ageMs) {}
