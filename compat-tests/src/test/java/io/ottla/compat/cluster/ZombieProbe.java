package io.ottla.compat.cluster;

import io.ottla.compat.wire.Batches;
import io.ottla.compat.wire.Frames;
import io.ottla.compat.wire.RawConnection;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.requests.ResponseHeader;

/**
 * Writes to one node with acks=all, whoever leads the partition by now: what a client would do that
 * has not heard of a new leader. Goes past all proxies.
 */
public final class ZombieProbe implements AutoCloseable {
  private static final int VERSION = 9;

  private final RawConnection connection;
  private final TopicPartition partition;

  public ZombieProbe(ClusterNode node, TopicPartition partition) throws IOException {
    this.connection = RawConnection.to(node.directPort());
    this.partition = partition;
  }

  /** Sends one record; {@link #answer} tells what became of it. */
  public void send(int timeoutMs) throws IOException {
    ProduceRequestData request =
        new ProduceRequestData().setAcks((short) -1).setTimeoutMs(timeoutMs);
    TopicProduceData topic = new TopicProduceData().setName(partition.topic());
    topic
        .partitionData()
        .add(
            new PartitionProduceData()
                .setIndex(partition.partition())
                .setRecords(MemoryRecords.readableRecords(Batches.good(1))));
    request.topicData().add(topic);
    connection.send(Frames.of(request, VERSION, 1));
  }

  /** The error in the answer to what was sent; NONE would be an acknowledgement. */
  public Errors answer() throws IOException {
    ByteBuffer body = connection.receive();
    ResponseHeader.parse(body, ApiKeys.PRODUCE.responseHeaderVersion((short) VERSION));
    ProduceResponseData response =
        new ProduceResponseData(new ByteBufferAccessor(body), (short) VERSION);
    return Errors.forCode(
        response.responses().iterator().next().partitionResponses().getFirst().errorCode());
  }

  @Override
  public void close() throws IOException {
    connection.close();
  }
}
