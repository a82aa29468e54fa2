package io.ottla.metadata.image;

import io.ottla.metadata.codec.FrameReader;
import io.ottla.metadata.codec.FrameWriter;
import java.util.Objects;

/**
 * What the cluster knows of one partition. Immutable, for any thread.
 *
 * <p>Invariants: the in-sync replicas and the eligible leader replicas are replicas, and disjoint;
 * a leader is in sync; adding and removing replicas are replicas while a reassignment is under way.
 * The leader epoch grows by one with each change of leader, also when the same broker is elected
 * again; the partition epoch grows by one with each change at all.
 *
 * @param replicas the brokers that hold a copy or shall; the first is the preferred leader
 * @param isr the replicas in sync
 * @param elr replicas out of sync that hold all that was acknowledged (KIP-966)
 * @param lastKnownElr who led when the last eligible replica was lost (KIP-966)
 * @param addingReplicas those of the replicas that a reassignment adds (KIP-455)
 * @param removingReplicas those of the replicas that a reassignment takes away when it completes
 * @param lost replicas whose log directory does not serve, under their brokers' present
 *     registrations (KIP-858); they neither lead nor come in sync
 * @param leader the leading broker, or {@link #NO_LEADER}
 * @param recovery whether the leader was elected cleanly
 * @param leaderEpoch fences former leaders, from 0
 * @param partitionEpoch orders changes of this state, from 0
 */
public record PartitionImage(
    NodeIds replicas,
    NodeIds isr,
    NodeIds elr,
    NodeIds lastKnownElr,
    NodeIds addingReplicas,
    NodeIds removingReplicas,
    NodeIds lost,
    int leader,
    LeaderRecoveryState recovery,
    int leaderEpoch,
    int partitionEpoch) {

  /** The leader of a partition nobody leads. */
  public static final int NO_LEADER = -1;

  /** The fewest bytes of an encoded partition. */
  static final int LEAST_BYTES = 7;

  public PartitionImage {
    Objects.requireNonNull(replicas, "replicas");
    Objects.requireNonNull(isr, "isr");
    Objects.requireNonNull(elr, "elr");
    Objects.requireNonNull(lastKnownElr, "lastKnownElr");
    Objects.requireNonNull(addingReplicas, "addingReplicas");
    Objects.requireNonNull(removingReplicas, "removingReplicas");
    Objects.requireNonNull(lost, "lost");
    Objects.requireNonNull(recovery, "recovery");
  }

  /** A partition whose replicas all lie in directories that serve. */
  public PartitionImage(
      NodeIds replicas,
      NodeIds isr,
      NodeIds elr,
      NodeIds lastKnownElr,
      NodeIds addingReplicas,
      NodeIds removingReplicas,
      int leader,
      LeaderRecoveryState recovery,
      int leaderEpoch,
      int partitionEpoch) {
    this(
        replicas,
        isr,
        elr,
        lastKnownElr,
        addingReplicas,
        removingReplicas,
        NodeIds.EMPTY,
        leader,
        recovery,
        leaderEpoch,
        partitionEpoch);
  }

  /** A new partition, led by the first of its in-sync replicas. */
  public static PartitionImage created(NodeIds replicas, NodeIds isr) {
    return new PartitionImage(
        replicas,
        isr,
        NodeIds.EMPTY,
        NodeIds.EMPTY,
        NodeIds.EMPTY,
        NodeIds.EMPTY,
        isr.at(0),
        LeaderRecoveryState.RECOVERED,
        0,
        0);
  }

  public boolean hasLeader() {
    return leader != NO_LEADER;
  }

  /** The replica that leads when all are in sync. */
  public int preferredLeader() {
    return replicas.at(0);
  }

  public boolean isReassigning() {
    return !addingReplicas.isEmpty() || !removingReplicas.isEmpty();
  }

  /** The same with the next partition epoch. */
  public PartitionImage withNextEpoch() {
    return new PartitionImage(
        replicas,
        isr,
        elr,
        lastKnownElr,
        addingReplicas,
        removingReplicas,
        lost,
        leader,
        recovery,
        leaderEpoch,
        partitionEpoch + 1);
  }

  /** Writes what {@link #read} reads in the present version. */
  void write(FrameWriter out) {
    writeAllButLost(out);
    lost.write(out);
  }

  /**
   * Writes what is hashed: as before lost replicas were known where there are none, so that the
   * hashes of old snapshots hold.
   */
  void writeHashed(FrameWriter out) {
    writeAllButLost(out);
    if (!lost.isEmpty()) {
      lost.write(out);
    }
  }

  private void writeAllButLost(FrameWriter out) {
    replicas.write(out);
    isr.write(out);
    elr.write(out);
    lastKnownElr.write(out);
    out.writeInt(leader);
    out.writeInt(leaderEpoch);
    out.writeInt(partitionEpoch);
    addingReplicas.write(out);
    removingReplicas.write(out);
    out.writeByte(recovery.id());
  }

  /**
   * Reads what {@link #write} wrote, or what was written before reassignments or lost replicas were
   * known.
   */
  static PartitionImage read(FrameReader in) {
    NodeIds replicas = NodeIds.read(in);
    NodeIds isr = NodeIds.read(in);
    NodeIds elr = NodeIds.read(in);
    NodeIds lastKnownElr = NodeIds.read(in);
    int leader = in.readInt();
    int leaderEpoch = in.readInt();
    int partitionEpoch = in.readInt();
    boolean whole = in.version() >= DeltaCodec.WITH_REASSIGNMENTS;
    NodeIds adding = whole ? NodeIds.read(in) : NodeIds.EMPTY;
    NodeIds removing = whole ? NodeIds.read(in) : NodeIds.EMPTY;
    LeaderRecoveryState recovery =
        whole ? LeaderRecoveryState.forId(in.readByte()) : LeaderRecoveryState.RECOVERED;
    NodeIds lost = in.version() >= DeltaCodec.WITH_LOST_REPLICAS ? NodeIds.read(in) : NodeIds.EMPTY;
    return new PartitionImage(
        replicas,
        isr,
        elr,
        lastKnownElr,
        adding,
        removing,
        lost,
        leader,
        recovery,
        leaderEpoch,
        partitionEpoch);
  }
}
