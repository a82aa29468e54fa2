package io.ottla.simulation;

import io.ottla.metadata.image.BrokerImage;
import java.util.List;

/**
 * How much may be lost at a time: one machine may have lost something, and only while the others
 * have all of it. More than that nothing survives, with Kafka neither.
 */
final class LossBound {

  private final SimulatedCluster cluster;
  private final boolean forced;
  private final int minInSync;

  /** The machine that has lost something and has not caught up since; 0 for none. */
  private int incomplete;

  /** The epoch of its broker when that happened. */
  private long epochOfLoss;

  /**
   * @param forced whether what is acknowledged is forced: then all may lose power
   * @param minInSync of all topics; where one is enough, nobody may lose anything
   */
  LossBound(SimulatedCluster cluster, boolean forced, int minInSync) {
    this.cluster = cluster;
    this.forced = forced;
    this.minInSync = minInSync;
  }

  /**
   * Whoever crashes counts as one that may have lost something. So between the loss of a machine
   * and its next registration no other may: of two such, the one that led last would be elected,
   * with what it has left.
   */
  boolean mayCrash() {
    if (incomplete == 0) {
      return true;
    }
    BrokerImage broker = cluster.metadata().broker(incomplete);
    return broker != null && broker.epoch() > epochOfLoss && !cluster.wasLastLeader(incomplete);
  }

  /** Whether all may lose what was not forced. */
  boolean mayAllLosePower() {
    return forced && (incomplete == 0 || isComplete(cluster.machine(incomplete)));
  }

  /** Whether a machine may lose something now; if so, it counts as one that has. */
  boolean mayLose(SimulatedMachine machine) {
    List<SimulatedMachine> others = cluster.others(machine);
    if (minInSync < 2
        || !machine.isUp()
        || !others.stream().allMatch(SimulatedMachine::isServing)) {
      return false;
    }
    if (incomplete != 0 && incomplete != machine.id() && !isComplete(cluster.machine(incomplete))) {
      return false;
    }
    if (!cluster.hasSuccessor(machine.id())) {
      return false;
    }
    // Nobody is to die meanwhile.
    others.forEach(other -> other.disk().revive());
    incomplete = machine.id();
    epochOfLoss = machine.node().brokerEpoch();
    return true;
  }

  /** Whether it has come back, as the controllers know, and has caught up. */
  private boolean isComplete(SimulatedMachine machine) {
    BrokerImage broker = cluster.metadata().broker(machine.id());
    return broker != null
        && broker.epoch() > epochOfLoss
        && machine.wrongBits().spoiltReplica() == null
        && cluster.isInSyncEverywhere(machine.id());
  }
}
