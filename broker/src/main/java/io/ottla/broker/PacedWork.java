package io.ottla.broker;

import io.ottla.log.cleaner.CleaningAborted;
import io.ottla.log.cleaner.CleaningPace;

/** Work on logs that goes on in the background, at no more than a rate. */
interface PacedWork {

  /** Instead of a pause: there is nothing to do until somebody says so. */
  long UNTIL_WOKEN = Long.MAX_VALUE;

  /** How many threads may be at it at the moment; at least one. */
  int threads();

  /** What all threads together may read and write, as it is at the moment. */
  double maxBytesPerSecond();

  /**
   * Does a piece of it. Several threads may be in here at once.
   *
   * @param pace asked before bytes are read or written; throws when the work is to end
   * @return nanoseconds to wait before the next step, 0 for none, or {@link #UNTIL_WOKEN}
   * @throws CleaningAborted as the pace did
   */
  long step(CleaningPace pace);
}
