package io.ottla.broker.coordinator;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.ottla.coordinator.CoordinatorLog;
import io.ottla.coordinator.CoordinatorLogException;
import io.ottla.coordinator.CoordinatorLogReader;
import io.ottla.coordinator.CoordinatorRecord;
import io.ottla.coordinator.CoordinatorRecordCodec;
import io.ottla.coordinator.EndMarker;
import io.ottla.coordinator.TransactionalProducer;
import io.ottla.log.AppendOrigin;
import io.ottla.log.AppendResult;
import io.ottla.log.LogException;
import io.ottla.log.LogSlice;
import io.ottla.log.LogView;
import io.ottla.log.TransactionGuards;
import io.ottla.log.TransactionMarker;
import io.ottla.replication.Partition;
import io.ottla.replication.PartitionTransactions;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.TopicPartition;
import io.ottla.wire.record.BatchHeader;
import io.ottla.wire.record.Compression;
import io.ottla.wire.record.RecordBatch;
import java.io.IOException;
import java.util.List;

/**
 * A hosted partition as its coordinator sees it: appends on the shard's thread, reads, while it
 * loads, on a worker.
 */
final class PartitionCoordinatorLog implements CoordinatorLog, CoordinatorLogReader {

  /** The acks of what must not be lost. */
  private static final short ALL_IN_SYNC = -1;

  /** A committed offset with names of usual length; larger records make the buffer grow. */
  private static final int USUAL_RECORD_BYTES = 160;

  private final Partition partition;
  private final int leaderEpoch;

  /**
   * @param leaderEpoch the epoch in which the coordinator was elected: in a later one, others may
   *     have written what it has not read
   */
  PartitionCoordinatorLog(Partition partition, int leaderEpoch) {
    this.partition = partition;
    this.leaderEpoch = leaderEpoch;
  }

  @Override
  public TopicPartition topicPartition() {
    return partition.topicPartition();
  }

  @Override
  public long append(List<CoordinatorRecord> records, TransactionalProducer producer, long nowMs)
      throws CoordinatorLogException {
    if (!isLed()) {
      throw new CoordinatorLogException(ErrorCode.NOT_LEADER_OR_FOLLOWER);
    }
    ByteBuf batch =
        PooledByteBufAllocator.DEFAULT.directBuffer(
            BatchHeader.SIZE + records.size() * USUAL_RECORD_BYTES);
    try {
      CoordinatorRecordCodec.writeBatch(batch, records, producer, nowMs, Compression.NONE);
      if (batch.readableBytes() > partition.rules().maxMessageBytes()) {
        throw new CoordinatorLogException(ErrorCode.MESSAGE_TOO_LARGE);
      }
      return append(batch, producer).lastOffset() + 1;
    } catch (LogException e) {
      throw new CoordinatorLogException(e.error());
    } finally {
      batch.release();
    }
  }

  private AppendResult append(ByteBuf batch, TransactionalProducer producer) {
    TransactionGuards.Guard guard =
        producer == null || producer.guard() == null
            ? TransactionGuards.UNGUARDED
            : (TransactionGuards.Guard) producer.guard();
    return new PartitionTransactions(partition)
        .append(batch, AppendOrigin.COORDINATOR, ALL_IN_SYNC, guard);
  }

  @Override
  public long append(EndMarker marker, long nowMs) throws CoordinatorLogException {
    if (!isLed()) {
      throw new CoordinatorLogException(ErrorCode.NOT_LEADER_OR_FOLLOWER);
    }
    try {
      AppendResult result =
          new PartitionTransactions(partition)
              .append(
                  new TransactionMarker(!marker.isCommit(), marker.coordinatorEpoch()),
                  marker.producerId(),
                  marker.producerEpoch(),
                  marker.transactionVersion());
      return result.lastOffset() + 1;
    } catch (LogException e) {
      throw new CoordinatorLogException(e.error());
    }
  }

  @Override
  public boolean isLed() {
    return partition.leaderEpoch() == leaderEpoch && partition.isLeaderForCertain();
  }

  @Override
  public long highWatermark() {
    return partition.log().highWatermark();
  }

  @Override
  public long startOffset() {
    return partition.view().logStartOffset();
  }

  @Override
  public long endOffset() {
    return partition.view().logEndOffset();
  }

  @Override
  public ByteBuf read(long fromOffset, int maxBytes) throws IOException {
    LogView view = partition.view();
    LogSlice slice;
    try {
      slice = view.read(fromOffset, maxBytes, true, view.logEndOffset());
    } catch (LogException e) {
      throw new IOException(e);
    }
    ByteBuf bytes = PooledByteBufAllocator.DEFAULT.directBuffer(Math.max(1, slice.sizeInBytes()));
    boolean read = false;
    try {
      slice.copyTo(bytes);
      read = true;
    } finally {
      slice.release();
      if (!read) {
        bytes.release();
      }
    }
    return bytes.writerIndex(endOfWholeBatches(bytes));
  }

  /** The limit may have cut the last batch off. */
  private static int endOfWholeBatches(ByteBuf bytes) {
    RecordBatch batch = new RecordBatch();
    int end = 0;
    while (bytes.writerIndex() - end >= BatchHeader.SIZE) {
      int next = end + batch.wrap(bytes, end).sizeInBytes();
      if (next > bytes.writerIndex()) {
        break;
      }
      end = next;
    }
    return end;
  }
}
