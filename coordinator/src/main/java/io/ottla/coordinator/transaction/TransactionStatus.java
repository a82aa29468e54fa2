package io.ottla.coordinator.transaction;

import java.util.Arrays;
import java.util.Optional;

/** Where a transactional id stands. Ids, as records hold them, and names are Kafka's. */
public enum TransactionStatus {
  EMPTY(0, "Empty"),
  ONGOING(1, "Ongoing"),
  PREPARE_COMMIT(2, "PrepareCommit"),
  PREPARE_ABORT(3, "PrepareAbort"),
  COMPLETE_COMMIT(4, "CompleteCommit"),
  COMPLETE_ABORT(5, "CompleteAbort");

  private final byte id;
  private final String displayName;

  TransactionStatus(int id, String displayName) {
    this.id = (byte) id;
    this.displayName = displayName;
  }

  /** The id in records. */
  public byte id() {
    return id;
  }

  /** The name that clients see. */
  public String displayName() {
    return displayName;
  }

  /** Whether no transaction is open or half finished. */
  public boolean isAtRest() {
    return this == EMPTY || this == COMPLETE_COMMIT || this == COMPLETE_ABORT;
  }

  /** Whether the outcome is decided, but not known to all partitions yet. */
  public boolean isPrepared() {
    return this == PREPARE_COMMIT || this == PREPARE_ABORT;
  }

  /** The status of a name that clients see; empty if there is none. */
  static Optional<TransactionStatus> forDisplayName(String name) {
    return Arrays.stream(values()).filter(status -> status.displayName.equals(name)).findFirst();
  }

  /** Whether Kafka's coordinator has a status of this name that no answer shows. */
  static boolean isTransient(String name) {
    return name.equals("Dead") || name.equals("PrepareEpochFence");
  }

  /**
   * @throws IllegalArgumentException if records do not hold it
   */
  static TransactionStatus forId(byte id) {
    for (TransactionStatus status : values()) {
      if (status.id == id) {
        return status;
      }
    }
    throw new IllegalArgumentException("transaction status " + id);
  }
}
