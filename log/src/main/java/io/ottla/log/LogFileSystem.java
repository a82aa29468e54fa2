package io.ottla.log;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;

/**
 * All that the log asks of a file system. Narrow, so that a simulation can put one in its place
 * that forgets what was not forced.
 *
 * <p>Methods may be called from any thread. Names are {@link Path}s; errors are {@link
 * IOException}s, a missing file is {@link java.nio.file.NoSuchFileException}.
 */
public interface LogFileSystem {

  /** Opens for reading and writing, creates if missing; the append position is the file's end. */
  LogFile open(Path file) throws IOException;

  /** The bounds for files that are open, or in memory, though nobody uses them right now. */
  default OpenFiles openFiles() {
    return OpenFiles.UNBOUNDED;
  }

  /** As {@link #open}, but a file that is missing is an error. */
  LogFile openExisting(Path file) throws IOException;

  /**
   * What is mapped of a file could not be read.
   *
   * @return what to throw instead
   */
  default IOException unreadable(Path file, Throwable cause) {
    return new IOException("cannot read " + file, cause);
  }

  boolean exists(Path path) throws IOException;

  long sizeInBytes(Path file) throws IOException;

  /** When the file was last written, in milliseconds since 1970. */
  long lastModifiedMs(Path file) throws IOException;

  /** Lets a file look as if it was last written at a time. */
  void lastModified(Path file, long timestampMs) throws IOException;

  byte[] readAll(Path file) throws IOException;

  /** Replaces or creates a file as a whole. With force, it is on the disk on return. */
  void writeAll(Path file, byte[] bytes, boolean force) throws IOException;

  /** Names of the files and directories in a directory, in no order. */
  List<String> list(Path directory) throws IOException;

  boolean isDirectory(Path path) throws IOException;

  /** Creates a directory and those above it. */
  void createDirectory(Path directory) throws IOException;

  /** Moves within one file system, atomically; replaces a file of that name. */
  void rename(Path from, Path to) throws IOException;

  /** Deletes a file or an empty directory. Returns false if there was none. */
  boolean deleteIfExists(Path path) throws IOException;

  /** Returns when the names in a directory are on the disk. */
  void forceDirectory(Path directory) throws IOException;

  /** Bytes one may still write to the file system a path lies on. */
  long usableBytes(Path path) throws IOException;

  /** For a name in this file system that nothing else in it has. */
  default UUID newId() {
    return UUID.randomUUID();
  }

  /**
   * Locks a file against other processes and other users in this one, until the lock is closed.
   *
   * @return null if it is held elsewhere
   */
  AutoCloseable tryLock(Path file) throws IOException;
}
