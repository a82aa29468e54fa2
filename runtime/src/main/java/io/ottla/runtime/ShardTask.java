package io.ottla.runtime;

/** Work for a shard: runs once, on the shard's thread, and never blocks. */
@FunctionalInterface
public interface ShardTask {

  void run();
}
