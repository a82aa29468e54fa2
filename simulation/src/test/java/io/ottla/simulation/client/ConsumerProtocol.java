package io.ottla.simulation.client;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ProtocolReader;
import io.ottla.wire.ProtocolWriter;
import io.ottla.wire.TopicPartition;
import io.ottla.wire.message.ConsumerProtocolAssignment;
import io.ottla.wire.message.ConsumerProtocolSubscription;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** What members of the classic protocol tell each other through their coordinator. */
final class ConsumerProtocol {

  private static final short VERSION = 3;

  private ConsumerProtocol() {}

  static byte[] subscription(String topic) {
    return bytes(new ConsumerProtocolSubscription().topics(List.of(topic)));
  }

  static byte[] assignment(String topic, Set<TopicPartition> own) {
    ConsumerProtocolAssignment assignment = new ConsumerProtocolAssignment();
    if (!own.isEmpty()) {
      assignment
          .assignedPartitions()
          .add(
              new ConsumerProtocolAssignment.TopicPartition()
                  .topic(topic)
                  .partitions(own.stream().map(TopicPartition::partition).toList()));
    }
    return bytes(assignment);
  }

  static Set<TopicPartition> assigned(byte[] bytes) {
    Set<TopicPartition> own = new TreeSet<>();
    if (bytes.length == 0) {
      return own;
    }
    ByteBuf buffer = Unpooled.wrappedBuffer(bytes);
    short version = buffer.readShort();
    ConsumerProtocolAssignment assignment = new ConsumerProtocolAssignment();
    assignment.read(new ProtocolReader(buffer), version);
    for (ConsumerProtocolAssignment.TopicPartition topic : assignment.assignedPartitions()) {
      topic.partitions().forEach(each -> own.add(new TopicPartition(topic.topic(), each)));
    }
    return own;
  }

  private static byte[] bytes(ApiMessage message) {
    int size = message.size(VERSION);
    ByteBuf buffer = Unpooled.buffer(Short.BYTES + size);
    buffer.writeShort(VERSION);
    message.write(new ProtocolWriter(buffer), VERSION);
    byte[] bytes = new byte[buffer.readableBytes()];
    buffer.readBytes(bytes);
    return bytes;
  }
}
