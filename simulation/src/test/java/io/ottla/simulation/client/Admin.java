package io.ottla.simulation.client;

import io.ottla.simulation.client.ClientNetwork.Lane;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.TopicPartition;
import io.ottla.wire.message.AlterPartitionReassignmentsRequest;
import io.ottla.wire.message.AlterPartitionReassignmentsResponse;
import io.ottla.wire.message.DeleteTopicsRequest;
import io.ottla.wire.message.DeleteTopicsResponse;
import io.ottla.wire.message.DescribeConfigsRequest;
import io.ottla.wire.message.DescribeConfigsResponse;
import io.ottla.wire.message.ElectLeadersRequest;
import io.ottla.wire.message.ElectLeadersResponse;
import io.ottla.wire.message.IncrementalAlterConfigsRequest;
import io.ottla.wire.message.IncrementalAlterConfigsResponse;
import io.ottla.wire.message.ListPartitionReassignmentsRequest;
import io.ottla.wire.message.ListPartitionReassignmentsResponse;
import io.ottla.wire.message.MetadataRequest;
import io.ottla.wire.message.MetadataResponse;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.IntConsumer;

/**
 * Asks any broker to change topics, once each: whoever is told NETWORK_EXCEPTION does not know
 * whether it was done.
 *
 * <p>Used on the timeline's thread.
 */
public final class Admin {

  private static final byte TOPIC_RESOURCE = 2;
  private static final byte SET = 0;
  private static final byte PREFERRED = 0;
  private static final byte UNCLEAN = 1;

  private final ClientNetwork network;

  public Admin(ClientNetwork network) {
    this.network = network;
  }

  private void ask(
      ApiKey api,
      int version,
      ApiMessage request,
      Function<ApiMessage, Short> errorOf,
      Consumer<ErrorCode> ended) {
    network.ask(
        network.anyBroker(),
        Lane.DATA,
        api,
        version,
        request,
        2L * network.times().requestMs(),
        answer -> ended.accept(ErrorCode.forCode(errorOf.apply(answer))),
        () -> ended.accept(ErrorCode.NETWORK_EXCEPTION));
  }

  public void delete(String topic, Consumer<ErrorCode> ended) {
    DeleteTopicsRequest request = new DeleteTopicsRequest().timeoutMs(network.times().requestMs());
    request.topics().add(new DeleteTopicsRequest.DeleteTopicState().name(topic));
    ask(
        ApiKey.DELETE_TOPICS,
        6,
        request,
        answer -> ((DeleteTopicsResponse) answer).responses().getFirst().errorCode(),
        ended);
  }

  /** Sets one key of a topic. */
  public void configure(String topic, String key, String value, Consumer<ErrorCode> ended) {
    IncrementalAlterConfigsRequest.AlterConfigsResource resource =
        new IncrementalAlterConfigsRequest.AlterConfigsResource()
            .resourceType(TOPIC_RESOURCE)
            .resourceName(topic);
    resource
        .configs()
        .add(
            new IncrementalAlterConfigsRequest.AlterableConfig()
                .name(key)
                .configOperation(SET)
                .value(value));
    IncrementalAlterConfigsRequest request = new IncrementalAlterConfigsRequest();
    request.resources().add(resource);
    ask(
        ApiKey.INCREMENTAL_ALTER_CONFIGS,
        1,
        request,
        answer -> ((IncrementalAlterConfigsResponse) answer).responses().getFirst().errorCode(),
        ended);
  }

  /** Has a partition's replicas be on these brokers, the first of which is preferred. */
  public void reassign(
      TopicPartition partition, List<Integer> replicas, Consumer<ErrorCode> ended) {
    AlterPartitionReassignmentsRequest.ReassignableTopic topic =
        new AlterPartitionReassignmentsRequest.ReassignableTopic().name(partition.topic());
    topic
        .partitions()
        .add(
            new AlterPartitionReassignmentsRequest.ReassignablePartition()
                .partitionIndex(partition.partition())
                .replicas(replicas));
    AlterPartitionReassignmentsRequest request =
        new AlterPartitionReassignmentsRequest().timeoutMs(network.times().requestMs());
    request.topics().add(topic);
    ask(
        ApiKey.ALTER_PARTITION_REASSIGNMENTS,
        1,
        request,
        answer -> {
          AlterPartitionReassignmentsResponse told = (AlterPartitionReassignmentsResponse) answer;
          return told.errorCode() != ErrorCode.NONE.code() || told.responses().isEmpty()
              ? told.errorCode()
              : told.responses().getFirst().partitions().getFirst().errorCode();
        },
        ended);
  }

  /** Has the preferred replica of a partition lead. */
  public void electPreferred(TopicPartition partition, Consumer<ErrorCode> ended) {
    elect(PREFERRED, partition, ended);
  }

  /** Has any replica of a partition lead, if nobody does. */
  public void electUnclean(TopicPartition partition, Consumer<ErrorCode> ended) {
    elect(UNCLEAN, partition, ended);
  }

  private void elect(byte type, TopicPartition partition, Consumer<ErrorCode> ended) {
    ElectLeadersRequest request =
        new ElectLeadersRequest()
            .electionType(type)
            .timeoutMs(network.times().requestMs())
            .topicPartitions(
                List.of(
                    new ElectLeadersRequest.TopicPartitions()
                        .topic(partition.topic())
                        .partitions(List.of(partition.partition()))));
    ask(
        ApiKey.ELECT_LEADERS,
        2,
        request,
        answer -> {
          ElectLeadersResponse told = (ElectLeadersResponse) answer;
          return told.errorCode() != ErrorCode.NONE.code()
                  || told.replicaElectionResults().isEmpty()
              ? told.errorCode()
              : told.replicaElectionResults().getFirst().partitionResult().getFirst().errorCode();
        },
        ended);
  }

  // ---- Questions: answered with null when nobody answers

  /** What metadata says of a topic. */
  public void describe(String topic, Consumer<MetadataResponse.MetadataResponseTopic> found) {
    MetadataRequest request = new MetadataRequest().allowAutoTopicCreation(false);
    request.topics().add(new MetadataRequest.MetadataRequestTopic().name(topic));
    network.ask(
        network.anyBroker(),
        Lane.DATA,
        ApiKey.METADATA,
        13,
        request,
        answer -> found.accept(((MetadataResponse) answer).topics().getFirst()),
        () -> found.accept(null));
  }

  /** The value of one key of a topic. */
  public void describeConfig(String topic, String key, Consumer<String> found) {
    DescribeConfigsRequest request = new DescribeConfigsRequest();
    request
        .resources()
        .add(
            new DescribeConfigsRequest.DescribeConfigsResource()
                .resourceType(TOPIC_RESOURCE)
                .resourceName(topic)
                .configurationKeys(List.of(key)));
    network.ask(
        network.anyBroker(),
        Lane.DATA,
        ApiKey.DESCRIBE_CONFIGS,
        4,
        request,
        answer -> {
          DescribeConfigsResponse.DescribeConfigsResult told =
              ((DescribeConfigsResponse) answer).results().getFirst();
          found.accept(
              told.configs().stream()
                  .filter(each -> each.name().equals(key))
                  .map(DescribeConfigsResponse.DescribeConfigsResourceResult::value)
                  .findFirst()
                  .orElse(null));
        },
        () -> found.accept(null));
  }

  /** How many partitions are being reassigned; -1 when nobody answers. */
  public void reassignments(IntConsumer found) {
    network.ask(
        network.anyBroker(),
        Lane.DATA,
        ApiKey.LIST_PARTITION_REASSIGNMENTS,
        0,
        new ListPartitionReassignmentsRequest().timeoutMs(network.times().requestMs()).topics(null),
        answer -> {
          ListPartitionReassignmentsResponse told = (ListPartitionReassignmentsResponse) answer;
          found.accept(
              told.errorCode() == ErrorCode.NONE.code()
                  ? told.topics().stream().mapToInt(topic -> topic.partitions().size()).sum()
                  : -1);
        },
        () -> found.accept(-1));
  }
}
