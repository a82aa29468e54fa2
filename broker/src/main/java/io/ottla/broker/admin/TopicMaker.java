package io.ottla.broker.admin;

import io.ottla.metadata.controller.NewTopic;
import io.ottla.metadata.controller.TopicResult;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Makes the topics that this broker needs, or that its clients ask for by naming them. */
@FunctionalInterface
public interface TopicMaker {

  /**
   * Makes topics, each by itself. Any thread.
   *
   * @return one result per name; completes on any thread, when those that were made are to be seen
   *     in this broker's image or that takes too long
   */
  CompletableFuture<List<TopicResult>> create(List<NewTopic> topics);
}
