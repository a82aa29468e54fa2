package io.ottla.log;

/**
 * What an append came to.
 *
 * @param baseOffset first offset of what was appended; of a duplicate, the one it has already
 * @param lastOffset last offset, inclusive; {@code baseOffset - 1} if nothing was taken
 * @param logStartOffset the log's first offset at that moment
 * @param maxTimestamp largest timestamp in the batches, -1 if they carry none
 * @param logAppendTimeMs the broker's timestamp if the topic uses log append time, else -1
 * @param duplicate true if the producer sent this batch before; nothing was written
 */
public record AppendResult(
    long baseOffset,
    long lastOffset,
    long logStartOffset,
    long maxTimestamp,
    long logAppendTimeMs,
    boolean duplicate) {}
