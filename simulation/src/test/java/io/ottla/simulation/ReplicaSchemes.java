package io.ottla.simulation;

import io.ottla.metadata.image.PartitionImage;
import io.ottla.simulation.client.Admin;
import io.ottla.simulation.client.ClientNetwork;
import io.ottla.simulation.client.ClientTimes;
import io.ottla.wire.TopicPartition;
import java.util.List;
import java.util.Random;

/** Schemes against the replicas of one partition. Each takes some seconds of virtual time. */
final class ReplicaSchemes {

  private static final int LAG_MS = Stage.LAG_MS;

  private final SimulatedCluster cluster;
  private final Faults faults;
  private final Stage stage;
  private final Random random;

  ReplicaSchemes(SimulatedCluster cluster, Faults faults, Stage stage) {
    this.cluster = cluster;
    this.faults = faults;
    this.stage = stage;
    this.random = cluster.timeline().random();
  }

  /**
   * A follower that was behind is about to join, while the leader and the controller hardly hear of
   * each other; then something happens to that follower, and then to the leader.
   */
  void joinLate() {
    SimulatedMachine leader = stage.leadingMachine();
    SimulatedMachine follower = stage.firstFollower();
    stage.cutData(leader, follower);
    if (!stage.await(LAG_MS, () -> !stage.isInSync(follower.id()))
        || stage.leader() != leader.id()) {
      return;
    }
    stage.pass(random.nextInt(1_000));
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
      stage.await(1_500, () -> stage.isInSync(follower.id()));
    } else {
      stage.pass(20 + random.nextInt(600));
    }
    boolean isLost = false;
    switch (isHeard ? 1 + random.nextInt(2) : random.nextInt(2)) {
      case 0 -> {
        isLost = faults.loseDisk(follower);
        if (isLost) {
          stage.cutData(leader, follower);
          stage.startIn(follower, random.nextInt(100));
          stage.await(2_000, follower::isServing);
        }
      }
      case 1 -> cluster.network().cutBoth(leader.host(), follower.host());
      default -> stage.crashFor(follower, random.nextInt(500));
    }
    if (!isLost) {
      stage.pass(random.nextInt(1_500));
    }
    cluster.network().heal();
    if (isLost || random.nextBoolean()) {
      // It does not get what it lacks before it is needed.
      stage.cutData(leader, follower);
      stage.pass(random.nextInt(300));
    } else if (random.nextBoolean()) {
      stage.await(500, () -> stage.isInSync(follower.id()));
    }
    if (random.nextInt(4) > 0) {
      stage.crashFor(leader, random.nextInt(8_000));
    }
  }

  /** All followers leave; one of them may lose what it had not forced; then the leader dies. */
  void collapse() {
    SimulatedMachine leader = stage.leadingMachine();
    List<SimulatedMachine> followers = stage.followers();
    followers.forEach(follower -> stage.cutData(leader, follower));
    if (!stage.await(
        LAG_MS, () -> followers.stream().noneMatch(follower -> stage.isInSync(follower.id())))) {
      return;
    }
    stage.pass(random.nextInt(2_000));
    SimulatedMachine one = followers.getFirst();
    if (random.nextBoolean()) {
      boolean isLost = random.nextBoolean() ? faults.losePower(one) : faults.loseDisk(one);
      if (isLost) {
        stage.startIn(one, random.nextInt(200));
        stage.await(3_000, one::isServing);
      }
    }
    if (random.nextBoolean()) {
      cluster.network().heal();
      stage.pass(random.nextInt(30));
    }
    stage.crashFor(leader, random.nextInt(10_000));
    stage.pass(random.nextInt(4_000));
  }

  /** Of two that lead in turns, each is cut off while it leads, but for its clients. */
  void fromOneToTheOther() {
    List<SimulatedMachine> followers = stage.followers();
    SimulatedMachine away = followers.getFirst();
    List<SimulatedMachine> others = cluster.others(away);
    others.forEach(other -> stage.cutData(away, other));
    if (!stage.await(LAG_MS, () -> !stage.isInSync(away.id()))) {
      return;
    }
    int rounds = 2 + random.nextInt(4);
    for (int i = 0; i < rounds; i++) {
      int leading = stage.leader();
      if (leading < 0) {
        return;
      }
      SimulatedMachine leader = cluster.machine(leading);
      cluster.network().heal();
      others.forEach(other -> stage.cutData(away, other));
      stage.isolate(leader);
      var _ = stage.isReplaced(leader);
      stage.pass(random.nextInt(random.nextBoolean() ? 100 : 2_000));
    }
  }

  /** Who follows slowly comes in sync with a new leader, and has to take its place at once. */
  void heir() {
    SimulatedMachine leader = stage.leadingMachine();
    SimulatedMachine late = stage.followers().getFirst();
    List<SimulatedMachine> others = cluster.others(late);
    others.forEach(other -> stage.cutData(late, other));
    if (!stage.await(LAG_MS, () -> !stage.isInSync(late.id())) || stage.leader() != leader.id()) {
      return;
    }
    stage.pass(random.nextInt(1_000));
    stage.crashFor(leader, 4_000 + random.nextInt(6_000));
    if (!stage.isReplaced(leader)) {
      return;
    }
    SimulatedMachine next = stage.leadingMachine();
    cluster.network().slow(next.host(), late.host(), (10 + random.nextInt(200)) * 1_000_000L);
    cluster.network().joinData();
    if (stage.await(4_000, () -> stage.isInSync(late.id()))) {
      stage.crashFor(next, 4_000 + random.nextInt(4_000));
      if (!leader.isUp()) {
        leader.start();
      }
      stage.pass(random.nextInt(4_000));
    }
  }

  /**
   * The leader dies when one follower has more of its records than the other, who leads next,
   * writes, and dies, too: whoever led last has less of an older epoch than the next leader, and
   * more of one that nobody else knows.
   */
  void shortReign() {
    SimulatedMachine leader = stage.leadingMachine();
    SimulatedMachine next = stage.firstFollower();
    if (!stage.isInSync(next.id())) {
      return;
    }
    stage.followers().forEach(other -> stage.cutData(next, other));
    stage.cutData(next, leader);
    stage.pass(100 + random.nextInt(1_500));
    stage.crashFor(leader, 200 + random.nextInt(1_500));
    if (!stage.isReplaced(leader) || stage.leader() != next.id()) {
      return;
    }
    stage.pass(100 + random.nextInt(1_500));
    stage.await(4_000, leader::isServing);
    stage.crashFor(next, 200 + random.nextInt(2_000));
    var _ = stage.isReplaced(next);
    stage.pass(random.nextInt(500));
  }

  /**
   * A leader is cut off with all clients, gives up what it wrote alone, and soon leads again,
   * before those who wrote it could write it elsewhere.
   */
  void thereAndBack() {
    SimulatedMachine leader = stage.leadingMachine();
    stage.isolate(leader);
    cluster.others(leader).forEach(stage::cutFromClients);
    if (!stage.isReplaced(leader)) {
      return;
    }
    SimulatedMachine next = stage.leadingMachine();
    cluster.network().heal();
    cluster.others(leader).forEach(stage::cutFromClients);
    // With fewer in sync, the leader would refuse some batches and take later ones of a producer
    // that it has forgotten, whatever their sequence numbers are, as Kafka does.
    if (stage.await(LAG_MS, cluster::areAllInSync) && faults.stop(next)) {
      var _ = stage.isReplaced(next);
      stage.startIn(next, 1_000 + random.nextInt(3_000));
      stage.pass(random.nextInt(200));
    }
  }

  /**
   * A fetch of an old epoch comes late to a leader that leads again, from a follower that has
   * dropped meanwhile what it says it has; then the follower has to lead.
   */
  void lateFetch() {
    PartitionImage its = stage.state();
    TopicPartition name = stage.name();
    SimulatedMachine preferred = cluster.machine(its.replicas().at(0));
    if (its.leader() == preferred.id()) {
      stage.crashFor(preferred, 100);
      if (!stage.isReplaced(preferred)) {
        return;
      }
      stage.await(LAG_MS, () -> stage.isInSync(preferred.id()));
    }
    int active = cluster.quorum().leader();
    if (!stage.isInSync(preferred.id()) || active < 0 || active == stage.leader()) {
      return;
    }
    SimulatedMachine leader = stage.leadingMachine();
    List<SimulatedMachine> others =
        stage.followers().stream().filter(other -> other != preferred).toList();
    if (leader == null || others.isEmpty()) {
      return; // Meanwhile it was moved to fewer replicas, or nobody leads it.
    }
    SimulatedMachine follower = others.getFirst();
    stage.cutData(leader, preferred);
    stage.pass(100 + random.nextInt(600));
    int slowMs = 2_000 + random.nextInt(2_000);
    cluster.network().slow(follower.host(), leader.host(), slowMs * 1_000_000L);
    stage.pass(100 + random.nextInt(500));
    electPreferred(name);
    if (!stage.await(1_000, () -> stage.leader() == preferred.id())) {
      return;
    }
    stage.pass(50 + random.nextInt(500));
    stage.crashFor(preferred, 100 + random.nextInt(200));
    if (stage.isReplaced(preferred) && stage.leader() == leader.id()) {
      stage.pass(random.nextInt(slowMs));
      stage.crashFor(leader, 500 + random.nextInt(1_000));
      var _ = stage.isReplaced(leader);
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
