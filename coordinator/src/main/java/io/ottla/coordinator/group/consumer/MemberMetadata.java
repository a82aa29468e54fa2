package io.ottla.coordinator.group.consumer;

import io.ottla.wire.message.ConsumerGroupMemberMetadataValue;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a member has told about itself. Immutable.
 *
 * @param instanceId of a static member, or null
 * @param rackId where it runs, or null
 * @param clientHost as Kafka writes addresses: {@code /127.0.0.1}
 * @param topics the names it subscribes to, in order
 * @param regex the regular expression it subscribes to; empty for none (null in records of old)
 * @param rebalanceTimeoutMs how long it may take to give partitions up; -1 if it has not said
 * @param assignor the server's assignor it asks for, or null
 * @param classic what a member of the classic protocol told besides, or null
 */
public record MemberMetadata(
    String instanceId,
    String rackId,
    String clientId,
    String clientHost,
    Set<String> topics,
    String regex,
    int rebalanceTimeoutMs,
    String assignor,
    ConsumerGroupMemberMetadataValue.ClassicMemberMetadata classic) {

  /** Of a member that has said nothing yet. */
  static final MemberMetadata NONE =
      new MemberMetadata(null, null, "", "", Set.of(), "", -1, null, null);

  static MemberMetadata of(ConsumerGroupMemberMetadataValue value) {
    return new MemberMetadata(
        value.instanceId(),
        value.rackId(),
        value.clientId(),
        value.clientHost(),
        topics(value.subscribedTopicNames()),
        value.subscribedTopicRegex(),
        value.rebalanceTimeoutMs(),
        value.serverAssignor(),
        value.classicMemberMetadata());
  }

  /** A subscription as it is kept: without doubles, in order. */
  static Set<String> topics(List<String> names) {
    return names.isEmpty() ? Set.of() : new TreeSet<>(names);
  }

  boolean hasRegex() {
    return regex != null && !regex.isEmpty();
  }

  boolean isClassic() {
    return classic != null;
  }

  ConsumerGroupMemberMetadataValue toRecord() {
    return new ConsumerGroupMemberMetadataValue()
        .instanceId(instanceId)
        .rackId(rackId)
        .clientId(clientId)
        .clientHost(clientHost)
        .subscribedTopicNames(List.copyOf(topics))
        .subscribedTopicRegex(regex)
        .rebalanceTimeoutMs(rebalanceTimeoutMs)
        .serverAssignor(assignor)
        .classicMemberMetadata(classic);
  }
}
