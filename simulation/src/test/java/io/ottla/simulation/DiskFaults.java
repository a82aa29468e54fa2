package io.ottla.simulation;

/** What happens to a disk while its machine works: it gets slow, or full. */
final class DiskFaults {

  private DiskFaults() {}

  /** What is written or forced takes up to two seconds. */
  static boolean slow(Scene scene) {
    SimulatedMachine machine = scene.machine();
    int leastMs = 20 + scene.chance(200);
    machine.slowness().begin(leastMs, leastMs + scene.chance(1_800), scene.random().nextLong());
    scene.note("the disk of " + machine.host() + " is slow");
    scene.later("quick again", machine.slowness()::end);
    return true;
  }

  /** Less is free than is to stay free, or nothing at all. */
  static boolean fill(Scene scene) {
    SimulatedMachine machine = scene.machine();
    boolean isToTheEnd = scene.chance(3) > 0;
    scene.note("the disk of " + machine.host() + (isToTheEnd ? " has no room" : " is nearly full"));
    machine.fillUp(isToTheEnd);
    scene.later("room", machine::makeRoom);
    return true;
  }
}
