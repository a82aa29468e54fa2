package io.ottla.broker.produce;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.ottla.log.AppendOrigin;
import io.ottla.log.AppendResult;
import io.ottla.log.LogException;
import io.ottla.replication.CommitListener;
import io.ottla.replication.Partition;
import io.ottla.runtime.Clock;
import io.ottla.runtime.Shard;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.ProduceResponse;
import io.ottla.wire.record.BatchValidator;
import io.ottla.wire.record.BatchVerdict;
import io.ottla.wire.record.RecordBatch;
import io.ottla.wire.record.RecordError;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What one produce request asks of one partition, and what came of it. Used by one thread at a
 * time: event loop or worker, then the partition's shard, then who answers.
 */
final class PartitionAppend implements CommitListener {

  private static final Logger LOG = LoggerFactory.getLogger(PartitionAppend.class);

  private final PendingProduce produce;
  private final Partition partition;
  private final int index;
  private final ByteBuf received;

  /** What is to be appended, if it is not what was received. Owned by this. */
  private ByteBuf converted;

  /** What it is to a transaction; null if it is part of none. */
  private TransactionalPart part;

  private ErrorCode error = ErrorCode.NONE;
  private String errorMessage;
  private List<RecordError> recordErrors = List.of();
  private AppendResult result;

  /**
   * @param partition null if it is not on this broker
   * @param received a slice of the request's frame
   */
  PartitionAppend(PendingProduce produce, Partition partition, int index, ByteBuf received) {
    this.produce = produce;
    this.partition = partition;
    this.index = index;
    this.received = received;
  }

  void fail(ErrorCode reason, String message) {
    error = reason;
    errorMessage = message;
  }

  ErrorCode error() {
    return error;
  }

  boolean isToBeWritten() {
    return error == ErrorCode.NONE;
  }

  Shard shard() {
    return partition.shard();
  }

  boolean needsWorker() {
    return isToBeWritten() && BatchValidator.needsDecompression(received, partition.rules());
  }

  /**
   * Validates the batch; if the topic wants another codec, recompresses it. Never throws: what
   * nobody foresaw fails this partition, and neither the request nor those behind it.
   */
  void check(short produceVersion, Clock clock) {
    if (!isToBeWritten()) {
      return;
    }
    try {
      judge(produceVersion, clock.wallMs());
    } catch (RuntimeException | OutOfMemoryError e) {
      LOG.error("Checking a batch for {} failed", partition.topicPartition(), e);
      fail(ErrorCode.UNKNOWN_SERVER_ERROR, null);
      releaseConverted();
    }
  }

  private void judge(short produceVersion, long nowMs) {
    BatchVerdict verdict =
        BatchValidator.validate(
            received, produceVersion, partition.rules(), nowMs, PooledByteBufAllocator.DEFAULT);
    switch (verdict) {
      case BatchVerdict.Rejected rejected -> {
        fail(rejected.error(), rejected.message());
        recordErrors = rejected.recordErrors();
      }
      case BatchVerdict.Accepted accepted -> {
        converted = accepted.converted();
        RecordBatch batch = new RecordBatch().wrap(received, received.readerIndex());
        if (batch.isTransactional()) {
          part = new TransactionalPart(partition, batch);
        }
      }
    }
  }

  /** What an accepted batch is to a transaction; null if it is part of none, or refused. */
  TransactionalPart part() {
    return error == ErrorCode.NONE ? part : null;
  }

  /** Not to be written, for what its transaction's coordinator says. */
  void refuse(ErrorCode reason, String message) {
    fail(reason, message);
    releaseConverted();
  }

  private void releaseConverted() {
    if (converted != null) {
      converted.release();
      converted = null;
    }
  }

  /** Appends. On the partition's shard. */
  void write() {
    try {
      ByteBuf batch = converted == null ? received : converted;
      result =
          part == null
              ? partition.append(batch, AppendOrigin.CLIENT, produce.acks())
              : part.append(batch, produce.acks());
    } catch (LogException e) {
      fail(e.error(), e.getMessage());
    } catch (RuntimeException e) {
      LOG.error("Appending to {} failed", partition.topicPartition(), e);
      fail(ErrorCode.UNKNOWN_SERVER_ERROR, null);
    } finally {
      releaseConverted();
      produce.onWritten();
    }
    if (error == ErrorCode.NONE && produce.acks() != ProduceHandler.ACKS_NONE) {
      awaitCommit();
    } else {
      produce.onAnswered();
    }
  }

  private void awaitCommit() {
    long endOffset = result.lastOffset() + 1;
    try {
      if (produce.waitsForCommit()) {
        partition.whenCommitted(endOffset, produce.timeoutMs(), this);
      } else {
        partition.whenSafe(endOffset, this);
      }
    } catch (RuntimeException e) {
      LOG.error("Waiting for {} failed", partition.topicPartition(), e);
      onFailed(ErrorCode.UNKNOWN_SERVER_ERROR);
    }
  }

  @Override
  public void onCommitted() {
    produce.onAnswered();
  }

  @Override
  public void onFailed(ErrorCode reason) {
    fail(reason, "the records were written, but are not known to be committed");
    produce.onAnswered();
  }

  ProduceResponse.PartitionProduceResponse response() {
    ProduceResponse.PartitionProduceResponse response =
        new ProduceResponse.PartitionProduceResponse().index(index).errorCode(error.code());
    if (error == ErrorCode.NONE && result.isForgotten()) {
      // Clients take it for a success without an offset. They would repeat an out-of-order sequence
      // until they give up.
      return response.errorCode(ErrorCode.DUPLICATE_SEQUENCE_NUMBER.code()).baseOffset(-1);
    }
    if (error == ErrorCode.NONE) {
      return response
          .baseOffset(result.baseOffset())
          .logAppendTimeMs(result.logAppendTimeMs())
          .logStartOffset(result.logStartOffset());
    }
    response.baseOffset(-1).errorMessage(errorMessage);
    for (RecordError recordError : recordErrors) {
      response
          .recordErrors()
          .add(
              new ProduceResponse.BatchIndexAndErrorMessage()
                  .batchIndex(recordError.batchIndex())
                  .batchIndexErrorMessage(recordError.message()));
    }
    return response;
  }
}
