package io.ottla.simulation.client;

/** Whom something that takes its time tells how it ended; one of the two is called, once. */
public interface Ending {

  void done();

  void failed(String why);
}
