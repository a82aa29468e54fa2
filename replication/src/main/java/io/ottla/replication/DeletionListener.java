package io.ottla.replication;

import io.ottla.wire.ErrorCode;

/** Waits until deleted records are gone from all replicas. Called once, on the shard. */
public interface DeletionListener {

  /**
   * No live replica has them any more.
   *
   * @param lowWatermark the earliest offset any of them still has
   */
  void onGone(long lowWatermark);

  /**
   * It is not known to be so: the time is up ({@link ErrorCode#REQUEST_TIMED_OUT}), or this broker
   * does not lead any more.
   *
   * @param lowWatermark as far as is known, or -1
   */
  void onFailed(ErrorCode error, long lowWatermark);
}
