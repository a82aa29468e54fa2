package io.ottla.coordinator;

import io.ottla.wire.ErrorCode;

/**
 * The state machine of one coordinator partition. It runs on the thread of the partition's shard.
 *
 * <p>Its persistent state is changed by the {@code replay} methods alone, which must be
 * deterministic: the same records give the same state, whether they come from a running operation
 * or from the log. Besides it may keep soft state (sessions, waiting requests, timers), which an
 * operation may change directly and which a load starts without.
 */
public interface CoordinatorShard {

  /** Producer id of records that are not part of a transaction. */
  long NO_PRODUCER_ID = -1L;

  /**
   * Applies a record.
   *
   * @param offset the record's offset
   * @param producerId the transaction's producer, or {@link #NO_PRODUCER_ID}
   */
  void replay(long offset, long producerId, CoordinatorRecord record);

  /** Applies a transaction's end: what it wrote becomes visible, or is dropped. */
  void replayEndTransaction(long producerId, boolean committed);

  /** All records of the log have been replayed; operations may come now. */
  void onLoaded();

  /**
   * The shard is dropped: it answers all requests that wait in it with the error and stops its
   * timers.
   */
  void onUnloaded(ErrorCode error);
}
