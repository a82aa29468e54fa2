package io.ottla.broker.admin;

import io.ottla.broker.api.ApiHandler;
import io.ottla.broker.api.Request;
import io.ottla.broker.config.TopicDefaults;
import io.ottla.metadata.config.BrokerConfigLayers;
import io.ottla.metadata.config.ConfigDescriber;
import io.ottla.metadata.config.DescribedConfig;
import io.ottla.metadata.controller.Controller;
import io.ottla.metadata.controller.NewTopic;
import io.ottla.metadata.controller.TopicResult;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.CreateTopicsRequest;
import io.ottla.wire.message.CreateTopicsResponse;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * CreateTopics, versions 2 to 7: makes topics, each by itself; answered when they can be used.
 *
 * <ul>
 *   <li>A number of partitions or replicas of -1 is the broker's default (KIP-464).
 *   <li>v5: the answer tells partitions, replicas and configs in force (KIP-525). v7: the topic's
 *       id.
 * </ul>
 */
public final class CreateTopicsHandler implements ApiHandler<CreateTopicsRequest> {

  private static final short FIRST_WITH_CONFIGS = 5;

  private final Controller controller;
  private final Supplier<MetadataImage> image;
  private final Function<MetadataImage, BrokerConfigLayers> layers;
  private final TopicDefaults defaults;

  /**
   * @param layers the broker's own values in an image
   */
  public CreateTopicsHandler(
      Controller controller,
      Supplier<MetadataImage> image,
      Function<MetadataImage, BrokerConfigLayers> layers,
      TopicDefaults defaults) {
    this.controller = controller;
    this.image = image;
    this.layers = layers;
    this.defaults = defaults;
  }

  @Override
  public ApiKey api() {
    return ApiKey.CREATE_TOPICS;
  }

  @Override
  public void handle(Request<CreateTopicsRequest> request) {
    CreateTopicsRequest body = request.body();
    List<NewTopic> topics = body.topics().stream().map(this::newTopic).toList();
    TimedAnswer.when(
        request,
        controller.createTopics(topics, body.validateOnly()),
        body.timeoutMs(),
        results -> answer(results, topics, request.version()),
        (error, message) -> failure(body, error, message));
  }

  private NewTopic newTopic(CreateTopicsRequest.CreatableTopic topic) {
    List<NewTopic.Assignment> assignments =
        topic.assignments().stream()
            .map(
                assigned ->
                    new NewTopic.Assignment(assigned.partitionIndex(), assigned.brokerIds()))
            .toList();
    Map<String, String> configs = new HashMap<>();
    topic.configs().forEach(config -> configs.put(config.name(), config.value()));
    boolean isPlacedHere = assignments.isEmpty();
    return new NewTopic(
        topic.name(),
        isPlacedHere && topic.numPartitions() == NewTopic.DEFAULT
            ? defaults.requestedPartitions()
            : topic.numPartitions(),
        isPlacedHere && topic.replicationFactor() == NewTopic.DEFAULT
            ? defaults.requestedReplicas()
            : topic.replicationFactor(),
        assignments,
        configs);
  }

  private CreateTopicsResponse answer(
      List<TopicResult> results, List<NewTopic> topics, short version) {
    Map<String, Map<String, String>> configs = new HashMap<>();
    topics.forEach(topic -> configs.put(topic.name(), topic.configs()));
    CreateTopicsResponse response = new CreateTopicsResponse();
    for (TopicResult result : results) {
      CreateTopicsResponse.CreatableTopicResult answer =
          new CreateTopicsResponse.CreatableTopicResult()
              .name(result.name())
              .topicId(result.topicId())
              .errorCode(result.error().code())
              .errorMessage(result.message())
              .numPartitions(result.partitions())
              .replicationFactor((short) result.replicationFactor());
      if (version >= FIRST_WITH_CONFIGS && result.error() == ErrorCode.NONE) {
        answer.configs(inForce(configs.get(result.name())));
      }
      response.topics().add(answer);
    }
    return response;
  }

  private List<CreateTopicsResponse.CreatableTopicConfigs> inForce(Map<String, String> own) {
    return new ConfigDescriber(layers.apply(image.get()))
        .newTopic(own).stream().map(CreateTopicsHandler::config).toList();
  }

  private static CreateTopicsResponse.CreatableTopicConfigs config(DescribedConfig config) {
    return new CreateTopicsResponse.CreatableTopicConfigs()
        .name(config.name())
        .value(config.value())
        .readOnly(config.readOnly())
        .configSource(config.source().id())
        .isSensitive(config.secret());
  }

  @Override
  public ApiMessage failure(CreateTopicsRequest request, short version, ErrorCode error) {
    return failure(request, error, error.message());
  }

  private static ApiMessage failure(CreateTopicsRequest request, ErrorCode error, String message) {
    CreateTopicsResponse response = new CreateTopicsResponse();
    for (CreateTopicsRequest.CreatableTopic topic : request.topics()) {
      response
          .topics()
          .add(
              new CreateTopicsResponse.CreatableTopicResult()
                  .name(topic.name())
                  .errorCode(error.code())
                  .errorMessage(message));
    }
    return response;
  }
}
