package io.ottla.log;

import io.ottla.wire.record.RecordBatch;
import java.io.IOException;

/** Builds producer states from what is in the log. Owner, or recovery before there is one. */
final class ProducerReplay {

  private static final int CHUNK_BYTES = 64 << 10;

  private ProducerReplay() {}

  /**
   * Takes over all batches from one offset up to another, and that some are missing; headers only,
   * but for markers.
   */
  static void replay(SegmentList segments, long from, long to, ProducerStates into)
      throws IOException {
    BatchCursor cursor = new BatchCursor(CHUNK_BYTES);
    long next = from;
    for (int i = Math.max(0, segments.floor(from)); i < segments.size(); i++) {
      Segment segment = segments.get(i);
      if (segment.baseOffset() >= to) {
        break;
      }
      boolean found = segment.search(from, segment.sizeInBytes(), cursor);
      while (found && cursor.header().baseOffset() < to) {
        if (cursor.header().baseOffset() > next) {
          into.onGap();
        }
        next = cursor.header().nextOffset();
        takeOver(cursor, into);
        found = cursor.next();
      }
    }
    if (next < to) {
      into.onGap();
    }
  }

  /** Takes over the batch under a cursor, if it has a producer. */
  static CompletedTransaction takeOver(BatchCursor cursor, ProducerStates into) throws IOException {
    RecordBatch batch = cursor.header();
    if (!batch.hasProducerId()) {
      return null;
    }
    return into.update(batch.isControl() ? cursor.whole() : batch);
  }
}
