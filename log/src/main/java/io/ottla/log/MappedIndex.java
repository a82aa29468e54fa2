package io.ottla.log;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file of fixed-size entries in memory, mapped while it grows: what {@link OffsetIndex} and
 * {@link TimeIndex} have in common. One owner writes entries and then publishes their number;
 * readers on any thread see every entry below the number they read.
 *
 * <p>While it grows, the file is longer than its entries; {@link #trim} cuts it. The mapping stays
 * as it is then: entries that count lie below the cut. It goes away in {@link #close}, not when the
 * garbage collector finds it; whoever reads must hold the segment until then.
 *
 * <p>A full disk shows up as {@link InternalError} when a page of the mapping cannot be filled. It
 * leaves here as {@link IOException}.
 */
final class MappedIndex {

  private static final Logger LOG = LoggerFactory.getLogger(MappedIndex.class);
  private static final VarHandle ENTRIES;

  static {
    try {
      ENTRIES = MethodHandles.lookup().findVarHandle(MappedIndex.class, "entries", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final LogFileSystem fileSystem;
  private final Path path;
  private final int entrySize;
  private final int maxEntries;
  private final Arena arena; // Null if it is a copy.
  private final MemorySegment memory;

  @SuppressWarnings("UnusedVariable") // Through ENTRIES.
  private int entries;

  private MappedIndex(
      LogFileSystem fileSystem,
      Path path,
      int entrySize,
      int maxEntries,
      int entries,
      Arena arena,
      MemorySegment memory) {
    this.fileSystem = fileSystem;
    this.path = path;
    this.entrySize = entrySize;
    this.maxEntries = maxEntries;
    this.entries = entries;
    this.arena = arena;
    this.memory = memory;
  }

  /** An index to append to: what the file holds, and room up to maxBytes. */
  static MappedIndex forAppend(LogFileSystem fs, Path path, int entrySize, int maxBytes)
      throws IOException {
    return map(fs, path, fs.open(path), entrySize, maxBytes);
  }

  /**
   * An index that does not grow any more: a copy of what the file holds; empty if there is none. It
   * needs no mapping, and nobody has to say when the last reader is done with it.
   */
  static MappedIndex forRead(LogFileSystem fs, Path path, int entrySize) throws IOException {
    byte[] content;
    try {
      content = fs.readAll(path);
    } catch (NoSuchFileException e) {
      content = new byte[0];
    }
    int entries = content.length / entrySize;
    return new MappedIndex(
        fs, path, entrySize, entries, entries, null, MemorySegment.ofArray(content));
  }

  private static MappedIndex map(
      LogFileSystem fs, Path path, LogFile opened, int entrySize, int room) throws IOException {
    Arena arena = Arena.ofShared();
    boolean mapped = false;
    try (LogFile file = opened) {
      int entries = (int) (file.sizeInBytes() / entrySize);
      int maxEntries = Math.max(entries, room / entrySize);
      long bytes = (long) maxEntries * entrySize;
      MemorySegment memory = bytes == 0 ? MemorySegment.NULL : file.map(bytes, arena);
      mapped = true;
      return new MappedIndex(fs, path, entrySize, maxEntries, entries, arena, memory);
    } finally {
      if (!mapped) {
        arena.close();
      }
    }
  }

  MemorySegment memory() {
    return memory;
  }

  Path path() {
    return path;
  }

  int entries() {
    return (int) ENTRIES.getAcquire(this);
  }

  /** Publishes entries written, or takes back the last ones. */
  void entries(int count) {
    ENTRIES.setRelease(this, count);
  }

  int maxEntries() {
    return maxEntries;
  }

  /** Position of an entry in {@link #memory()}. */
  long at(int entry) {
    return (long) entry * entrySize;
  }

  /** Cuts the file to its entries. */
  void trim() throws IOException {
    try (LogFile file = fileSystem.openExisting(path)) {
      file.truncate(at(entries()));
    }
  }

  /**
   * Returns when the file is on the disk, entries and size. Any thread. A file that was taken away
   * meanwhile, with its segment, needs no force.
   */
  void force() throws IOException {
    force(fileSystem, path);
  }

  /** As above, of an index that is not in memory. */
  static void force(LogFileSystem fileSystem, Path path) throws IOException {
    try (LogFile file = fileSystem.openExisting(path)) {
      file.force();
    } catch (NoSuchFileException e) {
      LOG.debug("{} was taken away before it was forced", path);
    }
  }

  void close() {
    if (arena != null) {
      arena.close();
    }
  }
}
