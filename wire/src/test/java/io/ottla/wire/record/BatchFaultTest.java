package io.ottla.wire.record;

import static io.ottla.wire.record.KafkaBatches.NOW;
import static io.ottla.wire.record.KafkaBatches.sealed;
import static io.ottla.wire.record.KafkaBatches.threeRecords;
import static io.ottla.wire.record.KafkaBatches.view;
import static io.ottla.wire.record.Verdicts.HOUR;
import static io.ottla.wire.record.Verdicts.RULES;
import static io.ottla.wire.record.Verdicts.assertSameBytes;
import static io.ottla.wire.record.Verdicts.error;
import static io.ottla.wire.record.Verdicts.kafkas;
import static io.ottla.wire.record.Verdicts.validate;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.record.BatchVerdict.Accepted;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** One good batch, spoiled in one way at a time: our answer, and Kafka's. */
class BatchFaultTest {

  /**
   * A way to spoil a good batch of three records.
   *
   * @param like Kafka's answer if it is another one, null if it is the same
   */
  record Fault(String name, ErrorCode expected, Errors like, Consumer<ByteBuf> change) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static Fault same(String name, ErrorCode expected, Consumer<ByteBuf> change) {
    return new Fault(name, expected, null, change);
  }

  /** Faults that Kafka lets pass, or answers otherwise. */
  private static Fault stricter(
      String name, ErrorCode expected, Errors like, Consumer<ByteBuf> change) {
    return new Fault(name, expected, like, change);
  }

  static Stream<Fault> faults() {
    ErrorCode invalid = ErrorCode.INVALID_RECORD;
    ErrorCode corrupt = ErrorCode.CORRUPT_MESSAGE;
    return Stream.of(
        same("none", ErrorCode.NONE, b -> {}),
        same("no bytes", invalid, b -> b.setIndex(0, 0)),
        same("less than a length", invalid, b -> b.setIndex(0, 11)),
        same("less than a magic", invalid, b -> b.setIndex(0, 16)),
        same("last byte missing", invalid, b -> b.setIndex(0, b.writerIndex() - 1)),
        same("length below 0", corrupt, b -> b.setInt(BatchHeader.LENGTH, -1)),
        same("length 0", corrupt, b -> b.setInt(BatchHeader.LENGTH, 0)),
        same("length of nothing", corrupt, b -> b.setInt(BatchHeader.LENGTH, 13)),
        same("length greatest", invalid, b -> b.setInt(BatchHeader.LENGTH, 0x7ffffff0)),
        same("length too great", invalid, b -> grow(b, 1)),
        same("magic 0", invalid, b -> b.setByte(BatchHeader.MAGIC, 0)),
        same("magic 1", invalid, b -> b.setByte(BatchHeader.MAGIC, 1)),
        same("magic 3", corrupt, b -> b.setByte(BatchHeader.MAGIC, 3)),
        same("magic -1", corrupt, b -> b.setByte(BatchHeader.MAGIC, -1)),
        same("CRC", corrupt, b -> b.setInt(BatchHeader.CRC, 1)),
        same("a changed byte", corrupt, b -> b.setByte(b.writerIndex() - 2, 99)),
        same("two batches", invalid, b -> b.writeBytes(b.copy())),
        same("base offset", invalid, b -> b.setLong(BatchHeader.BASE_OFFSET, 1)),
        same("count 0", invalid, b -> resealed(b.setInt(BatchHeader.RECORD_COUNT, 0))),
        same("count -1", invalid, b -> resealed(b.setInt(BatchHeader.RECORD_COUNT, -1))),
        same("count 2", invalid, b -> resealed(b.setInt(BatchHeader.RECORD_COUNT, 2))),
        same("count 4", invalid, b -> resealed(b.setInt(BatchHeader.RECORD_COUNT, 4))),
        same("offset range", invalid, b -> resealed(b.setInt(BatchHeader.LAST_OFFSET_DELTA, 3))),
        same("offset -1", invalid, b -> resealed(b.setInt(BatchHeader.LAST_OFFSET_DELTA, -1))),
        same("2 of 3 records", invalid, b -> count(b, 2)),
        same("4 of 3 records", invalid, b -> count(b, 4)),
        same("2^31 - 1 records", invalid, b -> count(b, Integer.MAX_VALUE)),
        same("control batch", invalid, b -> flag(b, BatchHeader.CONTROL_MASK)),
        same(
            "producer id without sequence",
            invalid,
            b -> resealed(b.setLong(BatchHeader.PRODUCER_ID, 5))),
        same(
            "sequence without producer id",
            ErrorCode.NONE,
            b -> resealed(b.setInt(BatchHeader.BASE_SEQUENCE, 5))),
        same(
            "idempotent",
            ErrorCode.NONE,
            b -> {
              b.setLong(BatchHeader.PRODUCER_ID, 5);
              b.setShort(BatchHeader.PRODUCER_EPOCH, 0);
              resealed(b.setInt(BatchHeader.BASE_SEQUENCE, 5));
            }),
        same("maximum timestamp", ErrorCode.NONE, b -> resealed(b.setLong(35, 1))),
        same("unknown attributes", ErrorCode.NONE, b -> flag(b, 0xff80)),
        same("leader epoch", ErrorCode.NONE, b -> b.setInt(BatchHeader.PARTITION_LEADER_EPOCH, 5)),
        stricter(
            "length too small",
            invalid,
            Errors.CORRUPT_MESSAGE,
            b -> b.setInt(BatchHeader.LENGTH, 30)),
        same("record length", invalid, b -> resealed(b.setByte(BatchHeader.SIZE, 2))),
        same("timestamps", ErrorCode.INVALID_TIMESTAMP, b -> base(b, NOW + 2 * HOUR)),
        stricter("bytes after the batch", invalid, Errors.NONE, b -> b.writeZero(5)),
        same("header cut off", corrupt, b -> cutTo(b, 26)),
        same("header less a byte", corrupt, b -> cutTo(b, 60)),
        stricter(
            "unknown codec",
            ErrorCode.UNSUPPORTED_COMPRESSION_TYPE,
            Errors.UNKNOWN_SERVER_ERROR,
            b -> resealed(b.setShort(BatchHeader.ATTRIBUTES, 5))),
        stricter(
            "producer id without epoch",
            invalid,
            Errors.NONE,
            b -> {
              b.setLong(BatchHeader.PRODUCER_ID, 5);
              resealed(b.setInt(BatchHeader.BASE_SEQUENCE, 5));
            }),
        stricter(
            "transactional without producer id",
            invalid,
            Errors.NONE,
            b -> flag(b, BatchHeader.TRANSACTIONAL_MASK)),
        stricter(
            "delete horizon", invalid, Errors.NONE, b -> flag(b, BatchHeader.DELETE_HORIZON_MASK)),
        stricter(
            "log append time",
            ErrorCode.INVALID_TIMESTAMP,
            Errors.NONE,
            b -> flag(b, BatchHeader.TIMESTAMP_TYPE_MASK)));
  }

  private static void resealed(ByteBuf batch) {
    sealed(batch);
  }

  private static void grow(ByteBuf batch, int by) {
    batch.setInt(BatchHeader.LENGTH, view(batch).length() + by);
  }

  private static void count(ByteBuf batch, int count) {
    batch.setInt(BatchHeader.LAST_OFFSET_DELTA, count - 1);
    resealed(batch.setInt(BatchHeader.RECORD_COUNT, count));
  }

  private static void flag(ByteBuf batch, int flag) {
    resealed(batch.setShort(BatchHeader.ATTRIBUTES, view(batch).attributes() | flag));
  }

  private static void base(ByteBuf batch, long timestamp) {
    resealed(batch.setLong(BatchHeader.BASE_TIMESTAMP, timestamp));
  }

  private static void cutTo(ByteBuf batch, int size) {
    batch.setIndex(0, size);
    batch.setInt(BatchHeader.LENGTH, size - BatchHeader.LOG_OVERHEAD);
  }

  @ParameterizedTest
  @MethodSource("faults")
  void answersAFaultAsKafkaDoesOrMoreStrictly(Fault fault) {
    ByteBuf batch = threeRecords(Compression.NONE);
    fault.change.accept(batch);
    KafkaValidator.Verdict theirs = kafkas(batch, RULES);
    BatchVerdict ours = validate(batch, RULES);
    assertThat(error(ours)).isSameAs(fault.expected);
    if (fault.like == null) {
      assertThat(theirs.error().name()).isEqualTo(fault.expected.name());
    } else {
      assertThat(theirs.error()).isSameAs(fault.like);
    }
    if (ours instanceof Accepted) {
      assertSameBytes(batch, theirs);
    }
  }
}
