package io.ottla.log;

import io.netty.buffer.ByteBuf;
import io.ottla.wire.record.RecordBatch;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A stretch of the log in one file, with its indexes. Only this class touches the file's append
 * position.
 *
 * <p>The log's owner appends, and is the only one to change anything. Readers on any thread hold a
 * reference while they look ({@link #tryRetain}, {@link #release}); the owner holds one, too. The
 * files are closed when the last reference is gone, so neither deletion nor close pulls a file away
 * under a reader.
 *
 * <p>A write that fails leaves no trace: the file is cut back to what it held. If that does not
 * work either, {@link #isBroken()} says so from then on.
 */
final class Segment {

  private final LogFileSystem fileSystem;
  private final Path directory;
  private final long baseOffset;
  private final LazyFile file;
  private final SegmentIndexes indexes;
  private final TransactionIndex transactionIndex;
  private final long createdMs;

  // Of a segment that is not the active one, these do not change any more.
  private int sizeInBytes;
  private final SegmentTimestamps timestamps;
  private int bytesSinceIndexEntry;

  // Held open while it grows, and until it was forced: only the handle that wrote is sure to be
  // told what became of it.
  private volatile boolean fileHeld;
  private boolean broken;

  // The flusher's: whether all of it, and the names in its directory, are on the disk. Names of
  // segments that were cut off must be gone, too, before the recovery point passes what replaces
  // them.
  private volatile boolean nameForced;
  private volatile boolean sealedAndForced;

  private final AtomicInteger references = new AtomicInteger(1);

  private Segment(
      LogFileSystem fileSystem,
      Path directory,
      long baseOffset,
      LazyFile file,
      SegmentIndexes indexes,
      TransactionIndex transactionIndex,
      int sizeInBytes,
      long createdMs) {
    this.fileSystem = fileSystem;
    this.directory = directory;
    this.baseOffset = baseOffset;
    this.file = file;
    this.indexes = indexes;
    this.transactionIndex = transactionIndex;
    this.timestamps = new SegmentTimestamps(baseOffset);
    this.sizeInBytes = sizeInBytes;
    this.createdMs = createdMs;
  }

  /** Makes the files of a new segment and opens them for appends. */
  static Segment create(
      LogFileSystem fs, Path directory, long baseOffset, LogConfig config, long nowMs)
      throws IOException {
    // Left over from a log that ended here before.
    for (String suffix : SegmentFiles.OF_SEGMENT) {
      fs.deleteIfExists(SegmentFiles.path(directory, baseOffset, suffix));
    }
    Segment segment = of(fs, directory, baseOffset, true, 0, nowMs);
    boolean created = false;
    try {
      segment.openForAppend(config);
      if (config.preallocate()) {
        segment.file.extend(config.segmentBytes());
        segment.file.appendAt(0);
      }
      segment.timestamps.clear();
      created = true;
      return segment;
    } finally {
      if (!created) {
        segment.release();
      }
    }
  }

  /** Opens the files of a segment that is there, to be read; all bytes count until cut. */
  static Segment open(LogFileSystem fs, Path directory, long baseOffset, long nowMs)
      throws IOException {
    long size = fs.sizeInBytes(SegmentFiles.path(directory, baseOffset, SegmentFiles.LOG));
    if (size > Integer.MAX_VALUE) {
      throw new IOException(
          SegmentFiles.path(directory, baseOffset, SegmentFiles.LOG) + " is larger than 2 GB");
    }
    return of(fs, directory, baseOffset, false, (int) size, nowMs);
  }

  private static Segment of(
      LogFileSystem fs, Path directory, long baseOffset, boolean isNew, int size, long nowMs)
      throws IOException {
    Path log = SegmentFiles.path(directory, baseOffset, SegmentFiles.LOG);
    Path aborted = SegmentFiles.path(directory, baseOffset, SegmentFiles.TRANSACTION_INDEX);
    return new Segment(
        fs,
        directory,
        baseOffset,
        new LazyFile(fs, log, isNew),
        new SegmentIndexes(fs, directory, baseOffset),
        TransactionIndex.open(fs, aborted),
        size,
        nowMs);
  }

  /** Opens the indexes with room to grow, if they have none. Owner only. */
  void openForAppend(LogConfig config) throws IOException {
    if (!fileHeld) {
      file.hold();
      fileHeld = true;
      file.appendAt(sizeInBytes);
    }
    indexes.openForAppend(config.segmentIndexBytes());
  }

  long baseOffset() {
    return baseOffset;
  }

  /** Owner; of a segment that is not active, or from a view that published it, any thread. */
  int sizeInBytes() {
    return sizeInBytes;
  }

  /** When it was created or opened: its age if its batches have no timestamps. */
  long createdMs() {
    return createdMs;
  }

  LogFile file() {
    return file;
  }

  /** A mapped index could not be read; returns what to throw instead. */
  IOException unreadable(String suffix, InternalError cause) {
    return fileSystem.unreadable(path(suffix), cause);
  }

  Path path(String suffix) {
    return SegmentFiles.path(directory, baseOffset, suffix);
  }

  /** Whether it cannot be relied on for appends any more; reads go on. */
  boolean isBroken() {
    return broken;
  }

  /** Says that it cannot be relied on for appends. Owner only. */
  void breakOff() {
    broken = true;
  }

  /**
   * Appends bytes with one write.
   *
   * @throws IOException if not all could be written; then nothing was
   */
  void append(ByteBuf bytes, int index, int length) throws IOException {
    long written = 0;
    try {
      if (bytes.nioBufferCount() == 1) {
        ByteBuffer buffer = bytes.nioBuffer(index, length);
        while (buffer.hasRemaining()) {
          written += file.write(buffer);
        }
      } else {
        ByteBuffer[] buffers = bytes.nioBuffers(index, length);
        while (written < length) {
          written += file.write(buffers);
        }
      }
    } catch (IOException e) {
      takeBack(sizeInBytes, e);
      throw e;
    }
    sizeInBytes += length;
  }

  /** Takes back what was appended from a position on, and the index entries of it. */
  void takeBack(int position, long fromOffset, IOException cause) {
    indexes.truncateTo(fromOffset);
    takeBack(position, cause);
    try {
      measure();
    } catch (IOException e) {
      broken = true;
      cause.addSuppressed(e);
    }
  }

  private void takeBack(int position, IOException cause) {
    try {
      file.truncate(position);
      file.appendAt(position);
      sizeInBytes = position;
    } catch (IOException e) {
      broken = true;
      cause.addSuppressed(e);
    }
  }

  /**
   * Takes note of a batch just appended.
   *
   * @param position where it starts
   */
  void onAppended(RecordBatch batch, int position, int indexIntervalBytes) throws IOException {
    timestamps.onAppended(batch.maxTimestamp(), batch.lastOffset());
    if (bytesSinceIndexEntry > indexIntervalBytes) {
      indexes.append(batch.lastOffset(), position, timestamps.max(), timestamps.maxOffset());
      bytesSinceIndexEntry = 0;
    }
    bytesSinceIndexEntry += batch.sizeInBytes();
  }

  /**
   * Whether a batch has to go to a new segment.
   *
   * @param lastOffset the batch's last offset
   * @param timestamp the batch's largest timestamp, -1 if it has none
   */
  boolean isFullFor(int bytes, long lastOffset, long timestamp, LogConfig config, long nowMs)
      throws IOException {
    if (lastOffset - baseOffset > Integer.MAX_VALUE
        || lastOffset < baseOffset
        || bytes > config.segmentBytes() - sizeInBytes) {
      return true;
    }
    if (sizeInBytes == 0) {
      return false;
    }
    if (indexes.isFull()) {
      return true;
    }
    long first = timestamps.first(this);
    long waitedMs = first >= 0 ? timestamp - first : nowMs - createdMs;
    return waitedMs > config.segmentMs() - config.jitterMs(directory.hashCode() + baseOffset);
  }

  void appendAborted(AbortedTransaction transaction) throws IOException {
    transactionIndex.append(transaction);
  }

  /**
   * Nothing is appended any more: enters the largest timestamp, cuts the files to their content.
   */
  void seal() throws IOException {
    broken = true; // Until all is done: half closed, it cannot grow.
    indexes.seal(timestamps.max(), timestamps.maxOffset());
    file.truncate(sizeInBytes);
    if (references.get() == 1) {
      indexes.closeRetired();
    }
    broken = false;
  }

  /** Its names are about to be another's: from now on, files stay open until it is released. */
  void keepOpen() throws IOException {
    file.hold();
    transactionIndex.keepOpen();
  }

  /**
   * Cuts the log at an offset: the batch that holds it, and all behind, go. Owner only, and only
   * while nobody else holds the segment.
   *
   * @return the offset after the last batch left
   */
  long truncateTo(long offset, LogConfig config) throws IOException {
    int position = search(offset, sizeInBytes);
    if (position < 0) {
      position = sizeInBytes;
    }
    // Indexes first: an entry must never point at bytes that are not there.
    openForAppend(config);
    indexes.truncateTo(offset);
    transactionIndex.truncateTo(offset);
    file.truncate(position);
    file.appendAt(position);
    sizeInBytes = position;
    bytesSinceIndexEntry = 0;
    sealedAndForced = false;
    return measure();
  }

  /**
   * Reads the batches behind the last index entry for what is kept in memory about the segment.
   *
   * @return the offset after the last batch, the base offset if there is none
   */
  long measure() throws IOException {
    timestamps.restart(timeIndex().lastTimestamp(), timeIndex().lastOffset());
    OffsetIndex index = offsetIndex();
    int from = index.lastPosition();
    BatchCursor cursor = BatchCursor.ofThread().start(file, from, sizeInBytes);
    long first = -1L;
    long nextOffset = baseOffset;
    while (cursor.next()) {
      RecordBatch batch = cursor.header();
      if (batch.baseOffset() < nextOffset) {
        throw new IOException(
            path(SegmentFiles.LOG) + " goes back at position " + cursor.position());
      }
      first = first < 0 ? batch.baseOffset() : first;
      nextOffset = batch.nextOffset();
      timestamps.onBatch(batch.maxTimestamp(), batch.lastOffset());
    }
    if (index.entries() > 0 && (first > index.lastOffset() || index.lastOffset() >= nextOffset)) {
      throw new IOException(path(SegmentFiles.OFFSET_INDEX) + " does not fit its segment");
    }
    bytesSinceIndexEntry = cursor.nextPosition() - from;
    if (cursor.nextPosition() != sizeInBytes) {
      throw new IOException(
          path(SegmentFiles.LOG)
              + " has no batch at position "
              + cursor.nextPosition()
              + " of "
              + sizeInBytes);
    }
    return nextOffset;
  }

  /** Starts the indexes anew; the caller then walks over the batches and tells of each. */
  void resetIndexes(LogConfig config) throws IOException {
    openForAppend(config);
    indexes.clear();
    transactionIndex.clear();
    timestamps.clear();
    bytesSinceIndexEntry = 0;
  }

  /**
   * Drops bytes at the end that are no batches. They are gone for good on return: if the power
   * could bring them back, they would stand below the recovery point.
   */
  void cutAt(int position) throws IOException {
    boolean cuts = position < sizeInBytes;
    file.truncate(position);
    file.appendAt(position);
    sizeInBytes = position;
    if (cuts) {
      file.force();
    }
  }

  /**
   * Position of the first batch that ends at or behind an offset.
   *
   * @param limit bytes that may be looked at
   * @return -1 if there is none before the limit
   */
  int search(long offset, int limit) throws IOException {
    BatchCursor cursor = BatchCursor.ofThread();
    return search(offset, limit, cursor) ? cursor.position() : -1;
  }

  /** As above, leaving the cursor on the batch. */
  boolean search(long offset, int limit, BatchCursor cursor) throws IOException {
    return OffsetSearch.find(this, offset, limit, cursor);
  }

  OffsetIndex offsetIndex() throws IOException {
    return indexes.offsets(sizeInBytes);
  }

  TimeIndex timeIndex() throws IOException {
    return indexes.times();
  }

  TransactionIndex transactionIndex() {
    return transactionIndex;
  }

  /** Largest timestamp of a batch, -1 if none has one. */
  long maxTimestamp() throws IOException {
    return timestamps.max(this);
  }

  /** Last offset of the batch with the largest timestamp. */
  long maxTimestampOffset() throws IOException {
    return timestamps.maxOffset(this);
  }

  /** What retention goes by: the largest timestamp, or when the file was last written. */
  long ageTimestampMs() throws IOException {
    long timestamp = maxTimestamp();
    return timestamp >= 0 ? timestamp : fileSystem.lastModifiedMs(path(SegmentFiles.LOG));
  }

  /**
   * Puts the batches on the disk; of a segment that is not active any more, the indexes as well.
   * The caller holds the segment.
   *
   * @param active whether it may still grow; its indexes are built anew after a crash
   */
  void force(boolean active) throws IOException {
    if (sealedAndForced) {
      return;
    }
    file.force();
    if (!active) {
      indexes.force();
      transactionIndex.force();
    }
    if (!nameForced) {
      MappedIndex.force(fileSystem, path(SegmentFiles.PRODUCER_SNAPSHOT));
      fileSystem.forceDirectory(directory);
      nameForced = true;
    }
    if (!active) {
      sealedAndForced = true;
      if (fileHeld) {
        fileHeld = false;
        file.letGo();
      }
    }
  }

  /** Takes a reference; false if the files are closed already, or about to be cut. */
  boolean tryRetain() {
    int count = references.get();
    while (count > 0 && !references.compareAndSet(count, count + 1)) {
      count = references.get();
    }
    return count > 0;
  }

  /** Whether its files are still its own. */
  boolean isShared() {
    return references.get() > 0;
  }

  /** Gives a reference back; with the last one the files are closed. */
  void release() {
    Runnable unread = indexes.retired();
    int before = references.getAndDecrement();
    assert before > 0 : "segment released more often than retained";
    if (before == 1) {
      close();
    } else if (before == 2) {
      indexes.closeRetired(unread); // Nobody reads; who comes now reads copies.
    }
  }

  /**
   * Takes the segment from all readers, if none holds it at this moment, and moves its files to a
   * new one that nobody knows yet. Owner only; for changes that no reader may see half done.
   *
   * @return null if somebody holds it
   */
  Segment takeOver() {
    if (!references.compareAndSet(1, 0)) {
      return null;
    }
    Segment taken =
        new Segment(
            fileSystem,
            directory,
            baseOffset,
            file,
            indexes,
            transactionIndex,
            sizeInBytes,
            createdMs);
    taken.fileHeld = fileHeld;
    return taken;
  }

  private void close() {
    indexes.close();
    transactionIndex.close();
    file.close();
  }

  @Override
  public String toString() {
    return path(SegmentFiles.LOG) + " (" + sizeInBytes + " bytes)";
  }
}
