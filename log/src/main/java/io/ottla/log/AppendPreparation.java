package io.ottla.log;

import io.netty.buffer.ByteBuf;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.TopicPartition;
import io.ottla.wire.record.BatchHeader;
import io.ottla.wire.record.RecordBatch;

/**
 * What happens to the batches of an append before they are written: the log checks what it relies
 * on, asks the producers' states, and sets what a leader sets. Changes the bytes only. One per log,
 * used again for each append by the log's owner; what it found is there until the next one.
 */
final class AppendPreparation {

  private final TopicPartition partition;
  private final LogOffsets offsets;
  private final ProducerStates producers;
  private final RecordBatch batch = new RecordBatch();

  private int end;
  private long baseOffset;
  private long nextOffset;
  private long maxTimestamp;

  AppendPreparation(TopicPartition partition, LogOffsets offsets, ProducerStates producers) {
    this.partition = partition;
    this.offsets = offsets;
    this.producers = producers;
  }

  /** Index in the buffer where the batches end that are to be written; its start if none is. */
  int end() {
    return end;
  }

  long baseOffset() {
    return baseOffset;
  }

  /** The offset after the last record. */
  long nextOffset() {
    return nextOffset;
  }

  /** Largest timestamp of a batch, -1 if none has one. */
  long maxTimestamp() {
    return maxTimestamp;
  }

  /**
   * Prepares the readable bytes.
   *
   * @return null if they are to be written; else the answer, they are in the log already
   * @throws LogException with the code of what they break
   */
  AppendResult prepare(ByteBuf batches, AppendContext context, LogConfig config) {
    int start = batches.readerIndex();
    boolean assigns = context.origin() != AppendOrigin.REPLICATION;
    end = start + batches.readableBytes();
    baseOffset = -1L;
    nextOffset = offsets.logEnd();
    maxTimestamp = BatchHeader.NO_TIMESTAMP;
    for (int at = start; at < end; at += batch.sizeInBytes()) {
      batch.wrap(batches, at);
      checkStructure(end - at, config);
      if (assigns) {
        batch.baseOffset(nextOffset).partitionLeaderEpoch(context.leaderEpoch());
        if (config.logAppendTime()) {
          batch.setLogAppendTime(context.nowMs());
        }
      } else if (batch.partitionLeaderEpoch() > context.leaderEpoch()) {
        // Its leader came after the one we follow; what it says is not ours yet.
        end = at;
        break;
      } else if (batch.baseOffset() < nextOffset) {
        throw refused(
            ErrorCode.CORRUPT_MESSAGE,
            "batch at offset " + batch.baseOffset() + " from the leader, next is " + nextOffset);
      }
      if (batch.hasProducerId()) {
        AppendResult duplicate = checkProducer(context, end - start, config);
        if (duplicate != null) {
          return duplicate;
        }
      }
      baseOffset = baseOffset < 0 ? batch.baseOffset() : baseOffset;
      nextOffset = batch.nextOffset();
      maxTimestamp = Math.max(maxTimestamp, batch.maxTimestamp());
    }
    baseOffset = baseOffset < 0 ? nextOffset : baseOffset;
    return null;
  }

  /** What the log relies on; the rest was checked before. */
  private void checkStructure(int available, LogConfig config) {
    if (available < BatchHeader.SIZE
        || batch.length() < BatchHeader.SIZE - BatchHeader.LOG_OVERHEAD
        || batch.length() > available - BatchHeader.LOG_OVERHEAD
        || batch.magic() != BatchHeader.CURRENT_MAGIC
        || batch.lastOffsetDelta() < 0) {
      throw refused(ErrorCode.CORRUPT_MESSAGE, "bytes to append are no record batch");
    }
    if (batch.sizeInBytes() > config.segmentBytes()) {
      throw refused(
          ErrorCode.RECORD_LIST_TOO_LARGE,
          "batch of "
              + batch.sizeInBytes()
              + " bytes does not fit a segment of "
              + config.segmentBytes());
    }
  }

  /** Null if the batch is new; the result to answer with if it is here already. */
  private AppendResult checkProducer(AppendContext context, int appendSize, LogConfig config) {
    if (context.origin() == AppendOrigin.CLIENT) {
      if (batch.sizeInBytes() != appendSize) {
        throw refused(
            ErrorCode.INVALID_RECORD, "several batches in one append, one of them idempotent");
      }
      int slot = producers.findDuplicate(batch);
      if (slot >= 0) {
        ProducerState producer = producers.producer(batch.producerId());
        long timestamp = producer.timestampAt(slot);
        return new AppendResult(
            producer.firstOffsetAt(slot),
            producer.lastOffsetAt(slot),
            offsets.logStart(),
            timestamp,
            config.logAppendTime() ? timestamp : BatchHeader.NO_TIMESTAMP,
            true);
      }
      long end = producers.endOfForgotten(batch);
      if (end >= 0) {
        return AppendResult.ofForgotten(end, offsets.logStart());
      }
    }
    producers.check(batch, context);
    return null;
  }

  private LogException refused(ErrorCode error, String why) {
    return new LogException(error, partition + ": " + why);
  }
}
