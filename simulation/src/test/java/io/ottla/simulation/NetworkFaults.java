package io.ottla.simulation;

/** What happens to links and connections. */
final class NetworkFaults {

  private NetworkFaults() {}

  /** A machine reaches no other, and none reaches it. */
  static boolean isolate(Scene scene) {
    String host = scene.machine().host();
    scene.note(host + " is cut off");
    scene.others().forEach(other -> scene.cluster().network().cutBoth(host, other.host()));
    scene.healLater();
    return true;
  }

  /** It hears others, but they do not hear it. */
  static boolean cutOneWay(Scene scene) {
    String host = scene.machine().host();
    scene.note(host + " is not heard");
    scene.others().forEach(other -> scene.cluster().network().cut(host, other.host()));
    scene.healLater();
    return true;
  }

  /** Two do not reach each other, though others reach both. */
  static boolean cutPair(Scene scene) {
    SimulatedMachine other = scene.another();
    if (other == scene.machine()) {
      return false;
    }
    String host = scene.machine().host();
    scene.note(host + " and " + other.host() + " are cut off from each other");
    scene.cluster().network().cutBoth(host, other.host());
    scene.healLater();
    return true;
  }

  /** A link is slow in one direction. */
  static boolean slow(Scene scene) {
    String host = scene.machine().host();
    SimulatedMachine other = scene.another();
    scene.note(host + " is slow to " + other.host());
    scene.cluster().network().slow(host, other.host(), (1 + scene.chance(300)) * 1_000_000L);
    scene.healLater();
    return true;
  }

  /** Some connections of a machine break. */
  static boolean reset(Scene scene) {
    scene.note("connections of " + scene.machine().host() + " break");
    int count = 1 + scene.chance(4);
    for (int i = 0; i < count; i++) {
      scene.cluster().network().breakOne(scene.machine().host());
    }
    return true;
  }

  /**
   * Answers of controllers come late to a machine, each as late as chance has it, so that a later
   * one may come first; or some do not come at all.
   *
   * @param isLost whether some do not come
   */
  static boolean holdAnswers(Scene scene, boolean isLost) {
    SimulatedMachine machine = scene.machine();
    scene.note(
        "answers of controllers " + (isLost ? "get lost" : "come late") + " at " + machine.host());
    int mostMs = 50 + scene.chance(3_000);
    machine.answers().hold(mostMs, isLost ? 1 + scene.chance(100) : 0, scene.random().nextLong());
    scene.later("answers", machine.answers()::heal);
    return true;
  }
}
