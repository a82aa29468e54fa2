package io.ottla.log;

/** The thread that owns a log, for one that does not and has something to hand over. */
@FunctionalInterface
public interface LogOwner {

  /**
   * Runs something on the owner's thread and returns when it is done; what it throws is thrown
   * here.
   *
   * @throws io.ottla.log.cleaner.CleaningAborted if the log is not to be touched any more
   */
  void run(Runnable task);
}
