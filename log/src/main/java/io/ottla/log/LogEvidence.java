package io.ottla.log;

import io.ottla.wire.record.RecordBatch;
import java.io.IOException;
import java.util.List;

/**
 * Whether the small files of a log, which have no checksums, agree with its batches. They are read
 * where it costs a few lookups, not all over. Used by recovery; not thread-safe.
 */
final class LogEvidence {

  private static final int CURSOR_BYTES = 4 << 10;

  /** Of leader epochs, as many are looked up as replicas ever ask for in practice. */
  private static final int MAX_EPOCHS = 32;

  private final SegmentList segments;
  private final boolean compact;
  private final BatchCursor cursor = new BatchCursor(CURSOR_BYTES);

  /**
   * @param compact whether batches may be missing anywhere
   */
  LogEvidence(List<Segment> segments, boolean compact) {
    this.segments = new SegmentList(segments);
    this.compact = compact;
  }

  /**
   * The epochs from a log's start on. Where that was not written down before power was lost, the
   * log starts earlier again than it did when the epochs were.
   */
  LeaderEpochs from(long logStartOffset, LeaderEpochs epochs) throws IOException {
    if (epochs.size() == 0 || epochs.startOffset(0) <= logStartOffset) {
      return epochs;
    }
    LeaderEpochs all = LeaderEpochs.EMPTY;
    for (int i = Math.max(0, segments.floor(logStartOffset)); i < segments.size(); i++) {
      Segment segment = segments.get(i);
      boolean found = segment.search(logStartOffset, segment.sizeInBytes(), cursor);
      while (found && cursor.header().baseOffset() < epochs.startOffset(0)) {
        int epoch = cursor.header().partitionLeaderEpoch();
        if (epoch > all.latest()) {
          all = all.assign(epoch, Math.max(cursor.header().baseOffset(), logStartOffset));
        }
        found = cursor.next();
      }
      if (found) {
        break;
      }
    }
    for (int i = 0; i < epochs.size(); i++) {
      if (epochs.epoch(i) > all.latest()) {
        all = all.assign(epochs.epoch(i), epochs.startOffset(i));
      }
    }
    return all;
  }

  /** Whether the epochs, latest ones first, are those of the batches where they are to start. */
  boolean agrees(LeaderEpochs epochs, long logStartOffset, long logEndOffset) throws IOException {
    if (logEndOffset <= logStartOffset) {
      return true;
    }
    int last = epochs.size() - 1;
    if (last >= 0 && epochs.startOffset(last) == logEndOffset) {
      last--; // No records of it yet.
    }
    RecordBatch batch = find(logEndOffset - 1);
    if (batch != null
        && batch.baseOffset() < logEndOffset // Else compaction has taken what was there.
        && batch.partitionLeaderEpoch() != (last < 0 ? -1 : epochs.epoch(last))) {
      return false;
    }
    for (int i = last; i >= 0 && i > last - MAX_EPOCHS; i--) {
      if (!agrees(epochs.epoch(i), epochs.startOffset(i), logStartOffset)) {
        return false;
      }
    }
    return true;
  }

  private boolean agrees(int epoch, long startOffset, long logStartOffset) throws IOException {
    RecordBatch batch = find(Math.max(startOffset, logStartOffset));
    if (batch == null) {
      return compact;
    }
    if (batch.partitionLeaderEpoch() < epoch) {
      return false;
    }
    if (compact) {
      return true;
    }
    if (batch.partitionLeaderEpoch() != epoch) {
      return false;
    }
    if (startOffset <= logStartOffset) {
      return true;
    }
    if (batch.baseOffset() < startOffset) {
      return false;
    }
    RecordBatch before = find(startOffset - 1);
    return before == null || before.partitionLeaderEpoch() < epoch;
  }

  /** The first batch that ends at or behind an offset, null if there is none. */
  private RecordBatch find(long offset) throws IOException {
    for (int i = Math.max(0, segments.floor(offset)); i < segments.size(); i++) {
      Segment segment = segments.get(i);
      if (segment.search(offset, segment.sizeInBytes(), cursor)) {
        return cursor.header();
      }
    }
    return null;
  }

  /**
   * Whether a segment's transaction index names markers and transactions that are there. What it
   * lacks cannot be seen.
   */
  boolean agrees(Segment segment) throws IOException {
    TransactionIndex index = segment.transactionIndex();
    if (!index.isReadable()) {
      return false;
    }
    long before = segment.baseOffset() - 1;
    for (AbortedTransaction transaction : index.all()) {
      if (transaction.lastOffset() <= before
          || transaction.firstOffset() < 0
          || transaction.firstOffset() > transaction.lastOffset()
          || transaction.lastStableOffset() > transaction.lastOffset() + 1
          || !isMarker(segment, transaction)
          || !isFirst(transaction)) {
        return false;
      }
      before = transaction.lastOffset();
    }
    return true;
  }

  private boolean isMarker(Segment segment, AbortedTransaction transaction) throws IOException {
    if (!segment.search(transaction.lastOffset(), segment.sizeInBytes(), cursor)) {
      return false;
    }
    RecordBatch batch = cursor.header();
    if (batch.baseOffset() != transaction.lastOffset()
        || !batch.isControl()
        || batch.producerId() != transaction.producerId()) {
      return false;
    }
    TransactionMarker marker = TransactionMarker.read(cursor.whole());
    return marker != null && marker.aborts();
  }

  private boolean isFirst(AbortedTransaction transaction) throws IOException {
    long first = transaction.firstOffset();
    if (first < segments.first().baseOffset()) {
      return true; // Retention took it.
    }
    RecordBatch batch = find(first);
    if (batch != null && batch.baseOffset() != first && compact) {
      return true;
    }
    return batch != null
        && batch.baseOffset() == first
        && batch.isTransactional()
        && !batch.isControl()
        && batch.producerId() == transaction.producerId();
  }
}
