package io.ottla.simulation;

/** Which nodes act, and who hears whom: what the consensus log asks of the simulated network. */
public interface Reachability {

  /** Whether what one node sends to another gets there now; need not be so in both directions. */
  boolean connected(int from, int to);

  /** Whether a node's process is there, and neither hangs nor is paused. */
  boolean running(int node);
}
