package io.ottla.log;

import io.ottla.wire.record.RecordBatch;
import java.util.ArrayList;
import java.util.List;

/**
 * The leader epochs of a log that is read batch by batch, put together from what the batches say
 * and what the file said. The batches are right; but where compaction has taken records out, an
 * epoch may have no batch left, or not its first one. What the file says of such gaps is believed:
 * before anything can be compacted, it was forced ({@link LeaderEpochCache#force}). Used by
 * recovery, on its thread.
 */
final class ScannedEpochs {

  /**
   * An epoch that begins with a batch.
   *
   * @param gapStart where the batch before it ends
   */
  private record Found(int epoch, long gapStart, long startOffset) {}

  private final LeaderEpochs file;
  private final LeaderEpochs before;
  private final List<Found> found = new ArrayList<>();
  private int latest;
  private long endOffset;

  /**
   * @param file what the file says
   * @param startOffset where the first segment that is read begins
   */
  ScannedEpochs(LeaderEpochs file, long startOffset) {
    this.file = file;
    this.before = file.truncateFromEnd(startOffset);
    this.latest = before.latest();
    this.endOffset = startOffset;
  }

  /** The epoch of the last batch, or of what comes before all that are read. */
  int latest() {
    return latest;
  }

  /** What the file says of an offset. */
  int inFile(long offset) {
    return file.epochOf(offset);
  }

  /** Takes note of the next batch. */
  void onBatch(RecordBatch batch) {
    if (batch.partitionLeaderEpoch() > latest) {
      latest = batch.partitionLeaderEpoch();
      found.add(new Found(latest, endOffset, batch.baseOffset()));
    }
    endOffset = batch.nextOffset();
  }

  /** All epochs. */
  LeaderEpochs all() {
    LeaderEpochs all = before;
    for (Found it : found) {
      for (int i = 0; i < file.size(); i++) {
        int epoch = file.epoch(i);
        long startOffset = file.startOffset(i);
        if (epoch > all.latest()
            && epoch <= it.epoch()
            && startOffset >= it.gapStart()
            && startOffset < it.startOffset()) {
          all = all.assign(epoch, startOffset);
        }
      }
      if (it.epoch() > all.latest()) {
        all = all.assign(it.epoch(), it.startOffset());
      }
    }
    return all;
  }
}
