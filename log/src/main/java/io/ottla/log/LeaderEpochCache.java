package io.ottla.log;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The leader epochs of one log and their file, leader-epoch-checkpoint (KIP-101). Owned by the
 * log's owner; the current {@link LeaderEpochs} may be handed to anybody.
 *
 * <p>Epochs and offsets that do not rise are not believed, and neither is what does not agree with
 * the batches where they are to begin ({@link LogEvidence}); then they are read from the batches.
 *
 * <p>A change is written at once but not forced. What a crash takes back, recovery finds again in
 * the batches; for those it does not read, the file is forced before the recovery point passes them
 * ({@link #force}).
 */
final class LeaderEpochCache {

  private static final Logger LOG = LoggerFactory.getLogger(LeaderEpochCache.class);

  private final Checkpoint checkpoint;

  // Written under the monitor, with the file, so that a force does not put an older state over it.
  private volatile LeaderEpochs current;
  private LeaderEpochs forced;

  private LeaderEpochCache(Checkpoint checkpoint, LeaderEpochs current) {
    this.checkpoint = checkpoint;
    this.current = current;
  }

  /**
   * Reads the file.
   *
   * @throws IOException if it cannot be read or makes no sense
   */
  static LeaderEpochCache read(LogFileSystem fileSystem, Path directory) throws IOException {
    Checkpoint checkpoint =
        new Checkpoint(fileSystem, directory.resolve(SegmentFiles.LEADER_EPOCHS));
    LeaderEpochs epochs = LeaderEpochs.EMPTY;
    List<String[]> entries = checkpoint.read(2);
    for (String[] entry : entries == null ? List.<String[]>of() : entries) {
      try {
        int before = epochs.size();
        epochs = epochs.assign(Integer.parseInt(entry[0]), Long.parseLong(entry[1]));
        if (epochs.size() != before + 1) {
          throw new IOException("leader epochs in " + directory + " do not rise");
        }
      } catch (IllegalArgumentException e) {
        throw new IOException("malformed leader epoch in " + directory, e);
      }
    }
    return new LeaderEpochCache(checkpoint, epochs);
  }

  /** Empty; the file, if any, is replaced at the next write. */
  static LeaderEpochCache empty(LogFileSystem fileSystem, Path directory) {
    return new LeaderEpochCache(
        new Checkpoint(fileSystem, directory.resolve(SegmentFiles.LEADER_EPOCHS)),
        LeaderEpochs.EMPTY);
  }

  /** Any thread. */
  LeaderEpochs current() {
    return current;
  }

  /** Takes over an epoch that starts at an offset; cheap if it is the current one. */
  void assign(int epoch, long startOffset) {
    replace(current.assign(epoch, startOffset));
  }

  void truncateFromEnd(long endOffset) {
    replace(current.truncateFromEnd(endOffset));
  }

  void truncateFromStart(long startOffset) {
    replace(current.truncateFromStart(startOffset));
  }

  void clear() {
    replace(LeaderEpochs.EMPTY);
  }

  /** Other epochs take the place of all. */
  void replaceWith(LeaderEpochs epochs) {
    replace(epochs);
  }

  /**
   * A file that cannot be written now, as on a full disk, is behind as if power had been lost; the
   * next change, or force, writes all.
   */
  private synchronized void replace(LeaderEpochs changed) {
    if (!changed.equals(current)) {
      current = changed;
      try {
        write(changed, false);
      } catch (IOException e) {
        LOG.warn("{} is behind until it can be written: {}", checkpoint, e.getMessage());
      }
    }
  }

  /** Returns when the current epochs are on the disk. Any thread. */
  synchronized void force() throws IOException {
    if (!current.equals(forced)) {
      write(current, true);
      forced = current;
    }
  }

  private void write(LeaderEpochs epochs, boolean force) throws IOException {
    List<String> lines = new ArrayList<>(epochs.size());
    for (int i = 0; i < epochs.size(); i++) {
      lines.add(epochs.epoch(i) + " " + epochs.startOffset(i));
    }
    checkpoint.write(lines, force);
  }
}
