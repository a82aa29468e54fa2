package io.ottla.coordinator.group;

import io.netty.buffer.Unpooled;
import io.ottla.wire.MalformedMessageException;
import io.ottla.wire.ProtocolReader;
import io.ottla.wire.TopicPartition;
import io.ottla.wire.message.ConsumerProtocolAssignment;
import io.ottla.wire.message.ConsumerProtocolSubscription;
import java.util.ArrayList;
import java.util.List;

/**
 * Which partitions a consumer of the classic protocol has been given, and which it says it still
 * has when it joins again: none if it shares out eagerly, those it is not about to lose if it does
 * so cooperatively (KIP-429).
 *
 * <p>The bytes are the clients' own, which the broker need not understand: what does not parse is
 * unknown.
 */
final class OwnedPartitions {

  private OwnedPartitions() {}

  /** What an assignment gives, or null if it is not one of a consumer. */
  static List<TopicPartition> assigned(byte[] assignment) {
    if (assignment.length == 0) {
      return List.of();
    }
    try {
      ProtocolReader reader = new ProtocolReader(Unpooled.wrappedBuffer(assignment));
      ConsumerProtocolAssignment parsed = new ConsumerProtocolAssignment();
      parsed.read(
          reader,
          version(reader.readShort(), ConsumerProtocolAssignment.HIGHEST_SUPPORTED_VERSION));
      List<TopicPartition> partitions = new ArrayList<>();
      for (ConsumerProtocolAssignment.TopicPartition topic : parsed.assignedPartitions()) {
        for (int partition : topic.partitions()) {
          partitions.add(new TopicPartition(topic.topic(), partition));
        }
      }
      return partitions;
    } catch (MalformedMessageException e) {
      return null;
    }
  }

  /** What a member that joins says it has, or null if it does not speak as a consumer. */
  static List<TopicPartition> claimed(byte[] subscription) {
    try {
      ProtocolReader reader = new ProtocolReader(Unpooled.wrappedBuffer(subscription));
      ConsumerProtocolSubscription parsed = new ConsumerProtocolSubscription();
      parsed.read(
          reader,
          version(reader.readShort(), ConsumerProtocolSubscription.HIGHEST_SUPPORTED_VERSION));
      List<TopicPartition> partitions = new ArrayList<>();
      for (ConsumerProtocolSubscription.TopicPartition topic : parsed.ownedPartitions()) {
        for (int partition : topic.partitions()) {
          partitions.add(new TopicPartition(topic.topic(), partition));
        }
      }
      return partitions;
    } catch (MalformedMessageException e) {
      return null;
    }
  }

  /** Later versions begin with the fields of the highest one that is known. */
  private static short version(short claimed, short highest) {
    if (claimed < 0) {
      throw new MalformedMessageException("version " + claimed);
    }
    return (short) Math.min(claimed, highest);
  }
}
