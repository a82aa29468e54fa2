package io.ottla.simulation.client;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.ottla.wire.BufferRecords;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.record.RecordBatch;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** One partition of a {@link SmallCluster}: batches, and what it knows of their producers. */
final class SmallLog {

  private static final int REMEMBERED = 5;

  private record Written(int sequence, int count, long offset) {}

  private static final class ProducerState {
    private short epoch;
    private final Deque<Written> last = new ArrayDeque<>();
  }

  /** What became of an append. */
  record Appended(ErrorCode error, long offset) {}

  private final List<RecordBatch> batches = new ArrayList<>();
  private final Map<Long, ProducerState> producers = new HashMap<>();
  private final boolean isForgetful;
  private int leader;
  private int epoch;
  private long end;

  /** Led by a broker; a forgetful one does not know what it has written before. */
  SmallLog(int leader, boolean isForgetful) {
    this.leader = leader;
    this.isForgetful = isForgetful;
  }

  int leader() {
    return leader;
  }

  int epoch() {
    return epoch;
  }

  long end() {
    return end;
  }

  void lead(int newLeader) {
    leader = newLeader;
    epoch++;
  }

  Appended append(BufferRecords records) {
    ByteBuf copy = Unpooled.copiedBuffer(records.buffer());
    RecordBatch batch = new RecordBatch().wrap(copy, 0);
    if (batch.hasProducerId() && !isForgetful) {
      ProducerState state =
          producers.computeIfAbsent(batch.producerId(), id -> new ProducerState());
      if (batch.producerEpoch() < state.epoch) {
        return new Appended(ErrorCode.INVALID_PRODUCER_EPOCH, -1);
      }
      if (batch.producerEpoch() > state.epoch) {
        if (batch.baseSequence() != 0) {
          return new Appended(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER, -1);
        }
        state.epoch = batch.producerEpoch();
        state.last.clear();
      }
      for (Written each : state.last) {
        if (each.sequence == batch.baseSequence() && each.count == batch.recordCount()) {
          return new Appended(ErrorCode.NONE, each.offset);
        }
      }
      Written last = state.last.peekLast();
      int next = last == null ? 0 : last.sequence + last.count;
      if (batch.baseSequence() != next) {
        return new Appended(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER, -1);
      }
      if (state.last.size() == REMEMBERED) {
        state.last.removeFirst();
      }
      state.last.addLast(new Written(batch.baseSequence(), batch.recordCount(), end));
    }
    batch.baseOffset(end).partitionLeaderEpoch(epoch);
    batches.add(batch);
    long offset = end;
    end = batch.nextOffset();
    return new Appended(ErrorCode.NONE, offset);
  }

  /** The batches from a position on. */
  BufferRecords read(long position) {
    ByteBuf found = Unpooled.buffer();
    for (RecordBatch batch : batches) {
      if (batch.lastOffset() >= position) {
        found.writeBytes(batch.buffer(), 0, batch.sizeInBytes());
      }
    }
    return new BufferRecords(found);
  }

  /** Where the batches of an epoch, and of those before, end. */
  long endOf(int ofEpoch) {
    long endOffset = 0;
    for (RecordBatch batch : batches) {
      if (batch.partitionLeaderEpoch() <= ofEpoch) {
        endOffset = batch.nextOffset();
      }
    }
    return endOffset;
  }
}
