package io.ottla.log.inspect;

import io.ottla.wire.record.RecordBatch;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Compares the offset index and the time index of a segment with its batches, which are told in
 * order. Indexes that are missing are no problem: they are rebuilt.
 */
final class IndexCheck implements AutoCloseable {

  private final Path offsetFile;
  private final Path timeFile;
  private final long base;
  private final Problems problems;
  private final EntryScan offsets;
  private final EntryScan times;

  private long entryOffset;
  private int entryPosition = -1;
  private boolean hasEntry;
  private long timestamp = -1;
  private long timeOffset = -1;
  private boolean hasTime;
  private long maxTimestamp = -1;
  private long lastOffset;

  IndexCheck(Path segment, long base, Problems problems) throws IOException {
    String digits = segment.getFileName().toString().substring(0, 20);
    this.offsetFile = segment.resolveSibling(digits + ".index");
    this.timeFile = segment.resolveSibling(digits + ".timeindex");
    this.base = base;
    this.lastOffset = base - 1;
    this.problems = problems;
    this.offsets = open(offsetFile, EntryScan.OFFSET_ENTRY);
    this.times = open(timeFile, EntryScan.TIME_ENTRY);
    nextOffset(true);
    nextTime(true);
  }

  private EntryScan open(Path file, int entrySize) throws IOException {
    if (!Files.exists(file)) {
      return null;
    }
    EntryScan scan = new EntryScan(file, entrySize);
    if (scan.rest() != 0) {
      problems.add(file, "the last entry is cut off after " + scan.rest() + " bytes");
    }
    return scan;
  }

  /** Takes the next batch in. */
  void onBatch(RecordBatch batch, long position) throws IOException {
    while (hasEntry && entryPosition < position) {
      problems.add(offsetFile, entry() + " is where no batch begins");
      nextOffset(false);
    }
    if (hasEntry && entryPosition == position) {
      if (entryOffset < batch.baseOffset()) {
        problems.add(
            offsetFile, entry() + " is of a batch that begins at offset " + batch.baseOffset());
      }
      nextOffset(false);
    }
    // An entry covers all batches that end at its offset or before.
    while (hasTime && timeOffset < batch.lastOffset()) {
      finishTime();
    }
    maxTimestamp = Math.max(maxTimestamp, batch.maxTimestamp());
    lastOffset = batch.lastOffset();
  }

  private String entry() {
    return "the entry for offset " + entryOffset + " at position " + entryPosition;
  }

  /** After the last batch. */
  void end() throws IOException {
    while (hasEntry) {
      problems.add(offsetFile, entry() + " is behind the last batch");
      nextOffset(false);
    }
    while (hasTime) {
      if (timeOffset > lastOffset) {
        problems.add(
            timeFile,
            "the entry for offset " + timeOffset + " is behind the last one, " + lastOffset);
      }
      finishTime();
    }
  }

  private void finishTime() throws IOException {
    if (maxTimestamp > timestamp) {
      problems.add(
          timeFile,
          "the entry for offset "
              + timeOffset
              + " says that nothing before is younger than "
              + timestamp
              + ", but there is "
              + maxTimestamp);
    }
    nextTime(false);
  }

  private void nextOffset(boolean first) throws IOException {
    ByteBuffer entry = offsets == null ? null : offsets.next();
    // What an index has room for is zero: no second entry is of its base offset.
    hasEntry =
        entry != null
            && (first
                ? offsets.entries() == 1 || !EntryScan.isZero(entry)
                : !EntryScan.isZero(entry));
    if (!hasEntry) {
      return;
    }
    long offset = base + entry.getInt(0);
    int position = entry.getInt(4);
    if (offset < base
        || position < 0
        || (!first && (offset <= entryOffset || position <= entryPosition))) {
      problems.add(
          offsetFile,
          "the entry for offset " + offset + " at position " + position + " is out of order");
      hasEntry = false;
      return;
    }
    entryOffset = offset;
    entryPosition = position;
  }

  private void nextTime(boolean first) throws IOException {
    ByteBuffer entry = times == null ? null : times.next();
    hasTime = entry != null && !EntryScan.isZero(entry);
    if (!hasTime) {
      return;
    }
    long entryTimestamp = entry.getLong(0);
    long offset = base + entry.getInt(8);
    if (offset < base || (!first && (entryTimestamp <= timestamp || offset < timeOffset))) {
      problems.add(
          timeFile,
          "the entry for timestamp " + entryTimestamp + ", offset " + offset + " is out of order");
      hasTime = false;
      return;
    }
    timestamp = entryTimestamp;
    timeOffset = offset;
  }

  @Override
  public void close() throws IOException {
    if (offsets != null) {
      offsets.close();
    }
    if (times != null) {
      times.close();
    }
  }
}
