package io.ottla.log.cleaner;

/** A cleaning does not go on, and nothing is wrong: the log was cut, or the broker stops. */
public final class CleaningAborted extends RuntimeException {

  private static final long serialVersionUID = 1L;

  public CleaningAborted(String why) {
    super(why, null, false, false);
  }
}
