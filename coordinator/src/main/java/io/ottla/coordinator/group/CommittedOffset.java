package io.ottla.coordinator.group;

import io.ottla.wire.Uuid;
import io.ottla.wire.message.OffsetCommitValue;
import java.util.Objects;

/**
 * How far a group has come in a partition.
 *
 * @param recordOffset where the log says so; -1 before it is appended
 * @param offset the offset to go on with
 * @param leaderEpoch of the last record that was read, -1 if not known
 * @param metadata the client's own text
 * @param commitTimestampMs when it was committed
 * @param expireTimestampMs when it expires, as old clients could ask for; -1 for the rule of the
 *     broker
 * @param topicId the topic's id then, or {@link Uuid#ZERO} if it was not known
 */
record CommittedOffset(
    long recordOffset,
    long offset,
    int leaderEpoch,
    String metadata,
    long commitTimestampMs,
    long expireTimestampMs,
    Uuid topicId) {

  static final long NO_TIMESTAMP = -1L;

  CommittedOffset {
    Objects.requireNonNull(metadata, "metadata");
    Objects.requireNonNull(topicId, "topicId");
  }

  static CommittedOffset of(long recordOffset, OffsetCommitValue value) {
    return new CommittedOffset(
        recordOffset,
        value.offset(),
        value.leaderEpoch(),
        value.metadata(),
        value.commitTimestamp(),
        value.expireTimestamp(),
        value.topicId());
  }

  boolean hasExpireTimestamp() {
    return expireTimestampMs != NO_TIMESTAMP;
  }

  /** Whether it is of this topic, as far as both ids are known: a name may have been used twice. */
  boolean isOfTopic(Uuid id) {
    return topicId.isZero() || id.isZero() || topicId.equals(id);
  }
}
