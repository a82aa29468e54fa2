package io.ottla.coordinator.group.consumer;

import java.util.List;

/**
 * A group of the classic protocol at the moment at which it ends to become a consumer group, or
 * begins as what one becomes.
 *
 * @param generation the last one that was begun
 * @param protocolType what kind of members it has, or null if it never had any
 * @param isEmpty whether it has no members and prepares for none
 * @param members in their order
 */
public record ClassicGroupPicture(
    String groupId, int generation, String protocolType, boolean isEmpty, List<Member> members) {

  /**
   * A member.
   *
   * @param instanceId of a static member, or null
   * @param protocols in its order of preference, at least one; all say the same of a consumer
   * @param subscription what it says in the protocol of the generation
   * @param assignment as it was serialized for it; empty if it has got none yet
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Member(
      String memberId,
      String instanceId,
      String clientId,
      String clientHost,
      int sessionTimeoutMs,
      int rebalanceTimeoutMs,
      List<Protocol> protocols,
      byte[] subscription,
      byte[] assignment) {}

  /** What a member says in one of its protocols. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Protocol(String name, byte[] metadata) {}
}
