package io.ottla.coordinator.group;

import io.ottla.coordinator.CoordinatorRecord;
import io.ottla.coordinator.Deadline;
import io.ottla.coordinator.Reply;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.GroupMetadataValue;
import io.ottla.wire.message.JoinGroupResponse;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * A group of the classic protocol: its members, its phase, its generation.
 *
 * <p>{@link #replay} sets what the log says: a finished generation. Between two of them the group
 * moves on softly, as members come, go and prepare the next one. The invariants that hold
 * throughout: the leader is a member, or there is none; the count of members awaiting the join
 * equals those that do; a static member's name maps to one member; members that have to sync are
 * members.
 *
 * <p>Owned by the shard's thread. Members are kept in the order they joined, so that every choice
 * among them is deterministic.
 */
final class ClassicGroup implements Group {

  private final String groupId;
  private ClassicGroupState state = ClassicGroupState.EMPTY;

  /** The phase before a rebalance began: a rebalance that begins with nobody waits for more. */
  private ClassicGroupState previousState = ClassicGroupState.DEAD;

  private long stateTimestampMs;
  private int generation;
  private String protocolType;
  private String protocolName;
  private String leaderId;
  private final Map<String, ClassicMember> members = new LinkedHashMap<>();
  private final Map<String, String> staticMembers = new HashMap<>();

  private final SpokenProtocols speakers = new SpokenProtocols();

  private final PendingMembers pending = new PendingMembers();

  /** Members of this generation that have not asked for their assignment yet. */
  private final Set<String> pendingSync = new LinkedHashSet<>();

  private int awaitingJoin;
  private boolean memberAddedMeanwhile;
  private Set<String> subscribedTopics;
  private Deadline joinDeadline;
  private Deadline syncDeadline;

  /** A group nobody has joined yet, or whose offsets are committed from outside. */
  ClassicGroup(String groupId, long nowMs) {
    this.groupId = groupId;
    this.stateTimestampMs = nowMs;
  }

  @Override
  public String groupId() {
    return groupId;
  }

  @Override
  public GroupType type() {
    return GroupType.CLASSIC;
  }

  @Override
  public String stateText() {
    return state.text();
  }

  @Override
  public String listedProtocolType() {
    return protocolType == null ? "" : protocolType;
  }

  @Override
  public boolean isEmpty() {
    return state == ClassicGroupState.EMPTY;
  }

  @Override
  public void addTombstones(List<CoordinatorRecord> records) {
    records.add(GroupRecords.groupTombstone(groupId));
  }

  /** Whether there is nothing but offsets: no record says that there is such a group. */
  boolean isSimple() {
    return protocolType == null && isEmpty() && pending.isEmpty();
  }

  ClassicGroupState state() {
    return state;
  }

  ClassicGroupState previousState() {
    return previousState;
  }

  boolean isIn(ClassicGroupState other) {
    return state == other;
  }

  /** When the group got into its state, or -1 if an old record did not say. */
  long stateTimestampMs() {
    return stateTimestampMs;
  }

  int generation() {
    return generation;
  }

  /** What kind of members the group has had, or null if it never had any. */
  String protocolType() {
    return protocolType;
  }

  boolean usesConsumerProtocol() {
    return SubscribedTopics.PROTOCOL_TYPE.equals(protocolType);
  }

  /** The protocol of this generation, or null. */
  String protocolName() {
    return protocolName;
  }

  /** The member that assigns, or null. */
  String leaderId() {
    return leaderId;
  }

  boolean isLeader(String memberId) {
    return memberId.equals(leaderId);
  }

  Collection<ClassicMember> members() {
    return Collections.unmodifiableCollection(members.values());
  }

  int size() {
    return members.size();
  }

  boolean hasMember(String memberId) {
    return members.containsKey(memberId);
  }

  /** The member, or null. */
  ClassicMember member(String memberId) {
    return members.get(memberId);
  }

  /** The member that has a static name now, or null. */
  ClassicMember staticMember(String groupInstanceId) {
    String memberId = staticMembers.get(groupInstanceId);
    return memberId == null ? null : members.get(memberId);
  }

  /**
   * Whether the member may speak for itself.
   *
   * @param groupInstanceId its static name, or null
   * @return NONE, UNKNOWN_MEMBER_ID, or FENCED_INSTANCE_ID if another has its name now (KIP-345)
   */
  ErrorCode validateMember(String memberId, String groupInstanceId) {
    if (groupInstanceId != null) {
      String current = staticMembers.get(groupInstanceId);
      if (current == null) {
        return ErrorCode.UNKNOWN_MEMBER_ID;
      }
      if (!current.equals(memberId)) {
        return ErrorCode.FENCED_INSTANCE_ID;
      }
    }
    return hasMember(memberId) ? ErrorCode.NONE : ErrorCode.UNKNOWN_MEMBER_ID;
  }

  /** Whether members of a kind that speak these protocols can work together with those here. */
  boolean supports(String memberProtocolType, List<MemberProtocol> protocols) {
    if (state == ClassicGroupState.EMPTY) {
      return !memberProtocolType.isEmpty() && !protocols.isEmpty();
    }
    return memberProtocolType.equals(protocolType)
        && speakers.isAnySpokenBy(members.size(), protocols);
  }

  /** How long the slowest member may take to join again. */
  int rebalanceTimeoutMs() {
    int longest = 0;
    for (ClassicMember member : members.values()) {
      longest = Math.max(longest, member.rebalanceTimeoutMs());
    }
    return longest;
  }

  int awaitingJoin() {
    return awaitingJoin;
  }

  boolean haveAllJoined() {
    return awaitingJoin == members.size() && pending.isEmpty();
  }

  /** The ids given out that nobody has joined with yet. */
  PendingMembers pending() {
    return pending;
  }

  /** Whether a member joined while the first rebalance waits for more; asking resets it. */
  boolean takeMemberAddedMeanwhile() {
    boolean added = memberAddedMeanwhile;
    memberAddedMeanwhile = false;
    return added;
  }

  /** Adds a member. Its session has not begun, and it waits for nothing. */
  void add(ClassicMember member, String memberProtocolType) {
    if (members.isEmpty()) {
      protocolType = memberProtocolType;
    }
    if (state == ClassicGroupState.PREPARING_REBALANCE
        && previousState == ClassicGroupState.EMPTY) {
      memberAddedMeanwhile = true;
    }
    pending.remove(member.memberId());
    put(member);
    if (leaderId == null) {
      leaderId = member.memberId();
    }
  }

  private void put(ClassicMember member) {
    members.put(member.memberId(), member);
    if (member.isStatic()) {
      staticMembers.put(member.groupInstanceId(), member.memberId());
    }
    speakers.add(member);
  }

  /**
   * Takes a member out, ends its session and tells its waiting requests that it is none any more.
   */
  void remove(ClassicMember member) {
    members.remove(member.memberId());
    speakers.remove(member);
    if (member.isStatic()) {
      staticMembers.remove(member.groupInstanceId(), member.memberId());
    }
    pendingSync.remove(member.memberId());
    if (isLeader(member.memberId())) {
      leaderId = members.isEmpty() ? null : members.keySet().iterator().next();
    }
    dismiss(member, MemberResponses.NONE, ErrorCode.UNKNOWN_MEMBER_ID);
  }

  private void dismiss(ClassicMember member, String memberId, ErrorCode error) {
    member.endSession();
    answerJoin(member, MemberResponses.joinError(memberId, error));
    member.answerSync(MemberResponses.syncError(error));
  }

  /**
   * Puts a static member that was restarted into the place of its former self, which is fenced. Not
   * for a stable group, where the log has to say so first.
   *
   * @return the new member
   */
  ClassicMember replace(ClassicMember former, String newMemberId) {
    ClassicMember member = former.restartedAs(newMemberId);
    speakers.remove(former);
    List<ClassicMember> inOrder = new ArrayList<>(members.values());
    members.clear();
    for (ClassicMember each : inOrder) {
      ClassicMember now = each == former ? member : each;
      members.put(now.memberId(), now);
    }
    speakers.add(member);
    staticMembers.put(member.groupInstanceId(), newMemberId);
    if (isLeader(former.memberId())) {
      leaderId = newMemberId;
    }
    if (pendingSync.remove(former.memberId())) {
      pendingSync.add(newMemberId);
    }
    dismiss(former, former.memberId(), ErrorCode.FENCED_INSTANCE_ID);
    return member;
  }

  /** Takes over what a member says of itself when it joins again. */
  void update(ClassicMember member, MemberTimeouts timeouts, List<MemberProtocol> protocols) {
    speakers.remove(member);
    member.protocols(protocols);
    member.timeouts(timeouts);
    speakers.add(member);
  }

  /** Has a request to join wait. One of the same member that waits already is sent back. */
  void awaitJoin(ClassicMember member, Reply<JoinGroupResponse> reply) {
    answerJoin(
        member, MemberResponses.joinError(member.memberId(), ErrorCode.REBALANCE_IN_PROGRESS));
    member.awaitJoin(reply);
    awaitingJoin++;
  }

  /** Answers the member's request to join, if one waits. */
  void answerJoin(ClassicMember member, JoinGroupResponse response) {
    Reply<JoinGroupResponse> reply = member.takeJoinReply();
    if (reply != null) {
      awaitingJoin--;
      reply.send(response);
    }
  }

  /**
   * Makes sure that a member which has joined leads.
   *
   * @return false if none has
   */
  boolean electJoinedLeader() {
    ClassicMember leader = leaderId == null ? null : members.get(leaderId);
    if (leader != null && leader.isAwaitingJoin()) {
      return true;
    }
    for (ClassicMember member : members.values()) {
      if (member.isAwaitingJoin()) {
        leaderId = member.memberId();
        return true;
      }
    }
    return false;
  }

  /** Goes to a phase that needs no record. */
  void become(ClassicGroupState next, long nowMs) {
    if (!state.mayBecome(next)) {
      throw new IllegalStateException(
          "group " + groupId + " is " + state.text() + " and cannot become " + next.text());
    }
    previousState = state;
    state = next;
    stateTimestampMs = nowMs;
  }

  /** Begins the next generation with the members there are, all of which have to sync. */
  void beginGeneration(long nowMs) {
    generation++;
    protocolName = electProtocol(null, null);
    subscribedTopics = SubscribedTopics.of(this);
    pendingSync.clear();
    pendingSync.addAll(members.keySet());
    become(ClassicGroupState.COMPLETING_REBALANCE, nowMs);
  }

  /**
   * The protocol that would be elected now.
   *
   * @param changed a member that would come with other protocols, or null
   * @param protocols that member's protocols
   */
  String electProtocol(ClassicMember changed, List<MemberProtocol> protocols) {
    List<List<MemberProtocol>> ballots = new ArrayList<>(members.size());
    for (ClassicMember member : members.values()) {
      ballots.add(member == changed ? protocols : member.protocols());
    }
    return ProtocolVotes.elect(ballots);
  }

  boolean hasEveryoneSynced() {
    return pendingSync.isEmpty();
  }

  List<String> pendingSync() {
    return List.copyOf(pendingSync);
  }

  void removePendingSync(String memberId) {
    pendingSync.remove(memberId);
  }

  void clearPendingSync() {
    pendingSync.clear();
  }

  @Override
  public boolean isSubscribedTo(String topic) {
    return subscribedTopics == null ? usesConsumerProtocol() : subscribedTopics.contains(topic);
  }

  boolean knowsSubscribedTopics() {
    return subscribedTopics != null;
  }

  /** Sets the timer of the join phase, in place of the one there was. */
  void joinDeadline(Deadline deadline) {
    cancelJoinDeadline();
    joinDeadline = deadline;
  }

  /** The timer of the join phase, if it runs, is to go off after that time from now. */
  void putOffJoin(long delayMs) {
    if (joinDeadline != null) {
      joinDeadline.set(delayMs);
    }
  }

  void cancelJoinDeadline() {
    if (joinDeadline != null) {
      joinDeadline.cancel();
      joinDeadline = null;
    }
  }

  /** Sets the timer of the sync phase, in place of the one there was. */
  void syncDeadline(Deadline deadline) {
    cancelSyncDeadline();
    syncDeadline = deadline;
  }

  void cancelSyncDeadline() {
    if (syncDeadline != null) {
      syncDeadline.cancel();
      syncDeadline = null;
    }
  }

  /**
   * Takes over a finished generation from its record. Members that stay keep their sessions and
   * what they wait for; those the record does not name any more are dismissed: a static name they
   * had went to another.
   */
  void replay(GroupMetadataValue value) {
    Map<String, ClassicMember> former = new LinkedHashMap<>(members);
    members.clear();
    staticMembers.clear();
    speakers.clear();
    String protocol =
        value.members().isEmpty() ? null : Objects.requireNonNullElse(value.protocol(), "");
    for (GroupMetadataValue.MemberMetadata metadata : value.members()) {
      ClassicMember member = former.remove(metadata.memberId());
      if (member == null) {
        member = GroupRecords.member(metadata, protocol);
      } else if (!member.says(protocol, metadata.subscription())) {
        member.protocols(List.of(new MemberProtocol(protocol, metadata.subscription())));
      }
      member.timeouts(GroupRecords.timeouts(metadata));
      member.assignment(metadata.assignment());
      put(member);
    }
    for (ClassicMember gone : former.values()) {
      String successor = gone.isStatic() ? staticMembers.get(gone.groupInstanceId()) : null;
      if (pendingSync.remove(gone.memberId()) && successor != null) {
        pendingSync.add(successor);
      }
      dismiss(gone, gone.memberId(), ErrorCode.FENCED_INSTANCE_ID);
    }
    generation = value.generation();
    protocolType = value.protocolType().isEmpty() ? null : value.protocolType();
    protocolName = protocol;
    leaderId = value.leader();
    previousState = state;
    state = members.isEmpty() ? ClassicGroupState.EMPTY : ClassicGroupState.STABLE;
    stateTimestampMs = value.currentStateTimestamp();
    subscribedTopics = SubscribedTopics.of(this);
    if (members.isEmpty()) {
      pendingSync.clear();
    }
  }

  /** The end: stops all timers and answers all who wait. */
  void die(ErrorCode error) {
    cancelJoinDeadline();
    cancelSyncDeadline();
    pending.clear();
    for (ClassicMember member : members.values()) {
      dismiss(member, member.memberId(), error);
    }
    state = ClassicGroupState.DEAD;
  }

  @Override
  public String toString() {
    return groupId + " (" + state.text() + ", generation " + generation + ")";
  }
}
