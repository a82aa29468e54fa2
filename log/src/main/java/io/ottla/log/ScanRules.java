package io.ottla.log;

import io.ottla.wire.record.RecordBatch;
import java.io.IOException;

/**
 * What a batch must be like to be believed when a log is read after a crash. Used by recovery, on
 * its thread.
 */
final class ScanRules {

  private final Remembered remembered;
  private final LogConfig config;
  private final int newestEpoch;

  /**
   * @param newestEpoch no batch can be of a later leader epoch
   */
  ScanRules(Remembered remembered, LogConfig config, int newestEpoch) {
    this.remembered = remembered;
    this.config = config;
    this.newestEpoch = newestEpoch;
  }

  /** Whether offsets from this one on may not be missing: nothing was compacted there. */
  boolean isHole(long offset) {
    return !config.compact() && remembered.pointKnown() && offset >= remembered.recoveryPoint();
  }

  /**
   * Whether a batch shows that the file of leader epochs is wrong: records that were forced cannot
   * be left from before a cut, as those of an earlier epoch may be that were not.
   */
  boolean contradictsFile(RecordBatch batch, ScannedEpochs epochs) {
    return isForced(batch) && batch.partitionLeaderEpoch() < epochs.inFile(batch.baseOffset());
  }

  private boolean isForced(RecordBatch batch) {
    return batch.lastOffset() < remembered.recoveryPoint();
  }

  /**
   * What is wrong with the batch that the cursor is at; null if nothing.
   *
   * @param endOffset where the batch before it ends
   * @param nextBase where the next segment begins, the largest long if there is none
   * @param epochs those of the batches before it
   */
  String problem(
      Segment segment, BatchCursor cursor, long endOffset, long nextBase, ScannedEpochs epochs)
      throws IOException {
    RecordBatch batch = cursor.header();
    boolean forced = isForced(batch);
    if (batch.baseOffset() < endOffset) {
      return "offset " + batch.baseOffset() + " comes after " + (endOffset - 1);
    }
    if (batch.baseOffset() > endOffset
        && (isHole(endOffset) || spansRecoveryPoint(batch, endOffset))) {
      return "offset " + batch.baseOffset() + " comes after a gap";
    }
    if (batch.lastOffset() >= nextBase) {
      return "offset " + batch.lastOffset() + " belongs into a later segment";
    }
    int epoch = batch.partitionLeaderEpoch();
    if (epoch < epochs.latest() || (!forced && epoch < epochs.inFile(batch.baseOffset()))) {
      // Left from before the log was cut here, where newer records did not reach the disk.
      return "leader epoch " + epoch + " comes after a later one";
    }
    if (epoch > newestEpoch) {
      return "leader epoch " + epoch + " is later than the partition's, which is " + newestEpoch;
    }
    if (batch.lastOffset() - segment.baseOffset() > Integer.MAX_VALUE) {
      return "offset " + batch.lastOffset() + " is too far from the segment's first";
    }
    if (!forced && !cursor.whole().isCrcValid()) {
      return "the checksum of the batch at offset " + batch.baseOffset() + " is wrong";
    }
    return null;
  }

  /** A recovery point was the log's end once, so batches end there, unless they were compacted. */
  private boolean spansRecoveryPoint(RecordBatch batch, long endOffset) {
    return endOffset < remembered.recoveryPoint()
        && batch.lastOffset() >= remembered.recoveryPoint()
        && (!config.compact() || remembered.clean());
  }
}
