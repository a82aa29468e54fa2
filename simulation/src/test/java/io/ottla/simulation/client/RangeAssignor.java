package io.ottla.simulation.client;

import io.ottla.wire.TopicPartition;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Shares a topic's partitions out among members: a range for each, the first ones one more. */
final class RangeAssignor {

  private RangeAssignor() {}

  static Map<String, Set<TopicPartition>> assign(
      Collection<String> members, String topic, int partitions) {
    Map<String, Set<TopicPartition>> assignment = new TreeMap<>();
    int next = 0;
    int rank = 0;
    for (String member : new TreeSet<>(members)) {
      int count = partitions / members.size() + (rank++ < partitions % members.size() ? 1 : 0);
      Set<TopicPartition> own = new TreeSet<>();
      for (int i = 0; i < count; i++) {
        own.add(new TopicPartition(topic, next++));
      }
      assignment.put(member, own);
    }
    return assignment;
  }
}
