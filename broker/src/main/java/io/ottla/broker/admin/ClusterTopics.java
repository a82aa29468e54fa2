package io.ottla.broker.admin;

import io.ottla.broker.peer.ControllerChannel;
import io.ottla.metadata.controller.Controller;
import io.ottla.metadata.controller.ControllerException;
import io.ottla.metadata.controller.NewTopic;
import io.ottla.metadata.controller.TopicResult;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.CreateTopicsRequest;
import io.ottla.wire.message.CreateTopicsResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Makes topics at the active controller: this node's, or another's, which is sent a CreateTopics
 * request and may be ahead of this broker's image for a moment. Any thread.
 */
public final class ClusterTopics implements TopicMaker {

  private static final int TIMEOUT_MS = 30_000;
  private static final long ARRIVAL_MS = 1_000;

  private final Controller controller;
  private final ControllerChannel controllers;
  private final TopicArrivals arrivals;

  /**
   * @param controller this node's, or null if it is a broker only
   */
  public ClusterTopics(
      Controller controller, ControllerChannel controllers, TopicArrivals arrivals) {
    this.controller = controller;
    this.controllers = controllers;
    this.arrivals = arrivals;
  }

  @Override
  public CompletableFuture<List<TopicResult>> create(List<NewTopic> topics) {
    if (controller != null && controller.isActive()) {
      return controller.createTopics(topics, false);
    }
    return controllers
        .send(ApiKey.CREATE_TOPICS, request(topics), TIMEOUT_MS)
        .thenCompose(
            answer -> {
              List<TopicResult> results = results(topics, (CreateTopicsResponse) answer);
              List<String> made =
                  results.stream()
                      .filter(
                          result ->
                              result.error() == ErrorCode.NONE
                                  || result.error() == ErrorCode.TOPIC_ALREADY_EXISTS)
                      .map(TopicResult::name)
                      .toList();
              return arrivals.of(made, ARRIVAL_MS).thenApply(_ -> results);
            });
  }

  private static CreateTopicsRequest request(List<NewTopic> topics) {
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
                      .add(new CreateTopicsRequest.CreatableTopicConfig().name(name).value(value)));
      request.topics().add(wanted);
    }
    return request;
  }

  private static List<TopicResult> results(List<NewTopic> topics, CreateTopicsResponse response) {
    List<TopicResult> results = new ArrayList<>();
    for (CreateTopicsResponse.CreatableTopicResult result : response.topics()) {
      ErrorCode error = ErrorCode.forCode(result.errorCode());
      if (error == ErrorCode.NOT_CONTROLLER) {
        throw new ControllerException(error, error.message());
      }
      results.add(
          new TopicResult(
              result.name(),
              error,
              result.errorMessage(),
              result.topicId(),
              result.numPartitions(),
              result.replicationFactor()));
    }
    if (results.size() < topics.size()) {
      throw new ControllerException(
          ErrorCode.UNKNOWN_SERVER_ERROR, "the controller left topics out of its answer");
    }
    return results;
  }
}
