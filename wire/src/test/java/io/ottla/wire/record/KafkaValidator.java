package io.ottla.wire.record;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.Supplier;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.CorruptRecordException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.requests.ProduceRequest;
import org.apache.kafka.common.utils.BufferSupplier;
import org.apache.kafka.common.utils.PrimitiveRef;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.storage.internals.log.AppendOrigin;
import org.apache.kafka.storage.internals.log.LogValidator;
import org.apache.kafka.storage.internals.log.RecordValidationException;

/**
 * What a Kafka broker says of records produced to a partition: its own classes where they can be
 * called, and the few checks that lie between them, in the same order.
 */
final class KafkaValidator {

  /**
   * @param error NONE if accepted
   * @param badRecords places of the records to blame
   * @param records what would be appended; null if refused
   * @param maxTimestamp of the records that would be appended
   */
  record Verdict(
      Errors error, List<Integer> badRecords, MemoryRecords records, long maxTimestamp) {}

  private KafkaValidator() {}

  static Verdict verdict(ByteBuf bytes, short produceVersion, BatchRules rules, long nowMs) {
    try {
      ByteBuffer copy = ByteBuffer.wrap(KafkaBatches.toArray(bytes));
      LogValidator.ValidationResult result =
          validate(MemoryRecords.readableRecords(copy), produceVersion, rules, nowMs);
      for (MutableRecordBatch batch : result.validatedRecords().batches()) {
        if (batch.sizeInBytes() > rules.maxMessageBytes()) {
          throw new RecordTooLargeException();
        }
      }
      return new Verdict(
          Errors.NONE, List.of(), result.validatedRecords(), result.maxTimestampMs());
    } catch (RecordValidationException e) {
      return new Verdict(
          Errors.forException(e.invalidException()),
          e.recordErrors().stream().map(error -> error.batchIndex).toList(),
          null,
          -1);
    } catch (RuntimeException | Error e) {
      // An Error it is that snappy-java answers a bad length with.
      return new Verdict(Errors.forException(e), List.of(), null, -1);
    }
  }

  private static LogValidator.ValidationResult validate(
      MemoryRecords records, short produceVersion, BatchRules rules, long nowMs) {
    ProduceRequest.validateRecords(produceVersion, records);
    CompressionType source = CompressionType.NONE;
    for (MutableRecordBatch batch : records.batches()) {
      if (batch.baseOffset() != 0) {
        throw new InvalidRecordException("base offset");
      }
      if (batch.sizeInBytes() > rules.maxMessageBytes()) {
        throw new RecordTooLargeException();
      }
      if (!batch.isValid()) {
        throw new CorruptRecordException();
      }
      source = batch.compressionType();
    }
    Compression target =
        rules.targetCompression() == null
            ? Compression.forId(source.id)
            : rules.targetCompression();
    return new LogValidator(
            records,
            new TopicPartition("topic", 0),
            new FixedTime(nowMs),
            source,
            KafkaBatches.codec(target),
            rules.compacted(),
            (byte) 2,
            org.apache.kafka.common.record.TimestampType.valueOf(rules.timestampType().name()),
            rules.beforeMaxMs(),
            rules.afterMaxMs(),
            -1,
            AppendOrigin.CLIENT)
        .validateMessagesAndAssignOffsets(
            PrimitiveRef.ofLong(0), new NoMetrics(), BufferSupplier.NO_CACHING);
  }

  private record FixedTime(long milliseconds) implements Time {
    @Override
    public long nanoseconds() {
      return 0;
    }

    @Override
    public void sleep(long ms) {}

    @Override
    public void waitObject(Object obj, Supplier<Boolean> condition, long deadlineMs) {}
  }

  private static final class NoMetrics implements LogValidator.MetricsRecorder {
    @Override
    public void recordInvalidMagic() {}

    @Override
    public void recordInvalidOffset() {}

    @Override
    public void recordInvalidSequence() {}

    @Override
    public void recordInvalidChecksums() {}

    @Override
    public void recordNoKeyCompactedTopic() {}
  }
}
