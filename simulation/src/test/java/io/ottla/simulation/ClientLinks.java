package io.ottla.simulation;

import io.ottla.wire.TopicPartition;

/** Where clients get their connections. Used on the timeline's thread. */
public interface ClientLinks {

  /**
   * A new connection, whose set-up takes part of the time the first request takes. A broker that
   * cannot be reached shows in requests that fail.
   *
   * @param client who connects: links between a client and a broker can be cut
   */
  ClientLink connect(String client, int brokerId);

  /** A client was given damaged records; returns whether a disk is known to have such. */
  default boolean isToldOfDamage(TopicPartition partition) {
    return false;
  }
}
