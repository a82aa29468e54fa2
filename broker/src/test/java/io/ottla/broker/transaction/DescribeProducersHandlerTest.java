package io.ottla.broker.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.ottla.broker.admin.TestRequest;
import io.ottla.broker.replica.HostedPartitions;
import io.ottla.log.AppendOrigin;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.metadata.image.NodeIds;
import io.ottla.replication.Partition;
import io.ottla.replication.TestReplicas;
import io.ottla.runtime.ManualClock;
import io.ottla.runtime.ManualShard;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.DescribeProducersRequest;
import io.ottla.wire.message.DescribeProducersResponse;
import io.ottla.wire.message.DescribeProducersResponse.PartitionResponse;
import io.ottla.wire.message.DescribeProducersResponse.ProducerState;
import io.ottla.wire.record.RecordBatchBuilder;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DescribeProducersHandlerTest {

  private static final NodeIds BOTH = NodeIds.of(1, 2);

  @TempDir Path directory;

  private final ManualClock clock = new ManualClock(1_000_000);
  private final ManualShard shard = new ManualShard(clock);
  private TestReplicas replicas;
  private DescribeProducersHandler handler;

  @BeforeEach
  void open() {
    replicas = new TestReplicas(directory, shard, clock, 1);
    handler =
        new DescribeProducersHandler(
            new HostedPartitions(replicas.partitions(), () -> MetadataImage.empty("test")));
    Partition partition = replicas.partitions().get(TestReplicas.TOPIC_ID, 0);
    shard.submit(
        () ->
            partition.append(
                new RecordBatchBuilder(Unpooled.buffer())
                    .producer(7, (short) 3, 0)
                    .append(1L, (byte[]) null, new byte[] {1})
                    .build(),
                AppendOrigin.CLIENT,
                (short) -1));
    turn();
  }

  @AfterEach
  void close() {
    replicas.close();
  }

  private void turn() {
    int unused = shard.turn();
  }

  private PartitionResponse described() {
    DescribeProducersRequest.TopicRequest topic =
        new DescribeProducersRequest.TopicRequest()
            .name(TestReplicas.TOPIC)
            .partitionIndexes(List.of(0));
    TestRequest<DescribeProducersRequest, DescribeProducersResponse> request =
        TestRequest.send(handler, new DescribeProducersRequest().topics(List.of(topic)), 0);
    turn();
    return request.answer().topics().getFirst().partitions().getFirst();
  }

  @Test
  void tellsWhatTheLeaderKnows() {
    assertThat(described().activeProducers())
        .singleElement()
        .extracting(ProducerState::producerId, ProducerState::producerEpoch)
        .containsExactly(7L, 3);
  }

  @Test
  void tellsWhatAFollowerKnows() {
    replicas.become(0, 2, 5, BOTH, BOTH);
    turn();
    PartitionResponse described = described();
    assertThat(ErrorCode.forCode(described.errorCode())).isEqualTo(ErrorCode.NONE);
    assertThat(described.activeProducers())
        .singleElement()
        .extracting(ProducerState::producerId)
        .isEqualTo(7L);
  }
}
