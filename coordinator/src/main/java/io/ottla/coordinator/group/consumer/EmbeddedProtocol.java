package io.ottla.coordinator.group.consumer;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.ottla.wire.MalformedMessageException;
import io.ottla.wire.ProtocolReader;
import io.ottla.wire.ProtocolWriter;
import io.ottla.wire.Uuid;
import io.ottla.wire.message.ConsumerGroupHeartbeatRequest.TopicPartitions;
import io.ottla.wire.message.ConsumerProtocolAssignment;
import io.ottla.wire.message.ConsumerProtocolSubscription;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What consumers of the classic protocol tell each other through the broker: subscriptions and
 * assignments, each behind its version. Versions to come begin with the fields of the highest one
 * that is known.
 *
 * <p>Stateless.
 */
final class EmbeddedProtocol {

  /** The protocol type of groups of consumers. */
  static final String TYPE = "consumer";

  private EmbeddedProtocol() {}

  /**
   * @throws MalformedMessageException if the bytes are no subscription
   */
  static ConsumerProtocolSubscription subscription(byte[] bytes) {
    ProtocolReader reader = new ProtocolReader(Unpooled.wrappedBuffer(bytes));
    ConsumerProtocolSubscription parsed = new ConsumerProtocolSubscription();
    parsed.read(
        reader, known(reader.readShort(), ConsumerProtocolSubscription.HIGHEST_SUPPORTED_VERSION));
    return parsed;
  }

  /**
   * @throws MalformedMessageException if the bytes are no assignment
   */
  static ConsumerProtocolAssignment assignment(byte[] bytes) {
    ProtocolReader reader = new ProtocolReader(Unpooled.wrappedBuffer(bytes));
    ConsumerProtocolAssignment parsed = new ConsumerProtocolAssignment();
    parsed.read(
        reader, known(reader.readShort(), ConsumerProtocolAssignment.HIGHEST_SUPPORTED_VERSION));
    return parsed;
  }

  /**
   * Writes an assignment for a member.
   *
   * @param partitions by topic; topics that are gone are left out
   * @param subscription the member's, whose version the assignment has
   * @throws MalformedMessageException if the subscription has no version
   */
  static byte[] writeAssignment(
      Map<Uuid, Set<Integer>> partitions, TopicCatalog topics, byte[] subscription) {
    short version =
        known(
            new ProtocolReader(Unpooled.wrappedBuffer(subscription)).readShort(),
            ConsumerProtocolAssignment.HIGHEST_SUPPORTED_VERSION);
    List<ConsumerProtocolAssignment.TopicPartition> assigned = new ArrayList<>(partitions.size());
    new TreeMap<>(partitions)
        .forEach(
            (topicId, ofTopic) -> {
              TopicCatalog.Topic topic = topics.topic(topicId);
              if (topic != null) {
                assigned.add(
                    new ConsumerProtocolAssignment.TopicPartition()
                        .topic(topic.name())
                        .partitions(List.copyOf(new TreeSet<>(ofTopic))));
              }
            });
    ConsumerProtocolAssignment assignment =
        new ConsumerProtocolAssignment().assignedPartitions(assigned).userData(null);
    ByteBuf out = Unpooled.buffer(Short.BYTES + assignment.size(version));
    out.writeShort(version);
    assignment.write(new ProtocolWriter(out), version);
    byte[] bytes = new byte[out.readableBytes()];
    out.readBytes(bytes);
    return bytes;
  }

  /** What the subscription says the member has, by the ids of topics. */
  static List<TopicPartitions> owned(
      ConsumerProtocolSubscription subscription, TopicCatalog topics) {
    List<TopicPartitions> owned = new ArrayList<>(subscription.ownedPartitions().size());
    for (ConsumerProtocolSubscription.TopicPartition each : subscription.ownedPartitions()) {
      TopicCatalog.Topic topic = topics.topic(each.topic());
      if (topic != null) {
        owned.add(new TopicPartitions().topicId(topic.id()).partitions(each.partitions()));
      }
    }
    return owned;
  }

  private static short known(short version, short highest) {
    if (version < 0) {
      throw new MalformedMessageException("version " + version + " of the consumer protocol");
    }
    return (short) Math.min(version, highest);
  }
}
