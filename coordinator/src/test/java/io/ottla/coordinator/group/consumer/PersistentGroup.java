package io.ottla.coordinator.group.consumer;

import io.ottla.coordinator.group.assignor.MemberAssignment;
import io.ottla.wire.Uuid;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** All of a group that must be the same after the log was replayed. */
record PersistentGroup(
    int epoch,
    long metadataHash,
    int targetEpoch,
    long targetTimestampMs,
    boolean hasPartitionMetadata,
    ConsumerGroupState state,
    boolean isSettled,
    Map<String, ConsumerMember> members,
    Map<String, MemberAssignment> targets,
    Map<String, String> staticMembers,
    Set<String> topics,
    Map<String, Integer> regexes,
    Map<String, ResolvedRegex> resolved,
    Map<Uuid, Map<Integer, Integer>> owners,
    int classicMembers) {

  static Map<String, PersistentGroup> allOf(ConsumerGroups groups) {
    Map<String, PersistentGroup> all = new TreeMap<>();
    groups.all().forEach(group -> all.put(group.groupId(), of(group)));
    return all;
  }

  private static PersistentGroup of(ConsumerGroup group) {
    Map<String, ConsumerMember> members = new TreeMap<>();
    Map<String, MemberAssignment> targets = new TreeMap<>();
    Map<String, String> staticMembers = new TreeMap<>();
    Map<Uuid, Map<Integer, Integer>> owners = new TreeMap<>();
    for (ConsumerMember member : group.members()) {
      members.put(member.memberId(), member);
      if (group.hasTarget(member.memberId())) {
        targets.put(member.memberId(), group.target(member.memberId()));
      }
      if (member.instanceId() != null) {
        staticMembers.put(member.instanceId(), group.staticMemberId(member.instanceId()));
      }
      member
          .current()
          .assigned()
          .forEach(
              (topicId, partitions) ->
                  partitions
                      .keySet()
                      .forEach(
                          partition ->
                              owners
                                  .computeIfAbsent(topicId, id -> new TreeMap<>())
                                  .put(partition, group.owners().epoch(topicId, partition))));
    }
    Map<String, Integer> regexes = new TreeMap<>();
    group
        .subscriptions()
        .regexes()
        .forEach(regex -> regexes.put(regex, group.subscriptions().membersWith(regex)));
    Map<String, ResolvedRegex> resolved = new TreeMap<>();
    group
        .subscriptions()
        .resolvedRegexes()
        .forEach(regex -> resolved.put(regex, group.subscriptions().resolved(regex)));
    return new PersistentGroup(
        group.epoch(),
        group.metadataHash(),
        group.targetEpoch(),
        group.targetTimestampMs(),
        group.hasPartitionMetadata(),
        group.state(),
        group.isSettled(),
        members,
        targets,
        staticMembers,
        new TreeSet<>(group.subscribedTopics()),
        regexes,
        resolved,
        owners,
        group.classicMembers());
  }
}
