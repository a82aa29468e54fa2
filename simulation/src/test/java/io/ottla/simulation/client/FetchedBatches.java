package io.ottla.simulation.client;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.ottla.wire.BufferRecords;
import io.ottla.wire.Records;
import io.ottla.wire.message.FetchResponse.AbortedTransaction;
import io.ottla.wire.record.BatchHeader;
import io.ottla.wire.record.ControlRecordType;
import io.ottla.wire.record.DecompressionLimits;
import io.ottla.wire.record.RecordBatch;
import io.ottla.wire.record.RecordReader;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Set;

/**
 * What a fetch brought of one partition: whole batches from a position on, without markers, and for
 * readers with read_committed without what was aborted.
 */
final class FetchedBatches {

  private static final DecompressionLimits LIMITS = new DecompressionLimits(1 << 20, 1 << 20);

  private final List<FetchedRecord> records = new ArrayList<>();
  private long nextPosition;
  private int lastEpoch;
  private String damage;

  /**
   * Reads them.
   *
   * @param lastEpoch of what was read before
   * @param aborted transactions that were aborted, or null for readers with read_uncommitted
   */
  FetchedBatches(Records from, long position, int lastEpoch, List<AbortedTransaction> aborted) {
    this.nextPosition = position;
    this.lastEpoch = lastEpoch;
    if (from != null && from.sizeInBytes() > 0) {
      read(((BufferRecords) from).buffer(), aborted);
    }
  }

  /** The records, in order. */
  List<FetchedRecord> records() {
    return records;
  }

  /** Where to go on. */
  long nextPosition() {
    return nextPosition;
  }

  /** The leader epoch of the last batch. */
  int lastEpoch() {
    return lastEpoch;
  }

  /** What is wrong with the bytes, or null. */
  String damage() {
    return damage;
  }

  private void read(ByteBuf buffer, List<AbortedTransaction> aborted) {
    PriorityQueue<AbortedTransaction> toCome =
        new PriorityQueue<>(Comparator.comparingLong(AbortedTransaction::firstOffset));
    if (aborted != null) {
      toCome.addAll(aborted);
    }
    Set<Long> abortedProducers = new HashSet<>();
    RecordBatch batch = new RecordBatch();
    try (RecordReader reader = new RecordReader()) {
      int index = buffer.readerIndex();
      while (isWhole(buffer, index)) {
        batch.wrap(buffer, index);
        index += batch.sizeInBytes();
        if (batch.magic() != BatchHeader.CURRENT_MAGIC || !batch.isCrcValid()) {
          damage = "a damaged batch after offset " + nextPosition;
          return;
        }
        if (batch.lastOffset() < nextPosition) {
          continue; // a leader may begin with the batch an index led it to
        }
        while (!toCome.isEmpty() && toCome.peek().firstOffset() <= batch.lastOffset()) {
          abortedProducers.add(toCome.poll().producerId());
        }
        reader.open(batch, LIMITS);
        if (batch.isControl()) {
          if (reader.next() && ControlRecordType.parse(reader.key()) == ControlRecordType.ABORT) {
            abortedProducers.remove(batch.producerId());
          }
        } else if (!batch.isTransactional() || !abortedProducers.contains(batch.producerId())) {
          take(reader, batch.partitionLeaderEpoch());
        }
        nextPosition = batch.nextOffset();
        lastEpoch = batch.partitionLeaderEpoch();
      }
    }
  }

  private static boolean isWhole(ByteBuf buffer, int index) {
    int available = buffer.writerIndex() - index;
    return available >= BatchHeader.SIZE
        && available >= new RecordBatch().wrap(buffer, index).sizeInBytes();
  }

  private void take(RecordReader reader, int epoch) {
    while (reader.next()) {
      if (reader.offset() >= nextPosition) {
        ByteBuf value = reader.value();
        records.add(
            new FetchedRecord(
                reader.offset(), epoch, value == null ? null : ByteBufUtil.getBytes(value)));
      }
    }
  }
}
