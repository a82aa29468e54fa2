package io.ottla.runtime;

import io.ottla.races.Daemons;

/** A shard whose ring is soon full, and which sleeps as soon as it is empty. */
final class SmallShard {

  private static final int RING = 8;

  private SmallShard() {}

  /** Of a class that is not this one: the thread that makes it must not wait for its caller's. */
  static RingShard start() {
    return Daemons.make(() -> new RingShard(0, RING, 0, SystemClock.INSTANCE).start());
  }
}
