package io.ottla.coordinator.group.journal;

/** About how many bytes of memory a journal needs, as if nothing were shared. */
final class EntrySize {

  /** A group without entries. */
  static final long OF_GROUP = 300;

  private static final long OF_ENTRY = 250;
  private static final long OF_OBJECT = 40;
  private static final long OF_TEXT = 56;

  private EntrySize() {}

  static long of(RebalanceEntry entry) {
    long bytes = OF_ENTRY;
    for (JournaledMember member : entry.membersBefore().items()) {
      bytes += of(member);
    }
    for (JournaledMember member : entry.membersAfter().items()) {
      bytes += of(member);
    }
    for (RebalanceCause cause : entry.causes().items()) {
      bytes += of(cause);
    }
    for (UnownedPartition partition : entry.unowned().partitions().items()) {
      bytes += OF_OBJECT + of(partition.topic());
    }
    return bytes;
  }

  static long of(RebalanceCause cause) {
    return OF_OBJECT
        + switch (cause) {
          case RebalanceCause.MemberJoined joined -> of(joined.member()) + of(joined.reason());
          case RebalanceCause.MemberLeft left -> of(left.member()) + of(left.reason());
          case RebalanceCause.MemberRemoved removed -> of(removed.member()) + of(removed.reason());
          case RebalanceCause.SessionExpired expired -> of(expired.member());
          case RebalanceCause.MemberTooSlow slow -> of(slow.member());
          case RebalanceCause.MemberChanged changed -> of(changed.member()) + of(changed.reason());
          case RebalanceCause.LeaderRejoined leader -> of(leader.member()) + of(leader.reason());
          case RebalanceCause.MemberReplaced replaced ->
              of(replaced.member()) + of(replaced.formerMemberId());
          case RebalanceCause.TopicsChanged changed ->
              changed.topics().items().stream().mapToLong(EntrySize::of).sum();
          case RebalanceCause.AssignmentLost lost -> of(lost.error());
          case RebalanceCause.GroupLoaded _,
              RebalanceCause.GroupMigrated _,
              RebalanceCause.GroupTooLarge _ ->
              0;
        };
  }

  private static long of(JournaledMember member) {
    return OF_OBJECT
        + of(member.memberId())
        + (member.groupInstanceId() == null ? 0 : of(member.groupInstanceId()))
        + of(member.clientId())
        + of(member.clientHost());
  }

  static long of(String text) {
    return OF_TEXT + text.length();
  }
}
