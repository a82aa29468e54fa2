package io.ottla.coordinator.group.journal;

/**
 * A partition that nobody owned for a while.
 *
 * @param topic by name, or by id if it has no name any more
 * @param durationMs until it was taken again, or until the rebalance ended
 */
public record UnownedPartition(String topic, int partition, long durationMs) {

  @Override
  public String toString() {
    return topic + '-' + partition + " (" + durationMs + " ms)";
  }
}
