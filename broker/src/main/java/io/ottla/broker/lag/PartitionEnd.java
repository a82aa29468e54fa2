package io.ottla.broker.lag;

import io.ottla.wire.Uuid;

/**
 * Where a partition ended.
 *
 * @param topicId of the topic that was asked for: one of the same name may have come in its place
 * @param endOffset the high watermark
 * @param stableEndOffset the last stable offset
 * @param measuredNs when it was asked for, of the monotonic clock
 */
record PartitionEnd(Uuid topicId, long endOffset, long stableEndOffset, long measuredNs) {}
