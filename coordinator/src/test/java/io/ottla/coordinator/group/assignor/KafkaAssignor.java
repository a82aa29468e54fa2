package io.ottla.coordinator.group.assignor;

import io.ottla.wire.Uuid;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.coordinator.group.api.assignor.ConsumerGroupPartitionAssignor;
import org.apache.kafka.coordinator.group.api.assignor.SubscribedTopicDescriber;
import org.apache.kafka.coordinator.group.api.assignor.SubscriptionType;
import org.apache.kafka.coordinator.group.modern.Assignment;
import org.apache.kafka.coordinator.group.modern.GroupSpecImpl;
import org.apache.kafka.coordinator.group.modern.MemberSubscriptionAndAssignmentImpl;

/** One of Kafka's assignors behind our interface. */
record KafkaAssignor(ConsumerGroupPartitionAssignor kafkas) implements Assignor {

  @Override
  public String name() {
    return kafkas.name();
  }

  @Override
  public Map<String, MemberAssignment> assign(GroupSpec group, TopicSpec topics) {
    Map<String, MemberSubscriptionAndAssignmentImpl> members = new HashMap<>();
    Map<org.apache.kafka.common.Uuid, Map<Integer, String>> inverted = new HashMap<>();
    group
        .members()
        .forEach(
            (id, member) -> {
              Set<org.apache.kafka.common.Uuid> subscribed = new HashSet<>();
              member.topics().forEach(topicId -> subscribed.add(kafkas(topicId)));
              Map<org.apache.kafka.common.Uuid, Set<Integer>> assigned = new HashMap<>();
              member
                  .assigned()
                  .partitions()
                  .forEach(
                      (topicId, partitions) -> {
                        assigned.put(kafkas(topicId), partitions);
                        Map<Integer, String> owners =
                            inverted.computeIfAbsent(kafkas(topicId), ignored -> new HashMap<>());
                        partitions.forEach(partition -> owners.put(partition, id));
                      });
              members.put(
                  id,
                  new MemberSubscriptionAndAssignmentImpl(
                      Optional.ofNullable(member.rackId()),
                      Optional.ofNullable(member.instanceId()),
                      subscribed,
                      new Assignment(Collections.unmodifiableMap(assigned))));
            });
    SubscribedTopicDescriber describer =
        new SubscribedTopicDescriber() {
          @Override
          public int numPartitions(org.apache.kafka.common.Uuid topicId) {
            return topics.partitionCount(ours(topicId));
          }

          @Override
          public Set<String> racksForPartition(
              org.apache.kafka.common.Uuid topicId, int partition) {
            return topics.racks(ours(topicId), partition);
          }
        };
    Map<String, MemberAssignment> result = new HashMap<>();
    group.members().keySet().forEach(id -> result.put(id, MemberAssignment.EMPTY));
    kafkas
        .assign(
            new GroupSpecImpl(
                members,
                group.isHomogeneous()
                    ? SubscriptionType.HOMOGENEOUS
                    : SubscriptionType.HETEROGENEOUS,
                inverted),
            describer)
        .members()
        .forEach(
            (id, assignment) -> {
              Map<Uuid, Set<Integer>> partitions = new HashMap<>();
              assignment
                  .partitions()
                  .forEach((topicId, each) -> partitions.put(ours(topicId), Set.copyOf(each)));
              result.put(id, new MemberAssignment(partitions));
            });
    return result;
  }

  private static Uuid ours(org.apache.kafka.common.Uuid id) {
    return new Uuid(id.getMostSignificantBits(), id.getLeastSignificantBits());
  }

  private static org.apache.kafka.common.Uuid kafkas(Uuid id) {
    return new org.apache.kafka.common.Uuid(id.mostSignificantBits(), id.leastSignificantBits());
  }
}
