package io.ottla.broker.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.ottla.broker.api.ApiHandler;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.ProtocolWriter;
import io.ottla.wire.message.AlterConfigsRequest;
import io.ottla.wire.message.CreatePartitionsRequest;
import io.ottla.wire.message.CreateTopicsRequest;
import io.ottla.wire.message.DeleteTopicsRequest;
import io.ottla.wire.message.DescribeClusterRequest;
import io.ottla.wire.message.DescribeConfigsRequest;
import io.ottla.wire.message.DescribeTopicPartitionsRequest;
import io.ottla.wire.message.ElectLeadersRequest;
import io.ottla.wire.message.IncrementalAlterConfigsRequest;
import io.ottla.wire.message.ListConfigResourcesRequest;
import io.ottla.wire.message.ListPartitionReassignmentsRequest;
import io.ottla.wire.message.MetadataRequest;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class FailureTest {

  static Stream<Arguments> requests() {
    TestCluster cluster = TestCluster.with();
    MetadataRequest metadata =
        new MetadataRequest()
            .topics(
                List.of(
                    new MetadataRequest.MetadataRequestTopic().name("t"),
                    new MetadataRequest.MetadataRequestTopic().name(null)));
    CreateTopicsRequest createTopics = new CreateTopicsRequest();
    createTopics.topics().add(new CreateTopicsRequest.CreatableTopic().name("t"));
    DeleteTopicsRequest deleteTopics = new DeleteTopicsRequest();
    deleteTopics.topicNames().add("t");
    deleteTopics.topics().add(new DeleteTopicsRequest.DeleteTopicState().name("t"));
    CreatePartitionsRequest createPartitions = new CreatePartitionsRequest();
    createPartitions.topics().add(new CreatePartitionsRequest.CreatePartitionsTopic().name("t"));
    DescribeTopicPartitionsRequest partitions = new DescribeTopicPartitionsRequest();
    partitions.topics().add(new DescribeTopicPartitionsRequest.TopicRequest().name("t"));
    DescribeConfigsRequest describe = new DescribeConfigsRequest();
    describe
        .resources()
        .add(new DescribeConfigsRequest.DescribeConfigsResource().resourceName("t"));
    IncrementalAlterConfigsRequest incremental = new IncrementalAlterConfigsRequest();
    incremental
        .resources()
        .add(new IncrementalAlterConfigsRequest.AlterConfigsResource().resourceName("t"));
    AlterConfigsRequest alter = new AlterConfigsRequest();
    alter.resources().add(new AlterConfigsRequest.AlterConfigsResource().resourceName("t"));
    TopicCreation creation = new TopicCreation(cluster.topics(), cluster.config().topics());
    return Stream.of(
        Arguments.of(new MetadataHandler(1, cluster, creation), metadata),
        Arguments.of(
            new CreateTopicsHandler(
                cluster.controller(), cluster, cluster::layers, cluster.config().topics()),
            createTopics),
        Arguments.of(new DeleteTopicsHandler(cluster.controller(), cluster, true), deleteTopics),
        Arguments.of(new CreatePartitionsHandler(cluster.controller()), createPartitions),
        Arguments.of(new DescribeTopicPartitionsHandler(cluster, 2000), partitions),
        Arguments.of(new DescribeClusterHandler(1, cluster), new DescribeClusterRequest()),
        Arguments.of(new DescribeConfigsHandler(1, cluster, cluster::layers), describe),
        Arguments.of(new IncrementalAlterConfigsHandler(1, cluster.configs(), true), incremental),
        Arguments.of(new AlterConfigsHandler(1, cluster.configs(), true), alter),
        Arguments.of(new ListConfigResourcesHandler(cluster), new ListConfigResourcesRequest()),
        Arguments.of(
            new ListPartitionReassignmentsHandler(cluster),
            new ListPartitionReassignmentsRequest()));
  }

  private static ElectLeadersRequest elections() {
    ElectLeadersRequest request = new ElectLeadersRequest();
    request.topicPartitions(
        List.of(new ElectLeadersRequest.TopicPartitions().topic("t").partitions(List.of(1))));
    return request;
  }

  @ParameterizedTest
  @MethodSource("requests")
  void tellsTheErrorInEveryVersion(ApiHandler<ApiMessage> handler, ApiMessage request) {
    for (short version = handler.oldestVersion(); version <= handler.latestVersion(); version++) {
      ApiMessage failure = handler.failure(request, version, ErrorCode.KAFKA_STORAGE_ERROR);
      ByteBuf bytes = Unpooled.buffer(failure.size(version));
      failure.write(new ProtocolWriter(bytes), version);

      assertThat(failure.apiKey()).isEqualTo(handler.api().id());
      assertThat(failure.toString()).contains("errorCode=56");
    }
  }
}
