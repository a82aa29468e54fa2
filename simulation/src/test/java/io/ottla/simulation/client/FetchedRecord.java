package io.ottla.simulation.client;

import java.nio.ByteBuffer;

/**
 * A record as an application is given it.
 *
 * @param leaderEpoch in which it was written
 * @param value its bytes, or null
 */
public record FetchedRecord(long offset, int leaderEpoch, byte[] value) {

  /** The number that is its value. */
  public long number() {
    return ByteBuffer.wrap(value).getLong();
  }
}
