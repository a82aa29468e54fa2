package io.ottla.broker.transaction;

import io.ottla.coordinator.EndMarker;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.TopicPartition;
import java.util.concurrent.CompletableFuture;

/** Writes the ends of transactions into partitions that this broker leads. Any thread. */
public interface LocalMarkers {

  /**
   * Writes a marker.
   *
   * @return NONE once all in-sync replicas have it, or why it is not written; never fails
   */
  CompletableFuture<ErrorCode> write(TopicPartition topicPartition, EndMarker marker);
}
