package io.ottla.simulation;

import java.util.Random;

/** What happens to processes, the power of their machines, their clocks, and the controller. */
final class ProcessFaults {

  private final LossBound bound;

  ProcessFaults(LossBound bound) {
    this.bound = bound;
  }

  /** A machine's process is gone, unless too much could be lost; returns whether it is. */
  boolean crash(SimulatedMachine machine) {
    if (!machine.isUp() || !bound.mayCrash()) {
      return false;
    }
    machine.crash();
    return true;
  }

  /** A machine's power is gone, unless too much could be lost; returns whether it is. */
  boolean losePower(SimulatedMachine machine) {
    if (!bound.mayLose(machine)) {
      return false;
    }
    machine.losePower();
    return true;
  }

  /** As {@link #losePower}; it comes back with an empty disk. */
  boolean loseDisk(SimulatedMachine machine) {
    if (!bound.mayLose(machine)) {
      return false;
    }
    machine.loseDisk();
    return true;
  }

  /** As {@link #losePower}; a bit of its disk is wrong. */
  boolean rot(SimulatedMachine machine, Random random) {
    if (!bound.mayLose(machine)) {
      return false;
    }
    machine.rot(random);
    return true;
  }

  /** As {@link #losePower}; a bit of what was forced is wrong, unless one is already. */
  boolean rotForced(SimulatedMachine machine, SpoiltReplicas spoilt, Random random) {
    if (machine.wrongBits().spoiltReplica() != null || !bound.mayLose(machine)) {
      return false;
    }
    spoilt.spoil(machine, random, bound::mayLose);
    return true;
  }

  /** It comes back some time after it was gone, if it was. */
  static boolean back(Scene scene, boolean isGone) {
    if (isGone) {
      scene.startLater();
    }
    return isGone;
  }

  /** Whether all that counts is on the disks of enough machines. */
  boolean mayAllLosePower() {
    return bound.mayAllLosePower();
  }

  /** The power of all machines is gone, unless too much could be lost; returns whether it is. */
  boolean loseAllPower(SimulatedCluster cluster) {
    if (!mayAllLosePower()) {
      return false;
    }
    cluster.machines().stream().filter(SimulatedMachine::isUp).forEach(SimulatedMachine::losePower);
    return true;
  }

  boolean losePowerOfAll(Scene scene) {
    if (!loseAllPower(scene.cluster())) {
      return false;
    }
    for (SimulatedMachine one : scene.cluster().machines()) {
      new Scene(scene.cluster(), one, scene.random()).startLater();
    }
    return true;
  }

  boolean killInWriting(Scene scene) {
    if (!scene.machine().isUp() || !bound.mayCrash()) {
      return false;
    }
    scene.machine().killInWriting(scene.chance(60));
    return true;
  }

  boolean pause(Scene scene) {
    SimulatedMachine machine = scene.machine();
    if (!machine.isRunning()) {
      return false;
    }
    machine.pause();
    scene.later(
        "go on",
        () -> {
          if (machine.isUp()) {
            machine.resume();
          }
        });
    return true;
  }

  /** A machine's process begins to end in order; returns whether it does. */
  boolean stop(SimulatedMachine machine) {
    if (!machine.isServing() || !machine.isRunning() || !bound.mayCrash()) {
      return false;
    }
    machine.stop();
    return true;
  }

  boolean clockJumps(Scene scene) {
    scene.note("the clock of " + scene.machine().host() + " jumps");
    scene.machine().clock().jumpMs(scene.chance(7_200_000) - 3_600_000);
    return true;
  }

  boolean clockDrifts(Scene scene) {
    scene.note("the clock of " + scene.machine().host() + " drifts");
    scene.machine().clock().drift(0.95 + scene.random().nextDouble() * 0.1);
    return true;
  }

  /** Others are to lead the controllers, maybe again and again. */
  boolean newController(Scene scene) {
    int shakes = scene.chance(3) == 0 ? 2 + scene.chance(6) : 1;
    for (int i = 0; i < shakes; i++) {
      scene
          .cluster()
          .timeline()
          .afterMs((long) scene.chance(20) * i, "shake", scene.cluster().quorum()::shake);
    }
    return true;
  }
}
