package io.ottla.log;

import io.netty.buffer.ByteBuf;
import io.ottla.wire.record.RecordBatch;
import java.io.IOException;

/**
 * Writes prepared batches to the end of a log, in new segments as needed, and lets everything else
 * know of them. The log's owner only.
 *
 * <p>What throws has not happened, or the active segment is broken ({@link Segment#isBroken}).
 */
final class LogWriter {

  private final LogParts log;
  private final LogSegments segments;
  private final RecordBatch batch = new RecordBatch();

  LogWriter(LogParts log) {
    this.log = log;
    this.segments = log.segments();
  }

  /**
   * Writes batches run by run: as many at once as go into one segment, normally all.
   *
   * @throws IOException if the disk refuses a run; those before it are in the log
   */
  void write(ByteBuf batches, int start, int end, LogConfig config, long nowMs) throws IOException {
    int from = start;
    while (from < end) {
      if (segments.needsRoll(batches, from, config, nowMs)) {
        roll(batch.wrap(batches, from).baseOffset(), config, nowMs);
      }
      int to = segments.endOfRun(batches, from, end, config, nowMs);
      writeRun(batches, from, to, config, nowMs);
      from = to;
    }
  }

  private void writeRun(ByteBuf batches, int from, int to, LogConfig config, long nowMs)
      throws IOException {
    for (int at = from; at < to; at += batch.sizeInBytes()) {
      batch.wrap(batches, at);
      if (batch.partitionLeaderEpoch() >= 0) {
        log.leaderEpochs().assign(batch.partitionLeaderEpoch(), batch.baseOffset());
      }
    }
    Segment active = segments.active();
    int position = active.sizeInBytes();
    segments.append(batches, from, to, config);
    long next = log.offsets().logEnd();
    try {
      for (int at = from; at < to; at += batch.sizeInBytes()) {
        batch.wrap(batches, at);
        if (batch.baseOffset() > next) {
          log.producers().onGap();
        }
        next = batch.nextOffset();
        if (batch.hasProducerId()) {
          updateProducer(active);
        }
      }
    } catch (IOException e) {
      segments.takeBack(position, batch.wrap(batches, from).baseOffset(), e);
      throw e;
    }
    log.offsets().onAppend(batch.nextOffset(), to - from, nowMs);
    log.settleStable();
  }

  private void updateProducer(Segment active) throws IOException {
    CompletedTransaction completed = log.producers().update(batch);
    if (completed == null || !completed.aborted()) {
      return;
    }
    try {
      active.appendAborted(log.producers().aborted(completed));
    } catch (IOException e) {
      // Without its entry, consumers would take aborted records for committed ones. The marker is
      // taken back, but what the producers' states have taken over is not: only opening heals that.
      active.breakOff();
      throw e;
    }
  }

  /** Goes on in a new segment. */
  void roll(long baseOffset, LogConfig config, long nowMs) throws IOException {
    segments.roll(baseOffset, config, nowMs);
    log.snapshots().writeIfPossible(baseOffset, log.producers());
  }
}
