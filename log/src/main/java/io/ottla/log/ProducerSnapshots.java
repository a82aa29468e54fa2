package io.ottla.log;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The .snapshot files in a partition's directory, by the offset in their name: the producers' state
 * of everything below it. One at the start of each segment, and one at the end of the log after a
 * clean close. Owned by the log's owner.
 */
final class ProducerSnapshots {

  private static final Logger LOG = LoggerFactory.getLogger(ProducerSnapshots.class);

  private final LogFileSystem fileSystem;
  private final Path directory;
  private final NavigableSet<Long> offsets = new TreeSet<>();

  /**
   * @param names what is in the directory
   */
  ProducerSnapshots(LogFileSystem fileSystem, Path directory, List<String> names) {
    this.fileSystem = fileSystem;
    this.directory = directory;
    for (String name : names) {
      if (name.endsWith(SegmentFiles.PRODUCER_SNAPSHOT) && SegmentFiles.offset(name) >= 0) {
        offsets.add(SegmentFiles.offset(name));
      }
    }
  }

  NavigableSet<Long> offsets() {
    return offsets;
  }

  void write(long offset, ProducerStates producers, boolean force) throws IOException {
    fileSystem.writeAll(path(offset), ProducerSnapshot.encode(producers), force);
    offsets.add(offset);
  }

  /** As above, not forced; where that cannot be, recovery would have to read more, that is all. */
  void writeIfPossible(long offset, ProducerStates producers) {
    try {
      write(offset, producers, false);
    } catch (IOException e) {
      LOG.warn("no snapshot of producers in {}: {}", path(offset), e.getMessage());
    }
  }

  /**
   * Loads the newest snapshot at or below an offset that can be read; damaged ones are deleted.
   *
   * @return the snapshot's offset, or -1 with nothing loaded: then all is to be told, from 0 on
   */
  long load(ProducerStates into, long highest, long nowMs, long expirationMs) throws IOException {
    while (true) {
      Long offset = offsets.floor(highest);
      if (offset == null) {
        into.startAnew(0);
        return -1L;
      }
      byte[] content = fileSystem.readAll(path(offset));
      try {
        into.load(ProducerSnapshot.decode(content), nowMs, expirationMs);
        return offset;
      } catch (IOException e) {
        LOG.warn("{} is of no use and is deleted: {}", path(offset), e.getMessage());
        delete(offset);
      }
    }
  }

  void delete(long offset) throws IOException {
    if (offsets.remove(offset)) {
      fileSystem.deleteIfExists(path(offset));
    }
  }

  /** Deletes snapshots above an offset: they speak of records that are gone. */
  void deleteAbove(long offset) throws IOException {
    for (Long above : new TreeSet<>(offsets.tailSet(offset, false))) {
      delete(above);
    }
  }

  /** Deletes those that belong to no segment, but for the newest if it lies above all segments. */
  void deleteStray(Collection<Long> segmentBaseOffsets, long lastBaseOffset) throws IOException {
    for (Long offset : new TreeSet<>(offsets)) {
      boolean newest = offset.equals(offsets.last()) && offset > lastBaseOffset;
      if (!newest && !segmentBaseOffsets.contains(offset)) {
        delete(offset);
      }
    }
  }

  Path path(long offset) {
    return SegmentFiles.path(directory, offset, SegmentFiles.PRODUCER_SNAPSHOT);
  }
}
