package io.ottla.log;

import io.ottla.wire.record.RecordBatch;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;

/**
 * Cuts a segment at its end without touching what readers hold. If nobody holds it, its file is
 * cut. If somebody does, what is to stay is copied to a file of the same name, and the old one
 * disappears with its last reader.
 */
final class LogTruncation {

  private static final int COPY_BYTES = 1 << 20;

  /**
   * What is left of a segment.
   *
   * @param segment open for appends, known to nobody
   * @param endOffset the offset after its last batch
   */
  record Cut(Segment segment, long endOffset) {}

  private LogTruncation() {}

  /**
   * Cuts before the batch that holds an offset.
   *
   * @throws IOException if the disk fails; then the segment may be in pieces
   */
  static Cut cut(LogFileSystem fs, Path directory, Segment segment, long offset, LogConfig config)
      throws IOException {
    Segment alone = segment.takeOver();
    if (alone != null) {
      return new Cut(alone, alone.truncateTo(offset, config));
    }
    return copy(fs, directory, segment, offset, config);
  }

  private static Cut copy(
      LogFileSystem fs, Path directory, Segment segment, long offset, LogConfig config)
      throws IOException {
    segment.keepOpen();
    int found = segment.search(offset, segment.sizeInBytes());
    int end = found < 0 ? segment.sizeInBytes() : found;
    List<AbortedTransaction> aborted = segment.transactionIndex().all();
    Path log = segment.path(SegmentFiles.LOG);
    // Under this name, a copy that is not complete is deleted by recovery.
    Path copy = log.resolveSibling(log.getFileName() + SegmentFiles.CLEANED);
    copyBytes(fs, segment.file(), copy, end);
    fs.rename(copy, log);
    // The old files stay under the readers; the new ones must not be the same.
    fs.deleteIfExists(segment.path(SegmentFiles.OFFSET_INDEX));
    fs.deleteIfExists(segment.path(SegmentFiles.TIME_INDEX));
    fs.deleteIfExists(segment.path(SegmentFiles.TRANSACTION_INDEX));
    Segment cut = Segment.open(fs, directory, segment.baseOffset(), segment.createdMs());
    boolean done = false;
    try {
      cut.resetIndexes(config);
      long endOffset = segment.baseOffset();
      BatchCursor cursor = new BatchCursor(COPY_BYTES).start(cut.file(), 0, end);
      while (cursor.next()) {
        RecordBatch batch = cursor.header();
        cut.onAppended(batch, cursor.position(), config.indexIntervalBytes());
        endOffset = batch.nextOffset();
      }
      for (AbortedTransaction transaction : aborted) {
        if (transaction.lastOffset() < offset) {
          cut.appendAborted(transaction);
        }
      }
      done = true;
      return new Cut(cut, endOffset);
    } finally {
      if (!done) {
        cut.release();
      }
    }
  }

  private static void copyBytes(LogFileSystem fs, LogFile from, Path to, int count)
      throws IOException {
    fs.deleteIfExists(to);
    try (LogFile file = fs.open(to)) {
      ByteBuffer buffer = ByteBuffer.allocateDirect(Math.clamp(count, 1, COPY_BYTES));
      int at = 0;
      while (at < count) {
        buffer.clear().limit(Math.min(buffer.capacity(), count - at));
        if (from.read(buffer, at) <= 0) {
          throw new IOException("segment ends at " + at + " instead of " + count);
        }
        buffer.flip();
        at += buffer.remaining();
        while (buffer.hasRemaining()) {
          file.write(buffer);
        }
      }
    }
  }
}
