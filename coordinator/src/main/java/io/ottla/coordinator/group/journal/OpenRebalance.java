package io.ottla.coordinator.group.journal;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A rebalance that is under way. One thread. */
final class OpenRebalance {

  /** How many members are named. */
  static final int MAX_MEMBERS = 50;

  /** How many causes are told. */
  static final int MAX_CAUSES = 20;

  /** How many partitions without an owner are named. */
  static final int MAX_PARTITIONS = 100;

  private final String groupId;
  private final GroupProtocol protocol;
  private final long startedAtMs;
  private final long startedNs;
  private final int fromGeneration;
  private final CutList<JournaledMember> membersBefore;
  private final List<RebalanceCause> causes = new ArrayList<>();
  private final OwnershipGaps gaps;
  private int causeCount;
  private long bytes;
  private int toGeneration;
  private boolean assigning;
  private boolean ownershipKnown = true;

  /**
   * @param gaps what nobody owns as it begins
   */
  OpenRebalance(JournaledGroup group, long nowMs, long nowNs, OwnershipGaps gaps) {
    this.groupId = group.groupId();
    this.protocol = group.groupProtocol();
    this.startedAtMs = nowMs;
    this.startedNs = nowNs;
    this.fromGeneration = group.generation();
    this.toGeneration = fromGeneration;
    this.membersBefore = members(group);
    this.gaps = gaps;
    this.bytes = EntrySize.of(underWay());
  }

  private static CutList<JournaledMember> members(JournaledGroup group) {
    return new CutList<>(group.journaledMembers(MAX_MEMBERS), group.memberCount());
  }

  long startedNs() {
    return startedNs;
  }

  /** Whether what still happens comes too late for this rebalance. */
  boolean isAssigning() {
    return assigning;
  }

  void assigning(int generation) {
    assigning = true;
    toGeneration = generation;
  }

  void because(RebalanceCause cause) {
    causeCount++;
    if (causes.size() < MAX_CAUSES) {
      causes.add(cause);
      bytes += EntrySize.of(cause);
    }
  }

  /** Of what can be read of it; roughly. */
  long bytes() {
    return bytes;
  }

  OwnershipGaps gaps() {
    return gaps;
  }

  void ownershipUnknown() {
    ownershipKnown = false;
  }

  /** As it is now. Its duration is for the reader to say. */
  RebalanceEntry underWay() {
    return entry(
        protocol,
        RebalanceEnd.UNDER_WAY,
        0,
        toGeneration,
        CutList.none(),
        ownershipKnown ? gaps.soFar() : UnownedPartitions.UNKNOWN);
  }

  /** As it was when it ended with the group as it is. */
  RebalanceEntry ended(JournaledGroup group, RebalanceEnd end, long nowNs) {
    return ended(group.groupProtocol(), end, group.generation(), members(group), nowNs);
  }

  /** As it was when it ended without having come to anything. */
  RebalanceEntry broken(RebalanceEnd end, long nowNs) {
    return ended(protocol, end, toGeneration, CutList.none(), nowNs);
  }

  private RebalanceEntry ended(
      GroupProtocol endProtocol,
      RebalanceEnd end,
      int generation,
      CutList<JournaledMember> membersAfter,
      long nowNs) {
    if (end != RebalanceEnd.SETTLED) {
      gaps.cutOff(nowNs);
    }
    return entry(
        endProtocol,
        end,
        TimeUnit.NANOSECONDS.toMillis(nowNs - startedNs),
        generation,
        membersAfter,
        ownershipKnown ? gaps.over() : UnownedPartitions.UNKNOWN);
  }

  private RebalanceEntry entry(
      GroupProtocol endProtocol,
      RebalanceEnd end,
      long durationMs,
      int generation,
      CutList<JournaledMember> membersAfter,
      UnownedPartitions unowned) {
    return new RebalanceEntry(
        groupId,
        endProtocol,
        startedAtMs,
        durationMs,
        end,
        fromGeneration,
        generation,
        membersBefore,
        membersAfter,
        new CutList<>(causes, causeCount),
        unowned);
  }
}
