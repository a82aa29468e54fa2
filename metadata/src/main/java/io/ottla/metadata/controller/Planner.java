package io.ottla.metadata.controller;

/**
 * What the controller that plans a command says of itself. It travels with each command, because
 * controllers may have different files, and applying must come to the same end on each of them.
 *
 * @param nodeId its node, or -1: settings made for this one broker count where those of a cluster
 *     are asked for
 * @param minInsyncReplicas its {@code min.insync.replicas}, where the metadata says nothing
 * @param uncleanElection its {@code unclean.leader.election.enable}, where the metadata says
 *     nothing
 */
record Planner(int nodeId, int minInsyncReplicas, boolean uncleanElection) {

  /** Of a command that was written before commands said so. */
  static final Planner UNKNOWN = new Planner(-1, 1, false);

  static Planner of(ControllerSettings settings) {
    return new Planner(settings.nodeId(), settings.minInsyncReplicas(), settings.uncleanElection());
  }
}
