package io.ottla.simulation.client;

/** Whom a producer tells what became of a value; one of the two is called, once. */
public interface Delivery {

  /** Instead of an offset: the broker has the value, and no longer knows where. */
  long SOMEWHERE = -2;

  /** It is in the log, at this offset or {@link #SOMEWHERE}. */
  void acknowledged(long offset);

  /** The producer has given it up; it may be in the log all the same. */
  void failed(String why);
}
