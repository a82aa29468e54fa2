package io.ottla.replication;

import io.ottla.log.LogView;

/** How far a reader may see: where its data ends, and what it waits for. */
public enum ReadLimit {
  /** A follower: all there is. */
  LOG_END {
    @Override
    public long of(LogView view) {
      return view.logEndOffset();
    }
  },
  /** A consumer: what is committed. */
  HIGH_WATERMARK {
    @Override
    public long of(LogView view) {
      return view.highWatermark();
    }
  },
  /** A read_committed consumer: what is committed and of no open transaction. */
  LAST_STABLE {
    @Override
    public long of(LogView view) {
      return view.lastStableOffset();
    }
  };

  /** The first offset the reader may not see. Any thread. */
  public abstract long of(LogView view);
}
