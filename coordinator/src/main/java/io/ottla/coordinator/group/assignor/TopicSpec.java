package io.ottla.coordinator.group.assignor;

import io.ottla.wire.Uuid;
import java.util.Set;

/** What an assignor may know of topics. Must not change while an assignor reads it. */
public interface TopicSpec {

  /** Returns the number of partitions, or -1 if there is no such topic. */
  int partitionCount(Uuid topicId);

  /** Returns the racks in which the partition has replicas; empty if none is known. */
  Set<String> racks(Uuid topicId, int partition);
}
