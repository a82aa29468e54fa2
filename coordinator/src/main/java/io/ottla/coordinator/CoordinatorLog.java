package io.ottla.coordinator;

import io.ottla.wire.TopicPartition;
import java.util.List;

/**
 * The partition of an internal topic that a coordinator writes to. Whoever owns partitions
 * implements it; used on the thread of the partition's shard only.
 */
public interface CoordinatorLog {

  /**
   * Batches below this fit every internal topic that has not been configured smaller than usual.
   */
  int DEFAULT_MAX_BATCH_BYTES = 512 * 1024;

  TopicPartition topicPartition();

  /**
   * Appends the records as one batch, in a transaction if there is a producer.
   *
   * @param records at least one
   * @param producer null for records that are part of no transaction
   * @param nowMs the records' timestamp
   * @return the offset after the last record
   * @throws CoordinatorLogException if nothing was appended
   */
  long append(List<CoordinatorRecord> records, TransactionalProducer producer, long nowMs)
      throws CoordinatorLogException;

  /**
   * Appends the end of a producer's transaction.
   *
   * @return the offset after it
   * @throws CoordinatorLogException if nothing was appended
   */
  long append(EndMarker marker, long nowMs) throws CoordinatorLogException;

  /**
   * Whether this broker leads the partition, in the epoch in which it was made coordinator. If not,
   * or not for sure, another one may have written what is not known here.
   */
  boolean isLed();

  /** Records below this offset stay. */
  long highWatermark();

  /**
   * The size to which a coordinator gathers records of several operations, or cuts those of one
   * that need not be atomic. A single operation's batch may be larger; the log refuses it if it is
   * too large.
   */
  default int maxBatchBytes() {
    return DEFAULT_MAX_BATCH_BYTES;
  }
}
