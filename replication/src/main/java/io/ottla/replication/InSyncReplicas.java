package io.ottla.replication;

import io.ottla.metadata.image.NodeIds;

/**
 * The in-sync replicas of a partition as its leader sees them: those the controller has committed,
 * and those it has proposed while it is not known what the controller thinks of it.
 *
 * <p>As long as a proposal is open, any of the two may be true. So records count as committed only
 * when all of the <em>maximal</em> set have them, which is both together; one that is proposed to
 * leave still counts, one that is proposed to join counts already.
 *
 * <p>Owned by the partition's shard.
 */
final class InSyncReplicas {

  private NodeIds committed;
  private int partitionEpoch;

  /** Null if nothing is proposed. */
  private NodeIds proposed;

  InSyncReplicas(NodeIds committed, int partitionEpoch) {
    this.committed = committed;
    this.partitionEpoch = partitionEpoch;
  }

  NodeIds committed() {
    return committed;
  }

  int partitionEpoch() {
    return partitionEpoch;
  }

  boolean isProposalOpen() {
    return proposed != null;
  }

  /** Whether a replica is in the committed or in the proposed set. */
  boolean isMaximal(int id) {
    return committed.contains(id) || (proposed != null && proposed.contains(id));
  }

  int maximalSize() {
    // A proposal either adds to the committed set or takes from it.
    return proposed == null ? committed.size() : Math.max(committed.size(), proposed.size());
  }

  void propose(NodeIds isr) {
    assert proposed == null : "two proposals at a time";
    proposed = isr;
  }

  /** The controller has not taken the proposal over, and never will. */
  void rollBack() {
    proposed = null;
  }

  /**
   * The controller has committed a state.
   *
   * @return whether it is news; false if it is older than what is known
   */
  boolean commit(NodeIds isr, int newPartitionEpoch) {
    if (newPartitionEpoch < partitionEpoch) {
      return false;
    }
    committed = isr;
    partitionEpoch = newPartitionEpoch;
    proposed = null;
    return true;
  }

  @Override
  public String toString() {
    return proposed == null ? committed.toString() : committed + ", proposed " + proposed;
  }
}
