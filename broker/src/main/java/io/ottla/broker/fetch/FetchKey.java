package io.ottla.broker.fetch;

import io.ottla.wire.Uuid;

/**
 * How a fetch names a partition: by topic id from version 13 on, by topic name before.
 *
 * @param topicId the topic's id, or {@link Uuid#ZERO} if it is named
 * @param topic the topic's name, or null if it is given by id
 * @param partition the partition's number
 */
record FetchKey(Uuid topicId, String topic, int partition) {

  boolean sameTopic(FetchKey other) {
    return topic == null ? topicId.equals(other.topicId) : topic.equals(other.topic);
  }
}
