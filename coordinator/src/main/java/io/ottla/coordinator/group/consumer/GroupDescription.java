package io.ottla.coordinator.group.consumer;

import io.ottla.wire.ErrorCode;
import io.ottla.wire.Uuid;
import io.ottla.wire.message.ConsumerGroupDescribeResponse;
import io.ottla.wire.message.ConsumerGroupDescribeResponse.Assignment;
import io.ottla.wire.message.ConsumerGroupDescribeResponse.DescribedGroup;
import io.ottla.wire.message.ConsumerGroupDescribeResponse.Member;
import io.ottla.wire.message.ConsumerGroupDescribeResponse.TopicPartitions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** What an administrator sees of a group. On the shard's thread; stateless. */
final class GroupDescription {

  private static final byte CLASSIC_MEMBER = 0;
  private static final byte CONSUMER_MEMBER = 1;

  private GroupDescription() {}

  static DescribedGroup unknown(String groupId) {
    return new DescribedGroup()
        .groupId(groupId)
        .errorCode(ErrorCode.GROUP_ID_NOT_FOUND.code())
        .errorMessage("There is no consumer group " + groupId + ".");
  }

  static DescribedGroup of(ConsumerGroup group, ConsumerGroupSettings rules, TopicCatalog topics) {
    return new ConsumerGroupDescribeResponse.DescribedGroup()
        .groupId(group.groupId())
        .groupState(group.state().text())
        .groupEpoch(group.epoch())
        .assignmentEpoch(group.targetEpoch())
        .assignorName(group.counts().preferredAssignor(null, null, rules.assignors()))
        .members(
            group.members().stream()
                .map(member -> member(member, group.target(member.memberId()).partitions(), topics))
                .toList());
  }

  private static Member member(
      ConsumerMember member, Map<Uuid, Set<Integer>> target, TopicCatalog topics) {
    MemberMetadata metadata = member.metadata();
    // What it has to give up it is still responsible for.
    Map<Uuid, Set<Integer>> owned = new TreeMap<>();
    collect(owned, member.current().assigned());
    collect(owned, member.current().pendingRevocation());
    return new Member()
        .memberId(member.memberId())
        .memberEpoch(member.epoch())
        .instanceId(metadata.instanceId())
        .rackId(metadata.rackId())
        .clientId(metadata.clientId())
        .clientHost(metadata.clientHost())
        .subscribedTopicNames(List.copyOf(metadata.topics()))
        .subscribedTopicRegex(metadata.regex())
        .assignment(assignment(owned, topics))
        .targetAssignment(assignment(target, topics))
        .memberType(metadata.isClassic() ? CLASSIC_MEMBER : CONSUMER_MEMBER);
  }

  private static void collect(
      Map<Uuid, Set<Integer>> into, Map<Uuid, Map<Integer, Integer>> partitions) {
    partitions.forEach(
        (topicId, epochs) ->
            into.computeIfAbsent(topicId, id -> new TreeSet<>()).addAll(epochs.keySet()));
  }

  /** Topics that have been deleted are left out: there is no name for them. */
  private static Assignment assignment(Map<Uuid, Set<Integer>> partitions, TopicCatalog topics) {
    List<TopicPartitions> result = new ArrayList<>(partitions.size());
    partitions.forEach(
        (topicId, ofTopic) -> {
          TopicCatalog.Topic topic = topics.topic(topicId);
          if (topic != null) {
            result.add(
                new TopicPartitions()
                    .topicId(topicId)
                    .topicName(topic.name())
                    .partitions(List.copyOf(ofTopic)));
          }
        });
    return new Assignment().topicPartitions(result);
  }
}
