package io.ottla.log;

import io.netty.buffer.ByteBuf;
import io.ottla.wire.Records;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/**
 * Batches of a log where they lie in a segment's file. The first batch is whole unless the reader's
 * limit was smaller; the last one may be cut off by the limit, as clients expect.
 *
 * <p>Holds its segment: the bytes stay readable and the same until {@link #release}, whatever
 * happens to the log. Any thread, one at a time.
 */
public final class LogSlice implements Records {

  /** No records. */
  public static final LogSlice EMPTY = new LogSlice(null, 0, 0, 0, -1L);

  private static final int PROBE_BYTES = 4096;

  private final Segment segment;
  private final int position;
  private final int sizeInBytes;
  private final int segmentEnd;
  private final long baseOffset;
  private final FileChannel channel;

  /**
   * The segment's file is held, and let go of with the slice.
   *
   * @param segmentEnd bytes of the segment that are part of the log
   */
  LogSlice(Segment segment, int position, int sizeInBytes, int segmentEnd, long baseOffset) {
    this.segment = segment;
    this.position = position;
    this.sizeInBytes = sizeInBytes;
    this.segmentEnd = segmentEnd;
    this.baseOffset = baseOffset;
    this.channel = segment == null ? null : segment.file().fileChannel();
  }

  @Override
  public int sizeInBytes() {
    return sizeInBytes;
  }

  public boolean isEmpty() {
    return sizeInBytes == 0;
  }

  /** First offset of the first batch; may be below the one asked for. -1 if empty. */
  public long baseOffset() {
    return baseOffset;
  }

  /**
   * The file to send from; null if there is none behind this log, or the slice is empty: then
   * {@link #copyTo}. It is shared: do not move its position, do not close it, and do not interrupt
   * the thread that uses it.
   */
  public FileChannel channel() {
    return channel;
  }

  /** Position of the first byte in {@link #channel()}. */
  public long position() {
    return position;
  }

  /** Appends the bytes to a buffer. */
  public void copyTo(ByteBuf into) throws IOException {
    copyTo(into, 0, sizeInBytes);
  }

  /** Appends a part of the bytes to a buffer. */
  public void copyTo(ByteBuf into, int from, int count) throws IOException {
    if (count == 0) {
      return;
    }
    into.ensureWritable(count);
    int writer = into.writerIndex();
    if (into.nioBufferCount() == 1) {
      readFully(into.nioBuffer(writer, count), from);
    } else {
      int done = 0;
      for (ByteBuffer part : into.nioBuffers(writer, count)) {
        int size = part.remaining();
        readFully(part, from + done);
        done += size;
      }
    }
    into.writerIndex(writer + count);
  }

  /**
   * Brings the bytes into memory, unless they are there. Blocks on the disk.
   *
   * @param scratch what is read goes through it and is forgotten
   * @return whether anything was read
   */
  public boolean bringIn(ByteBuffer scratch) throws IOException {
    if (sizeInBytes == 0 || segment.file().isResident(position, sizeInBytes)) {
      return false;
    }
    for (int from = 0; from < sizeInBytes; from += scratch.limit()) {
      scratch.clear().limit(Math.min(scratch.capacity(), sizeInBytes - from));
      readFully(scratch, from);
    }
    return true;
  }

  /**
   * Reads a few bytes at a place, to see whether the disk gives them. Blocks on it.
   *
   * @param from where, from the slice's start
   * @param scratch as for {@link #bringIn}
   */
  public void probe(long from, ByteBuffer scratch) throws IOException {
    int rest = (int) Math.min(sizeInBytes - from, PROBE_BYTES);
    scratch.clear().limit(Math.min(scratch.capacity(), rest));
    readFully(scratch, (int) from);
  }

  /** Where the slice ends in its file. */
  public long end() {
    return (long) position + sizeInBytes;
  }

  /**
   * The part of the same segment that starts at a position.
   *
   * @return to be released by itself; empty if the segment ends before
   */
  public LogSlice behind(long from, int maxBytes) throws IOException {
    int size = (int) Math.min(segmentEnd - from, maxBytes);
    if (size <= 0 || !segment.tryRetain()) {
      return EMPTY;
    }
    boolean held = false;
    try {
      segment.file().hold();
      held = true;
    } finally {
      if (!held) {
        segment.release();
      }
    }
    return new LogSlice(segment, (int) from, size, segmentEnd, -1L);
  }

  /**
   * Whether this begins in an earlier slice, or where that ends: whoever has read that one now
   * reads this. The earlier one may have been released.
   */
  public boolean continues(LogSlice earlier) {
    return segment == earlier.segment
        && position > earlier.position
        && position <= earlier.position + earlier.sizeInBytes;
  }

  private void readFully(ByteBuffer into, int from) throws IOException {
    long at = (long) position + from;
    while (into.hasRemaining()) {
      int read = segment.file().read(into, at);
      if (read < 0) {
        throw new EOFException(segment + " ends before " + (at + into.remaining()));
      }
      at += read;
    }
  }

  @Override
  public void release() {
    if (segment != null) {
      segment.file().letGo();
      segment.release();
    }
  }

  @Override
  public String toString() {
    return "LogSlice[" + segment + " " + position + "+" + sizeInBytes + "]";
  }
}
