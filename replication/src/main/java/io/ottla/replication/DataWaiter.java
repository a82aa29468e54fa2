package io.ottla.replication;

/**
 * A fetch that found too little and waits for more, on one or several partitions. Told at most once
 * by each; after {@link #isDone} it is forgotten.
 */
public interface DataWaiter {

  /** There is something new, or the partition is gone: look again. On the shard. */
  void onChange();

  /** Whether it waits no more. Any thread. */
  boolean isDone();
}
