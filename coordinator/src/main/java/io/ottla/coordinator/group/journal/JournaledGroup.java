package io.ottla.coordinator.group.journal;

import java.util.List;

/** What the journal asks of a group, on the shard's thread and only when it needs to know. */
public interface JournaledGroup {

  String groupId();

  GroupProtocol groupProtocol();

  /** The generation of a classic group, the group epoch of another. */
  int generation();

  int memberCount();

  /** The first members, at most so many. */
  List<JournaledMember> journaledMembers(int max);
}
