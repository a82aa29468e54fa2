package io.ottla.log;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/**
 * One open file of the log. Writes go to the append position, which only the owner moves; reads
 * name their position and may come from any thread.
 *
 * <p>Threads that use it must not be interrupted: an interrupt closes a {@link FileChannel} for
 * everyone.
 */
public interface LogFile extends AutoCloseable {

  long sizeInBytes() throws IOException;

  /** Writes at the append position and moves it; may write less than is given. */
  int write(ByteBuffer bytes) throws IOException;

  /** Writes several buffers with one call; may write less than is given. */
  long write(ByteBuffer[] bytes) throws IOException;

  /** Sets the append position. */
  void appendAt(long position) throws IOException;

  /** Reads what there is at a position, at most what fits; -1 at or behind the end. */
  int read(ByteBuffer into, long position) throws IOException;

  /**
   * Whether bytes are in memory, so that reading them does not wait for the disk. Blocks, but not
   * for the disk.
   *
   * @return false also if that is not known
   */
  default boolean isResident(long position, int count) throws IOException {
    return false;
  }

  /** Cuts the file. The append position moves to the new end if it lay behind it. */
  void truncate(long sizeInBytes) throws IOException;

  /** Makes the file at least this long, filled with zeros. The append position stays. */
  void extend(long sizeInBytes) throws IOException;

  /** Returns when everything written is on the disk, with the size one needs to read it. */
  void force() throws IOException;

  /** Maps the first bytes for reading and writing, until the arena closes; extends if needed. */
  MemorySegment map(long sizeInBytes, Arena arena) throws IOException;

  /** Keeps it open until {@link #letGo}, if it might be closed in between. */
  default void hold() throws IOException {}

  /** It need not be kept open any more. */
  default void letGo() {}

  /** The channel a socket may send from without a copy; null if this file has none. */
  FileChannel fileChannel();

  @Override
  void close() throws IOException;
}
