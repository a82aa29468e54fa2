package io.ottla.coordinator.group.assignor;

import io.ottla.wire.Uuid;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * An assignment in the making: members and topics are numbered in their order, every partition has
 * an owner or {@link #NOBODY}. It begins with what each member keeps: the partitions it had, of
 * topics that it still reads.
 */
final class Draft {

  /** The owner of a partition that has none. */
  static final int NOBODY = -1;

  /** A partition. */
  record Place(int topic, int partition) {}

  private final List<String> ids;
  private final MemberSpec[] members;
  private final Uuid[] topics;
  private final Map<Uuid, Integer> topicNumbers;
  private final int[][] owners;
  private final int[][] ownersBefore;
  private final int[] loads;
  private final boolean[] isTouched;

  private Draft(GroupSpec group, Set<Uuid> subscribed, TopicSpec spec) {
    ids = group.orderedIds();
    members = ids.stream().map(group.members()::get).toArray(MemberSpec[]::new);
    topics = subscribed.toArray(Uuid[]::new);
    Arrays.sort(topics);
    topicNumbers = HashMap.newHashMap(topics.length);
    owners = new int[topics.length][];
    ownersBefore = new int[topics.length][];
    loads = new int[members.length];
    isTouched = new boolean[members.length];
    for (int topic = 0; topic < topics.length; topic++) {
      int count = spec.partitionCount(topics[topic]);
      if (count < 0) {
        throw new AssignorException(
            "Members are subscribed to " + topics[topic] + ", which is no topic");
      }
      topicNumbers.put(topics[topic], topic);
      owners[topic] = new int[count];
      Arrays.fill(owners[topic], NOBODY);
    }
    for (int member = 0; member < members.length; member++) {
      keep(member);
    }
    for (int topic = 0; topic < topics.length; topic++) {
      ownersBefore[topic] = owners[topic].clone();
    }
  }

  /** The members all read the same topics. */
  static Draft ofHomogeneous(GroupSpec group, TopicSpec topics) {
    return new Draft(group, group.members().values().iterator().next().topics(), topics);
  }

  static Draft of(GroupSpec group, TopicSpec topics) {
    Set<Uuid> subscribed = new HashSet<>();
    group.members().values().forEach(member -> subscribed.addAll(member.topics()));
    return new Draft(group, subscribed, topics);
  }

  private void keep(int member) {
    int had = 0;
    for (Map.Entry<Uuid, Set<Integer>> entry : members[member].assigned().partitions().entrySet()) {
      had += entry.getValue().size();
      Integer topic = topicNumbers.get(entry.getKey());
      if (topic == null || !members[member].topics().contains(entry.getKey())) {
        continue;
      }
      int[] ofTopic = owners[topic];
      for (int partition : entry.getValue()) {
        // A target has one owner per partition; were it not so, the first in order keeps it.
        if (partition >= 0 && partition < ofTopic.length && ofTopic[partition] == NOBODY) {
          ofTopic[partition] = member;
          loads[member]++;
        }
      }
    }
    isTouched[member] = loads[member] != had;
  }

  int memberCount() {
    return members.length;
  }

  MemberSpec member(int member) {
    return members[member];
  }

  int topicCount() {
    return topics.length;
  }

  Uuid topic(int topic) {
    return topics[topic];
  }

  int topicNumber(Uuid topicId) {
    return topicNumbers.get(topicId);
  }

  int partitionCount(int topic) {
    return owners[topic].length;
  }

  int partitionCount() {
    int sum = 0;
    for (int[] each : owners) {
      sum += each.length;
    }
    return sum;
  }

  int owner(int topic, int partition) {
    return owners[topic][partition];
  }

  int owner(Place place) {
    return owners[place.topic][place.partition];
  }

  int ownerBefore(Place place) {
    return ownersBefore[place.topic][place.partition];
  }

  boolean isKept(Place place) {
    return isKept(place.topic, place.partition);
  }

  /** Who had the partition at first and could keep it, or {@link #NOBODY}. */
  int ownerBefore(int topic, int partition) {
    return ownersBefore[topic][partition];
  }

  /** The topics of which the member had partitions that it could keep, in order. */
  int[] topicsBefore(int member) {
    return members[member].assigned().partitions().keySet().stream()
        .filter(members[member].topics()::contains)
        .mapToInt(topicNumbers::get)
        .sorted()
        .toArray();
  }

  /** Returns whether the partition is with the member that had it. */
  boolean isKept(int topic, int partition) {
    int owner = owners[topic][partition];
    return owner != NOBODY && owner == ownersBefore[topic][partition];
  }

  /** How many partitions the member has now. */
  int load(int member) {
    return loads[member];
  }

  void move(int topic, int partition, int to) {
    int from = owners[topic][partition];
    owners[topic][partition] = to;
    change(from, -1);
    change(to, 1);
  }

  private void change(int member, int by) {
    if (member != NOBODY) {
      loads[member] += by;
      isTouched[member] = true;
    }
  }

  Map<String, MemberAssignment> result() {
    List<Map<Uuid, Set<Integer>>> made = new ArrayList<>(members.length);
    for (boolean touched : isTouched) {
      made.add(touched ? new HashMap<>() : null);
    }
    for (int topic = 0; topic < topics.length; topic++) {
      for (int partition = 0; partition < owners[topic].length; partition++) {
        int owner = owners[topic][partition];
        if (owner != NOBODY && isTouched[owner]) {
          made.get(owner).computeIfAbsent(topics[topic], ignored -> new HashSet<>()).add(partition);
        }
      }
    }
    Map<String, MemberAssignment> result = LinkedHashMap.newLinkedHashMap(members.length);
    for (int member = 0; member < members.length; member++) {
      MemberAssignment before = members[member].assigned();
      boolean isSame = !isTouched[member] || made.get(member).equals(before.partitions());
      result.put(ids.get(member), isSame ? before : new MemberAssignment(made.get(member)));
    }
    return result;
  }
}
