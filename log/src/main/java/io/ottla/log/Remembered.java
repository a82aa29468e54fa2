package io.ottla.log;

/**
 * What is known of a partition's log before it is opened.
 *
 * @param clean whether it was closed properly
 * @param checkpointed whether the recovery point was written down; else it is 0
 * @param pointKnown whether the recovery point can be relied on: false if all of them were lost
 * @param recoveryPoint below it, everything is on the disk
 * @param logStartOffset first offset that counts
 * @param highWatermark as last checkpointed
 */
record Remembered(
    boolean clean,
    boolean checkpointed,
    boolean pointKnown,
    long recoveryPoint,
    long logStartOffset,
    long highWatermark) {

  /** Where nothing was, nothing can be unclean. */
  static final Remembered NOTHING = new Remembered(false, false, true, 0L, 0L, 0L);
}
