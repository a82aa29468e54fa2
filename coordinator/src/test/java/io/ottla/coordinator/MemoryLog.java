package io.ottla.coordinator;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.TopicPartition;
import io.ottla.wire.record.Compression;
import io.ottla.wire.record.RecordBatch;
import io.ottla.wire.record.RecordBatchBuilder;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.LongConsumer;

/**
 * A coordinator's partition in memory, in real bytes. Its high watermark is moved by hand, or
 * follows each append at the end of the turn.
 */
public final class MemoryLog implements CoordinatorLog, CoordinatorLogReader {

  private final TopicPartition topicPartition;
  private final NavigableMap<Long, byte[]> batches = new TreeMap<>();
  private final List<List<CoordinatorRecord>> appends = new ArrayList<>();
  private long startOffset;
  private long endOffset;
  private long highWatermark;
  private ErrorCode nextError = ErrorCode.NONE;
  private ErrorCode lastingError = ErrorCode.NONE;
  private IOException readError;
  private boolean isLed = true;
  private int maxBatchBytes = DEFAULT_MAX_BATCH_BYTES;
  private LongConsumer onAppend = offset -> {};

  public MemoryLog(TopicPartition topicPartition) {
    this.topicPartition = topicPartition;
  }

  @Override
  public TopicPartition topicPartition() {
    return topicPartition;
  }

  @Override
  public boolean isLed() {
    return isLed;
  }

  public void isLed(boolean value) {
    isLed = value;
  }

  @Override
  public int maxBatchBytes() {
    return maxBatchBytes;
  }

  public void maxBatchBytes(int value) {
    maxBatchBytes = value;
  }

  @Override
  public long append(List<CoordinatorRecord> records, TransactionalProducer producer, long nowMs)
      throws CoordinatorLogException {
    ErrorCode error = nextError == ErrorCode.NONE ? lastingError : nextError;
    nextError = ErrorCode.NONE;
    if (error != ErrorCode.NONE) {
      throw new CoordinatorLogException(error);
    }
    appends.add(List.copyOf(records));
    ByteBuf batch =
        CoordinatorRecordCodec.writeBatch(
            Unpooled.buffer(), records, producer, nowMs, Compression.NONE);
    long end = appendBytes(batch);
    onAppend.accept(end);
    return end;
  }

  @Override
  public long append(EndMarker marker, long nowMs) throws CoordinatorLogException {
    ErrorCode error = nextError == ErrorCode.NONE ? lastingError : nextError;
    nextError = ErrorCode.NONE;
    if (error != ErrorCode.NONE) {
      throw new CoordinatorLogException(error);
    }
    ByteBuf key = Unpooled.buffer().writeShort(0).writeShort(marker.isCommit() ? 1 : 0);
    ByteBuf value = Unpooled.buffer().writeShort(0).writeInt(marker.coordinatorEpoch());
    long end =
        appendBytes(
            new RecordBatchBuilder(Unpooled.buffer())
                .producer(marker.producerId(), marker.producerEpoch(), -1)
                .transactional(true)
                .control(true)
                .append(nowMs, key, value)
                .build());
    onAppend.accept(end);
    return end;
  }

  /** Appends one batch, whoever wrote it; its base offset is set. */
  public long appendBytes(ByteBuf batch) {
    RecordBatch view = new RecordBatch().wrap(batch, batch.readerIndex());
    view.baseOffset(endOffset);
    byte[] bytes = new byte[batch.readableBytes()];
    batch.getBytes(batch.readerIndex(), bytes);
    batches.put(endOffset, bytes);
    endOffset = view.nextOffset();
    return endOffset;
  }

  /** A copy of the batch that begins at an offset. */
  public ByteBuf batchAt(long baseOffset) {
    return Unpooled.copiedBuffer(batches.get(baseOffset));
  }

  /** Forgets the batches that do not lie below an offset, as a new leader may. */
  public void truncateTo(long offset) {
    while (!batches.isEmpty()) {
      long last = batches.lastKey();
      RecordBatch view = new RecordBatch().wrap(Unpooled.wrappedBuffer(batches.get(last)), 0);
      if (view.nextOffset() <= offset) {
        break;
      }
      batches.remove(last);
      endOffset = last;
    }
    if (batches.isEmpty()) {
      endOffset = startOffset;
    }
  }

  /** Called with the end offset after each append. */
  public void onAppend(LongConsumer listener) {
    onAppend = listener;
  }

  public void failNextAppend(ErrorCode error) {
    nextError = error;
  }

  /** All appends fail until this is set to NONE. */
  public void failAppends(ErrorCode error) {
    lastingError = error;
  }

  public void failReads(IOException error) {
    readError = error;
  }

  @Override
  public long highWatermark() {
    return highWatermark;
  }

  public void highWatermark(long offset) {
    highWatermark = offset;
  }

  @Override
  public long endOffset() {
    return endOffset;
  }

  /** The records of each append, in order. */
  public List<List<CoordinatorRecord>> appends() {
    return appends;
  }

  @Override
  public long startOffset() {
    return startOffset;
  }

  @Override
  public ByteBuf read(long fromOffset, int maxBytes) throws IOException {
    if (readError != null) {
      throw readError;
    }
    ByteBuf out = Unpooled.buffer();
    Long first = batches.floorKey(fromOffset);
    if (first == null) {
      first = batches.isEmpty() ? 0L : batches.firstKey();
    }
    for (byte[] bytes : batches.tailMap(first, true).values()) {
      RecordBatch view = new RecordBatch().wrap(Unpooled.wrappedBuffer(bytes), 0);
      if (view.lastOffset() < fromOffset) {
        continue;
      }
      if (out.isReadable() && out.readableBytes() + bytes.length > maxBytes) {
        break;
      }
      out.writeBytes(bytes);
    }
    return out;
  }
}
