package io.ottla.history;

/**
 * Something a history shows that must not be.
 *
 * @param kind which rule is broken
 * @param detail which values, offsets and partitions show it
 */
public record Anomaly(Kind kind, String detail) {
  /** The rules, named after what breaks them. */
  public enum Kind {
    /** An acknowledged value is not in the log. */
    LOST,
    /** A value is in the log that nobody sent. */
    INVENTED,
    /** A value is at two offsets. */
    DUPLICATE,
    /** Two values were seen at one offset. */
    INCONSISTENT_OFFSET,
    /** Of two values of one producer the later one has the lower offset. */
    REORDERED,
    /** An acknowledged offset is not above one that was known before the value was sent. */
    ACK_BELOW_KNOWN,
    /** A reader was given a value that is no longer in the log. */
    VANISHED,
    /** A reader went back. */
    READ_BACKWARDS,
    /** A reader was not given an offset that is in the log. */
    READ_SKIPPED,
    /** The end of a partition went back. */
    END_WENT_BACK,
    /** An edge of a partition, as one and the same client asked for it, went back. */
    EDGE_WENT_BACK,
    /** A key that was deleted has an older value again. */
    RESURRECTED,
    /** Two nodes led a partition in one epoch. */
    TWO_LEADERS,
    /** A node went back to an earlier epoch. */
    EPOCH_WENT_BACK,
    /** Read_committed shows a value of a transaction that was aborted or never to commit. */
    ABORTED_READ,
    /** Read_committed showed a value before its transaction's commit was asked for. */
    UNCOMMITTED_READ,
    /** One part of a transaction is committed, another is not. */
    TORN,
    /** A transaction keeps readers with read_committed from the end of a partition for ever. */
    HANGING,
    /** Two committed outputs were made from one input. */
    INPUT_TWICE,
    /** The group's position is behind an input from which no committed output was made. */
    INPUT_SKIPPED,
    /** A committed output was made from an input that is not committed. */
    INPUT_INVENTED,
    /** A group's position is not where its committed transactions have brought it. */
    POSITION_WRONG,
    /** A client was told something that is wrong whatever the history. */
    PROBLEM
  }
}
