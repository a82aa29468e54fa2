package io.ottla.simulation;

import io.ottla.metadata.image.PartitionImage;
import io.ottla.metadata.image.TopicImage;
import io.ottla.simulation.client.Admin;
import io.ottla.simulation.client.ClientNetwork;
import io.ottla.simulation.client.ClientTimes;
import io.ottla.simulation.workload.Workload;
import io.ottla.wire.TopicPartition;
import io.ottla.wire.Uuid;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;
import java.util.stream.Stream;

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
    HEIR,
    SHORT_REIGN,
    THERE_AND_BACK,
    OLD_COORDINATOR,
    CONTROLLERS,
    BLACKOUT,
    LATE_FETCH
  }

  private record Id(Uuid topic, int partition) {}

  private static final String TRANSACTIONS = "__transaction_state";
  private static final int LAG_MS = 12_000;
  private static final int ELECTION_MS = 8_000;

  private final SimulatedCluster cluster;
  private final Faults faults;
  private final List<Workload> workloads;
  private final IntConsumer pass;
  private final Within within;
  private final Random random;

  /**
   * @param workloads of all clients, which may be added later
   */
  Schemes(
      SimulatedCluster cluster,
      Faults faults,
      List<Workload> workloads,
      IntConsumer pass,
      Within within) {
    this.cluster = cluster;
    this.faults = faults;
    this.workloads = workloads;
    this.pass = pass;
    this.within = within;
    this.random = cluster.timeline().random();
  }

  /** Carries one of them out, as far as it goes; takes some seconds of virtual time. */
  void carryOut() {
    pass(500 + random.nextInt(1_500));
    // What can go on in so many ways comes twice as often.
    List<Kind> kinds =
        Stream.concat(Stream.of(Kind.values()), Stream.of(Kind.LATE_JOIN))
            .filter(this::isPossible)
            .toList();
    if (kinds.isEmpty()) {
      return;
    }
    Kind kind = kinds.get(random.nextInt(kinds.size()));
    List<Id> partitions = partitions(kind);
    Id id = partitions.get(random.nextInt(partitions.size()));
    cluster.timeline().note("scheme " + kind + " about " + id);
    switch (kind) {
      case LATE_JOIN -> joinLate(id);
      case COLLAPSE -> collapse(id);
      case FROM_ONE_TO_THE_OTHER -> fromOneToTheOther(id);
      case HEIR -> heir(id);
      case SHORT_REIGN -> shortReign(id);
      case THERE_AND_BACK -> thereAndBack(id);
      case OLD_COORDINATOR -> oldCoordinator(id);
      case CONTROLLERS -> controllers();
      case BLACKOUT -> blackout();
      case LATE_FETCH -> lateFetch(id);
    }
    cluster.network().heal();
    pass(random.nextInt(6_000));
  }

  private void pass(int ms) {
    pass.accept(ms);
  }

  private boolean isPossible(Kind kind) {
    return !partitions(kind).isEmpty() && (kind != Kind.BLACKOUT || faults.mayAllLosePower());
  }

  /** Those with records, a leader and others in sync that a scheme may be about. */
  private List<Id> partitions(Kind kind) {
    List<Id> all = new ArrayList<>();
    for (TopicImage topic : cluster.metadata().topics()) {
      if (!isAbout(kind, topic.name())) {
        continue;
      }
      for (int i = 0; i < topic.partitionCount(); i++) {
        PartitionImage its = topic.partition(i);
        Id id = new Id(topic.id(), i);
        if (its.hasLeader()
            && its.isr().size() >= 2
            && its.replicas().size() >= 3
            && hasRecords(id, cluster.machine(its.leader()))) {
          all.add(id);
        }
      }
    }
    return all;
  }

  private static boolean hasRecords(Id id, SimulatedMachine leader) {
    return leader.isUp()
        && leader.node().partitions().all().stream()
            .anyMatch(
                its ->
                    its.topicId().equals(id.topic)
                        && its.topicPartition().partition() == id.partition
                        && its.view().logEndOffset() > 0);
  }

  private static boolean isAbout(Kind kind, String topic) {
    return switch (kind) {
      case OLD_COORDINATOR -> topic.equals(TRANSACTIONS);
      case SHORT_REIGN, THERE_AND_BACK, LATE_FETCH -> !topic.startsWith("__");
      default -> true;
    };
  }

  /** Null when the topic is gone. */
  private PartitionImage state(Id id) {
    return cluster.metadata().partition(id.topic, id.partition);
  }

  private boolean isInSync(Id id, int node) {
    PartitionImage its = state(id);
    return its != null && its.isr().contains(node);
  }

  private boolean areAllInSync() {
    return cluster.machines().stream()
        .allMatch(machine -> cluster.isInSyncEverywhere(machine.id()));
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

  private void isolate(SimulatedMachine machine) {
    others(machine).forEach(other -> cluster.network().cutBoth(machine.host(), other.host()));
  }

  private List<SimulatedMachine> others(SimulatedMachine machine) {
    return cluster.machines().stream().filter(other -> other != machine).toList();
  }

  /** No client and a machine hear of each other. */
  private void cutFromClients(SimulatedMachine machine) {
    for (Workload workload : workloads) {
      workload
          .clients()
          .forEach(client -> cluster.network().cutBoth(client.name(), machine.host()));
    }
  }

  /** Whether somebody else leads than before, in time. */
  private boolean isReplaced(Id id, SimulatedMachine leader) {
    return within.await(ELECTION_MS, () -> leader(id) >= 0 && leader(id) != leader.id());
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
    if (isLost || random.nextBoolean()) {
      // It does not get what it lacks before it is needed.
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

  /**
   * The leader dies when one follower has more of its records than the other, who leads next,
   * writes, and dies, too: whoever led last has less of an older epoch than the next leader, and
   * more of one that nobody else knows.
   */
  private void shortReign(Id id) {
    SimulatedMachine leader = cluster.machine(leader(id));
    SimulatedMachine next = firstFollower(id);
    if (!isInSync(id, next.id())) {
      return;
    }
    followers(id).forEach(other -> cutData(next, other));
    cutData(next, leader);
    pass(100 + random.nextInt(1_500));
    crashFor(leader, 200 + random.nextInt(1_500));
    if (!isReplaced(id, leader) || leader(id) != next.id()) {
      return;
    }
    pass(100 + random.nextInt(1_500));
    within.await(4_000, leader::isServing);
    crashFor(next, 200 + random.nextInt(2_000));
    var _ = isReplaced(id, next);
    pass(random.nextInt(500));
  }

  /**
   * A leader is cut off with all clients, gives up what it wrote alone, and soon leads again,
   * before those who wrote it could write it elsewhere.
   */
  private void thereAndBack(Id id) {
    SimulatedMachine leader = cluster.machine(leader(id));
    isolate(leader);
    others(leader).forEach(this::cutFromClients);
    if (!isReplaced(id, leader)) {
      return;
    }
    SimulatedMachine next = cluster.machine(leader(id));
    cluster.network().heal();
    others(leader).forEach(this::cutFromClients);
    // With fewer in sync, the leader would refuse some batches and take later ones of a producer
    // that
    // it has forgotten, whatever their sequence numbers are, as Kafka does.
    if (within.await(LAG_MS, () -> areAllInSync()) && faults.stop(next)) {
      var _ = isReplaced(id, next);
      startIn(next, 1_000 + random.nextInt(3_000));
      pass(random.nextInt(200));
    }
  }

  /**
   * A coordinator of transactions cannot bring its markers to one of the others, and is replaced:
   * they arrive after those of its successor.
   */
  private void oldCoordinator(Id id) {
    SimulatedMachine leader = cluster.machine(leader(id));
    SimulatedMachine next = firstFollower(id);
    SimulatedMachine unreached =
        followers(id).stream().filter(follower -> follower != next).findFirst().orElseThrow();
    cutData(leader, unreached);
    if (!within.await(LAG_MS, () -> !isInSync(id, unreached.id())) || leader(id) != leader.id()) {
      return;
    }
    pass(random.nextInt(1_500));
    isolate(leader);
    if (isReplaced(id, leader)) {
      pass(200 + random.nextInt(1_500));
    }
  }

  /**
   * A command is on its way to the log when the active controller is deposed, and it leads again
   * before the command gets there.
   */
  private void controllers() {
    int rounds = 1 + random.nextInt(3);
    for (int i = 0; i < rounds; i++) {
      int active = cluster.quorum().leader();
      if (active < 0) {
        pass(1_000);
        continue;
      }
      List<SimulatedMachine> others = others(cluster.machine(active));
      SimulatedMachine other = others.get(random.nextInt(others.size()));
      // What begins to serve needs something of the controller.
      crashFor(others.get(random.nextInt(others.size())), random.nextInt(200));
      pass(random.nextInt(300));
      cluster.quorum().hang(active, 50 + random.nextInt(500));
      within.await(1_000, () -> cluster.quorum().isAsked(active));
      cluster.quorum().raise(other.id());
      within.await(200, () -> cluster.quorum().leader() == other.id());
      cluster.quorum().raise(active);
      pass(random.nextInt(1_500));
    }
  }

  /** All lose power at once, perhaps right after something was acknowledged. */
  private void blackout() {
    pass(random.nextInt(2_000));
    if (random.nextBoolean()) {
      long before = progress();
      within.await(1_000, () -> progress() > before);
    }
    if (faults.loseAllPower()) {
      cluster.machines().forEach(machine -> startIn(machine, random.nextInt(1_500)));
      pass(3_000 + random.nextInt(2_000));
    }
  }

  private long progress() {
    return workloads.stream().mapToLong(Workload::progress).sum();
  }

  /**
   * A fetch of an old epoch comes late to a leader that leads again, from a follower that has
   * dropped meanwhile what it says it has; then the follower has to lead.
   */
  private void lateFetch(Id id) {
    PartitionImage its = state(id);
    String topic = cluster.metadata().topic(id.topic).name();
    SimulatedMachine preferred = cluster.machine(its.replicas().at(0));
    if (its.leader() == preferred.id()) {
      crashFor(preferred, 100);
      if (!isReplaced(id, preferred)) {
        return;
      }
      within.await(LAG_MS, () -> isInSync(id, preferred.id()));
    }
    SimulatedMachine leader = cluster.machine(leader(id));
    int active = cluster.quorum().leader();
    if (!isInSync(id, preferred.id()) || active < 0 || active == leader.id()) {
      return;
    }
    SimulatedMachine follower =
        followers(id).stream().filter(other -> other != preferred).findFirst().orElseThrow();
    cutData(leader, preferred);
    pass(100 + random.nextInt(600));
    int slowMs = 2_000 + random.nextInt(2_000);
    cluster.network().slow(follower.host(), leader.host(), slowMs * 1_000_000L);
    pass(100 + random.nextInt(500));
    electPreferred(new TopicPartition(topic, id.partition));
    if (!within.await(1_000, () -> leader(id) == preferred.id())) {
      return;
    }
    pass(50 + random.nextInt(500));
    crashFor(preferred, 100 + random.nextInt(200));
    if (isReplaced(id, preferred) && leader(id) == leader.id()) {
      pass(random.nextInt(slowMs));
      crashFor(leader, 500 + random.nextInt(1_000));
      var _ = isReplaced(id, leader);
    }
  }

  private void electPreferred(TopicPartition partition) {
    List<Integer> all = cluster.machines().stream().map(SimulatedMachine::id).toList();
    ClientNetwork network =
        new ClientNetwork(
            cluster.timeline(),
            cluster.clients(),
            "elector",
            all,
            ClientTimes.SHORT,
            NodeClock.EPOCH_MS);
    new Admin(network).electPreferred(partition, _ -> network.close());
  }
}
