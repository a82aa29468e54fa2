package io.ottla.broker.produce;

import io.netty.buffer.ByteBuf;
import io.ottla.log.AppendOrigin;
import io.ottla.log.AppendResult;
import io.ottla.log.TransactionGuards;
import io.ottla.replication.Partition;
import io.ottla.replication.PartitionTransactions;
import io.ottla.wire.TopicPartition;
import io.ottla.wire.record.RecordBatch;

/**
 * A batch's part in a transaction: whether its coordinator is to be asked before the batch may be
 * appended. Used by one thread at a time.
 */
final class TransactionalPart {

  private final Partition partition;
  private final PartitionTransactions transactions;
  private final long producerId;
  private final short epoch;
  private final int sequence;
  private TransactionGuards.Guard guard = TransactionGuards.NONE;

  TransactionalPart(Partition partition, RecordBatch batch) {
    this.partition = partition;
    this.transactions = new PartitionTransactions(partition);
    this.producerId = batch.producerId();
    this.epoch = batch.producerEpoch();
    this.sequence = batch.baseSequence();
  }

  TopicPartition topicPartition() {
    return partition.topicPartition();
  }

  long producerId() {
    return producerId;
  }

  short epoch() {
    return epoch;
  }

  boolean isLedHere() {
    return partition.role().isLeader();
  }

  /** Whether the batch may begin the transaction in its partition. */
  boolean mayBegin() {
    return !transactions.guards().isOpen(producerId, epoch);
  }

  /**
   * To be called before the coordinator is asked.
   *
   * @param isEpochFresh whether the transaction has an epoch of its own
   */
  void takeGuard(String transactionalId, boolean isEpochFresh) {
    guard = transactions.guards().take(transactionalId, producerId, epoch, isEpochFresh, sequence);
  }

  /** The coordinator does not know the transaction. */
  void dropGuard() {
    transactions.guards().drop(guard);
  }

  AppendResult append(ByteBuf batch, short acks) {
    return transactions.append(batch, AppendOrigin.CLIENT, acks, guard);
  }
}
