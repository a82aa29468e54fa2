package io.ottla.simulation;

import io.ottla.metadata.image.PartitionImage;
import io.ottla.simulation.workload.Workload;
import io.ottla.wire.TopicPartition;
import io.ottla.wire.Uuid;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.BooleanSupplier;

/** The partition a scheme is about: who leads and follows it now, and what can be done to them. */
final class Stage {

  /** How long it takes at most until who does not fetch is out of sync, or who does is in. */
  static final int LAG_MS = 12_000;

  /** How long it takes at most until another leads. */
  static final int ELECTION_MS = 8_000;

  private final SimulatedCluster cluster;
  private final Faults faults;
  private final List<Workload> workloads;
  private final Passing passing;
  private final Uuid topicId;
  private final int partition;
  private final Random random;

  Stage(
      SimulatedCluster cluster,
      Faults faults,
      List<Workload> workloads,
      Passing passing,
      Uuid topicId,
      int partition) {
    this.cluster = cluster;
    this.faults = faults;
    this.workloads = workloads;
    this.passing = passing;
    this.topicId = topicId;
    this.partition = partition;
    this.random = cluster.timeline().random();
  }

  void pass(int ms) {
    passing.pass(ms);
  }

  /** Lets time pass until something is so; returns false if it is not so in time. */
  boolean await(int limitMs, BooleanSupplier isSo) {
    return passing.await(limitMs, isSo);
  }

  /** Its name while there is such a topic. */
  TopicPartition name() {
    return new TopicPartition(cluster.metadata().topic(topicId).name(), partition);
  }

  SimulatedMachine leadingMachine() {
    return cluster.machine(leader());
  }

  /** Null when the topic is gone. */
  PartitionImage state() {
    return cluster.metadata().partition(topicId, partition);
  }

  boolean isInSync(int node) {
    PartitionImage its = state();
    return its != null && its.isr().contains(node);
  }

  int leader() {
    PartitionImage its = state();
    return its == null ? -1 : its.leader();
  }

  /** The replicas but the leader, in any order. */
  List<SimulatedMachine> followers() {
    List<SimulatedMachine> followers = new ArrayList<>();
    PartitionImage its = state();
    for (int node : its.replicas().asList()) {
      if (node != its.leader()) {
        followers.add(random.nextInt(followers.size() + 1), cluster.machine(node));
      }
    }
    return followers;
  }

  /** The one that leads next, if it is in sync. */
  SimulatedMachine firstFollower() {
    PartitionImage its = state();
    return its.replicas().asList().stream()
        .filter(node -> node != its.leader())
        .findFirst()
        .map(cluster::machine)
        .orElseThrow();
  }

  void cutData(SimulatedMachine one, SimulatedMachine another) {
    cluster.network().cutData(one.host(), another.host());
  }

  void isolate(SimulatedMachine machine) {
    cluster
        .others(machine)
        .forEach(other -> cluster.network().cutBoth(machine.host(), other.host()));
  }

  /** No client and a machine hear of each other. */
  void cutFromClients(SimulatedMachine machine) {
    for (Workload workload : workloads) {
      workload
          .clients()
          .forEach(client -> cluster.network().cutBoth(client.name(), machine.host()));
    }
  }

  /** Whether somebody else leads than before, in time. */
  boolean isReplaced(SimulatedMachine leader) {
    return await(ELECTION_MS, () -> leader() >= 0 && leader() != leader.id());
  }

  void crashFor(SimulatedMachine machine, int ms) {
    if (faults.crash(machine)) {
      startIn(machine, ms);
    }
  }

  void startIn(SimulatedMachine machine, int ms) {
    cluster
        .timeline()
        .afterMs(
            ms,
            "start",
            () -> {
              if (!machine.isUp()) {
                machine.start();
              }
            });
  }
}
