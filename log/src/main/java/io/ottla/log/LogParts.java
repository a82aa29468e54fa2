package io.ottla.log;

import java.io.IOException;

/**
 * What a log consists of. All of it is owned by the log's owner.
 *
 * @param segments the files
 * @param offsets where the log begins, ends and is stable
 * @param leaderEpochs the epochs of its records
 * @param producers the producers of its records
 * @param snapshots the producers as they were at the segments' starts
 */
record LogParts(
    LogSegments segments,
    LogOffsets offsets,
    LeaderEpochCache leaderEpochs,
    ProducerStates producers,
    ProducerSnapshots snapshots) {

  /** Computes the last stable offset anew. */
  void settleStable() {
    offsets.stable(producers.firstUnstableOffset());
  }

  /** The same with the producers of a log that has the same records. */
  LogParts with(ProducerStates others) {
    return new LogParts(segments, offsets, leaderEpochs, others, snapshots);
  }

  /** Closes the active segment and puts the records and their producers on the disk. */
  void sealAndForce() throws IOException {
    segments.sealAndForce(offsets.recoveryPoint());
    snapshots.write(offsets.logEnd(), producers, true);
  }
}
