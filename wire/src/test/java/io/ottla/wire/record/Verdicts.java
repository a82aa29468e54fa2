package io.ottla.wire.record;

import static io.ottla.wire.record.KafkaBatches.NOW;
import static io.ottla.wire.record.KafkaBatches.sealed;
import static io.ottla.wire.record.KafkaBatches.view;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.record.BatchVerdict.Accepted;
import io.ottla.wire.record.BatchVerdict.Rejected;

/** What tests of the validator ask and compare. */
final class Verdicts {

  static final short PRODUCE_VERSION = 9;
  static final long HOUR = 3_600_000;

  /** Takes nearly everything. */
  static final BatchRules RULES =
      rules(TimestampType.CREATE_TIME, Long.MAX_VALUE, HOUR, false, null);

  private Verdicts() {}

  static BatchRules rules(
      TimestampType type,
      long beforeMaxMs,
      long afterMaxMs,
      boolean compacted,
      Compression target) {
    DecompressionLimits limits = DecompressionLimits.ofBatch(16 << 20);
    return new BatchRules(
        10_000_000, type, beforeMaxMs, afterMaxMs, compacted, target, limits, -1, 9, 3);
  }

  static BatchRules withMaxMessageBytes(BatchRules rules, int maxMessageBytes) {
    return new BatchRules(
        maxMessageBytes,
        rules.timestampType(),
        rules.beforeMaxMs(),
        rules.afterMaxMs(),
        rules.compacted(),
        rules.targetCompression(),
        rules.limits(),
        rules.gzipLevel(),
        rules.lz4Level(),
        rules.zstdLevel());
  }

  static BatchVerdict validate(ByteBuf batch, BatchRules rules) {
    int reader = batch.readerIndex();
    int writer = batch.writerIndex();
    BatchVerdict verdict =
        BatchValidator.validate(batch, PRODUCE_VERSION, rules, NOW, ByteBufAllocator.DEFAULT);
    assertThat(batch.readerIndex()).isEqualTo(reader);
    assertThat(batch.writerIndex()).isEqualTo(writer);
    return verdict;
  }

  static KafkaValidator.Verdict kafkas(ByteBuf batch, BatchRules rules) {
    return KafkaValidator.verdict(batch, PRODUCE_VERSION, rules, NOW);
  }

  /** NONE if accepted. */
  static ErrorCode error(BatchVerdict verdict) {
    return switch (verdict) {
      case Accepted _ -> ErrorCode.NONE;
      case Rejected rejected -> rejected.error();
    };
  }

  static void assertSameBytes(ByteBuf ours, KafkaValidator.Verdict theirs) {
    ByteBuf appended = Unpooled.wrappedBuffer(theirs.records().buffer().duplicate());
    // Kafka has set the leader epoch already: it lies outside the CRC.
    appended.setInt(BatchHeader.PARTITION_LEADER_EPOCH, view(ours).partitionLeaderEpoch());
    // It also clears attributes it does not know, if it has to set the CRC anyway.
    if (view(ours).attributes() != view(appended).attributes()) {
      appended.setShort(BatchHeader.ATTRIBUTES, view(ours).attributes());
      sealed(appended);
    }
    assertThat(ours).isEqualTo(appended);
  }
}
