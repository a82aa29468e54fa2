/**
 * Shards: the threads that own partitions, their rings, timers and clocks.
 *
 * <pre>
 *  event loops --offer-->  [ ring ] --> shard thread: task, task, task | end of batch
 *  flushers    --submit->                timers due ------^
 * </pre>
 *
 * <p>The only package that knows the Disruptor.
 */
package io.ottla.runtime;
