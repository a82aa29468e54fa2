package io.ottla.log;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The offset index and the time index of a segment. Of the active segment they are open with room
 * to grow; of others they are read when somebody looks something up, and forgotten later on.
 * Changed by the log's owner only; looked up from any thread that holds the segment.
 */
final class SegmentIndexes implements OpenFiles.Parkable {

  private static final Logger LOG = LoggerFactory.getLogger(SegmentIndexes.class);

  private final LogFileSystem fileSystem;
  private final Path offsetPath;
  private final Path timePath;
  private final long baseOffset;

  private volatile OffsetIndex offsets;
  private volatile TimeIndex times;

  // Whether the files are longer than their entries.
  private volatile boolean growing;

  // Mapped while they grew; readers that came before that ended may still look at them.
  private final AtomicReference<Runnable> retired = new AtomicReference<>();
  private volatile boolean used;
  private volatile boolean loaded;

  SegmentIndexes(LogFileSystem fileSystem, Path directory, long baseOffset) {
    this.fileSystem = fileSystem;
    this.offsetPath = SegmentFiles.path(directory, baseOffset, SegmentFiles.OFFSET_INDEX);
    this.timePath = SegmentFiles.path(directory, baseOffset, SegmentFiles.TIME_INDEX);
    this.baseOffset = baseOffset;
  }

  /** Opens them with room to grow, if they have none. Owner only. */
  void openForAppend(int maxBytes) throws IOException {
    if (!growing) {
      close();
      offsets = OffsetIndex.forAppend(fileSystem, offsetPath, baseOffset, maxBytes);
      times = TimeIndex.forAppend(fileSystem, timePath, baseOffset, maxBytes);
      growing = true;
    }
  }

  /** Whether one of them takes no more entries. Owner of an active segment only. */
  boolean isFull() {
    return offsets.isFull() || times.isFull();
  }

  /** Enters a batch, and the largest timestamp so far with its batch. Owner only. */
  void append(long lastOffset, int position, long timestamp, long timestampOffset)
      throws IOException {
    if (!isFull()) {
      offsets.append(lastOffset, position);
      times.append(timestamp, timestampOffset);
    }
  }

  /** Enters the segment's largest timestamp and cuts the files to their entries. Owner only. */
  void seal(long timestamp, long timestampOffset) throws IOException {
    growing = false;
    times.append(timestamp, timestampOffset);
    OffsetIndex grownOffsets = offsets;
    TimeIndex grownTimes = times;
    grownOffsets.trim();
    grownTimes.trim();
    offsets = null;
    times = null;
    retired.set(
        () -> {
          grownOffsets.close();
          grownTimes.close();
        });
  }

  /** Ends the mappings of indexes that do not grow any more. Nobody but the owner holds them. */
  void closeRetired() {
    closeRetired(retired.get());
  }

  /** What {@link #closeRetired} would end; null if there is nothing. Any thread. */
  Runnable retired() {
    return retired.get();
  }

  /**
   * As {@link #closeRetired()}, for a reader who was the last.
   *
   * @param known what {@link #retired} said while that reader still held the segment: it must not
   *     be what was retired since, as others may have come to read it before that
   */
  void closeRetired(Runnable known) {
    if (known != null && retired.compareAndSet(known, null)) {
      known.run();
    }
  }

  /** Drops entries of batches that end at or behind an offset. Owner only, nobody reads. */
  void truncateTo(long offset) {
    offsets.truncateTo(offset);
    times.truncateTo(offset);
  }

  /** Drops all entries. Owner only, nobody reads. */
  void clear() {
    offsets.clear();
    times.clear();
  }

  /**
   * The offset index; an empty one if the file is missing or makes no sense.
   *
   * @param segmentSize bytes of the segment, to see whether the index can be its own
   */
  OffsetIndex offsets(int segmentSize) throws IOException {
    OffsetIndex index = offsets;
    used = true;
    return index != null ? index : openOffsets(segmentSize);
  }

  private OffsetIndex openOffsets(int segmentSize) throws IOException {
    OffsetIndex index = loadOffsets(segmentSize);
    loaded = true;
    fileSystem.openFiles().onLoaded(this, index.sizeInBytes());
    return index;
  }

  private synchronized OffsetIndex loadOffsets(int segmentSize) throws IOException {
    OffsetIndex index = offsets;
    if (index == null) {
      index = OffsetIndex.forRead(fileSystem, offsetPath, baseOffset);
      if (!index.fits(segmentSize)) {
        LOG.warn("{} does not fit its segment and is not used", offsetPath);
        index.clear();
      }
      offsets = index;
    }
    return index;
  }

  /** The time index; an empty one if the file is missing or makes no sense. */
  TimeIndex times() throws IOException {
    TimeIndex index = times;
    used = true;
    return index != null ? index : openTimes();
  }

  private TimeIndex openTimes() throws IOException {
    TimeIndex index = loadTimes();
    loaded = true;
    fileSystem.openFiles().onLoaded(this, index.sizeInBytes());
    return index;
  }

  private synchronized TimeIndex loadTimes() throws IOException {
    TimeIndex index = times;
    if (index == null) {
      index = TimeIndex.forRead(fileSystem, timePath, baseOffset);
      if (!index.fits()) {
        LOG.warn("{} makes no sense and is not used", timePath);
        index.clear();
      }
      times = index;
    }
    return index;
  }

  /** Returns when both files are on the disk. Any thread that holds the segment. */
  void force() throws IOException {
    MappedIndex.force(fileSystem, offsetPath);
    MappedIndex.force(fileSystem, timePath);
  }

  @Override
  public boolean wasUsed() {
    boolean was = used;
    used = false;
    return was;
  }

  /** Forgets copies; whoever looks at one keeps it. */
  @Override
  public synchronized void park() {
    if (!growing) {
      offsets = null;
      times = null;
    }
  }

  /** Ends all mappings. The last one who held the segment. */
  void close() {
    closeRetired();
    if (loaded) {
      loaded = false;
      fileSystem.openFiles().onClosed(this);
    }
    closeBoth();
  }

  private synchronized void closeBoth() {
    if (offsets != null) {
      offsets.close();
      offsets = null;
    }
    if (times != null) {
      times.close();
      times = null;
    }
  }
}
