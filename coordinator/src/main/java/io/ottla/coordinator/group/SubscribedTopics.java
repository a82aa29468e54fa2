package io.ottla.coordinator.group;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.ottla.wire.MalformedMessageException;
import io.ottla.wire.ProtocolReader;
import io.ottla.wire.message.ConsumerProtocolSubscription;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which topics the members of a group of consumers read, out of what they tell their leader. The
 * broker needs it to know which offsets are in use (KIP-211).
 */
final class SubscribedTopics {

  /** The protocol type of groups of consumers. */
  static final String PROTOCOL_TYPE = "consumer";

  private static final Logger LOG = LoggerFactory.getLogger(SubscribedTopics.class);

  private SubscribedTopics() {}

  /** The topics of the group's current generation, or null if they cannot be known. */
  static Set<String> of(ClassicGroup group) {
    if (!group.usesConsumerProtocol()) {
      return null;
    }
    if (group.size() == 0) {
      return Set.of();
    }
    if (group.protocolName() == null) {
      return null;
    }
    Set<String> topics = new HashSet<>();
    try {
      for (ClassicMember member : group.members()) {
        topics.addAll(parse(member.metadata(group.protocolName())));
      }
    } catch (MalformedMessageException e) {
      LOG.warn("A subscription in group {} is not one of a consumer: {}", group, e.getMessage());
      return null;
    }
    return topics;
  }

  private static List<String> parse(byte[] subscription) {
    ByteBuf in = Unpooled.wrappedBuffer(subscription);
    ProtocolReader reader = new ProtocolReader(in);
    reader.readShort();
    // Every version begins with the fields of version 0, also those that are not known yet.
    ConsumerProtocolSubscription parsed = new ConsumerProtocolSubscription();
    parsed.read(reader, (short) 0);
    return parsed.topics();
  }
}
