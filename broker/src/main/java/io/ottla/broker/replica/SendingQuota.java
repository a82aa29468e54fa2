package io.ottla.broker.replica;

import io.ottla.wire.TopicPartition;

/**
 * Bounds what this broker, as a leader, sends to followers that are out of sync ({@code
 * leader.replication.throttled.rate} and {@code .replicas}). Any thread.
 */
public interface SendingQuota {

  /** No bounds. */
  SendingQuota UNLIMITED =
      new SendingQuota() {
        @Override
        public boolean isThrottled(TopicPartition partition) {
          return false;
        }

        @Override
        public boolean isExceeded() {
          return false;
        }

        @Override
        public void sent(long bytes) {}
      };

  /** Whether the partition is one of those that are bounded. */
  boolean isThrottled(TopicPartition partition);

  /** Whether nothing more may be sent for the moment. */
  boolean isExceeded();

  /** Counts what was sent of throttled partitions, to followers in sync or not. */
  void sent(long bytes);
}
