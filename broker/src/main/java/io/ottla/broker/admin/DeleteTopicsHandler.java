package io.ottla.broker.admin;

import io.ottla.broker.api.ApiHandler;
import io.ottla.broker.api.Request;
import io.ottla.metadata.controller.Controller;
import io.ottla.metadata.controller.ItemResult;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.metadata.image.TopicImage;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.Uuid;
import io.ottla.wire.message.DeleteTopicsRequest;
import io.ottla.wire.message.DeleteTopicsResponse;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * DeleteTopics, versions 1 to 6: deletes topics by name, from v6 on also by id (KIP-516), each by
 * itself. A topic that is named twice, by whatever means, is refused.
 */
public final class DeleteTopicsHandler implements ApiHandler<DeleteTopicsRequest> {

  private static final short FIRST_BY_ID = 6;
  private static final short FIRST_WITH_DISABLED = 3;

  private final Controller controller;
  private final Supplier<MetadataImage> image;
  private final boolean enabled;

  /**
   * @param enabled {@code delete.topic.enable}
   */
  public DeleteTopicsHandler(
      Controller controller, Supplier<MetadataImage> image, boolean enabled) {
    this.controller = controller;
    this.image = image;
    this.enabled = enabled;
  }

  @Override
  public ApiKey api() {
    return ApiKey.DELETE_TOPICS;
  }

  @Override
  public void handle(Request<DeleteTopicsRequest> request) {
    if (!enabled) {
      request.fail(
          request.version() < FIRST_WITH_DISABLED
              ? ErrorCode.INVALID_REQUEST
              : ErrorCode.TOPIC_DELETION_DISABLED);
      return;
    }
    List<DeleteTopicsRequest.DeleteTopicState> named = named(request.body(), request.version());
    DeleteTopicsResponse response = new DeleteTopicsResponse();
    List<TopicImage> topics = new ArrayList<>();
    Set<DeleteTopicsRequest.DeleteTopicState> repeated = Duplicates.of(named, state -> state);
    for (DeleteTopicsRequest.DeleteTopicState state : new LinkedHashSet<>(named)) {
      Refusal refusal = refusal(state, repeated.contains(state));
      if (refusal == null) {
        topics.add(find(state));
      } else {
        response.responses().add(result(state, refusal.error(), refusal.message()));
      }
    }
    for (TopicImage topic : Duplicates.of(topics, topic -> topic)) {
      topics.removeIf(topic::equals);
      response
          .responses()
          .add(
              result(
                  topic,
                  ErrorCode.INVALID_REQUEST,
                  "The topic was named by its name and by its id."));
    }
    TimedAnswer.when(
        request,
        controller.deleteTopics(topics.stream().map(TopicImage::id).toList()),
        request.body().timeoutMs(),
        results -> withResults(response, topics, names(named), results),
        (error, message) -> failure(request.body(), request.version(), error, message));
  }

  private static List<DeleteTopicsRequest.DeleteTopicState> named(
      DeleteTopicsRequest request, short version) {
    return version >= FIRST_BY_ID
        ? request.topics()
        : request.topicNames().stream()
            .map(name -> new DeleteTopicsRequest.DeleteTopicState().name(name))
            .toList();
  }

  private record Refusal(ErrorCode error, String message) {}

  private Refusal refusal(DeleteTopicsRequest.DeleteTopicState state, boolean repeated) {
    boolean hasId = !state.topicId().equals(Uuid.ZERO);
    if (state.name() == null && !hasId) {
      return new Refusal(ErrorCode.INVALID_REQUEST, "Neither topic name nor id were specified.");
    }
    if (state.name() != null && hasId) {
      return new Refusal(
          ErrorCode.INVALID_REQUEST, "You may not specify both topic name and topic id.");
    }
    if (repeated) {
      return new Refusal(
          ErrorCode.INVALID_REQUEST, hasId ? "Duplicate topic id." : "Duplicate topic name.");
    }
    if (find(state) == null) {
      ErrorCode error = hasId ? ErrorCode.UNKNOWN_TOPIC_ID : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
      return new Refusal(error, error.message());
    }
    return null;
  }

  private TopicImage find(DeleteTopicsRequest.DeleteTopicState state) {
    MetadataImage current = image.get();
    return state.name() == null ? current.topic(state.topicId()) : current.topic(state.name());
  }

  private static DeleteTopicsResponse withResults(
      DeleteTopicsResponse response,
      List<TopicImage> topics,
      Set<String> names,
      List<ItemResult> results) {
    for (int i = 0; i < topics.size(); i++) {
      ItemResult done = results.get(i);
      boolean isGone = done.error() == ErrorCode.UNKNOWN_TOPIC_ID;
      response
          .responses()
          .add(
              isGone && names.contains(topics.get(i).name())
                  ? gone(topics.get(i))
                  : result(topics.get(i), done.error(), done.message()));
    }
    return response;
  }

  private static Set<String> names(List<DeleteTopicsRequest.DeleteTopicState> named) {
    return named.stream()
        .map(DeleteTopicsRequest.DeleteTopicState::name)
        .filter(Objects::nonNull)
        .collect(Collectors.toSet());
  }

  /** It went after it was found; who named it knows nothing of its id. */
  private static DeleteTopicsResponse.DeletableTopicResult gone(TopicImage topic) {
    ErrorCode error = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
    return result(topic, error, error.message());
  }

  private static DeleteTopicsResponse.DeletableTopicResult result(
      TopicImage topic, ErrorCode error, String message) {
    return new DeleteTopicsResponse.DeletableTopicResult()
        .name(topic.name())
        .topicId(topic.id())
        .errorCode(error.code())
        .errorMessage(message);
  }

  private static DeleteTopicsResponse.DeletableTopicResult result(
      DeleteTopicsRequest.DeleteTopicState state, ErrorCode error, String message) {
    return new DeleteTopicsResponse.DeletableTopicResult()
        .name(state.name())
        .topicId(state.topicId())
        .errorCode(error.code())
        .errorMessage(message);
  }

  @Override
  public ApiMessage failure(DeleteTopicsRequest request, short version, ErrorCode error) {
    return failure(request, version, error, error.message());
  }

  private static ApiMessage failure(
      DeleteTopicsRequest request, short version, ErrorCode error, String message) {
    DeleteTopicsResponse response = new DeleteTopicsResponse();
    response.responses(
        named(request, version).stream()
            .map(state -> result(state, error, message))
            .collect(Collectors.toCollection(ArrayList::new)));
    return response;
  }
}
