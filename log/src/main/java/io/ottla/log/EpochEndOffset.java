package io.ottla.log;

/**
 * Where a leader epoch ends in a log (KIP-101, KIP-279).
 *
 * @param leaderEpoch the largest epoch in the log that is not above the one asked for, or -1
 * @param endOffset the offset after its last record, or -1
 */
public record EpochEndOffset(int leaderEpoch, long endOffset) {

  public static final EpochEndOffset UNDEFINED = new EpochEndOffset(-1, -1L);

  public boolean isDefined() {
    return endOffset >= 0;
  }
}
