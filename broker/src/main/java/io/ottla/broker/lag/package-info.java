/**
 * How far the groups that this broker coordinates are behind: the end of each partition minus the
 * offset the group has committed in it.
 *
 * <pre>
 *  ConsumerLags   what metrics and the like ask, from any thread
 *    LagTracker     puts committed offsets and ends together when it is asked
 *      LocalEnds      of partitions led here: read where they are published, never old
 *      RemoteEnds     of the others: their leaders are asked now and then, while anybody wants it
 * </pre>
 *
 * <p>No shard does anything for it.
 */
package io.ottla.broker.lag;
