package io.ottla.metadata.controller;

import io.ottla.wire.ErrorCode;
import io.ottla.wire.Uuid;

/**
 * What became of one {@link NewTopic}.
 *
 * @param error {@link ErrorCode#NONE} when it was created (or could be, if only that was asked)
 * @param message what to tell the client; null when created
 * @param topicId its id; {@link Uuid#ZERO} when it was not created
 * @param partitions how many it has; -1 when it was not created
 * @param replicationFactor how many replicas of its partitions; -1 when it was not created
 */
public record TopicResult(
    String name,
    ErrorCode error,
    String message,
    Uuid topicId,
    int partitions,
    int replicationFactor) {

  static TopicResult refused(String name, ItemResult result) {
    return new TopicResult(name, result.error(), result.message(), Uuid.ZERO, -1, -1);
  }

  static TopicResult created(Command.PlacedTopic topic) {
    return new TopicResult(
        topic.name(),
        ErrorCode.NONE,
        null,
        topic.id(),
        topic.assignments().size(),
        topic.assignments().getFirst().size());
  }
}
