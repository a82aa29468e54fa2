package io.ottla.replication;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.ottla.log.AppendContext;
import io.ottla.log.AppendOrigin;
import io.ottla.log.AppendResult;
import io.ottla.log.LogException;
import io.ottla.log.ProducerState;
import io.ottla.log.TransactionGuards;
import io.ottla.log.TransactionMarker;
import java.util.Collection;

/**
 * A partition, to producers in transactions and to those who end them (KIP-98, KIP-890).
 *
 * <p>Owned by the partition's shard, but for {@link #guards}.
 */
public record PartitionTransactions(Partition partition) {

  private static final short ACKS_ALL = -1;
  private static final short NO_VERSION = 0;

  /** What keeps transactions out that their coordinator does not know. Any thread. */
  public TransactionGuards guards() {
    return partition.log().producerStates().guards();
  }

  /** The producers that the partition knows; not to be kept. */
  public Collection<ProducerState> producers() {
    return partition.log().producerStates().all();
  }

  /**
   * Appends what may begin a transaction.
   *
   * @param guard that was taken before the transaction's coordinator was asked
   * @throws LogException as {@link Partition#append}; INVALID_TXN_STATE if the transaction is not
   *     open here and the guard is worthless
   */
  public AppendResult append(
      ByteBuf batches, AppendOrigin origin, short acks, TransactionGuards.Guard guard) {
    return partition.append(
        batches, acks, new AppendContext(origin, leaderEpoch(), nowMs(), NO_VERSION, guard));
  }

  /**
   * Appends the end of a producer's transaction, for all in-sync replicas.
   *
   * @param producerEpoch with which it ends
   * @param version of transactions; from 2 on the epoch is above that of the records
   * @throws LogException as {@link Partition#append}; INVALID_PRODUCER_EPOCH or
   *     TRANSACTION_COORDINATOR_FENCED if the producer or the coordinator has a successor
   */
  public AppendResult append(
      TransactionMarker marker, long producerId, short producerEpoch, short version) {
    ByteBuf batch = PooledByteBufAllocator.DEFAULT.directBuffer();
    try {
      return partition.append(
          marker.write(batch, producerId, producerEpoch, nowMs()),
          ACKS_ALL,
          AppendContext.markers(leaderEpoch(), nowMs(), version));
    } finally {
      batch.release();
    }
  }

  private int leaderEpoch() {
    return partition.role().leaderEpoch();
  }

  private long nowMs() {
    return partition.shard().clock().wallMs();
  }
}
