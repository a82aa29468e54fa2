package io.ottla.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;

/** What goes wrong in a cluster: each fault by its number, with a chance of its own. */
final class Faults {

  /** A kind of fault. */
  enum Kind {
    CRASH,
    POWER_LOSS,
    POWER_LOSS_OF_ALL,
    DISK_LOSS,
    ROT,
    ROT_FORCED,
    KILL_IN_WRITING,
    PAUSE,
    ISOLATE,
    CUT_ONE_WAY,
    CUT_PAIR,
    SLOW_LINK,
    RESETS,
    LATE_ANSWERS,
    LOST_ANSWERS,
    SLOW_DISK,
    DISK_FULL,
    CLOCK_JUMP,
    CLOCK_DRIFT,
    STOP,
    NEW_CONTROLLER,
    UNCLEAN_ELECTION,
    CUT_CLIENT,
    CLIENT_CRASH;

    /** All, or those that {@code -Dsimulation.kinds} names, with commas between them. */
    static List<Kind> wanted() {
      String names = System.getProperty("simulation.kinds", "");
      return names.isEmpty()
          ? List.of(values())
          : Stream.of(names.split(",")).map(Kind::valueOf).toList();
    }
  }

  private static final long CLOCK_TOLERANCE_MS = 3_000_000;

  private final SimulatedCluster cluster;
  private final Map<Kind, Integer> happened = new TreeMap<>();
  private final Map<String, Integer> felt = new TreeMap<>();
  private final Map<Integer, String> numbered = new TreeMap<>();
  private final ProcessFaults processes;
  private final ElectionFaults elections;
  private final List<Runnable> clientFaults = new ArrayList<>();

  /**
   * @param elections what some of the faults are made by
   */
  Faults(SimulatedCluster cluster, LossBound bound, ElectionFaults elections) {
    this.elections = elections;
    this.cluster = cluster;
    this.processes = new ProcessFaults(bound);
  }

  /** How often what happened. */
  Map<Kind, Integer> happened() {
    return happened;
  }

  /** What of it those who work there met, and how often. */
  Map<String, Integer> felt() {
    Map<String, Integer> all = new TreeMap<>(felt);
    for (SimulatedMachine machine : cluster.machines()) {
      all.merge("answers held", machine.answers().held(), Integer::sum);
      all.merge("answers lost", machine.answers().lost(), Integer::sum);
      all.merge("waits for a slow disk", machine.slowness().delays(), Integer::sum);
      all.merge("wrong bits", machine.wrongBits().count(), Integer::sum);
      all.merge("writes without room", machine.disk().refused(), Integer::sum);
    }
    all.merge("spoilt records were told of", cluster.spoilt().told(), Integer::sum);
    all.merge("unclean elections", cluster.unclean().count(), Integer::sum);
    all.values().removeIf(count -> count == 0);
    return all;
  }

  /** Somebody met what went wrong. */
  void felt(String what, int count) {
    felt.merge(what, count, Integer::sum);
  }

  /** What happened, by number. */
  Map<Integer, String> numbered() {
    return numbered;
  }

  /**
   * Something goes wrong, or what was wrong before becomes well.
   *
   * @param number to leave it out by
   * @param random its own chance
   */
  void next(int number, List<Kind> kinds, Random random) {
    if (random.nextInt(4) == 0) {
      heal();
      numbered.put(number, "all is mended");
      return;
    }
    Kind kind = kinds.get(random.nextInt(kinds.size()));
    Scene scene = Scene.anywhere(cluster, random);
    if (cause(kind, scene)) {
      happened.merge(kind, 1, Integer::sum);
      numbered.put(number, kind + " at " + scene.machine().host());
    }
  }

  private boolean cause(Kind kind, Scene scene) {
    return switch (kind) {
      case CRASH -> ProcessFaults.back(scene, crash(scene.machine()));
      case POWER_LOSS -> ProcessFaults.back(scene, losePower(scene.machine()));
      case POWER_LOSS_OF_ALL -> processes.losePowerOfAll(scene);
      case DISK_LOSS -> ProcessFaults.back(scene, loseDisk(scene.machine()));
      case ROT -> ProcessFaults.back(scene, processes.rot(scene.machine(), scene.random()));
      case ROT_FORCED ->
          ProcessFaults.back(
              scene, processes.rotForced(scene.machine(), cluster.spoilt(), scene.random()));
      case KILL_IN_WRITING -> processes.killInWriting(scene);
      case PAUSE -> processes.pause(scene);
      case STOP -> ProcessFaults.back(scene, stop(scene.machine()));
      case CLOCK_JUMP -> processes.clockJumps(scene);
      case CLOCK_DRIFT -> processes.clockDrifts(scene);
      case NEW_CONTROLLER -> processes.newController(scene);
      case UNCLEAN_ELECTION -> elections.leaveToTheBehind(scene);
      case ISOLATE -> NetworkFaults.isolate(scene);
      case CUT_ONE_WAY -> NetworkFaults.cutOneWay(scene);
      case CUT_PAIR -> NetworkFaults.cutPair(scene);
      case SLOW_LINK -> NetworkFaults.slow(scene);
      case RESETS -> NetworkFaults.reset(scene);
      case LATE_ANSWERS -> NetworkFaults.holdAnswers(scene, false);
      case LOST_ANSWERS -> NetworkFaults.holdAnswers(scene, true);
      case SLOW_DISK -> DiskFaults.slow(scene);
      case DISK_FULL -> DiskFaults.fill(scene);
      case CUT_CLIENT, CLIENT_CRASH -> {
        if (clientFaults.isEmpty()) {
          yield false;
        }
        clientFaults.get(scene.chance(clientFaults.size())).run();
        yield true;
      }
    };
  }

  /** Something that can happen to a client. */
  void add(Runnable clientFault) {
    clientFaults.add(clientFault);
  }

  /** As {@link ProcessFaults#crash}. */
  boolean crash(SimulatedMachine machine) {
    return processes.crash(machine);
  }

  /** As {@link ProcessFaults#losePower}. */
  boolean losePower(SimulatedMachine machine) {
    return processes.losePower(machine);
  }

  /** As {@link ProcessFaults#loseDisk}. */
  boolean loseDisk(SimulatedMachine machine) {
    return processes.loseDisk(machine);
  }

  /** A machine's process begins to end in order; returns whether it does. */
  boolean stop(SimulatedMachine machine) {
    return processes.stop(machine);
  }

  /** As {@link LossBound#mayAllLosePower}. */
  boolean mayAllLosePower() {
    return processes.mayAllLosePower();
  }

  /** The power of all machines is gone, unless too much could be lost; returns whether it is. */
  boolean loseAllPower() {
    return processes.loseAllPower(cluster);
  }

  /**
   * All is well again: machines that are down start, links carry, disks are quick and have room.
   * Clocks may be wrong still, but not by so much that a broker takes what clients write for
   * something of the far future (an hour: message.timestamp.after.max.ms), which it refuses, as
   * Kafka does.
   */
  void heal() {
    cluster.timeline().note("all is mended");
    cluster.network().heal();
    for (SimulatedMachine machine : cluster.machines()) {
      machine.clock().setRight(CLOCK_TOLERANCE_MS);
      machine.answers().heal();
      machine.slowness().end();
      machine.makeRoom();
      if (!machine.isUp()) {
        machine.start();
      } else {
        machine.disk().revive();
        machine.resume();
      }
    }
  }
}
