package io.ottla.broker;

import io.ottla.broker.admin.CreateTopicsHandler;
import io.ottla.broker.admin.TopicMaker;
import io.ottla.broker.peer.Forwarding;
import io.ottla.metadata.controller.NewTopic;
import io.ottla.metadata.controller.TopicResult;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.CreateTopicsRequest;
import io.ottla.wire.message.CreateTopicsResponse;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Creates the topics a broker needs itself, as if it were a client of its own. */
final class ClusterTopics implements TopicMaker {

  private static final int TIMEOUT_MS = 15_000;
  private static final short VERSION = 7;

  private final Forwarding forwarding;
  private final CreateTopicsHandler local;

  ClusterTopics(Forwarding forwarding, CreateTopicsHandler local) {
    this.forwarding = forwarding;
    this.local = local;
  }

  @Override
  public CompletableFuture<List<TopicResult>> create(List<NewTopic> topics) {
    CreateTopicsRequest request = new CreateTopicsRequest().timeoutMs(TIMEOUT_MS);
    topics.forEach(topic -> request.topics().add(creatable(topic)));
    return forwarding
        .ask(local, request, VERSION)
        .thenApply(response -> results((CreateTopicsResponse) response));
  }

  private static CreateTopicsRequest.CreatableTopic creatable(NewTopic topic) {
    CreateTopicsRequest.CreatableTopic creatable =
        new CreateTopicsRequest.CreatableTopic()
            .name(topic.name())
            .numPartitions(topic.partitions())
            .replicationFactor((short) topic.replicationFactor());
    topic
        .configs()
        .forEach(
            (name, value) ->
                creatable
                    .configs()
                    .add(new CreateTopicsRequest.CreatableTopicConfig().name(name).value(value)));
    return creatable;
  }

  private static List<TopicResult> results(CreateTopicsResponse response) {
    return response.topics().stream()
        .map(
            topic ->
                new TopicResult(
                    topic.name(),
                    ErrorCode.forCode(topic.errorCode()),
                    topic.errorMessage(),
                    topic.topicId(),
                    topic.numPartitions(),
                    topic.replicationFactor()))
        .toList();
  }
}
