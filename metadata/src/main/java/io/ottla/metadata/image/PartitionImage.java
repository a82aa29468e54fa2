package io.ottla.metadata.image;

import io.ottla.metadata.codec.FrameReader;
import io.ottla.metadata.codec.FrameWriter;
import java.util.Objects;

/**
 * What the cluster knows of one partition.
 *
 * <p>Invariants: the in-sync replicas and the eligible leader replicas are replicas; a leader is in
 * sync. The leader epoch grows by one with each change of leader, also when the same broker is
 * elected again; the partition epoch grows by one with each change at all.
 *
 * @param replicas the brokers that hold a copy; the first is the preferred leader
 * @param isr the replicas in sync
 * @param elr replicas out of sync that hold all that was acknowledged (KIP-966)
 * @param lastKnownElr who was eligible when the last of them was lost (KIP-966)
 * @param leader the leading broker, or {@link #NO_LEADER}
 * @param leaderEpoch fences former leaders, from 0
 * @param partitionEpoch orders changes of this state, from 0
 */
public record PartitionImage(
    NodeIds replicas,
    NodeIds isr,
    NodeIds elr,
    NodeIds lastKnownElr,
    int leader,
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
  }

  /** A new partition, led by the first of its in-sync replicas. */
  public static PartitionImage created(NodeIds replicas, NodeIds isr) {
    return new PartitionImage(replicas, isr, NodeIds.EMPTY, NodeIds.EMPTY, isr.at(0), 0, 0);
  }

  public boolean hasLeader() {
    return leader != NO_LEADER;
  }

  /** The same partition with other in-sync replicas and the next partition epoch. */
  public PartitionImage withIsr(NodeIds newIsr) {
    return new PartitionImage(
        replicas, newIsr, elr, lastKnownElr, leader, leaderEpoch, partitionEpoch + 1);
  }

  /**
   * The same partition after an election (or the loss of its leader): next leader epoch, next
   * partition epoch.
   */
  public PartitionImage withLeader(int newLeader, NodeIds newIsr) {
    return new PartitionImage(
        replicas, newIsr, elr, lastKnownElr, newLeader, leaderEpoch + 1, partitionEpoch + 1);
  }

  void write(FrameWriter out) {
    replicas.write(out);
    isr.write(out);
    elr.write(out);
    lastKnownElr.write(out);
    out.writeInt(leader);
    out.writeInt(leaderEpoch);
    out.writeInt(partitionEpoch);
  }

  static PartitionImage read(FrameReader in) {
    return new PartitionImage(
        NodeIds.read(in),
        NodeIds.read(in),
        NodeIds.read(in),
        NodeIds.read(in),
        in.readInt(),
        in.readInt(),
        in.readInt());
  }
}
