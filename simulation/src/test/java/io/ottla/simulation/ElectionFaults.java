package io.ottla.simulation;

import io.ottla.metadata.image.PartitionImage;
import io.ottla.metadata.image.TopicImage;
import io.ottla.simulation.workload.UncleanRequests;
import io.ottla.wire.TopicPartition;

/** A partition is left to those who lack what was committed. */
final class ElectionFaults {

  private static final int ALONE_MS = 8_000;
  private static final int ELECTION_MS = 8_000;

  private final LossBound bound;
  private final UncleanElections unclean;
  private final UncleanRequests requests;
  private final Passing passing;

  ElectionFaults(
      LossBound bound, UncleanElections unclean, UncleanRequests requests, Passing passing) {
    this.passing = passing;
    this.bound = bound;
    this.unclean = unclean;
    this.requests = requests;
  }

  /**
   * A partition of a topic that allows it: its leader is left alone, and then dies; takes some
   * seconds.
   */
  boolean leaveToTheBehind(Scene scene) {
    TopicImage topic = allowed(scene);
    if (topic == null) {
      return false;
    }
    int number = scene.chance(topic.partitionCount());
    PartitionImage state = topic.partition(number);
    if (!state.hasLeader() || state.replicas().size() < 2) {
      return false;
    }
    TopicPartition partition = new TopicPartition(topic.name(), number);
    SimulatedMachine leader = scene.cluster().machine(state.leader());
    scene.note(partition + " is left to " + leader.host());
    for (SimulatedMachine other : scene.cluster().others(leader)) {
      scene.cluster().network().cutData(leader.host(), other.host());
    }
    boolean isAlone =
        passing.await(
            ALONE_MS,
            () -> isAlone(scene.cluster().metadata().partition(topic.id(), number), leader));
    passing.pass(scene.chance(1_500));
    scene.cluster().network().joinData();
    if (!isAlone || !leader.isUp() || !bound.mayCrash()) {
      return false;
    }
    leader.crash();
    if (!unclean.comeByThemselves(partition.topic())) {
      requests.ask(partition, ELECTION_MS);
    }
    int before = unclean.count();
    passing.await(ELECTION_MS, () -> unclean.count() > before);
    passing.pass(scene.chance(3_000));
    if (!leader.isUp()) {
      leader.start();
    }
    return true;
  }

  private static boolean isAlone(PartitionImage state, SimulatedMachine leader) {
    return state != null
        && state.leader() == leader.id()
        && state.isr().size() == 1
        && state.elr().isEmpty();
  }

  private TopicImage allowed(Scene scene) {
    for (TopicImage topic : scene.cluster().metadata().topics()) {
      if (unclean.isAllowed(topic.name())) {
        return topic;
      }
    }
    return null;
  }
}
