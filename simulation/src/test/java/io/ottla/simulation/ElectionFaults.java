package io.ottla.simulation;

import io.ottla.metadata.image.PartitionImage;
import io.ottla.metadata.image.TopicImage;
import io.ottla.simulation.workload.UncleanRequests;
import io.ottla.wire.TopicPartition;
import io.ottla.wire.Uuid;
import java.util.List;

/** A partition is left to those who lack what was committed. */
final class ElectionFaults {

  private static final int LOOK_MS = 100;
  private static final int MOST_LOOKS = 80;

  private final LossBound bound;
  private final UncleanElections unclean;
  private final UncleanRequests requests;

  ElectionFaults(LossBound bound, UncleanElections unclean, UncleanRequests requests) {
    this.bound = bound;
    this.unclean = unclean;
    this.requests = requests;
  }

  /** A partition of a topic that allows it: its leader is left alone, and then dies. */
  boolean leaveToTheBehind(Scene scene) {
    List<TopicImage> topics =
        scene.cluster().metadata().topics().stream()
            .filter(topic -> unclean.isAllowed(topic.name()))
            .toList();
    if (topics.isEmpty()) {
      return false;
    }
    TopicImage topic = topics.getFirst();
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
    look(scene, topic.id(), partition, leader, 0);
    return true;
  }

  /** Until nobody else is in sync or eligible. */
  private void look(
      Scene scene, Uuid topicId, TopicPartition partition, SimulatedMachine leader, int looks) {
    scene
        .cluster()
        .timeline()
        .afterMs(
            LOOK_MS,
            "look whether it is alone",
            () -> {
              PartitionImage state =
                  scene.cluster().metadata().partition(topicId, partition.partition());
              if (state == null || state.leader() != leader.id() || looks == MOST_LOOKS) {
                scene.cluster().network().joinData();
              } else if (state.isr().size() > 1 || !state.elr().isEmpty()) {
                look(scene, topicId, partition, leader, looks + 1);
              } else {
                scene
                    .cluster()
                    .timeline()
                    .afterMs(scene.chance(1_500), "end", () -> end(scene, partition, leader));
              }
            });
  }

  private void end(Scene scene, TopicPartition partition, SimulatedMachine leader) {
    scene.cluster().network().joinData();
    if (!leader.isUp() || !bound.mayCrash()) {
      return;
    }
    leader.crash();
    int awayMs = 5_000 + scene.chance(8_000);
    scene
        .cluster()
        .timeline()
        .afterMs(
            awayMs,
            "start",
            () -> {
              if (!leader.isUp()) {
                leader.start();
              }
            });
    if (!unclean.comeByThemselves(partition.topic())) {
      requests.ask(partition, awayMs);
    }
  }
}
