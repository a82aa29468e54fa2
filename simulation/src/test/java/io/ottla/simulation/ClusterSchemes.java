package io.ottla.simulation;

import io.ottla.simulation.workload.Workload;
import java.util.List;
import java.util.Random;

/**
 * Schemes against coordinators, controllers and all machines. Each takes some seconds of virtual
 * time.
 */
final class ClusterSchemes {

  private static final int LAG_MS = Stage.LAG_MS;

  private final SimulatedCluster cluster;
  private final Faults faults;
  private final List<Workload> workloads;
  private final Stage stage;
  private final Random random;

  ClusterSchemes(SimulatedCluster cluster, Faults faults, List<Workload> workloads, Stage stage) {
    this.cluster = cluster;
    this.faults = faults;
    this.workloads = workloads;
    this.stage = stage;
    this.random = cluster.timeline().random();
  }

  /**
   * A coordinator of transactions cannot bring its markers to one of the others, and is replaced:
   * they arrive after those of its successor.
   */
  void oldCoordinator() {
    SimulatedMachine leader = stage.leadingMachine();
    SimulatedMachine next = stage.firstFollower();
    SimulatedMachine unreached =
        stage.followers().stream().filter(follower -> follower != next).findFirst().orElseThrow();
    stage.cutData(leader, unreached);
    if (!stage.await(LAG_MS, () -> !stage.isInSync(unreached.id()))
        || stage.leader() != leader.id()) {
      return;
    }
    stage.pass(random.nextInt(1_500));
    stage.isolate(leader);
    if (stage.isReplaced(leader)) {
      stage.pass(200 + random.nextInt(1_500));
    }
  }

  /**
   * A command is on its way to the log when the active controller is deposed, and it leads again
   * before the command gets there.
   */
  void controllers() {
    int rounds = 1 + random.nextInt(3);
    for (int i = 0; i < rounds; i++) {
      int active = cluster.quorum().leader();
      if (active < 0) {
        stage.pass(1_000);
        continue;
      }
      List<SimulatedMachine> others = cluster.others(cluster.machine(active));
      SimulatedMachine other = others.get(random.nextInt(others.size()));
      // What begins to serve needs something of the controller.
      stage.crashFor(others.get(random.nextInt(others.size())), random.nextInt(200));
      stage.pass(random.nextInt(300));
      cluster.quorum().hang(active, 50 + random.nextInt(500));
      stage.await(1_000, () -> cluster.quorum().isAsked(active));
      cluster.quorum().raise(other.id());
      stage.await(200, () -> cluster.quorum().leader() == other.id());
      cluster.quorum().raise(active);
      stage.pass(random.nextInt(1_500));
    }
  }

  /** All lose power at once, perhaps right after something was acknowledged. */
  void blackout() {
    stage.pass(random.nextInt(2_000));
    if (random.nextBoolean()) {
      long before = progress();
      stage.await(1_000, () -> progress() > before);
    }
    if (faults.loseAllPower()) {
      cluster.machines().forEach(machine -> stage.startIn(machine, random.nextInt(1_500)));
      stage.pass(3_000 + random.nextInt(2_000));
    }
  }

  private long progress() {
    return workloads.stream().mapToLong(Workload::progress).sum();
  }
}
