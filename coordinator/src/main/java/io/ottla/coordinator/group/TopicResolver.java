package io.ottla.coordinator.group;

import io.ottla.wire.Uuid;

/** Knows which topics and partitions there are. Any thread; answers at once. */
public interface TopicResolver {

  /** The name of a topic, or null if there is none with this id. */
  String topicName(Uuid topicId);

  /** The id of a topic, or {@link Uuid#ZERO} if there is none of this name. */
  Uuid topicId(String topicName);

  boolean hasPartition(String topicName, int partition);
}
