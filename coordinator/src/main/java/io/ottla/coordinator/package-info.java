/**
 * Coordinators: deterministic state machines over the log of one partition of an internal topic.
 *
 * <pre>
 *  any thread       the partition's shard thread
 *  facade --offer-> CoordinatorRuntime: operation reads state -> records + response
 *                     | append (CoordinatorLog)        | failed: nothing was changed
 *                     | replay (CoordinatorShard)      | the only way persistent state changes
 *                     | hold the response              | until its records are below the high watermark
 *  callback <---------+ onHighWatermark
 *
 *  loading: executor reads and decodes a chunk -> shard replays it -> next chunk
 * </pre>
 *
 * <p>This package holds what all coordinators share; {@code group} holds the group coordinator.
 */
package io.ottla.coordinator;
