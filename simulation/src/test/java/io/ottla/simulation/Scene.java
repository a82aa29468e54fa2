package io.ottla.simulation;

import java.util.List;
import java.util.Random;

/**
 * Where one fault happens: the cluster, the machine it is about, and the chance that is its own, so
 * that what else happens does not change what it does.
 */
record Scene(SimulatedCluster cluster, SimulatedMachine machine, Random random) {

  /** One that happens to any machine. */
  static Scene anywhere(SimulatedCluster cluster, Random random) {
    return new Scene(cluster, any(cluster, random), random);
  }

  private static SimulatedMachine any(SimulatedCluster cluster, Random random) {
    List<SimulatedMachine> machines = cluster.machines();
    return machines.get(random.nextInt(machines.size()));
  }

  /** Any machine, which may be the one it is about. */
  SimulatedMachine another() {
    return any(cluster, random);
  }

  List<SimulatedMachine> others() {
    return cluster.others(machine);
  }

  /** Most faults are shorter than a session, some longer. */
  int duration() {
    return random.nextInt(3) == 0 ? random.nextInt(15_000) : random.nextInt(2_500);
  }

  int chance(int bound) {
    return random.nextInt(bound);
  }

  void note(String what) {
    cluster.timeline().note(what);
  }

  /** After the time that a fault takes. */
  void later(String what, Runnable action) {
    cluster.timeline().afterMs(duration(), what, action);
  }

  /** The machine comes back after a time. */
  void startLater() {
    later(
        "start",
        () -> {
          if (!machine.isUp()) {
            machine.start();
          }
        });
  }

  /** All links carry again after a time. */
  void healLater() {
    later("heal", cluster.network()::heal);
  }
}
