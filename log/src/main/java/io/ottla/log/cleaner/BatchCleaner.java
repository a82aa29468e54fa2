package io.ottla.log.cleaner;

import io.netty.buffer.ByteBuf;
import io.ottla.wire.record.BatchHeader;
import io.ottla.wire.record.Compression;
import io.ottla.wire.record.DecompressionLimits;
import io.ottla.wire.record.RecordBatch;
import io.ottla.wire.record.RecordBatchBuilder;
import io.ottla.wire.record.RecordReader;
import java.util.BitSet;

/**
 * Decides what is left of each batch of a log, as Kafka's cleaner does, and writes it:
 *
 * <ul>
 *   <li>of records with a key, the last one of each key. One without a value, a tombstone, goes
 *       when the horizon has passed that its batch was given when it was first cleaned (KIP-534).
 *   <li>of aborted transactions, nothing; of all transactions, the marker until its horizon, which
 *       it is given when no data of the transaction is left.
 *   <li>of a producer's last batch, and of the last batch of all, at least the header: it holds the
 *       last sequence number, or offset.
 * </ul>
 *
 * <p>A batch keeps its first and last offset, its codec and its producer. One of which nothing is
 * dropped is copied as it is, its compressed records are not written again.
 *
 * <p>One thread; goes through the batches of a log in their order. To be closed.
 */
public final class BatchCleaner implements AutoCloseable {

  private final KeyOffsets keys;
  private final TransactionTrace transactions;
  private final LastBatches producers;
  private final long endOffset;
  private final long nowMs;
  private final long newHorizonMs;
  private final DecompressionLimits limits;
  private final RecordReader reader = new RecordReader();
  private final BitSet kept = new BitSet();
  private final KeyBlock asked;
  private final int[] askedIndex = new int[KeyBlock.CAPACITY];
  private final boolean[] askedTombstone = new boolean[KeyBlock.CAPACITY];
  private final boolean[] latest = new boolean[KeyBlock.CAPACITY];

  private boolean tombstones;
  private long recordsRead;
  private long recordsWritten;
  private long keyless;
  private boolean changed;

  /**
   * @param endOffset where the cleaning ends: the batch before it is kept, at least its header
   * @param deleteRetentionMs from now on, until the tombstones met go
   */
  public BatchCleaner(
      KeyOffsets keys,
      TransactionTrace transactions,
      LastBatches producers,
      long endOffset,
      long nowMs,
      long deleteRetentionMs,
      DecompressionLimits limits) {
    this.keys = keys;
    this.asked = keys.newBlock();
    this.transactions = transactions;
    this.producers = producers;
    this.endOffset = endOffset;
    this.nowMs = nowMs;
    long horizonMs = nowMs + deleteRetentionMs;
    this.newHorizonMs = horizonMs < nowMs ? Long.MAX_VALUE : horizonMs;
    this.limits = limits;
  }

  /**
   * Writes what is left of a batch.
   *
   * @param batch all of it, its checksum looked at
   * @param out where to, at its writer index
   * @return whether something is left
   * @throws io.ottla.wire.record.InvalidRecordException if its records make no sense
   */
  public boolean clean(RecordBatch batch, ByteBuf out) {
    recordsRead += batch.recordCount();
    return batch.isControl() ? cleanControl(batch, out) : cleanData(batch, out);
  }

  private boolean cleanControl(RecordBatch batch, ByteBuf out) {
    boolean obsolete = transactions.isObsolete(batch);
    boolean tellsEpoch = producers.contains(batch);
    if (batch.recordCount() == 0) {
      return tellsEpoch || isLast(batch) ? copy(batch, out) : drop();
    }
    if (!obsolete || tellsEpoch) {
      return copy(batch, out);
    }
    if (!batch.hasDeleteHorizon()) {
      keepAll(batch);
      return rewrite(batch, newHorizonMs, out);
    }
    if (batch.baseTimestamp() > nowMs) {
      return copy(batch, out);
    }
    return isLast(batch) ? empty(batch, out) : drop();
  }

  private boolean cleanData(RecordBatch batch, ByteBuf out) {
    boolean aborted = transactions.isAborted(batch);
    boolean keepsHeader = producers.contains(batch) || isLast(batch);
    if (batch.recordCount() == 0) {
      return keepsHeader ? copy(batch, out) : drop();
    }
    if (aborted) {
      return keepsHeader ? empty(batch, out) : drop();
    }
    boolean tombstones = choose(batch);
    if (kept.isEmpty()) {
      return keepsHeader ? empty(batch, out) : drop();
    }
    boolean needsHorizon = tombstones && !batch.hasDeleteHorizon();
    if (!needsHorizon && kept.cardinality() == batch.recordCount()) {
      return copy(batch, out);
    }
    return rewrite(batch, needsHorizon ? newHorizonMs : horizon(batch), out);
  }

  /** The batch that ends where the cleaning does: with it would go the offset. */
  private boolean isLast(RecordBatch batch) {
    return batch.nextOffset() == endOffset;
  }

  private static long horizon(RecordBatch batch) {
    return batch.hasDeleteHorizon() ? batch.baseTimestamp() : BatchHeader.NO_TIMESTAMP;
  }

  /** Marks the records that stay. Returns whether there are tombstones among them. */
  private boolean choose(RecordBatch batch) {
    kept.clear();
    tombstones = false;
    boolean keepsTombstones = !batch.hasDeleteHorizon() || nowMs < batch.baseTimestamp();
    reader.open(batch, limits);
    for (int i = 0; reader.next(); i++) {
      if (reader.offset() > keys.latestOffset()) {
        keep(i, !reader.hasValue());
      } else if (!reader.hasKey()) {
        keyless++;
      } else if (reader.hasValue() || keepsTombstones) {
        ask(i);
      }
    }
    answer();
    return tombstones;
  }

  /** Leaves a record to the table of keys. */
  private void ask(int index) {
    if (asked.isFull()) {
      answer();
    }
    int i = asked.size();
    askedIndex[i] = index;
    askedTombstone[i] = !reader.hasValue();
    asked.add(reader);
  }

  private void answer() {
    keys.areLatest(asked, latest);
    for (int i = 0; i < asked.size(); i++) {
      if (latest[i]) {
        keep(askedIndex[i], askedTombstone[i]);
      }
    }
    asked.clear();
  }

  private void keep(int index, boolean tombstone) {
    kept.set(index);
    tombstones |= tombstone;
  }

  private void keepAll(RecordBatch batch) {
    kept.clear();
    kept.set(0, batch.recordCount());
  }

  private boolean drop() {
    changed = true;
    return false;
  }

  private boolean copy(RecordBatch batch, ByteBuf out) {
    recordsWritten += batch.recordCount();
    out.writeBytes(batch.buffer(), batch.start(), batch.sizeInBytes());
    return true;
  }

  private boolean empty(RecordBatch batch, ByteBuf out) {
    changed = true;
    try (RecordBatchBuilder builder = builder(batch, out)) {
      builder.maxTimestamp(batch.maxTimestamp()).build();
    }
    return true;
  }

  private boolean rewrite(RecordBatch batch, long horizonMs, ByteBuf out) {
    changed = true;
    try (RecordBatchBuilder builder = builder(batch, out)) {
      builder.compression(Compression.forId(batch.compressionId()));
      if (horizonMs != BatchHeader.NO_TIMESTAMP) {
        builder.deleteHorizon(horizonMs);
      }
      reader.open(batch, limits);
      for (int i = 0; reader.next(); i++) {
        if (kept.get(i)) {
          builder.append(reader);
          recordsWritten++;
        }
      }
      builder.build();
    }
    return true;
  }

  private static RecordBatchBuilder builder(RecordBatch batch, ByteBuf out) {
    RecordBatchBuilder builder =
        new RecordBatchBuilder(out)
            .baseOffset(batch.baseOffset())
            .lastOffset(batch.lastOffset())
            .partitionLeaderEpoch(batch.partitionLeaderEpoch())
            .producer(batch.producerId(), batch.producerEpoch(), batch.baseSequence())
            .transactional(batch.isTransactional())
            .control(batch.isControl());
    return batch.isLogAppendTime() ? builder.logAppendTime(batch.maxTimestamp()) : builder;
  }

  /** Whether anything was not copied as it was, since this was asked last. */
  public boolean takeChanged() {
    boolean was = changed;
    changed = false;
    return was;
  }

  public long recordsRead() {
    return recordsRead;
  }

  public long recordsWritten() {
    return recordsWritten;
  }

  /** Records without a key that were dropped. */
  public long keyless() {
    return keyless;
  }

  @Override
  public void close() {
    reader.close();
  }
}
