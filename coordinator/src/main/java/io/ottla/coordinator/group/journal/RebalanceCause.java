package io.ottla.coordinator.group.journal;

import java.util.Locale;

/** Why a group rebalances. The text of a cause is a clause that says what happened. Immutable. */
public sealed interface RebalanceCause {

  /**
   * @param reason the member's own words, or empty (KIP-800)
   */
  record MemberJoined(JournaledMember member, String reason) implements RebalanceCause {
    public MemberJoined {
      reason = JournalText.reason(reason);
    }

    @Override
    public String toString() {
      return "member " + member + " joined" + saying(reason);
    }
  }

  /**
   * @param reason the member's own words, or empty (KIP-800)
   */
  record MemberLeft(JournaledMember member, String reason) implements RebalanceCause {
    public MemberLeft {
      reason = JournalText.reason(reason);
    }

    @Override
    public String toString() {
      return "member " + member + " left" + saying(reason);
    }
  }

  /** An administrator removed a member (KIP-345). */
  record MemberRemoved(JournaledMember member, String reason) implements RebalanceCause {
    public MemberRemoved {
      reason = JournalText.reason(reason);
    }

    @Override
    public String toString() {
      return "member " + member + " was removed by an administrator" + saying(reason);
    }
  }

  /**
   * No heartbeat came in time.
   *
   * @param silentMs how long ago the member was last heard of, or was last kept waiting by us
   * @param sessionTimeoutMs how long it may be silent
   */
  record SessionExpired(JournaledMember member, long silentMs, int sessionTimeoutMs)
      implements RebalanceCause {

    /** How late the heartbeat was. */
    public long lateMs() {
      return Math.max(0, silentMs - sessionTimeoutMs);
    }

    @Override
    public String toString() {
      return "member %s sent no heartbeat for %d ms (session timeout %d ms)"
          .formatted(member, silentMs, sessionTimeoutMs);
    }
  }

  /** A member that is alive did not do its part of a rebalance in time. */
  record MemberTooSlow(JournaledMember member, Part part, int givenMs) implements RebalanceCause {

    /** What the member had to do. */
    public enum Part {
      /** Send JoinGroup, after it was told of the rebalance. */
      JOIN,
      /** Send SyncGroup, after it was told of the generation. */
      SYNC,
      /** Give up partitions that go to another (KIP-848). */
      REVOKE
    }

    @Override
    public String toString() {
      return "member %s did not %s within %d ms"
          .formatted(member, part.name().toLowerCase(Locale.ROOT), givenMs);
    }
  }

  /** A member subscribes to something else, or offers other assignors. */
  record MemberChanged(JournaledMember member, String reason) implements RebalanceCause {
    public MemberChanged {
      reason = JournalText.reason(reason);
    }

    @Override
    public String toString() {
      return "member " + member + " changed its subscription" + saying(reason);
    }
  }

  /** The leader of a classic group wants to assign anew, mostly as topics have changed. */
  record LeaderRejoined(JournaledMember member, String reason) implements RebalanceCause {
    public LeaderRejoined {
      reason = JournalText.reason(reason);
    }

    @Override
    public String toString() {
      return "the leader " + member + " joined again" + saying(reason);
    }
  }

  /** A static member came back, as a member under a new id (KIP-345). */
  record MemberReplaced(JournaledMember member, String formerMemberId) implements RebalanceCause {
    public MemberReplaced {
      formerMemberId = JournalText.name(formerMemberId);
    }

    @Override
    public String toString() {
      return "static member " + member + " came back in the place of " + formerMemberId;
    }
  }

  /** Topics the group reads have come, gone, grown or moved. */
  record TopicsChanged(CutList<String> topics) implements RebalanceCause {
    @Override
    public String toString() {
      return topics.isEmpty() ? "its topics have changed" : "topics have changed: " + topics;
    }
  }

  /** The group had not settled when its coordinator moved here. */
  record GroupLoaded() implements RebalanceCause {
    @Override
    public String toString() {
      return "the group's coordinator has moved here";
    }
  }

  /** The group goes from one protocol to the other. */
  record GroupMigrated(GroupProtocol from, GroupProtocol to) implements RebalanceCause {
    @Override
    public String toString() {
      return "the group migrates from the " + from.text() + " to the " + to.text() + " protocol";
    }
  }

  /** There are more members than are allowed. */
  record GroupTooLarge(int members, int maxSize) implements RebalanceCause {
    @Override
    public String toString() {
      return "the group has " + members + " members, and at most " + maxSize + " are allowed";
    }
  }

  /** The assignment was made, but could not be written down. */
  record AssignmentLost(String error) implements RebalanceCause {
    public AssignmentLost {
      error = JournalText.reason(error);
    }

    @Override
    public String toString() {
      return "the assignment could not be written: " + error;
    }
  }

  /** How the reasons begin that Kafka's admin client gives. */
  String REMOVED_BY_ADMIN = "member was removed by an admin";

  /**
   * A member has left by LeaveGroup. Members leave by their ids; who names a member by its instance
   * alone, or says so, is somebody else.
   */
  static RebalanceCause left(JournaledMember member, boolean isNamedByInstance, String reason) {
    return isNamedByInstance || (reason != null && reason.startsWith(REMOVED_BY_ADMIN))
        ? new MemberRemoved(member, reason)
        : new MemberLeft(member, reason);
  }

  private static String saying(String reason) {
    return reason.isEmpty() ? "" : " ('" + reason + "')";
  }
}
