package io.ottla.simulation;

import io.ottla.metadata.image.PartitionImage;
import io.ottla.metadata.image.TopicImage;
import io.ottla.wire.Uuid;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;

/**
 * Faults that come one after the other where they hurt: to the leader of a partition, and to those
 * who follow it. By chance alone they would rarely come in this order.
 */
final class Schemes {

  /** Lets time pass until something is so. */
  interface Within {

    /** Returns false if it is not so in time. */
    boolean await(int limitMs, BooleanSupplier isSo);
  }

  private enum Kind {
    LATE_JOIN,
    COLLAPSE,
    FROM_ONE_TO_THE_OTHER,
    HEIR
  }

  private record Id(Uuid topic, int partition) {}

  private static final int LAG_MS = 12_000;
  private static final int ELECTION_MS = 8_000;

  private final SimulatedCluster cluster;
  private final Faults faults;
  private final IntConsumer pass;
  private final Within within;
  private final Random random;

  Schemes(SimulatedCluster cluster, Faults faults, IntConsumer pass, Within within) {
    this.cluster = cluster;
    this.faults = faults;
    this.pass = pass;
    this.within = within;
    this.random = cluster.timeline().random();
  }

  /** Carries one of them out, as far as it goes; takes some seconds of virtual time. */
  void carryOut() {
    pass(500 + random.nextInt(1_500));
    List<Id> partitions = partitions();
    if (partitions.isEmpty()) {
      return;
    }
    Id id = partitions.get(random.nextInt(partitions.size()));
    Kind kind = Kind.values()[random.nextInt(Kind.values().length)];
    cluster.timeline().note("scheme " + kind + " about " + id);
    switch (kind) {
      case LATE_JOIN -> joinLate(id);
      case COLLAPSE -> collapse(id);
      case FROM_ONE_TO_THE_OTHER -> fromOneToTheOther(id);
      case HEIR -> heir(id);
    }
    cluster.network().heal();
    pass(random.nextInt(6_000));
  }

  private void pass(int ms) {
    pass.accept(ms);
  }

  /** Those with a leader and others in sync. */
  private List<Id> partitions() {
    List<Id> all = new ArrayList<>();
    for (TopicImage topic : cluster.metadata().topics()) {
      for (int i = 0; i < topic.partitionCount(); i++) {
        PartitionImage its = topic.partition(i);
        if (its.hasLeader() && its.isr().size() >= 2 && its.replicas().size() >= 3) {
          all.add(new Id(topic.id(), i));
        }
      }
    }
    return all;
  }

  /** Null when the topic is gone. */
  private PartitionImage state(Id id) {
    return cluster.metadata().partition(id.topic, id.partition);
  }

  private boolean isInSync(Id id, int node) {
    PartitionImage its = state(id);
    return its != null && its.isr().contains(node);
  }

  private int leader(Id id) {
    PartitionImage its = state(id);
    return its == null ? -1 : its.leader();
  }

  /** The replicas but the leader, in any order. */
  private List<SimulatedMachine> followers(Id id) {
    List<SimulatedMachine> followers = new ArrayList<>();
    PartitionImage its = state(id);
    for (int node : its.replicas().asList()) {
      if (node != its.leader()) {
        followers.add(random.nextInt(followers.size() + 1), cluster.machine(node));
      }
    }
    return followers;
  }

  /** The one that leads next, if it is in sync. */
  private SimulatedMachine firstFollower(Id id) {
    PartitionImage its = state(id);
    return its.replicas().asList().stream()
        .filter(node -> node != its.leader())
        .findFirst()
        .map(cluster::machine)
        .orElseThrow();
  }

  private void cutData(SimulatedMachine one, SimulatedMachine another) {
    cluster.network().cutData(one.host(), another.host());
  }

  private void crashFor(SimulatedMachine machine, int ms) {
    if (faults.crash(machine)) {
      startIn(machine, ms);
    }
  }

  private void startIn(SimulatedMachine machine, int ms) {
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

  /**
   * A follower that was behind is about to join, while the leader and the controller hardly hear of
   * each other; then something happens to that follower, and then to the leader.
   */
  private void joinLate(Id id) {
    SimulatedMachine leader = cluster.machine(leader(id));
    SimulatedMachine follower = firstFollower(id);
    cutData(leader, follower);
    if (!within.await(LAG_MS, () -> !isInSync(id, follower.id())) || leader(id) != leader.id()) {
      return;
    }
    pass(random.nextInt(1_000));
    int active = cluster.quorum().leader();
    if (active < 0 || active == leader.id()) {
      return;
    }
    String controller = cluster.machine(active).host();
    boolean isHeard = random.nextBoolean();
    cluster.network().cut(controller, leader.host());
    if (!isHeard) {
      cluster.network().cut(leader.host(), controller);
    }
    cluster.network().joinData();
    if (isHeard) {
      within.await(1_500, () -> isInSync(id, follower.id()));
    } else {
      pass(20 + random.nextInt(600));
    }
    boolean isLost = false;
    switch (isHeard ? 1 + random.nextInt(2) : random.nextInt(2)) {
      case 0 -> {
        isLost = faults.loseDisk(follower);
        if (isLost) {
          cutData(leader, follower);
          startIn(follower, random.nextInt(100));
          within.await(2_000, follower::isServing);
        }
      }
      case 1 -> cluster.network().cutBoth(leader.host(), follower.host());
      default -> crashFor(follower, random.nextInt(500));
    }
    if (!isLost) {
      pass(random.nextInt(1_500));
    }
    cluster.network().heal();
    if (isLost) {
      // It does not get back what it has lost before it is needed.
      cutData(leader, follower);
      pass(random.nextInt(300));
    } else if (random.nextBoolean()) {
      within.await(500, () -> isInSync(id, follower.id()));
    }
    if (random.nextInt(4) > 0) {
      crashFor(leader, random.nextInt(8_000));
    }
  }

  /** All followers leave; one of them may lose what it had not forced; then the leader dies. */
  private void collapse(Id id) {
    SimulatedMachine leader = cluster.machine(leader(id));
    List<SimulatedMachine> followers = followers(id);
    followers.forEach(follower -> cutData(leader, follower));
    if (!within.await(
        LAG_MS, () -> followers.stream().noneMatch(follower -> isInSync(id, follower.id())))) {
      return;
    }
    pass(random.nextInt(2_000));
    SimulatedMachine one = followers.getFirst();
    if (random.nextBoolean()) {
      boolean isLost = random.nextBoolean() ? faults.losePower(one) : faults.loseDisk(one);
      if (isLost) {
        startIn(one, random.nextInt(200));
        within.await(3_000, one::isServing);
      }
    }
    if (random.nextBoolean()) {
      cluster.network().heal();
      pass(random.nextInt(30));
    }
    crashFor(leader, random.nextInt(10_000));
    pass(random.nextInt(4_000));
  }

  /** Of two that lead in turns, each is cut off while it leads, but for its clients. */
  private void fromOneToTheOther(Id id) {
    List<SimulatedMachine> followers = followers(id);
    SimulatedMachine away = followers.getFirst();
    List<SimulatedMachine> others =
        cluster.machines().stream().filter(other -> other != away).toList();
    others.forEach(other -> cutData(away, other));
    if (!within.await(LAG_MS, () -> !isInSync(id, away.id()))) {
      return;
    }
    int rounds = 2 + random.nextInt(4);
    for (int i = 0; i < rounds; i++) {
      int leading = leader(id);
      if (leading < 0) {
        return;
      }
      SimulatedMachine leader = cluster.machine(leading);
      cluster.network().heal();
      others.forEach(other -> cutData(away, other));
      cluster.machines().stream()
          .filter(other -> other != leader)
          .forEach(other -> cluster.network().cutBoth(leader.host(), other.host()));
      within.await(ELECTION_MS, () -> leader(id) >= 0 && leader(id) != leading);
      pass(random.nextInt(random.nextBoolean() ? 100 : 2_000));
    }
  }

  /** Who follows slowly comes in sync with a new leader, and has to take its place at once. */
  private void heir(Id id) {
    SimulatedMachine leader = cluster.machine(leader(id));
    SimulatedMachine late = followers(id).getFirst();
    List<SimulatedMachine> others =
        cluster.machines().stream().filter(other -> other != late).toList();
    others.forEach(other -> cutData(late, other));
    if (!within.await(LAG_MS, () -> !isInSync(id, late.id())) || leader(id) != leader.id()) {
      return;
    }
    pass(random.nextInt(1_000));
    crashFor(leader, 4_000 + random.nextInt(6_000));
    if (!within.await(ELECTION_MS, () -> leader(id) >= 0 && leader(id) != leader.id())) {
      return;
    }
    SimulatedMachine next = cluster.machine(leader(id));
    cluster.network().slow(next.host(), late.host(), (10 + random.nextInt(200)) * 1_000_000L);
    cluster.network().joinData();
    if (within.await(4_000, () -> isInSync(id, late.id()))) {
      crashFor(next, 4_000 + random.nextInt(4_000));
      if (!leader.isUp()) {
        leader.start();
      }
      pass(random.nextInt(4_000));
    }
  }
}
