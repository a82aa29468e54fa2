package io.ottla.compat.cluster;

import io.ottla.compat.wire.Frames;
import io.ottla.compat.wire.RawConnection;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.apache.kafka.common.message.DescribeQuorumRequestData;
import org.apache.kafka.common.message.DescribeQuorumRequestData.TopicData;
import org.apache.kafka.common.message.DescribeQuorumResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ResponseHeader;

/** Asks one controller, and no other, who leads the metadata quorum. */
final class QuorumProbe {
  private static final int VERSION = 1;

  private QuorumProbe() {}

  /** The id of the leader according to the controller at this port; -1 if it cannot say. */
  static int leader(int controllerPort) {
    try (RawConnection connection = RawConnection.to(controllerPort)) {
      DescribeQuorumRequestData request =
          new DescribeQuorumRequestData()
              .setTopics(
                  List.of(
                      new TopicData()
                          .setTopicName("__cluster_metadata")
                          .setPartitions(
                              List.of(
                                  new DescribeQuorumRequestData.PartitionData()
                                      .setPartitionIndex(0)))));
      connection.send(Frames.of(request, VERSION, 1));
      ByteBuffer body = connection.receive();
      ResponseHeader.parse(body, ApiKeys.DESCRIBE_QUORUM.responseHeaderVersion((short) VERSION));
      DescribeQuorumResponseData response =
          new DescribeQuorumResponseData(new ByteBufferAccessor(body), (short) VERSION);
      if (response.errorCode() != Errors.NONE.code() || response.topics().isEmpty()) {
        return -1;
      }
      DescribeQuorumResponseData.PartitionData partition =
          response.topics().getFirst().partitions().getFirst();
      return partition.errorCode() == Errors.NONE.code() ? partition.leaderId() : -1;
    } catch (IOException noAnswer) {
      return -1;
    }
  }
}
