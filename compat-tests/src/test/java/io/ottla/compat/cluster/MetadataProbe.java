package io.ottla.compat.cluster;

import io.ottla.compat.wire.Frames;
import io.ottla.compat.wire.RawConnection;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataRequestData.MetadataRequestTopic;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponsePartition;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseTopic;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.requests.ResponseHeader;

/**
 * Asks one node, and no other, what it holds to be true, which a stock client would only do with
 * whatever node it likes. Not for several threads.
 */
public final class MetadataProbe implements AutoCloseable {
  private static final int VERSION = 12;

  /** Who leads a partition, in which epoch, and which replicas are in sync. */
  public record Leadership(int leaderId, int leaderEpoch, List<Integer> isr) {}

  /** One answer: the brokers that are not fenced, and the partitions of the topics asked for. */
  public record Answer(Set<Integer> brokers, Map<TopicPartition, Leadership> partitions) {}

  private final RawConnection connection;
  private int correlationId;

  public MetadataProbe(int port) throws IOException {
    this.connection = RawConnection.to(port);
  }

  /** What the node at this port answers; nothing at all if it does not. */
  public static Answer askOnce(int port, String... topics) {
    try (MetadataProbe probe = new MetadataProbe(port)) {
      return probe.ask(topics);
    } catch (IOException noAnswer) {
      return new Answer(Set.of(), Map.of());
    }
  }

  /** What the node at this port answers of all topics there are; nothing at all if it does not. */
  public static Answer askOfAllTopics(int port) {
    try (MetadataProbe probe = new MetadataProbe(port)) {
      return probe.ask(new MetadataRequestData().setAllowAutoTopicCreation(false).setTopics(null));
    } catch (IOException noAnswer) {
      return new Answer(Set.of(), Map.of());
    }
  }

  /** What the node answers now. */
  public Answer ask(String... topics) throws IOException {
    MetadataRequestData request = new MetadataRequestData().setAllowAutoTopicCreation(false);
    for (String topic : topics) {
      request.topics().add(new MetadataRequestTopic().setName(topic));
    }
    return ask(request);
  }

  private Answer ask(MetadataRequestData request) throws IOException {
    connection.send(Frames.of(request, VERSION, ++correlationId));
    ByteBuffer body = connection.receive();
    ResponseHeader.parse(body, ApiKeys.METADATA.responseHeaderVersion((short) VERSION));
    MetadataResponseData response =
        new MetadataResponseData(new ByteBufferAccessor(body), (short) VERSION);
    Set<Integer> brokers = new HashSet<>();
    response.brokers().forEach(broker -> brokers.add(broker.nodeId()));
    Map<TopicPartition, Leadership> partitions = new HashMap<>();
    for (MetadataResponseTopic topic : response.topics()) {
      for (MetadataResponsePartition partition : topic.partitions()) {
        partitions.put(
            new TopicPartition(topic.name(), partition.partitionIndex()),
            new Leadership(
                partition.leaderId(),
                partition.leaderEpoch(),
                partition.isrNodes().stream().sorted().toList()));
      }
    }
    return new Answer(brokers, partitions);
  }

  @Override
  public void close() throws IOException {
    connection.close();
  }
}
