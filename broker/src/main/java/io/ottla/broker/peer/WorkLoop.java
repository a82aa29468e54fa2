package io.ottla.broker.peer;

import java.util.concurrent.Executor;

/** Runs what it is given in order, never two at a time; or after a while. Any thread. */
public interface WorkLoop extends Executor {

  /**
   * Runs work after a delay.
   *
   * @return cancels the work if it has not run
   */
  Runnable later(Runnable work, long delayMs);
}
