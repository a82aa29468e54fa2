package io.ottla.simulation;

import io.ottla.metadata.image.PartitionImage;
import io.ottla.metadata.image.TopicImage;
import io.ottla.simulation.workload.Workload;
import io.ottla.wire.Uuid;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/**
 * Faults that come one after the other where they hurt: to the leader of a partition, and to those
 * who follow it. By chance alone they would rarely come in this order.
 */
final class Schemes {

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

  private final SimulatedCluster cluster;
  private final Faults faults;
  private final List<Workload> workloads;
  private final Passing passing;
  private final Random random;

  /**
   * @param workloads of all clients, which may be added later
   */
  Schemes(SimulatedCluster cluster, Faults faults, List<Workload> workloads, Passing passing) {
    this.cluster = cluster;
    this.faults = faults;
    this.workloads = workloads;
    this.passing = passing;
    this.random = cluster.timeline().random();
  }

  /** Carries one of them out, as far as it goes; takes some seconds of virtual time. */
  void carryOut() {
    passing.pass(500 + random.nextInt(1_500));
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
    Stage stage = new Stage(cluster, faults, workloads, passing, id.topic, id.partition);
    ReplicaSchemes replicas = new ReplicaSchemes(cluster, faults, stage);
    ClusterSchemes others = new ClusterSchemes(cluster, faults, workloads, stage);
    switch (kind) {
      case LATE_JOIN -> replicas.joinLate();
      case COLLAPSE -> replicas.collapse();
      case FROM_ONE_TO_THE_OTHER -> replicas.fromOneToTheOther();
      case HEIR -> replicas.heir();
      case SHORT_REIGN -> replicas.shortReign();
      case THERE_AND_BACK -> replicas.thereAndBack();
      case OLD_COORDINATOR -> others.oldCoordinator();
      case CONTROLLERS -> others.controllers();
      case BLACKOUT -> others.blackout();
      case LATE_FETCH -> replicas.lateFetch();
    }
    cluster.network().heal();
    stage.pass(random.nextInt(6_000));
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
}
