package io.ottla.coordinator;

/**
 * A coordinator whose state is in the partitions of an internal topic: whoever hosts the partitions
 * tells it which of them this broker leads.
 *
 * <p>Elections and resignations of one partition come one after the other, in their order.
 */
public interface HostedCoordinator {

  /**
   * This broker leads a partition now: what it holds is loaded.
   *
   * @param leaderEpoch of the partition
   * @param log to append to
   * @param reader reads what the log holds by now
   */
  void onElection(int partition, int leaderEpoch, CoordinatorLog log, CoordinatorLogReader reader);

  /** This broker does not lead the partition any more. */
  void onResignation(int partition);

  /** What is below the offset stays. On the shard's thread, at the end of a batch. */
  void onHighWatermark(int partition, long highWatermark);
}
