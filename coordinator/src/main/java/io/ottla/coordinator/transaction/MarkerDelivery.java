package io.ottla.coordinator.transaction;

import io.ottla.wire.TopicPartition;
import java.util.Set;

/** Writes the ends of transactions into partitions, wherever they are led. Any thread. */
public interface MarkerDelivery {

  /**
   * The end of one transaction.
   *
   * @param transactionPartition the partition of {@code __transaction_state} it is decided in
   * @param coordinatorEpoch that partition's leader epoch, by which leaders know an old coordinator
   * @param transactionVersion 2 if the marker's epoch is above that of the transaction's records
   */
  record Markers(
      int transactionPartition,
      String transactionalId,
      long producerId,
      short producerEpoch,
      int coordinatorEpoch,
      boolean isCommit,
      int transactionVersion,
      Set<TopicPartition> partitions) {}

  /**
   * Delivers, trying again for as long as it takes, until each partition has the marker or is gone,
   * or the coordinator has resigned.
   *
   * @param whenWritten called once, from any thread; never if another coordinator has taken over
   */
  void deliver(Markers markers, Runnable whenWritten);

  /** This broker does not coordinate the partition any more: nothing more is sent for it. */
  void cancel(int transactionPartition);
}
