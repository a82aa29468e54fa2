/**
 * The files of one partition replica: segments and their indexes, leader epochs, producer states,
 * checkpoints, recovery. Layout and bytes on disk are Apache Kafka's.
 *
 * <p>A {@link io.ottla.log.PartitionLog} is owned by one thread, its shard; everybody else reads
 * through the immutable {@link io.ottla.log.LogView} it publishes. Time comes in as an argument;
 * nothing here starts a thread or reads a clock.
 */
package io.ottla.log;
