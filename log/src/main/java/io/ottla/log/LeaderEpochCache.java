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
 * ({@link #force}). An epoch without records is not written at all.
 */
final class LeaderEpochCache {

  private static final Logger LOG = LoggerFactory.getLogger(LeaderEpochCache.class);

  private final Checkpoint checkpoint;

  /** What the file held when it was read; null if it was not, or made no sense. */
  private final LeaderEpochs found;

  // Written under the monitor, with the file, so that a force does not put an older state over it.
  private volatile LeaderEpochs current;
  private boolean announced;
  private LeaderEpochs written;
  private LeaderEpochs forced;

  private LeaderEpochCache(Checkpoint checkpoint, LeaderEpochs found) {
    this.checkpoint = checkpoint;
    this.found = found;
    this.current = found == null ? LeaderEpochs.EMPTY : found;
    this.written = found;
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
        new Checkpoint(fileSystem, directory.resolve(SegmentFiles.LEADER_EPOCHS)), null);
  }

  /** The log was closed cleanly before: what was read is on the disk. */
  synchronized void wasClosedCleanly() {
    if (written == found) {
      forced = found;
    }
  }

  /** Any thread. */
  LeaderEpochs current() {
    return current;
  }

  /** Takes over an epoch whose first record is at an offset; cheap if it is the current one. */
  void assign(int epoch, long startOffset) {
    replace(current.assign(epoch, startOffset), false);
  }

  /**
   * Takes over an epoch that starts at an offset and has no records yet. Until it has, it is in no
   * file: who opens the log drops epochs without records, and is told by the controller which one
   * he leads in.
   */
  void announce(int epoch, long startOffset) {
    LeaderEpochs changed = current.assign(epoch, startOffset);
    if (changed != current) {
      replace(changed, true);
    }
  }

  void truncateFromEnd(long endOffset) {
    cut(current.truncateFromEnd(endOffset));
  }

  void truncateFromStart(long startOffset) {
    cut(current.truncateFromStart(startOffset));
  }

  private void cut(LeaderEpochs left) {
    replace(left, announced && left.latest() == current.latest());
  }

  void clear() {
    replace(LeaderEpochs.EMPTY, false);
  }

  /** Other epochs take the place of all. */
  void replaceWith(LeaderEpochs epochs) {
    replace(epochs, false);
  }

  /**
   * A file that cannot be written now, as on a full disk, is behind as if power had been lost; the
   * next change, or force, writes all.
   */
  private void replace(LeaderEpochs changed, boolean announces) {
    if (changed != current || announces != announced) {
      synchronized (this) {
        current = changed;
        announced = announces;
        try {
          write(false);
        } catch (IOException e) {
          LOG.warn("{} is behind until it can be written: {}", checkpoint, e.getMessage());
        }
      }
    }
  }

  /** Returns when the current epochs of which there are records are on the disk. Any thread. */
  synchronized void force() throws IOException {
    write(true);
  }

  private void write(boolean force) throws IOException {
    LeaderEpochs epochs =
        announced ? current.truncateFromEnd(current.startOffset(current.size() - 1)) : current;
    if (epochs.equals(force ? forced : written)) {
      return;
    }
    List<String> lines = new ArrayList<>(epochs.size());
    for (int i = 0; i < epochs.size(); i++) {
      lines.add(epochs.epoch(i) + " " + epochs.startOffset(i));
    }
    // What was forced before is no longer what a loss of power leaves.
    written = null;
    forced = null;
    checkpoint.write(lines, force);
    written = epochs;
    forced = force ? epochs : null;
  }
}
