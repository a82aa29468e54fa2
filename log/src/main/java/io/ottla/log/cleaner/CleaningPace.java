package io.ottla.log.cleaner;

/** Holds a cleaning back to the speed it may have, and tells it when it is no longer wanted. */
public interface CleaningPace {

  /** As fast as can be. */
  CleaningPace UNLIMITED = bytes -> {};

  /**
   * Says that bytes are about to be read or were written; may block.
   *
   * @throws CleaningAborted if there is no point in going on
   */
  void spend(long bytes);
}
