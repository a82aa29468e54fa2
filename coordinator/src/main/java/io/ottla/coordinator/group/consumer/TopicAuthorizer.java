package io.ottla.coordinator.group.consumer;

import io.ottla.coordinator.RequestContext;
import java.util.Set;

/**
 * Says which topics a client may know of: what a regular expression stands for is cut down to them.
 * Called away from the shards' threads; may be called by several at once.
 */
@FunctionalInterface
public interface TopicAuthorizer {

  /** Everybody may know of every topic. */
  TopicAuthorizer ALL = (client, topics) -> topics;

  /** Returns those of the topics that the client may describe. */
  Set<String> describable(RequestContext client, Set<String> topics);
}
