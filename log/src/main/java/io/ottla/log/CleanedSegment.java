package io.ottla.log;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.ottla.wire.record.RecordBatch;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;

/**
 * A segment in the making: what compaction leaves of one or several. Its files end in .cleaned
 * until {@link #rename}; nobody else knows them. Written by one thread, which then hands it to the
 * log's owner.
 *
 * <p>Batches are put at the end of {@link #out}, each followed by {@link #added}.
 */
final class CleanedSegment implements AutoCloseable {

  /** Room beyond the buffer's size in which a batch may end without another allocation. */
  private static final int SLACK = 4;

  private final LogFileSystem fs;
  private final Path directory;
  private final long baseOffset;
  private final LogConfig config;
  private final int bufferBytes;
  private final RecordBatch batch = new RecordBatch();
  private LogFile file;
  private OffsetIndex offsets;
  private TimeIndex times;
  private TransactionIndex transactions;
  private ByteBuf out;

  private long sizeInBytes;
  private int bytesSinceIndexEntry;
  private long maxTimestamp = -1L;
  private long maxTimestampOffset;

  private CleanedSegment(
      LogFileSystem fs, Path directory, long baseOffset, LogConfig config, int bufferBytes) {
    this.fs = fs;
    this.directory = directory;
    this.baseOffset = baseOffset;
    this.maxTimestampOffset = baseOffset;
    this.config = config;
    this.bufferBytes = bufferBytes;
    this.out = Unpooled.directBuffer(bufferBytes);
  }

  /** Makes empty files, in the place of those an earlier try has left. */
  static CleanedSegment create(
      LogFileSystem fs, Path directory, long baseOffset, LogConfig config, int bufferBytes)
      throws IOException {
    CleanedSegment segment = new CleanedSegment(fs, directory, baseOffset, config, bufferBytes);
    boolean created = false;
    try {
      segment.deleteFiles();
      segment.openFiles();
      created = true;
      return segment;
    } finally {
      if (!created) {
        segment.discard();
      }
    }
  }

  private void openFiles() throws IOException {
    int indexBytes = config.segmentIndexBytes();
    file = fs.open(path(SegmentFiles.LOG));
    offsets = OffsetIndex.forAppend(fs, path(SegmentFiles.OFFSET_INDEX), baseOffset, indexBytes);
    times = TimeIndex.forAppend(fs, path(SegmentFiles.TIME_INDEX), baseOffset, indexBytes);
    transactions = TransactionIndex.open(fs, path(SegmentFiles.TRANSACTION_INDEX));
  }

  private Path path(String suffix) {
    return path(suffix, SegmentFiles.CLEANED);
  }

  private Path path(String suffix, String stage) {
    return SegmentFiles.path(directory, baseOffset, suffix + stage);
  }

  long baseOffset() {
    return baseOffset;
  }

  /** Bytes of the batches added. */
  long sizeInBytes() {
    return sizeInBytes;
  }

  /** Where the next batch goes: at the writer index. */
  ByteBuf out() {
    return out;
  }

  /**
   * Takes note of the batch that was put into {@link #out} last.
   *
   * @param start its index there
   * @return its size in bytes
   */
  int added(int start) throws IOException {
    batch.wrap(out, start);
    int size = batch.sizeInBytes();
    long lastOffset = batch.lastOffset();
    if (sizeInBytes + size > Integer.MAX_VALUE) {
      throw new IOException(path(SegmentFiles.LOG) + " would be larger than 2 GB");
    }
    if (batch.maxTimestamp() > maxTimestamp) {
      maxTimestamp = batch.maxTimestamp();
      maxTimestampOffset = lastOffset;
    }
    if (bytesSinceIndexEntry > config.indexIntervalBytes()
        && !offsets.isFull()
        && !times.isFull()) {
      offsets.append(lastOffset, (int) sizeInBytes);
      times.append(maxTimestamp, maxTimestampOffset);
      bytesSinceIndexEntry = 0;
    }
    bytesSinceIndexEntry += size;
    sizeInBytes += size;
    if (out.readableBytes() >= bufferBytes) {
      flush();
    }
    return size;
  }

  void add(List<AbortedTransaction> aborted) throws IOException {
    for (AbortedTransaction transaction : aborted) {
      transactions.append(transaction);
    }
  }

  private void flush() throws IOException {
    ByteBuffer bytes = out.nioBuffer();
    while (bytes.hasRemaining()) {
      file.write(bytes);
    }
    if (out.capacity() > SLACK * bufferBytes) { // A batch was very large: back to what is allowed.
      out.release();
      out = Unpooled.directBuffer(bufferBytes);
    }
    out.clear();
  }

  /** Nothing more is added: gives back the memory. Before {@link #finish}. */
  void seal() throws IOException {
    flush();
    out.release();
    out = null;
    times.append(maxTimestamp, maxTimestampOffset);
  }

  /**
   * On return all of it is on the disk, as .cleaned. Any thread, while nobody else uses this.
   *
   * @param lastModifiedMs goes to the file: the age of a segment without timestamps
   */
  void finish(long lastModifiedMs) throws IOException {
    offsets.trim();
    times.trim();
    file.force();
    offsets.force();
    times.force();
    transactions.force();
    close();
    fs.lastModified(path(SegmentFiles.LOG), lastModifiedMs);
  }

  /** Moves the files on, the log last: with it, the segment counts. */
  void rename(String fromStage, String toStage) throws IOException {
    for (String suffix : SegmentFiles.OF_SEGMENT) {
      Path from = path(suffix, fromStage);
      if (fs.exists(from)) {
        fs.rename(from, path(suffix, toStage));
      }
    }
  }

  /** Gives up: closes and deletes the files. */
  void discard() throws IOException {
    close();
    deleteFiles();
  }

  private void deleteFiles() throws IOException {
    for (String suffix : SegmentFiles.OF_SEGMENT) {
      fs.deleteIfExists(path(suffix));
    }
  }

  @Override
  public void close() throws IOException {
    if (out != null) {
      out.release();
      out = null;
    }
    if (offsets != null) {
      offsets.close();
      offsets = null;
    }
    if (times != null) {
      times.close();
      times = null;
    }
    if (transactions != null) {
      transactions.close();
      transactions = null;
    }
    if (file != null) {
      file.close();
      file = null;
    }
  }
}
