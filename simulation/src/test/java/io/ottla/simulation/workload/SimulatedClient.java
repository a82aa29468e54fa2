package io.ottla.simulation.workload;

/** A client of a workload, which can crash. Used on the timeline's thread. */
public interface SimulatedClient {

  /** By which the network knows it. */
  String name();

  /** Forgets everything, and its connections break; nothing if it is down. */
  void crash();

  /** Begins anew; nothing if it is up. */
  void restart();
}
