package io.ottla.coordinator.group;

import io.ottla.coordinator.Deadline;
import io.ottla.coordinator.Reply;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.JoinGroupResponse;
import io.ottla.wire.message.SyncGroupResponse;
import java.util.Arrays;
import java.util.List;

/**
 * A member of a classic group. Who it is and its assignment are persistent; its protocols are
 * persistent as far as the one the group uses, the others are known until the next load.
 *
 * <p>Owned by the shard's thread. {@link ClassicGroup} keeps counts over its members, so what those
 * depend on is changed through the group.
 */
final class ClassicMember {

  static final byte[] NO_ASSIGNMENT = {};

  private final String memberId;
  private final String groupInstanceId;
  private final String clientId;
  private final String clientHost;
  private int rebalanceTimeoutMs;
  private int sessionTimeoutMs;
  private List<MemberProtocol> protocols;
  private byte[] assignment = NO_ASSIGNMENT;

  /** The session, or, while the member is new, how long it may wait for its first generation. */
  private Deadline session;

  private boolean isNew;
  private Reply<JoinGroupResponse> joinReply;
  private Reply<SyncGroupResponse> syncReply;

  /**
   * @param groupInstanceId the name of a static member, null for a dynamic one
   * @param protocols in the member's order of preference
   */
  ClassicMember(
      String memberId,
      String groupInstanceId,
      String clientId,
      String clientHost,
      MemberTimeouts timeouts,
      List<MemberProtocol> protocols) {
    this.memberId = memberId;
    this.groupInstanceId = groupInstanceId;
    this.clientId = clientId;
    this.clientHost = clientHost;
    this.rebalanceTimeoutMs = timeouts.rebalanceTimeoutMs();
    this.sessionTimeoutMs = timeouts.sessionTimeoutMs();
    this.protocols = List.copyOf(protocols);
  }

  /**
   * The same member, restarted under a new id. Sessions and waiting requests are not taken over.
   */
  ClassicMember restartedAs(String newMemberId) {
    ClassicMember restarted =
        new ClassicMember(
            newMemberId, groupInstanceId, clientId, clientHost, timeouts(), protocols);
    restarted.assignment = assignment;
    return restarted;
  }

  String memberId() {
    return memberId;
  }

  /** The static member's name, or null. */
  String groupInstanceId() {
    return groupInstanceId;
  }

  boolean isStatic() {
    return groupInstanceId != null;
  }

  String clientId() {
    return clientId;
  }

  String clientHost() {
    return clientHost;
  }

  int rebalanceTimeoutMs() {
    return rebalanceTimeoutMs;
  }

  int sessionTimeoutMs() {
    return sessionTimeoutMs;
  }

  MemberTimeouts timeouts() {
    return new MemberTimeouts(sessionTimeoutMs, rebalanceTimeoutMs);
  }

  void timeouts(MemberTimeouts timeouts) {
    sessionTimeoutMs = timeouts.sessionTimeoutMs();
    rebalanceTimeoutMs = timeouts.rebalanceTimeoutMs();
  }

  List<MemberProtocol> protocols() {
    return protocols;
  }

  void protocols(List<MemberProtocol> newProtocols) {
    protocols = List.copyOf(newProtocols);
  }

  /** Whether the member speaks the protocol and says just this in it. */
  boolean says(String protocolName, byte[] metadata) {
    for (MemberProtocol protocol : protocols) {
      if (protocol.name().equals(protocolName)) {
        return Arrays.equals(protocol.metadata(), metadata);
      }
    }
    return false;
  }

  /** What the member says in a protocol that it speaks. */
  byte[] metadata(String protocolName) {
    for (MemberProtocol protocol : protocols) {
      if (protocol.name().equals(protocolName)) {
        return protocol.metadata();
      }
    }
    throw new IllegalArgumentException(
        "member " + memberId + " does not speak protocol " + protocolName);
  }

  byte[] assignment() {
    return assignment;
  }

  void assignment(byte[] newAssignment) {
    assignment = newAssignment;
  }

  boolean isNew() {
    return isNew;
  }

  void isNew(boolean value) {
    isNew = value;
  }

  Deadline session() {
    return session;
  }

  void session(Deadline deadline) {
    session = deadline;
  }

  void endSession() {
    if (session != null) {
      session.cancel();
    }
  }

  boolean isAwaitingJoin() {
    return joinReply != null;
  }

  boolean isAwaitingSync() {
    return syncReply != null;
  }

  /**
   * Whether the member needs no heartbeat to be thought alive: it waits for an answer of ours. New
   * members are not spared, as nobody would notice that they have gone.
   */
  boolean isSparedFromHeartbeats() {
    return !isNew && (isAwaitingJoin() || isAwaitingSync());
  }

  /** Keeps a request to join; the group counts them, so only it may call this. */
  void awaitJoin(Reply<JoinGroupResponse> reply) {
    joinReply = reply;
  }

  /** Takes the waiting request to join, or null; only for the group. */
  Reply<JoinGroupResponse> takeJoinReply() {
    Reply<JoinGroupResponse> reply = joinReply;
    joinReply = null;
    return reply;
  }

  /** Keeps a request for the assignment. One that waits already will get nothing better. */
  void awaitSync(Reply<SyncGroupResponse> reply) {
    answerSync(MemberResponses.syncError(ErrorCode.REBALANCE_IN_PROGRESS));
    syncReply = reply;
  }

  /**
   * Answers the request for the assignment, if one waits.
   *
   * @return whether one waited
   */
  boolean answerSync(SyncGroupResponse response) {
    Reply<SyncGroupResponse> reply = syncReply;
    syncReply = null;
    if (reply != null) {
      reply.send(response);
    }
    return reply != null;
  }

  @Override
  public String toString() {
    return isStatic() ? memberId + " (instance " + groupInstanceId + ")" : memberId;
  }
}
