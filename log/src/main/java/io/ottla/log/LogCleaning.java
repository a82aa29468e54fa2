package io.ottla.log;

import io.netty.buffer.ByteBuf;
import io.ottla.log.cleaner.BatchCleaner;
import io.ottla.log.cleaner.CleaningAborted;
import io.ottla.log.cleaner.CleaningPace;
import io.ottla.log.cleaner.CleaningStats;
import io.ottla.log.cleaner.KeyBlock;
import io.ottla.log.cleaner.KeyOffsets;
import io.ottla.log.cleaner.LastBatches;
import io.ottla.wire.record.InvalidRecordException;
import io.ottla.wire.record.RecordBatch;
import io.ottla.wire.record.RecordReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;

/**
 * One compaction of one log: reads the last offset of each key from what is dirty, then copies what
 * is to be kept of all segments up to there, group by group, and has each copy take the place of
 * the segments it was made of.
 *
 * <p>Begun on the owner's thread ({@link PartitionLog#beginCleaning}), run and closed by another
 * one that may block. It works on segments that do not change any more and holds them; only to put
 * a finished copy into the log it goes to the owner, who refuses if the log was cut or closed
 * since. Nothing that is appended meanwhile matters.
 */
public final class LogCleaning implements AutoCloseable {

  private final PartitionLog log;
  private final LogDirectory logDirectory;
  private final LogFileSystem fs;
  private final Path directory;
  private final LogView view;
  private final LogConfig config;
  private final List<Segment> segments;
  private final LastBatches producers;
  private final long firstDirty;
  private final long end;

  private long cleanedTo = -1L;
  private long bytesIndexed;
  private long bytesRead;
  private long bytesWritten;
  private long unspent;

  /** The renames of the last copy, on their way to the disk. */
  private DiskWait names = DiskWait.NONE;

  private CleaningStats stats = CleaningStats.NONE;

  private LogCleaning(
      PartitionLog log,
      LogDirectory logDirectory,
      Path directory,
      CleanableRange range,
      List<Segment> segments,
      LastBatches producers) {
    this.log = log;
    this.logDirectory = logDirectory;
    this.fs = logDirectory.fileSystem();
    this.directory = directory;
    this.view = log.view();
    this.config = log.config();
    this.segments = segments;
    this.producers = producers;
    this.firstDirty = Math.max(range.firstDirty(), view.logStartOffset());
    this.end = range.end();
  }

  /** On the owner's thread. Null if nothing is dirty, or the log is no longer as the range says. */
  static LogCleaning begin(
      PartitionLog log, LogDirectory logDirectory, Path directory, CleanableRange range) {
    LogView view = log.view();
    SegmentList list = view.segments();
    int last = list.floor(range.end());
    if (range.dirtyBytes() == 0
        || view.truncations() != range.view().truncations()
        || last <= 0
        || list.get(last).baseOffset() != range.end()) {
      return null;
    }
    List<Segment> held = new ArrayList<>(last);
    for (int i = 0; i < last; i++) {
      if (!list.get(i).tryRetain()) {
        held.forEach(Segment::release);
        return null;
      }
      held.add(list.get(i));
    }
    LastBatches producers = new LastBatches();
    for (ProducerState producer : log.producerStates().all()) {
      producers.add(producer.producerId(), producer.lastOffset(), producer.epoch());
    }
    return new LogCleaning(log, logDirectory, directory, range, held, producers);
  }

  /** How often the log had been cut when this began. */
  int truncations() {
    return view.truncations();
  }

  /** Up to where the log is compacted: the first dirty offset of the next time; -1 before that. */
  public long cleanedTo() {
    return cleanedTo;
  }

  /** What was done, once it is. */
  public CleaningStats stats() {
    return stats;
  }

  /**
   * Does it. Blocks, for as long as it takes.
   *
   * @param wallMs the clock; what it says now decides which tombstones and markers are old enough
   * @param disk waits for the disk while this goes on; may do so at once, in the calling thread
   * @throws CleaningAborted if the log was cut or closed meanwhile, or the pace says so
   * @throws IOException if the disk fails or what is read is damaged; the log is as it was, but for
   *     groups that were finished
   */
  public void run(
      CleanerMemory memory, CleaningPace pace, LogOwner owner, LongSupplier wallMs, Executor disk)
      throws IOException {
    try (KeyOffsets keys =
        new KeyOffsets(
            memory.keyBytes(), memory.keyLoadFactor(), end - firstDirty, memory.seed())) {
      index(keys, memory, pace);
      long upTo = keys.latestOffset() + 1;
      CleanedTransactions transactions = new CleanedTransactions();
      try (BatchCleaner cleaner =
          new BatchCleaner(
              keys,
              transactions,
              producers,
              end,
              wallMs.getAsLong(),
              config.compaction().deleteRetentionMs(),
              memory.limits())) {
        List<Segment> reached = segments.stream().filter(it -> it.baseOffset() < upTo).toList();
        // One copy waits for the disk while the next is made.
        FinishedCopy waiting = null;
        try {
          for (List<Segment> group : SegmentGroups.of(reached, endOf(reached.getLast()), config)) {
            FinishedCopy next = copy(group, cleaner, transactions, memory, pace, disk);
            FinishedCopy done = waiting;
            waiting = next;
            replace(done, owner, wallMs, disk);
          }
          FinishedCopy last = waiting;
          waiting = null;
          replace(last, owner, wallMs, disk);
          names.await();
        } finally {
          if (waiting != null) {
            waiting.discard();
          }
        }
        stats =
            new CleaningStats(
                bytesIndexed,
                bytesRead,
                bytesWritten,
                cleaner.recordsRead(),
                cleaner.recordsWritten(),
                cleaner.keyless(),
                keys.utilization());
      }
      cleanedTo = upTo;
    }
    checkpoint(cleanedTo);
  }

  /** Remembers how far the log is compacted, unless it was cut meanwhile or is gone. */
  private void checkpoint(long offset) {
    CleanerOffsets offsets = logDirectory.cleanerOffsets();
    offsets.set(log.topicPartition(), offset);
    if (!logDirectory.logs().contains(log)) {
      offsets.remove(log.topicPartition());
    } else if (log.view().truncations() != view.truncations()) {
      offsets.lower(log.topicPartition(), log.view().logEndOffset());
    }
  }

  /** No record of a segment lies at or behind this offset. */
  private long endOf(Segment segment) {
    int next = segments.indexOf(segment) + 1;
    return next < segments.size() ? segments.get(next).baseOffset() : end;
  }

  /** Enters the keys of what is dirty, until all are or the table is full. */
  private void index(KeyOffsets keys, CleanerMemory memory, CleaningPace pace) throws IOException {
    CleanedTransactions transactions = new CleanedTransactions();
    transactions.add(view.abortedTransactions(firstDirty, end));
    KeyBlock block = keys.newBlock();
    try (RecordReader reader = new RecordReader()) {
      for (Segment segment : segments) {
        if (endOf(segment) <= firstDirty) {
          continue;
        }
        BatchCursor cursor =
            new BatchCursor(memory.readBytes()).start(segment.file(), 0, segment.sizeInBytes());
        while (cursor.next()) {
          if (cursor.header().lastOffset() < firstDirty) {
            continue;
          }
          RecordBatch batch = whole(segment, cursor);
          spend(batch.sizeInBytes(), memory, pace);
          bytesIndexed += batch.sizeInBytes();
          if (!index(batch, reader, keys, block, transactions, memory)) {
            return;
          }
          keys.advanceTo(batch.lastOffset());
        }
        checkEnd(segment, cursor);
        keys.advanceTo(endOf(segment) - 1);
      }
    }
  }

  /** False if the table is full. */
  private boolean index(
      RecordBatch batch,
      RecordReader reader,
      KeyOffsets keys,
      KeyBlock block,
      CleanedTransactions transactions,
      CleanerMemory memory)
      throws IOException {
    if (batch.isControl()) {
      var _ = transactions.isObsolete(batch);
      return true;
    }
    if (transactions.isAborted(batch)) {
      return true;
    }
    try {
      block.clear();
      reader.open(batch, memory.limits());
      while (reader.next()) {
        if (reader.hasKey() && reader.offset() >= firstDirty) {
          if (block.isFull()) {
            if (!keys.put(block)) {
              return false;
            }
            block.clear();
          }
          block.add(reader);
        }
      }
      return keys.put(block);
    } catch (InvalidRecordException e) {
      throw unreadable(batch, e);
    }
  }

  /**
   * Copies what is left of some segments.
   *
   * @return null if they are as clean as they can be
   */
  private FinishedCopy copy(
      List<Segment> group,
      BatchCleaner cleaner,
      CleanedTransactions transactions,
      CleanerMemory memory,
      CleaningPace pace,
      Executor disk)
      throws IOException {
    CleanedSegment cleaned =
        CleanedSegment.create(
            fs, directory, group.getFirst().baseOffset(), config, memory.writeBytes());
    FinishedCopy finished = null;
    try {
      for (Segment segment : group) {
        transactions.add(view.abortedTransactions(segment.baseOffset(), endOf(segment)));
        copy(segment, cleaner, transactions, cleaned, memory, pace);
      }
      if (cleaner.takeChanged() || group.size() > 1) {
        long lastModifiedMs = fs.lastModifiedMs(group.getLast().path(SegmentFiles.LOG));
        cleaned.seal();
        finished = FinishedCopy.begin(group, cleaned, lastModifiedMs, disk);
      }
      return finished;
    } finally {
      if (finished == null) {
        FinishedCopy.discard(cleaned);
      }
    }
  }

  /** Puts a copy into the log, if there is one. */
  private void replace(FinishedCopy copy, LogOwner owner, LongSupplier wallMs, Executor disk)
      throws IOException {
    if (copy == null) {
      return;
    }
    boolean used = false;
    try {
      copy.await();
      names.await();
      if (logDirectory.cleanerOffsets().get(log.topicPartition()) < 0) {
        // From the first copy on, who looks at the files must know that records may be missing.
        checkpoint(firstDirty);
      }
      owner.run(() -> copy.replace(log, this, wallMs.getAsLong()));
      used = true;
      names = DiskWait.begin(() -> fs.forceDirectory(directory), disk);
    } catch (LogException e) {
      used = true; // The log is in pieces, and its opening needs to see all of them.
      try (copy) {
        throw e;
      }
    } finally {
      if (!used) {
        copy.discard();
      }
    }
  }

  private void copy(
      Segment segment,
      BatchCleaner cleaner,
      CleanedTransactions transactions,
      CleanedSegment into,
      CleanerMemory memory,
      CleaningPace pace)
      throws IOException {
    BatchCursor cursor =
        new BatchCursor(memory.readBytes()).start(segment.file(), 0, segment.sizeInBytes());
    while (cursor.next()) {
      RecordBatch batch = whole(segment, cursor);
      int size = batch.sizeInBytes();
      bytesRead += size;
      ByteBuf out = into.out();
      int start = out.writerIndex();
      int written = 0;
      try {
        if (cleaner.clean(batch, out)) {
          written = into.added(start);
        }
      } catch (InvalidRecordException e) {
        throw unreadable(batch, e);
      }
      into.add(transactions.takeNeeded());
      bytesWritten += written;
      spend(size + written, memory, pace);
    }
    checkEnd(segment, cursor);
  }

  /** By and large, for each buffer. */
  private void spend(long bytes, CleanerMemory memory, CleaningPace pace) {
    unspent += bytes;
    if (unspent >= memory.readBytes()) {
      pace.spend(unspent);
      unspent = 0;
    }
  }

  private RecordBatch whole(Segment segment, BatchCursor cursor) throws IOException {
    RecordBatch batch = cursor.whole();
    if (!batch.isCrcValid()) {
      throw new IOException(
          segment.path(SegmentFiles.LOG)
              + " is damaged: the checksum of the batch at position "
              + cursor.position()
              + ", offset "
              + batch.baseOffset()
              + ", is wrong");
    }
    return batch;
  }

  private static void checkEnd(Segment segment, BatchCursor cursor) throws IOException {
    if (cursor.nextPosition() != segment.sizeInBytes()) {
      throw new IOException(
          segment.path(SegmentFiles.LOG)
              + " is damaged: no batch stands at position "
              + cursor.nextPosition());
    }
  }

  private IOException unreadable(RecordBatch batch, InvalidRecordException cause) {
    return new IOException(
        "the records at offset " + batch.baseOffset() + " of " + log + " make no sense", cause);
  }

  /** Lets go of the segments. */
  @Override
  public void close() {
    segments.forEach(Segment::release);
  }
}
