package io.ottla.broker.net;

import io.ottla.log.LogSlice;

/**
 * Takes slices that the system was to send from their file, and that did not get to their end: the
 * connection was closed, or the file could not be read. What failed, the error does not tell on
 * every transport.
 */
@FunctionalInterface
public interface UnsentSlices {

  /** Gives slices back unseen. */
  UnsentSlices IGNORED = (slice, _) -> slice.release();

  /**
   * Takes a slice over, and releases it some time. On an event loop; must not block.
   *
   * @param sent bytes of it that were sent
   */
  void take(LogSlice slice, long sent);
}
