package io.ottla.broker;

import io.ottla.broker.admin.TopicCreator;
import io.ottla.broker.peer.ControllerChannel;
import io.ottla.metadata.controller.Controller;
import io.ottla.metadata.controller.NewTopic;
import io.ottla.metadata.controller.TopicResult;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.CreateTopicsRequest;
import io.ottla.wire.message.CreateTopicsResponse;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Creates the topics a broker needs itself: by the controller in this process, or the active one. */
final class ClusterTopics implements TopicCreator {

  private static final int TIMEOUT_MS = 15_000;

  private final Controller controller;
  private final ControllerChannel channel;

  ClusterTopics(Controller controller, ControllerChannel channel) {
    this.controller = controller;
    this.channel = channel;
  }

  @Override
  public CompletableFuture<List<TopicResult>> createTopics(List<NewTopic> topics) {
    if (controller.isActive()) {
      return controller.createTopics(topics, false);
    }
    CreateTopicsRequest request = new CreateTopicsRequest().timeoutMs(TIMEOUT_MS);
    for (NewTopic topic : topics) {
      CreateTopicsRequest.CreatableTopic wanted =
          new CreateTopicsRequest.CreatableTopic()
              .name(topic.name())
              .numPartitions(topic.partitions())
              .replicationFactor((short) topic.replicationFactor());
      topic
          .configs()
          .forEach(
              (name, value) ->
                  wanted
                      .configs()
                      .add(
                          new CreateTopicsRequest.CreatableTopicConfig()
                              .name(name)
                              .value(value)));
      request.topics().add(wanted);
    }
    return channel
        .send(ApiKey.CREATE_TOPICS, request, TIMEOUT_MS)
        .thenApply(response -> results((CreateTopicsResponse) response));
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
