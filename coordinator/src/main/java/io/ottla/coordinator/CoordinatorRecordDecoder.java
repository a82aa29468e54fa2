package io.ottla.coordinator;

import io.ottla.wire.ApiMessage;
import io.ottla.wire.TopicPartition;
import org.slf4j.LoggerFactory;

/** The record types of one internal topic that a coordinator replays. Stateless; any thread. */
public interface CoordinatorRecordDecoder {

  /** An empty key of the type, or null if the coordinator does not know or need the type. */
  ApiMessage newKey(short type);

  /**
   * Records of a type for which there is no key were passed over while a partition was loaded.
   *
   * @param count how many in that partition; they stay in the log
   */
  default void onPassedOver(TopicPartition partition, short type, int count) {
    LoggerFactory.getLogger(CoordinatorRecordDecoder.class)
        .warn("Passed over {} records of unknown type {} in {}", count, type, partition);
  }

  /** An empty value of a type that {@link #newKey} knows. */
  ApiMessage newValue(short type);
}
