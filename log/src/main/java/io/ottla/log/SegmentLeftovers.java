package io.ottla.log;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What an interrupted deletion or compaction left in a partition's directory, and what becomes of
 * it. Deletions are finished. A copy that was not complete (.cleaned) is dropped. One that was
 * (.swap) takes the place of the segments it was made from.
 */
final class SegmentLeftovers {

  private static final Logger LOG = LoggerFactory.getLogger(SegmentLeftovers.class);

  private final LogFileSystem fs;
  private final Path directory;
  private final TreeSet<Long> orphans = new TreeSet<>();

  /** What is in the directory; null when it has to be looked at again. */
  private List<String> names;

  SegmentLeftovers(LogFileSystem fs, Path directory) {
    this.fs = fs;
    this.directory = directory;
  }

  /** What is in the directory: it is read once, and once more after a change. */
  List<String> names() throws IOException {
    if (names == null) {
      names = fs.list(directory);
    }
    return names;
  }

  /**
   * Clears up, of what is in the directory by now. Returns the base offsets of the segments that
   * are there then, rising.
   */
  List<Long> settle() throws IOException {
    names = null;
    long firstIncomplete = Long.MAX_VALUE;
    List<String> swaps = new ArrayList<>();
    finishDeletions();
    for (String name : names()) {
      if (name.endsWith(SegmentFiles.DELETED) || name.endsWith(".tmp")) {
        delete(name);
      } else if (name.endsWith(SegmentFiles.CLEANED)) {
        firstIncomplete = Math.min(firstIncomplete, SegmentFiles.offset(name));
        delete(name);
      } else if (name.endsWith(SegmentFiles.SWAP)) {
        swaps.add(name);
      }
    }
    List<String> complete = new ArrayList<>();
    for (String name : swaps) {
      // A segment split in several: as long as one part is not complete, none may be used. And an
      // index is built anew rather than put beside a segment it may not belong to.
      long offset = SegmentFiles.offset(name);
      String log = SegmentFiles.name(offset, SegmentFiles.LOG + SegmentFiles.SWAP);
      if (offset >= firstIncomplete || !swaps.contains(log)) {
        delete(name);
      } else {
        complete.add(name);
      }
    }
    if (!complete.isEmpty()) {
      swapIn(complete);
    }
    return baseOffsets();
  }

  /**
   * Takes the indexes of segments whose log was renamed already: the log is renamed last here, but
   * first by others.
   */
  private void finishDeletions() throws IOException {
    for (String name : names()) {
      long offset = SegmentFiles.offset(name);
      String log = offset < 0 ? "" : SegmentFiles.name(offset, SegmentFiles.LOG);
      if (name.equals(log + SegmentFiles.DELETED) && !fs.exists(directory.resolve(log))) {
        deleteIndexes(offset);
      }
    }
  }

  private void swapIn(List<String> swaps) throws IOException {
    long from = Long.MAX_VALUE;
    long to = Long.MIN_VALUE;
    for (String name : swaps) {
      if (name.endsWith(SegmentFiles.LOG + SegmentFiles.SWAP)) {
        long baseOffset = SegmentFiles.offset(name);
        from = Math.min(from, baseOffset);
        to = Math.max(to, Math.max(endOffset(directory.resolve(name)), baseOffset + 1));
      }
    }
    for (String name : names()) {
      long offset = SegmentFiles.offset(name);
      if (offset >= from
          && offset < to
          && !name.endsWith(SegmentFiles.SWAP)
          && !name.endsWith(SegmentFiles.PRODUCER_SNAPSHOT)) {
        LOG.info("{} was replaced by compaction and is deleted", directory.resolve(name));
        delete(name);
      }
    }
    for (String name : swaps) {
      Path swap = directory.resolve(name);
      String last = name.substring(0, name.length() - SegmentFiles.SWAP.length());
      LOG.info("{} takes its place", swap);
      fs.rename(swap, directory.resolve(last));
      names = null;
    }
  }

  private long endOffset(Path log) throws IOException {
    try (LogFile file = fs.open(log)) {
      BatchCursor cursor =
          new BatchCursor(64 << 10).start(file, 0, Math.toIntExact(file.sizeInBytes()));
      long end = -1L;
      while (cursor.next()) {
        end = cursor.header().nextOffset();
      }
      return end;
    }
  }

  private List<Long> baseOffsets() throws IOException {
    TreeSet<Long> baseOffsets = new TreeSet<>();
    for (String name : names()) {
      long offset = SegmentFiles.offset(name);
      if (offset >= 0 && name.equals(SegmentFiles.name(offset, SegmentFiles.LOG))) {
        baseOffsets.add(offset);
      }
    }
    for (String name : names()) {
      long offset = SegmentFiles.offset(name);
      if (offset >= 0
          && (name.endsWith(SegmentFiles.OFFSET_INDEX)
              || name.endsWith(SegmentFiles.TIME_INDEX)
              || name.endsWith(SegmentFiles.TRANSACTION_INDEX))
          && !baseOffsets.contains(offset)) {
        orphans.add(offset);
      }
    }
    return List.copyOf(baseOffsets);
  }

  /** Base offsets of segments that have indexes but no log, rising; known once settled. */
  List<Long> orphans() {
    return List.copyOf(orphans);
  }

  /** Deletes the indexes of segments that are not there. */
  void deleteOrphans() throws IOException {
    for (long baseOffset : orphans) {
      LOG.warn("indexes at {} in {} belong to no segment and are deleted", baseOffset, directory);
      deleteIndexes(baseOffset);
    }
  }

  private void deleteIndexes(long baseOffset) throws IOException {
    names = null;
    for (String suffix : SegmentFiles.OF_SEGMENT) {
      fs.deleteIfExists(SegmentFiles.path(directory, baseOffset, suffix));
    }
  }

  private void delete(String name) throws IOException {
    names = null;
    fs.deleteIfExists(directory.resolve(name));
  }
}
