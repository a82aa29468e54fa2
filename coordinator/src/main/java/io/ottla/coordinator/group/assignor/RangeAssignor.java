package io.ottla.coordinator.group.assignor;

import io.ottla.wire.Uuid;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Gives each member a run of neighbouring partitions of every topic it reads, as {@code range} of
 * KIP-848: runs of one topic differ in length by one at most, the first subscribers have the longer
 * ones. Topics with equal partition counts and the same subscribers are cut alike, so that records
 * of the same key of two such topics meet at one member.
 *
 * <p>What a member had is not looked at: it keeps its partitions as far as its place among the
 * subscribers stays. Static members come first, so that the coming and going of others shifts them
 * least.
 */
public final class RangeAssignor implements Assignor {

  public static final String NAME = "range";

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Map<String, MemberAssignment> assign(GroupSpec group, TopicSpec topics) {
    List<String> ids = group.orderedIds();
    Map<Uuid, Cut> cuts = new HashMap<>();
    for (String id : ids) {
      for (Uuid topicId : group.members().get(id).topics()) {
        cuts.computeIfAbsent(topicId, topic -> new Cut(count(topics, topic))).subscribers++;
      }
    }
    Map<String, MemberAssignment> result = LinkedHashMap.newLinkedHashMap(ids.size());
    for (String id : ids) {
      MemberSpec member = group.members().get(id);
      Map<Uuid, Set<Integer>> partitions = new HashMap<>();
      for (Uuid topicId : member.topics()) {
        Set<Integer> run = cuts.get(topicId).next();
        if (!run.isEmpty()) {
          partitions.put(topicId, run);
        }
      }
      result.put(
          id,
          partitions.equals(member.assigned().partitions())
              ? member.assigned()
              : new MemberAssignment(partitions));
    }
    return result;
  }

  private static int count(TopicSpec topics, Uuid topicId) {
    int count = topics.partitionCount(topicId);
    if (count < 0) {
      throw new AssignorException("A member is subscribed to " + topicId + ", which is no topic");
    }
    return count;
  }

  /** One topic, being cut into as many runs as it has subscribers. */
  private static final class Cut {
    private final int count;
    private int subscribers;
    private int runs;
    private int start;

    Cut(int count) {
      this.count = count;
    }

    Set<Integer> next() {
      int length = count / subscribers + (runs < count % subscribers ? 1 : 0);
      Set<Integer> run = HashSet.newHashSet(length);
      for (int i = 0; i < length; i++) {
        run.add(start + i);
      }
      runs++;
      start += length;
      return run;
    }
  }
}
