package io.ottla.coordinator.group.consumer;

import io.ottla.coordinator.group.assignor.Assignor;
import io.ottla.coordinator.group.assignor.MemberAssignment;
import io.ottla.coordinator.group.assignor.MemberSpec;
import io.ottla.coordinator.group.assignor.RangeAssignor;
import io.ottla.coordinator.group.assignor.TopicSpec;
import io.ottla.coordinator.group.assignor.UniformAssignor;
import io.ottla.wire.Uuid;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.apache.kafka.coordinator.group.api.assignor.ConsumerGroupPartitionAssignor;
import org.apache.kafka.coordinator.group.api.assignor.GroupAssignment;
import org.apache.kafka.coordinator.group.api.assignor.GroupSpec;
import org.apache.kafka.coordinator.group.api.assignor.SubscribedTopicDescriber;
import org.apache.kafka.coordinator.group.modern.MemberAssignmentImpl;

/** Our assignors as Kafka plugs them in, so that both coordinators assign alike. */
public final class KafkaAssignors {

  /** What our coordinator calls a member: who comes first in an assignment goes by the id. */
  private static final ThreadLocal<UnaryOperator<String>> NAMES =
      ThreadLocal.withInitial(UnaryOperator::identity);

  private KafkaAssignors() {}

  /** Sets what ids of members are translated to, in this thread. */
  public static void names(UnaryOperator<String> names) {
    NAMES.set(names);
  }

  /** Ours. */
  public static final class Uniform extends Adapter {
    public Uniform() {
      super(new UniformAssignor());
    }
  }

  /** Ours. */
  public static final class Range extends Adapter {
    public Range() {
      super(new RangeAssignor());
    }
  }

  private abstract static class Adapter implements ConsumerGroupPartitionAssignor {

    private final Assignor assignor;

    Adapter(Assignor assignor) {
      this.assignor = assignor;
    }

    @Override
    public String name() {
      return assignor.name();
    }

    @Override
    public GroupAssignment assign(GroupSpec group, SubscribedTopicDescriber topics) {
      Map<String, MemberSpec> members = new HashMap<>();
      Map<String, String> idsByName = new HashMap<>();
      for (String memberId : group.memberIds()) {
        var subscription = group.memberSubscription(memberId);
        Set<Uuid> ids = new HashSet<>();
        subscription.subscribedTopicIds().forEach(id -> ids.add(ours(id)));
        Map<Uuid, Set<Integer>> assigned = new HashMap<>();
        group
            .memberAssignment(memberId)
            .partitions()
            .forEach((id, partitions) -> assigned.put(ours(id), Set.copyOf(partitions)));
        String name = NAMES.get().apply(memberId);
        idsByName.put(name, memberId);
        members.put(
            name,
            new MemberSpec(
                subscription.instanceId().orElse(null),
                subscription.rackId().orElse(null),
                ids,
                new MemberAssignment(assigned)));
      }
      Map<String, MemberAssignment> result =
          assignor.assign(
              new io.ottla.coordinator.group.assignor.GroupSpec(members), new Topics(topics));
      Map<String, org.apache.kafka.coordinator.group.api.assignor.MemberAssignment> kafkas =
          new HashMap<>();
      result.forEach(
          (name, assignment) -> {
            Map<org.apache.kafka.common.Uuid, Set<Integer>> partitions = new HashMap<>();
            assignment
                .partitions()
                .forEach((id, ofTopic) -> partitions.put(kafkas(id), new HashSet<>(ofTopic)));
            kafkas.put(idsByName.get(name), new MemberAssignmentImpl(partitions));
          });
      return new GroupAssignment(kafkas);
    }
  }

  private record Topics(SubscribedTopicDescriber topics) implements TopicSpec {

    @Override
    public int partitionCount(Uuid topicId) {
      return topics.numPartitions(kafkas(topicId));
    }

    @Override
    public Set<String> racks(Uuid topicId, int partition) {
      return topics.racksForPartition(kafkas(topicId), partition);
    }
  }

  static Uuid ours(org.apache.kafka.common.Uuid id) {
    return new Uuid(id.getMostSignificantBits(), id.getLeastSignificantBits());
  }

  static org.apache.kafka.common.Uuid kafkas(Uuid id) {
    return new org.apache.kafka.common.Uuid(id.mostSignificantBits(), id.leastSignificantBits());
  }
}
