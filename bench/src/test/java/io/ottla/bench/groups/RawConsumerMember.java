package io.ottla.bench.groups;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData.TopicPartitions;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData.Assignment;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.ConsumerGroupHeartbeatRequest;
import org.apache.kafka.common.requests.ConsumerGroupHeartbeatResponse;

/** A member by the consumer protocol, which gives up at once what it is asked to. */
final class RawConsumerMember extends RawMember {

  private final String topic;
  private final int share;
  private final String memberId = Uuid.randomUuid().toString();
  private Set<Owned> owned = Set.of();
  private int epoch;
  private int intervalMs;

  private record Owned(Uuid topic, int partition) {}

  /**
   * @param share how many partitions it has in the end
   */
  RawConsumerMember(String group, String topic, int share) {
    super(group);
    this.topic = topic;
    this.share = share;
  }

  @Override
  AbstractRequest.Builder<?> first() {
    return new ConsumerGroupHeartbeatRequest.Builder(
        message()
            .setMemberEpoch(0)
            .setRebalanceTimeoutMs(REBALANCE_TIMEOUT_MS)
            .setSubscribedTopicNames(List.of(topic))
            .setTopicPartitions(List.of()));
  }

  @Override
  AbstractRequest.Builder<?> heartbeat() {
    // As a stock client does, it says nothing that the broker knows.
    return epoch == 0 ? first() : new ConsumerGroupHeartbeatRequest.Builder(message());
  }

  private ConsumerGroupHeartbeatRequestData message() {
    return new ConsumerGroupHeartbeatRequestData()
        .setGroupId(group())
        .setMemberId(memberId)
        .setMemberEpoch(epoch);
  }

  @Override
  AbstractRequest.Builder<?> answered(AbstractResponse response) {
    ConsumerGroupHeartbeatResponseData answer = ((ConsumerGroupHeartbeatResponse) response).data();
    epoch = answer.memberEpoch();
    intervalMs = answer.heartbeatIntervalMs();
    Assignment assignment = answer.assignment();
    if (assignment == null) {
      return null;
    }
    Set<Owned> assigned = new HashSet<>();
    assignment
        .topicPartitions()
        .forEach(
            of ->
                of.partitions()
                    .forEach(partition -> assigned.add(new Owned(of.topicId(), partition))));
    if (assigned.equals(owned)) {
      return null;
    }
    owned = assigned;
    return new ConsumerGroupHeartbeatRequest.Builder(message().setTopicPartitions(report()));
  }

  private List<TopicPartitions> report() {
    List<TopicPartitions> topics = new ArrayList<>();
    owned.stream()
        .map(Owned::topic)
        .distinct()
        .forEach(
            id ->
                topics.add(
                    new TopicPartitions()
                        .setTopicId(id)
                        .setPartitions(
                            owned.stream()
                                .filter(one -> one.topic().equals(id))
                                .map(Owned::partition)
                                .toList())));
    return topics;
  }

  @Override
  AbstractRequest.Builder<?> refused(Errors error, AbstractResponse response) {
    return null;
  }

  @Override
  boolean isSettled() {
    return owned.size() == share;
  }

  @Override
  int intervalMs() {
    return intervalMs;
  }
}
