package io.ottla.log;

import io.ottla.wire.record.RecordBatch;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the batch that holds an offset. The index says where to begin, and is not believed blindly:
 * it has no checksum. What it points at must be a batch of which an entry can be; else some would
 * be skipped, or something else be taken for a batch, and the search goes from the segment's start.
 */
final class OffsetSearch {

  private static final Logger LOG = LoggerFactory.getLogger(OffsetSearch.class);

  private OffsetSearch() {}

  /**
   * Moves a cursor to the first batch of a segment that ends at or behind an offset.
   *
   * @param limit bytes that may be looked at
   * @return false if there is none before the limit
   * @throws IOException if the disk fails, or the batches do not follow each other
   */
  static boolean find(Segment segment, long offset, int limit, BatchCursor cursor)
      throws IOException {
    try {
      return search(segment, offset, limit, cursor);
    } catch (InternalError e) { // A page of the mapped index could not be read.
      throw segment.unreadable(SegmentFiles.OFFSET_INDEX, e);
    }
  }

  private static boolean search(Segment segment, long offset, int limit, BatchCursor cursor)
      throws IOException {
    OffsetIndex index = segment.offsetIndex();
    int entry = index.floor(offset);
    int from = entry < 0 ? 0 : index.position(entry);
    if (from > 0 && from < limit) {
      cursor.start(segment.file(), from, limit);
      if (cursor.next() && canBe(cursor.header(), segment, index, entry)) {
        boolean found =
            cursor.header().lastOffset() >= offset
                || walk(segment, offset, cursor, cursor.header().nextOffset());
        if (found || cursor.end() == BatchCursor.End.CLEAN) {
          return found;
        }
      }
      LOG.warn("{} seems to be wrong, searching without", segment.path(SegmentFiles.OFFSET_INDEX));
    }
    boolean found =
        walk(segment, offset, cursor.start(segment.file(), 0, limit), segment.baseOffset());
    if (!found && cursor.end() != BatchCursor.End.CLEAN) {
      throw damaged(segment, cursor.nextPosition());
    }
    return found;
  }

  /** It starts no later than its entry says, and behind all that the entry before is of. */
  private static boolean canBe(RecordBatch batch, Segment segment, OffsetIndex index, int entry) {
    long least = entry == 0 ? segment.baseOffset() : index.offset(entry - 1) + 1;
    return batch.baseOffset() >= least
        && batch.baseOffset() <= index.offset(entry)
        && batch.recordCount() <= batch.lastOffset() - batch.baseOffset() + 1;
  }

  /** Goes on from a cursor's batch; the next one must not start before an offset. */
  private static boolean walk(Segment segment, long offset, BatchCursor cursor, long next)
      throws IOException {
    long least = next;
    while (cursor.next()) {
      RecordBatch batch = cursor.header();
      if (batch.baseOffset() < least) {
        throw damaged(segment, cursor.position());
      }
      if (batch.lastOffset() >= offset) {
        return true;
      }
      least = batch.nextOffset();
    }
    return false;
  }

  private static IOException damaged(Segment segment, int position) {
    return new IOException(segment.path(SegmentFiles.LOG) + " is damaged at position " + position);
  }
}
