package io.ottla.log;

import io.ottla.wire.record.BatchHeader;

/**
 * What an append came to.
 *
 * @param baseOffset first offset of what was appended; of a duplicate, the one it has already, or
 *     -1 if that is not remembered
 * @param lastOffset last offset, inclusive; {@code baseOffset - 1} if nothing was taken; of what is
 *     not remembered, one that is not before it
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
    boolean duplicate) {

  /** Of a batch that was taken long ago, and ends before an offset. */
  static AppendResult ofForgotten(long endOffset, long logStartOffset) {
    long none = BatchHeader.NO_TIMESTAMP;
    return new AppendResult(-1L, endOffset - 1, logStartOffset, none, none, true);
  }

  /** Whether it is a duplicate of which nothing is remembered but that it is there. */
  public boolean isForgotten() {
    return duplicate && baseOffset < 0;
  }
}
