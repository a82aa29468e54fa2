package io.ottla.runtime;

/** A task set for a deadline on one shard. Used on that shard's thread only. */
public interface Timer {

  /** Drops the task; nothing happens if it ran or was dropped already. */
  void cancel();
}
