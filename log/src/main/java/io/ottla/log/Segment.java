package io.ottla.log;

import io.netty.buffer.ByteBuf;
import io.ottla.wire.record.RecordBatch;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

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

  private static final Logger LOG = LoggerFactory.getLogger(Segment.class);
  private static final VarHandle REFERENCES;

  static {
    try {
      REFERENCES = MethodHandles.lookup().findVarHandle(Segment.class, "references", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final LogFileSystem fileSystem;
  private final Path directory;
  private final long baseOffset;
  private final LogFile file;
  private final TransactionIndex transactionIndex;
  private final long createdMs;

  // Opened for appends by the owner, or for reading by whoever comes first.
  private volatile OffsetIndex offsetIndex;
  private volatile TimeIndex timeIndex;

  // Of a segment that is not the active one, these do not change any more.
  private int sizeInBytes;
  private volatile long maxTimestamp = UNKNOWN;
  private volatile long maxTimestampOffset;
  private long firstTimestamp = UNKNOWN;
  private int bytesSinceIndexEntry;

  // Whether the index files are longer than their entries.
  private boolean growing;

  private boolean broken;

  // Flusher's: whether all of it, and the names in its directory, are on the disk. Names of
  // segments
  // that were cut off must be gone, too, before the recovery point passes those that replace them.
  private volatile boolean nameForced;
  private volatile boolean sealedAndForced;

  @SuppressWarnings("UnusedVariable") // Through REFERENCES.
  private int references = 1;

  private static final long UNKNOWN = Long.MIN_VALUE;

  private Segment(
      LogFileSystem fileSystem,
      Path directory,
      long baseOffset,
      LogFile file,
      TransactionIndex transactionIndex,
      int sizeInBytes,
      long createdMs) {
    this.fileSystem = fileSystem;
    this.directory = directory;
    this.baseOffset = baseOffset;
    this.file = file;
    this.transactionIndex = transactionIndex;
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
    Segment segment = open(fs, directory, baseOffset, nowMs);
    boolean created = false;
    try {
      if (config.preallocate()) {
        segment.file.extend(config.segmentBytes());
        segment.file.appendAt(0);
      }
      segment.openForAppend(config);
      segment.maxTimestamp(-1L, baseOffset);
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
    LogFile file = fs.open(SegmentFiles.path(directory, baseOffset, SegmentFiles.LOG));
    try {
      long size = file.sizeInBytes();
      if (size > Integer.MAX_VALUE) {
        throw new IOException(
            SegmentFiles.path(directory, baseOffset, SegmentFiles.LOG) + " is larger than 2 GB");
      }
      TransactionIndex transactions =
          TransactionIndex.open(
              fs, SegmentFiles.path(directory, baseOffset, SegmentFiles.TRANSACTION_INDEX));
      return new Segment(fs, directory, baseOffset, file, transactions, (int) size, nowMs);
    } catch (IOException e) {
      file.close();
      throw e;
    }
  }

  /** Opens the indexes with room to grow, if they have none. Owner only. */
  void openForAppend(LogConfig config) throws IOException {
    if (growing) {
      return;
    }
    closeIndexes();
    offsetIndex =
        OffsetIndex.forAppend(
            fileSystem, path(SegmentFiles.OFFSET_INDEX), baseOffset, config.segmentIndexBytes());
    timeIndex =
        TimeIndex.forAppend(
            fileSystem, path(SegmentFiles.TIME_INDEX), baseOffset, config.segmentIndexBytes());
    growing = true;
  }

  long baseOffset() {
    return baseOffset;
  }

  /** Owner; of a segment that is not active, or from a view that published it, any thread. */
  int sizeInBytes() {
    return sizeInBytes;
  }

  /** When it was created or opened, for segments without timestamps. */
  long createdMs() {
    return createdMs;
  }

  LogFile file() {
    return file;
  }

  Path path(String suffix) {
    return SegmentFiles.path(directory, baseOffset, suffix);
  }

  boolean isBroken() {
    return broken;
  }

  // ---------------------------------------------------------------- appends: owner only

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
    offsetIndex.truncateTo(fromOffset);
    timeIndex.truncateTo(fromOffset);
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
    long timestamp = batch.maxTimestamp();
    long lastOffset = batch.lastOffset();
    if (firstTimestamp == UNKNOWN) {
      firstTimestamp = timestamp;
    }
    if (timestamp > maxTimestamp) {
      maxTimestamp(timestamp, lastOffset);
    }
    if (bytesSinceIndexEntry > indexIntervalBytes) {
      if (!offsetIndex.isFull() && !timeIndex.isFull()) {
        offsetIndex.append(lastOffset, position);
        timeIndex.append(maxTimestamp, maxTimestampOffset);
      }
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
    if (offsetIndex.isFull() || timeIndex.isFull()) {
      return true;
    }
    long waitedMs = firstTimestamp() >= 0 ? timestamp - firstTimestamp() : nowMs - createdMs;
    return waitedMs > config.segmentMs() - jitterMs(config);
  }

  /**
   * Different for each segment, the same each time: segments of many logs are not rolled at once.
   */
  private long jitterMs(LogConfig config) {
    long most = Math.min(config.segmentJitterMs(), config.segmentMs());
    if (most <= 0) {
      return 0;
    }
    long hash = (directory.getFileName().toString().hashCode() + baseOffset) * 0x9E3779B97F4A7C15L;
    return Long.remainderUnsigned(hash ^ (hash >>> 32), most);
  }

  private long firstTimestamp() throws IOException {
    if (firstTimestamp == UNKNOWN) {
      BatchCursor cursor = BatchCursor.ofThread().start(file, 0, sizeInBytes);
      firstTimestamp = cursor.next() ? cursor.header().maxTimestamp() : -1L;
    }
    return firstTimestamp;
  }

  void appendAborted(AbortedTransaction transaction) throws IOException {
    transactionIndex.append(transaction);
  }

  /**
   * Nothing is appended any more: enters the largest timestamp, cuts the files to their content.
   */
  void seal() throws IOException {
    growing = false;
    timeIndex.append(maxTimestamp, maxTimestampOffset);
    offsetIndex.trim();
    timeIndex.trim();
    file.truncate(sizeInBytes);
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
    offsetIndex.truncateTo(offset);
    timeIndex.truncateTo(offset);
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
    firstTimestamp = UNKNOWN;
    maxTimestamp(timeIndex().lastTimestamp(), timeIndex().lastOffset());
    int entries = offsetIndex().entries();
    int from = entries == 0 ? 0 : offsetIndex().position(entries - 1);
    BatchCursor cursor = BatchCursor.ofThread().start(file, from, sizeInBytes);
    long nextOffset = baseOffset;
    while (cursor.next()) {
      RecordBatch batch = cursor.header();
      nextOffset = batch.nextOffset();
      if (batch.maxTimestamp() > maxTimestamp) {
        maxTimestamp(batch.maxTimestamp(), batch.lastOffset());
      }
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

  // ---------------------------------------------------------------- recovery: owner only

  /** Starts the indexes anew; the caller then walks over the batches and tells of each. */
  void resetIndexes(LogConfig config) throws IOException {
    openForAppend(config);
    offsetIndex.clear();
    timeIndex.clear();
    transactionIndex.truncateTo(0);
    firstTimestamp = UNKNOWN;
    maxTimestamp(-1L, baseOffset);
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

  // ---------------------------------------------------------------- reads: any thread with a hold

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
    int from = offsetIndex().lookup(offset);
    boolean found = walk(offset, cursor.start(file, from, limit));
    if (!found && cursor.end() != BatchCursor.End.CLEAN && from > 0) {
      LOG.warn("{} seems to be wrong, searching without", path(SegmentFiles.OFFSET_INDEX));
      found = walk(offset, cursor.start(file, 0, limit));
    }
    if (!found && cursor.end() != BatchCursor.End.CLEAN) {
      throw new IOException(
          path(SegmentFiles.LOG) + " is damaged at position " + cursor.nextPosition());
    }
    return found;
  }

  private static boolean walk(long offset, BatchCursor cursor) throws IOException {
    while (cursor.next()) {
      if (cursor.header().lastOffset() >= offset) {
        return true;
      }
    }
    return false;
  }

  OffsetIndex offsetIndex() throws IOException {
    OffsetIndex index = offsetIndex;
    if (index == null) {
      synchronized (this) {
        index = offsetIndex;
        if (index == null) {
          index = OffsetIndex.forRead(fileSystem, path(SegmentFiles.OFFSET_INDEX), baseOffset);
          if (!index.fits(sizeInBytes)) {
            LOG.warn(
                "{} does not fit its segment and is not used", path(SegmentFiles.OFFSET_INDEX));
            index.clear();
          }
          offsetIndex = index;
        }
      }
    }
    return index;
  }

  TimeIndex timeIndex() throws IOException {
    TimeIndex index = timeIndex;
    if (index == null) {
      synchronized (this) {
        index = timeIndex;
        if (index == null) {
          index = TimeIndex.forRead(fileSystem, path(SegmentFiles.TIME_INDEX), baseOffset);
          if (!index.fits()) {
            LOG.warn("{} makes no sense and is not used", path(SegmentFiles.TIME_INDEX));
            index.clear();
          }
          timeIndex = index;
        }
      }
    }
    return index;
  }

  TransactionIndex transactionIndex() {
    return transactionIndex;
  }

  /** Largest timestamp of a batch, -1 if none has one. */
  long maxTimestamp() throws IOException {
    if (maxTimestamp == UNKNOWN) {
      synchronized (this) {
        maxTimestampOffset = timeIndex().lastOffset();
        maxTimestamp = timeIndex().lastTimestamp();
      }
    }
    return maxTimestamp;
  }

  /** Last offset of the batch with the largest timestamp. */
  long maxTimestampOffset() throws IOException {
    return maxTimestamp() < 0 ? baseOffset : maxTimestampOffset;
  }

  /** What retention goes by: the largest timestamp, or when the file was last written. */
  long ageTimestampMs() throws IOException {
    long timestamp = maxTimestamp();
    return timestamp >= 0 ? timestamp : fileSystem.lastModifiedMs(path(SegmentFiles.LOG));
  }

  private void maxTimestamp(long timestamp, long offset) {
    maxTimestampOffset = offset;
    maxTimestamp = timestamp;
  }

  // ---------------------------------------------------------------- forces: flusher

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
      offsetIndex().force();
      timeIndex().force();
      transactionIndex.force();
    }
    if (!nameForced) {
      fileSystem.forceDirectory(directory);
      nameForced = true;
    }
    if (!active) {
      sealedAndForced = true;
    }
  }

  // ---------------------------------------------------------------- references

  /** Takes a reference; false if the files are closed already, or about to be cut. */
  boolean tryRetain() {
    while (true) {
      int count = (int) REFERENCES.getVolatile(this);
      if (count == 0) {
        return false;
      }
      if (REFERENCES.compareAndSet(this, count, count + 1)) {
        return true;
      }
    }
  }

  /** Whether its files are still its own. */
  boolean isShared() {
    return (int) REFERENCES.getVolatile(this) > 0;
  }

  /** Gives a reference back; with the last one the files are closed. */
  void release() {
    int before = (int) REFERENCES.getAndAdd(this, -1);
    assert before > 0 : "segment released more often than retained";
    if (before == 1) {
      try {
        close();
      } catch (IOException e) {
        // Nothing is lost by it: what counts was written before.
        LOG.warn("closing {} failed", this, e);
      }
    }
  }

  /**
   * Takes the segment from all readers, if none holds it at this moment, and moves its files to a
   * new one that nobody knows yet. Owner only; for changes that no reader may see half done.
   *
   * @return null if somebody holds it
   */
  Segment takeOver() {
    if (!REFERENCES.compareAndSet(this, 1, 0)) {
      return null;
    }
    Segment heir =
        new Segment(
            fileSystem, directory, baseOffset, file, transactionIndex, sizeInBytes, createdMs);
    heir.offsetIndex = offsetIndex;
    heir.timeIndex = timeIndex;
    heir.growing = growing;
    return heir;
  }

  private void close() throws IOException {
    closeIndexes();
    transactionIndex.close();
    file.close();
  }

  private void closeIndexes() {
    if (offsetIndex != null) {
      offsetIndex.close();
      offsetIndex = null;
    }
    if (timeIndex != null) {
      timeIndex.close();
      timeIndex = null;
    }
  }

  @Override
  public String toString() {
    return path(SegmentFiles.LOG) + " (" + sizeInBytes + " bytes)";
  }
}
