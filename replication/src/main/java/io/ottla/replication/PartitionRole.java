package io.ottla.replication;

import io.ottla.log.LogException;
import io.ottla.metadata.image.NodeIds;
import io.ottla.metadata.image.PartitionImage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.TopicPartition;

/**
 * What this broker is to a partition at one moment. Immutable, for any thread.
 *
 * @param kind leader, follower or neither
 * @param leaderId the leading broker as far as is known here, or -1
 * @param leaderEpoch the epoch of that leader, or -1 before the first one is known
 * @param partitionEpoch orders the states of the partition, or -1
 * @param replicas the brokers that have, or should have, a copy
 * @param isr those known to be in sync: the committed state, without proposals under way
 * @param minInsyncReplicas the fewest in-sync replicas with which acks=all is accepted ({@code
 *     min.insync.replicas}, but no more than there are replicas)
 * @param epochStartOffset of a leader, where its epoch began: until the high watermark has reached
 *     it, the leader does not know what is committed, and answers lookups of offsets with
 *     OFFSET_NOT_AVAILABLE (KIP-207); -1 otherwise
 */
public record PartitionRole(
    Kind kind,
    int leaderId,
    int leaderEpoch,
    int partitionEpoch,
    NodeIds replicas,
    NodeIds isr,
    int minInsyncReplicas,
    long epochStartOffset) {

  /** What the broker does. */
  public enum Kind {
    LEADER,
    FOLLOWER,
    /** Does neither serve nor follow: not told yet, taken away, or cut off from the controller. */
    NONE
  }

  /** Before the metadata has said anything. */
  static final PartitionRole NONE =
      new PartitionRole(Kind.NONE, -1, -1, -1, NodeIds.EMPTY, NodeIds.EMPTY, 1, -1);

  /**
   * What the metadata makes of a broker.
   *
   * @param leadership null unless it leads
   * @param minInsyncReplicas as configured
   */
  static PartitionRole of(
      PartitionImage state, PartitionLeadership leadership, int minInsyncReplicas) {
    return new PartitionRole(
            leadership == null ? Kind.FOLLOWER : Kind.LEADER,
            state.leader(),
            state.leaderEpoch(),
            state.partitionEpoch(),
            state.replicas(),
            leadership == null ? state.isr() : leadership.isr().committed(),
            1,
            leadership == null ? -1 : leadership.epochStartOffset())
        .withMinInsyncReplicas(minInsyncReplicas);
  }

  public boolean isLeader() {
    return kind == Kind.LEADER;
  }

  public boolean isFollower() {
    return kind == Kind.FOLLOWER;
  }

  /**
   * Compares the leader epoch a client believes in with this one (KIP-320).
   *
   * @param clientEpoch the client's, or -1 if it does not say
   * @param serves whether a broker in this role does what the client wants
   */
  ErrorCode check(int clientEpoch, boolean serves) {
    if (!serves) {
      return ErrorCode.NOT_LEADER_OR_FOLLOWER;
    }
    if (clientEpoch < 0 || clientEpoch == leaderEpoch) {
      return ErrorCode.NONE;
    }
    return clientEpoch < leaderEpoch
        ? ErrorCode.FENCED_LEADER_EPOCH
        : ErrorCode.UNKNOWN_LEADER_EPOCH;
  }

  /**
   * @throws LogException NOT_LEADER_OR_FOLLOWER unless this broker leads
   */
  void checkLeads(TopicPartition partition) {
    if (!isLeader()) {
      throw new LogException(
          ErrorCode.NOT_LEADER_OR_FOLLOWER, partition + " is not led by this broker");
    }
  }

  /**
   * @throws LogException NOT_ENOUGH_REPLICAS if fewer are in sync than acks=all needs
   */
  void checkEnough(TopicPartition partition) {
    if (isr.size() < minInsyncReplicas) {
      throw new LogException(
          ErrorCode.NOT_ENOUGH_REPLICAS,
          partition
              + " has "
              + isr.size()
              + " replicas in sync, min.insync.replicas is "
              + minInsyncReplicas);
    }
  }

  /** The same in another part; the rest is as it was. */
  PartitionRole as(Kind other) {
    return new PartitionRole(
        other,
        leaderId,
        leaderEpoch,
        partitionEpoch,
        replicas,
        isr,
        minInsyncReplicas,
        other == Kind.LEADER ? epochStartOffset : -1);
  }

  /** The same with an epoch that began at an offset. */
  PartitionRole startingAt(long offset) {
    return new PartitionRole(
        kind, leaderId, leaderEpoch, partitionEpoch, replicas, isr, minInsyncReplicas, offset);
  }

  /** The same with other in-sync replicas. */
  PartitionRole withIsr(NodeIds newIsr, int newPartitionEpoch) {
    return new PartitionRole(
        kind,
        leaderId,
        leaderEpoch,
        newPartitionEpoch,
        replicas,
        newIsr,
        minInsyncReplicas,
        epochStartOffset);
  }

  /** The same with another minimum. */
  PartitionRole withMinInsyncReplicas(int configured) {
    return new PartitionRole(
        kind,
        leaderId,
        leaderEpoch,
        partitionEpoch,
        replicas,
        isr,
        Math.min(configured, Math.max(1, replicas.size())),
        epochStartOffset);
  }
}
