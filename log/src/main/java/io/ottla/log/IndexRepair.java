package io.ottla.log;

import io.ottla.wire.ErrorCode;
import io.ottla.wire.TopicPartition;
import io.ottla.wire.record.RecordBatch;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Builds indexes anew where they are missing or cannot be those of their segment. For segments
 * whose batches were forced: these are followed, not checked. Used by recovery, on its thread.
 */
final class IndexRepair {

  private static final Logger LOG = LoggerFactory.getLogger(IndexRepair.class);
  private static final int SCAN_BYTES = 256 << 10;

  private final LogFileSystem fs;
  private final TopicPartition partition;
  private final LogConfig config;
  private final List<Segment> segments;
  private final ProducerSnapshots snapshots;

  /**
   * @param segments in order, from the log's first on
   */
  IndexRepair(
      LogFileSystem fs,
      TopicPartition partition,
      LogConfig config,
      List<Segment> segments,
      ProducerSnapshots snapshots) {
    this.fs = fs;
    this.partition = partition;
    this.config = config;
    this.segments = segments;
    this.snapshots = snapshots;
  }

  /**
   * Does it for all segments.
   *
   * @throws LogException KAFKA_STORAGE_ERROR if a segment cannot be read to its end
   */
  void repair() throws IOException {
    LogEvidence evidence = null;
    for (Segment segment : segments) {
      boolean good = hasIndexes(segment);
      if (good && !segment.transactionIndex().isEmpty()) {
        evidence = evidence == null ? new LogEvidence(segments, config.compact()) : evidence;
        good = evidence.agrees(segment);
      }
      if (!good) {
        LOG.warn("{}: indexes of {} do not fit it and are built anew", partition, segment);
        rebuild(segment);
      }
    }
  }

  private boolean hasIndexes(Segment segment) throws IOException {
    try {
      return fs.sizeInBytes(segment.path(SegmentFiles.OFFSET_INDEX)) % OffsetIndex.ENTRY_SIZE == 0
          && fs.sizeInBytes(segment.path(SegmentFiles.TIME_INDEX)) % TimeIndex.ENTRY_SIZE == 0;
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  private void rebuild(Segment segment) throws IOException {
    ProducerStates before = new ProducerStates(partition);
    long from = snapshots.load(before, segment.baseOffset(), 0L, Long.MAX_VALUE);
    ProducerReplay.replay(
        new SegmentList(segments), Math.max(from, 0), segment.baseOffset(), before);
    segment.resetIndexes(config);
    BatchCursor cursor = new BatchCursor(Math.clamp(segment.sizeInBytes(), 4 << 10, SCAN_BYTES));
    cursor.start(segment.file(), 0, segment.sizeInBytes());
    long end = segment.baseOffset();
    while (cursor.next()) {
      RecordBatch batch = cursor.header();
      if (batch.baseOffset() < end
          || batch.lastOffset() - segment.baseOffset() > Integer.MAX_VALUE) {
        throw damaged(segment, cursor.position(), "offset " + batch.baseOffset() + " follows");
      }
      end = batch.nextOffset();
      segment.onAppended(cursor.header(), cursor.position(), config.indexIntervalBytes());
      onProducer(segment, cursor, before);
    }
    if (cursor.nextPosition() != segment.sizeInBytes()) {
      throw damaged(segment, cursor.nextPosition(), "no batch stands there");
    }
    segment.seal();
    segment.force(false); // It lies below the recovery point: nobody else does.
  }

  private LogException damaged(Segment segment, int position, String problem) {
    return new LogException(
        ErrorCode.KAFKA_STORAGE_ERROR,
        partition
            + ": "
            + segment.path(SegmentFiles.LOG)
            + " is damaged at position "
            + position
            + ", where it was on the disk already: "
            + problem
            + ". Nothing was cut off; restore the file, or delete the replica's directory");
  }

  /** Takes over the batch under a cursor, into the transaction index, too. */
  static void onProducer(Segment segment, BatchCursor cursor, ProducerStates producers)
      throws IOException {
    CompletedTransaction completed = ProducerReplay.takeOver(cursor, producers);
    if (completed != null && completed.aborted()) {
      segment.appendAborted(producers.aborted(completed));
    }
  }
}
