package io.ottla.simulation;

import io.ottla.metadata.image.BrokerImage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * What goes wrong in a cluster, and when, drawn from the timeline's chance. At most one machine at
 * a time may lose what it had not forced, and only while the others have all of it: more than that
 * nothing survives, with Kafka neither.
 */
final class Faults {

  /** A kind of fault. */
  enum Kind {
    CRASH,
    POWER_LOSS,
    POWER_LOSS_OF_ALL,
    DISK_LOSS,
    KILL_IN_WRITING,
    PAUSE,
    ISOLATE,
    CUT_ONE_WAY,
    CUT_PAIR,
    SLOW_LINK,
    RESETS,
    CLOCK_JUMP,
    CLOCK_DRIFT,
    STOP,
    NEW_CONTROLLER,
    CUT_CLIENT,
    CLIENT_CRASH
  }

  private static final long CLOCK_TOLERANCE_MS = 3_000_000;

  private final SimulatedCluster cluster;
  private final Timeline timeline;
  private final Random random;
  private final Map<Kind, Integer> happened = new TreeMap<>();
  private final boolean forced;
  private final int minInSync;
  private final List<Runnable> clientFaults = new ArrayList<>();

  /** The machine that has lost something and has not caught up since; 0 for none. */
  private int incomplete;

  /** The epoch of its broker when that happened. */
  private long epochOfLoss;

  /**
   * @param forced whether what is acknowledged is forced: then all may lose power
   * @param minInSync of all topics; where one is enough, nobody may lose anything
   */
  Faults(SimulatedCluster cluster, boolean forced, int minInSync) {
    this.minInSync = minInSync;
    this.forced = forced;
    this.cluster = cluster;
    this.timeline = cluster.timeline();
    this.random = timeline.random();
  }

  /** How often what happened. */
  Map<Kind, Integer> happened() {
    return happened;
  }

  /** Something goes wrong; what was wrong before may become well. */
  void next(List<Kind> kinds) {
    if (random.nextInt(4) == 0) {
      heal();
      return;
    }
    SimulatedMachine machine = any();
    Kind kind = kinds.get(random.nextInt(kinds.size()));
    if (cause(kind, machine)) {
      happened.merge(kind, 1, Integer::sum);
    }
  }

  private SimulatedMachine any() {
    List<SimulatedMachine> machines = cluster.machines();
    return machines.get(random.nextInt(machines.size()));
  }

  private boolean cause(Kind kind, SimulatedMachine machine) {
    return switch (kind) {
      case CRASH -> {
        if (!crash(machine)) {
          yield false;
        }
        startLater(machine);
        yield true;
      }
      case POWER_LOSS -> {
        if (!losePower(machine)) {
          yield false;
        }
        startLater(machine);
        yield true;
      }
      case POWER_LOSS_OF_ALL -> {
        if (!loseAllPower()) {
          yield false;
        }
        cluster.machines().forEach(this::startLater);
        yield true;
      }
      case DISK_LOSS -> {
        if (!loseDisk(machine)) {
          yield false;
        }
        startLater(machine);
        yield true;
      }
      case KILL_IN_WRITING -> {
        if (!machine.isUp() || !mayCrash()) {
          yield false;
        }
        machine.killInWriting(random.nextInt(60));
        yield true;
      }
      case PAUSE -> {
        if (!machine.isRunning()) {
          yield false;
        }
        machine.pause();
        timeline.afterMs(
            duration(),
            "go on",
            () -> {
              if (machine.isUp()) {
                machine.resume();
              }
            });
        yield true;
      }
      case ISOLATE -> {
        timeline.note(machine.host() + " is cut off");
        others(machine).forEach(other -> cluster.network().cutBoth(machine.host(), other.host()));
        healLater();
        yield true;
      }
      case CUT_ONE_WAY -> {
        timeline.note(machine.host() + " is not heard");
        others(machine).forEach(other -> cluster.network().cut(machine.host(), other.host()));
        healLater();
        yield true;
      }
      case CUT_PAIR -> {
        SimulatedMachine other = any();
        if (other == machine) {
          yield false;
        }
        timeline.note(machine.host() + " and " + other.host() + " are cut off from each other");
        cluster.network().cutBoth(machine.host(), other.host());
        healLater();
        yield true;
      }
      case SLOW_LINK -> {
        SimulatedMachine other = any();
        timeline.note(machine.host() + " is slow to " + other.host());
        cluster
            .network()
            .slow(machine.host(), other.host(), (1 + random.nextInt(300)) * 1_000_000L);
        healLater();
        yield true;
      }
      case RESETS -> {
        timeline.note("connections of " + machine.host() + " break");
        int count = 1 + random.nextInt(4);
        for (int i = 0; i < count; i++) {
          cluster.network().breakOne(machine.host());
        }
        yield true;
      }
      case CLOCK_JUMP -> {
        timeline.note("the clock of " + machine.host() + " jumps");
        machine.clock().jumpMs(random.nextInt(7_200_000) - 3_600_000);
        yield true;
      }
      case CLOCK_DRIFT -> {
        timeline.note("the clock of " + machine.host() + " drifts");
        machine.clock().drift(0.95 + random.nextDouble() * 0.1);
        yield true;
      }
      case STOP -> {
        if (!stop(machine)) {
          yield false;
        }
        startLater(machine);
        yield true;
      }
      case NEW_CONTROLLER -> {
        int shakes = random.nextInt(3) == 0 ? 2 + random.nextInt(6) : 1;
        for (int i = 0; i < shakes; i++) {
          timeline.afterMs(random.nextInt(20) * i, "shake", cluster.quorum()::shake);
        }
        yield true;
      }
      case CUT_CLIENT, CLIENT_CRASH -> {
        if (clientFaults.isEmpty()) {
          yield false;
        }
        clientFaults.get(random.nextInt(clientFaults.size())).run();
        yield true;
      }
    };
  }

  /** Something that can happen to a client. */
  void add(Runnable clientFault) {
    clientFaults.add(clientFault);
  }

  private List<SimulatedMachine> others(SimulatedMachine machine) {
    return cluster.machines().stream().filter(other -> other != machine).toList();
  }

  /** Most faults are shorter than a session, some longer. */
  private int duration() {
    return random.nextInt(3) == 0 ? random.nextInt(15_000) : random.nextInt(2_500);
  }

  private void healLater() {
    timeline.afterMs(duration(), "heal", cluster.network()::heal);
  }

  private void startLater(SimulatedMachine machine) {
    timeline.afterMs(
        duration(),
        "start",
        () -> {
          if (!machine.isUp()) {
            machine.start();
          }
        });
  }

  /** A machine's process is gone, unless too much could be lost; returns whether it is. */
  boolean crash(SimulatedMachine machine) {
    if (!machine.isUp() || !mayCrash()) {
      return false;
    }
    machine.crash();
    return true;
  }

  /** A machine's process begins to end in order; returns whether it does. */
  boolean stop(SimulatedMachine machine) {
    if (!machine.isServing() || !machine.isRunning() || !mayCrash()) {
      return false;
    }
    machine.stop();
    return true;
  }

  /**
   * Whoever crashes counts as one that may have lost something. So between the loss of a machine
   * and its next registration no other may: of two such, the one that led last would be elected,
   * with what it has left.
   */
  private boolean mayCrash() {
    if (incomplete == 0) {
      return true;
    }
    BrokerImage broker = cluster.metadata().broker(incomplete);
    return broker != null && broker.epoch() > epochOfLoss && !cluster.wasLastLeader(incomplete);
  }

  /** A machine's power is gone, unless too much could be lost; returns whether it is. */
  boolean losePower(SimulatedMachine machine) {
    if (!mayLose(machine)) {
      return false;
    }
    machine.losePower();
    return true;
  }

  /** Whether all that counts is on the disks of enough machines. */
  boolean mayAllLosePower() {
    return forced && (incomplete == 0 || isComplete(cluster.machine(incomplete)));
  }

  /** The power of all machines is gone, unless too much could be lost; returns whether it is. */
  boolean loseAllPower() {
    if (!mayAllLosePower()) {
      return false;
    }
    cluster.machines().stream().filter(SimulatedMachine::isUp).forEach(SimulatedMachine::losePower);
    return true;
  }

  /** As {@link #losePower}; it comes back with an empty disk. */
  boolean loseDisk(SimulatedMachine machine) {
    if (!mayLose(machine)) {
      return false;
    }
    machine.loseDisk();
    return true;
  }

  private boolean mayLose(SimulatedMachine machine) {
    if (minInSync < 2
        || !machine.isUp()
        || !others(machine).stream().allMatch(SimulatedMachine::isServing)) {
      return false;
    }
    if (incomplete != 0 && incomplete != machine.id() && !isComplete(cluster.machine(incomplete))) {
      return false;
    }
    if (!cluster.hasSuccessor(machine.id())) {
      return false;
    }
    // Nobody is to die meanwhile.
    others(machine).forEach(other -> other.disk().revive());
    incomplete = machine.id();
    epochOfLoss = machine.node().brokerEpoch();
    return true;
  }

  /** Whether it has come back, as the controllers know, and has caught up. */
  private boolean isComplete(SimulatedMachine machine) {
    BrokerImage broker = cluster.metadata().broker(machine.id());
    return broker != null
        && broker.epoch() > epochOfLoss
        && cluster.isInSyncEverywhere(machine.id());
  }

  /**
   * All is well again: machines that are down start, links carry. Clocks may be wrong still, but
   * not by so much that a broker takes what clients write for something of the far future (an hour:
   * message.timestamp.after.max.ms), which it refuses, as Kafka does.
   */
  void heal() {
    timeline.note("all is mended");
    cluster.network().heal();
    for (SimulatedMachine machine : cluster.machines()) {
      machine.clock().setRight(CLOCK_TOLERANCE_MS);
      if (!machine.isUp()) {
        machine.start();
      } else {
        machine.disk().revive();
        machine.resume();
      }
    }
  }
}
