package io.ottla.coordinator;

import io.netty.buffer.ByteBuf;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ProtocolReader;
import io.ottla.wire.TopicPartition;
import io.ottla.wire.record.BatchHeader;
import io.ottla.wire.record.ControlRecordType;
import io.ottla.wire.record.DecompressionLimits;
import io.ottla.wire.record.EndTransactionMarker;
import io.ottla.wire.record.InvalidRecordException;
import io.ottla.wire.record.RecordBatch;
import io.ottla.wire.record.RecordReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Turns a coordinator's log into entries to replay. Records of types it does not know are passed
 * over and counted: they may be those of another kind of group. One thread at a time.
 */
final class CoordinatorLogDecoder {

  /** Far above what any coordinator writes; a bound on what a damaged batch can make us hold. */
  private static final DecompressionLimits LIMITS = DecompressionLimits.ofBatch(1L << 28);

  private final TopicPartition topicPartition;
  private final CoordinatorRecordDecoder records;
  private final RecordBatch batch = new RecordBatch();
  private final Map<Short, Integer> skipped = new TreeMap<>();
  private long nextOffset;

  CoordinatorLogDecoder(TopicPartition topicPartition, CoordinatorRecordDecoder records) {
    this.topicPartition = topicPartition;
    this.records = records;
  }

  /**
   * Decodes whole batches.
   *
   * @param batches read from their reader index
   * @param fromOffset what lies below it is left out
   * @throws RuntimeException of several kinds if the bytes are not what they should be
   */
  List<LogEntry> decode(ByteBuf batches, long fromOffset) {
    List<LogEntry> entries = new ArrayList<>();
    nextOffset = fromOffset;
    int index = batches.readerIndex();
    try (RecordReader reader = new RecordReader()) {
      while (index < batches.writerIndex()) {
        int available = batches.writerIndex() - index;
        batch.wrap(batches, index);
        if (available < BatchHeader.SIZE || batch.sizeInBytes() > available) {
          throw new InvalidRecordException("a batch is cut off after " + available + " bytes");
        }
        if (batch.magic() != BatchHeader.CURRENT_MAGIC) {
          throw new InvalidRecordException("a batch of magic " + batch.magic());
        }
        if (!batch.isCrcValid()) {
          // Nobody else looks: what was on the disk before a start is not read through by it.
          throw new InvalidRecordException(
              "the batch at offset "
                  + batch.baseOffset()
                  + " has a wrong checksum. Let another replica lead, or delete this replica's"
                  + " directory while the broker is stopped, if others are in sync");
        }
        reader.open(batch, LIMITS);
        while (reader.next()) {
          if (reader.offset() >= fromOffset) {
            LogEntry entry = batch.isControl() ? control(reader) : data(reader);
            if (entry != null) {
              entries.add(entry);
            }
          }
        }
        nextOffset = Math.max(nextOffset, batch.nextOffset());
        index += batch.sizeInBytes();
      }
    }
    return entries;
  }

  /** The offset after the last decoded batch. */
  long nextOffset() {
    return nextOffset;
  }

  /** The end of the log was reached: says what was passed over. */
  void finish() {
    skipped.forEach((type, count) -> records.onPassedOver(topicPartition, type, count));
  }

  private LogEntry control(RecordReader reader) {
    EndTransactionMarker marker = EndTransactionMarker.parse(reader);
    return marker == null
        ? null
        : new LogEntry.TransactionEnd(
            batch.producerId(), marker.type() == ControlRecordType.COMMIT);
  }

  private LogEntry data(RecordReader reader) {
    if (!reader.hasKey() || reader.keySize() < Short.BYTES) {
      throw new InvalidRecordException("the record at " + reader.offset() + " has no type");
    }
    ByteBuf keyBytes = reader.key();
    short type = keyBytes.readShort();
    ApiMessage key = records.newKey(type);
    if (key == null) {
      skipped.merge(type, 1, Integer::sum);
      return null;
    }
    key.read(new ProtocolReader(keyBytes), CoordinatorRecordCodec.KEY_VERSION);
    ApiMessageAndVersion value = null;
    ByteBuf valueBytes = reader.value();
    if (valueBytes != null) {
      if (valueBytes.readableBytes() < Short.BYTES) {
        throw new InvalidRecordException("the value at " + reader.offset() + " has no version");
      }
      short version = valueBytes.readShort();
      ApiMessage message = records.newValue(type);
      message.read(new ProtocolReader(valueBytes), version);
      value = new ApiMessageAndVersion(message, version);
    }
    return new LogEntry.Data(
        reader.offset(),
        batch.isTransactional() ? batch.producerId() : CoordinatorShard.NO_PRODUCER_ID,
        new CoordinatorRecord(key, value));
  }
}
