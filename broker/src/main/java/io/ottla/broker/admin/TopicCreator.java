package io.ottla.broker.admin;

import io.ottla.metadata.controller.NewTopic;
import io.ottla.metadata.controller.TopicResult;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Creates topics on a broker's own behalf, whichever node is the active controller. */
@FunctionalInterface
public interface TopicCreator {

  /**
   * Creates topics, each by itself. Those that are created are known to this broker when it is
   * told, or a moment later.
   */
  CompletableFuture<List<TopicResult>> createTopics(List<NewTopic> topics);
}
