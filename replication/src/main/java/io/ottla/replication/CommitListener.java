package io.ottla.replication;

import io.ottla.wire.ErrorCode;

/** Waits for records to be committed: below the high watermark. Called once, on the shard. */
public interface CommitListener {

  void onCommitted();

  /**
   * The records will not be known to be committed by this broker: the time is up ({@link
   * ErrorCode#REQUEST_TIMED_OUT}), or the partition is no longer here.
   */
  void onFailed(ErrorCode error);
}
