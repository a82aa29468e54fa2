package io.ottla.coordinator;

import io.netty.buffer.ByteBuf;
import java.io.IOException;

/**
 * Reads a coordinator's partition while it loads, off the shard: it may block. One thread at a
 * time.
 */
public interface CoordinatorLogReader {

  /** The first offset there is to read. */
  long startOffset();

  /** The offset after the last there is to read by now. */
  long endOffset();

  /**
   * Whole record batches, from the one that holds the offset or follows it, up to the log's end
   * (not just the high watermark).
   *
   * @param fromOffset an offset from {@link #startOffset}
   * @param maxBytes how much to read; more if the first batch alone is larger
   * @return batches, which the caller releases; an empty buffer at the log's end
   * @throws IOException if reading failed, or the partition is no longer led by this broker
   */
  ByteBuf read(long fromOffset, int maxBytes) throws IOException;
}
