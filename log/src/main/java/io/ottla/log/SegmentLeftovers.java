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

  SegmentLeftovers(LogFileSystem fs, Path directory) {
    this.fs = fs;
    this.directory = directory;
  }

  /** Clears up. Returns the base offsets of the segments that are there then, rising. */
  List<Long> settle() throws IOException {
    long firstIncomplete = Long.MAX_VALUE;
    List<String> swaps = new ArrayList<>();
    for (String name : fs.list(directory)) {
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
      // A segment split in several: as long as one part is not complete, none may be used.
      if (SegmentFiles.offset(name) >= firstIncomplete) {
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
    for (String name : fs.list(directory)) {
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
    List<String> indexes = new ArrayList<>();
    for (String name : fs.list(directory)) {
      long offset = SegmentFiles.offset(name);
      if (offset < 0) {
        continue;
      }
      if (name.equals(SegmentFiles.name(offset, SegmentFiles.LOG))) {
        baseOffsets.add(offset);
      } else if (name.endsWith(SegmentFiles.OFFSET_INDEX)
          || name.endsWith(SegmentFiles.TIME_INDEX)
          || name.endsWith(SegmentFiles.TRANSACTION_INDEX)) {
        indexes.add(name);
      }
    }
    for (String name : indexes) {
      if (!baseOffsets.contains(SegmentFiles.offset(name))) {
        LOG.warn("{} belongs to no segment and is deleted", directory.resolve(name));
        delete(name);
      }
    }
    return List.copyOf(baseOffsets);
  }

  private void delete(String name) throws IOException {
    fs.deleteIfExists(directory.resolve(name));
  }
}
