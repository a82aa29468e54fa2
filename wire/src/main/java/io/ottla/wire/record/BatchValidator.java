package io.ottla.wire.record;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.record.BatchVerdict.Accepted;
import io.ottla.wire.record.BatchVerdict.Rejected;

/**
 * Checks what a client produces to one partition (Produce version 3 and later, magic 2) before it
 * is appended, and sets what the topic's timestamp type and codec ask for. Everything in the bytes
 * is hostile until checked here.
 *
 * <p>The checks come in Kafka's order, so that a batch with several faults gets the same error code
 * from both. Stricter than Kafka, which lets the following pass: bytes after the batch that form no
 * batch; records whose offset deltas do not count up from 0; field lengths below -1; the log append
 * time or delete horizon flag set by a client; a transactional batch without a producer id; a
 * producer id without an epoch.
 *
 * <p>Stateless; any thread. A batch that {@link #needsDecompression} costs time in proportion to
 * its decompressed size and is better checked off shards and event loops.
 */
public final class BatchValidator {

  /** First Produce version that may carry zstd (KIP-110). */
  private static final int FIRST_VERSION_WITH_ZSTD = 7;

  /** Smallest length field there has ever been: that of magic 0. */
  private static final int MIN_LENGTH = 14;

  private BatchValidator() {}

  /**
   * Whether {@link #validate} would have to run a codec over the records: they are compressed, or
   * the topic wants them to be. Cheap, and safe on any bytes.
   */
  public static boolean needsDecompression(ByteBuf records, BatchRules rules) {
    int start = records.readerIndex();
    if (records.readableBytes() < BatchHeader.SIZE
        || records.getByte(start + BatchHeader.MAGIC) != BatchHeader.CURRENT_MAGIC) {
      return false;
    }
    int id = records.getShort(start + BatchHeader.ATTRIBUTES) & BatchHeader.COMPRESSION_MASK;
    Compression compression = Compression.forId(id);
    return compression != null
        && (compression != Compression.NONE || rules.recompresses(compression));
  }

  /**
   * Checks the records of one partition. If they are accepted, the timestamp type, the maximum
   * timestamp and the CRC may have been set in place.
   *
   * @param records readable bytes are the records; indexes are not moved, nothing is retained
   * @param produceVersion the version of the Produce request
   * @param nowMs wall clock, milliseconds
   * @param allocator of the new batch if the topic wants another codec
   */
  public static BatchVerdict validate(
      ByteBuf records,
      short produceVersion,
      BatchRules rules,
      long nowMs,
      ByteBufAllocator allocator) {
    Rejected rejected = checkFrame(records, produceVersion);
    if (rejected != null) {
      return rejected;
    }
    RecordBatch batch = new RecordBatch().wrap(records, records.readerIndex());
    rejected = checkHeader(batch, rules);
    if (rejected != null) {
      return rejected;
    }
    Compression compression = Compression.forId(batch.compressionId());
    RecordRules recordRules = recordRules(rules, nowMs);
    RecordScan scan;
    try {
      scan = scan(batch, compression, recordRules, rules.limits());
    } catch (InvalidRecordException e) {
      return Rejected.of(ErrorCode.INVALID_RECORD, e.getMessage());
    }
    if (recordRules.errorCount() > 0) {
      return rejected(recordRules);
    }
    return accept(batch, compression, scan, rules, nowMs, allocator);
  }

  /** Checks that the bytes are exactly one batch of magic 2. */
  private static Rejected checkFrame(ByteBuf records, short produceVersion) {
    int start = records.readerIndex();
    int available = records.readableBytes();
    if (available < BatchHeader.LOG_OVERHEAD) {
      return Rejected.of(ErrorCode.INVALID_RECORD, "no record batch for the partition");
    }
    int length = records.getInt(start + BatchHeader.LENGTH);
    if (length < MIN_LENGTH) {
      return Rejected.of(ErrorCode.CORRUPT_MESSAGE, "a record batch of length " + length);
    }
    if (available <= BatchHeader.MAGIC) {
      return Rejected.of(ErrorCode.INVALID_RECORD, "the record batch is cut off");
    }
    byte magic = records.getByte(start + BatchHeader.MAGIC);
    if (magic < 0 || magic > BatchHeader.CURRENT_MAGIC) {
      return Rejected.of(ErrorCode.CORRUPT_MESSAGE, "a record batch of unknown magic " + magic);
    }
    long size = (long) BatchHeader.LOG_OVERHEAD + length;
    if (available < size) {
      return Rejected.of(
          ErrorCode.INVALID_RECORD,
          "a record batch of " + size + " bytes where " + available + " are left");
    }
    if (magic != BatchHeader.CURRENT_MAGIC) {
      return Rejected.of(
          ErrorCode.INVALID_RECORD, "a record batch of magic " + magic + ", must be 2");
    }
    if (produceVersion < FIRST_VERSION_WITH_ZSTD
        && size >= BatchHeader.SIZE
        && (records.getShort(start + BatchHeader.ATTRIBUTES) & BatchHeader.COMPRESSION_MASK)
            == Compression.ZSTD.id()) {
      return Rejected.of(
          ErrorCode.UNSUPPORTED_COMPRESSION_TYPE,
          "zstd cannot be used with Produce version " + produceVersion);
    }
    if (available > size) {
      return Rejected.of(
          ErrorCode.INVALID_RECORD,
          (available - size) + " bytes after the record batch: a partition takes exactly one");
    }
    return null;
  }

  private static Rejected checkHeader(RecordBatch batch, BatchRules rules) {
    if (batch.baseOffset() != 0) {
      return Rejected.of(
          ErrorCode.INVALID_RECORD, "the base offset must be 0, is " + batch.baseOffset());
    }
    int size = batch.sizeInBytes();
    if (size > rules.maxMessageBytes()) {
      return Rejected.of(
          ErrorCode.MESSAGE_TOO_LARGE,
          "the record batch has " + size + " bytes, the topic takes " + rules.maxMessageBytes());
    }
    if (size < BatchHeader.SIZE) {
      return Rejected.of(ErrorCode.CORRUPT_MESSAGE, "a record batch of " + size + " bytes");
    }
    if (!batch.isCrcValid()) {
      return Rejected.of(ErrorCode.CORRUPT_MESSAGE, "the record batch does not match its CRC");
    }
    if (Compression.forId(batch.compressionId()) == null) {
      return Rejected.of(
          ErrorCode.UNSUPPORTED_COMPRESSION_TYPE, "unknown codec " + batch.compressionId());
    }
    int count = batch.recordCount();
    if (count <= 0 || count - 1 != batch.lastOffsetDelta()) {
      return Rejected.of(
          ErrorCode.INVALID_RECORD,
          "a record count of " + count + " with the last offset delta " + batch.lastOffsetDelta());
    }
    if (batch.isControl()) {
      return Rejected.of(ErrorCode.INVALID_RECORD, "clients cannot write control records");
    }
    if (batch.hasProducerId() && (batch.baseSequence() < 0 || batch.producerEpoch() < 0)) {
      return Rejected.of(
          ErrorCode.INVALID_RECORD,
          "producer id "
              + batch.producerId()
              + " with epoch "
              + batch.producerEpoch()
              + " and sequence "
              + batch.baseSequence());
    }
    if (batch.isTransactional() && !batch.hasProducerId()) {
      return Rejected.of(ErrorCode.INVALID_RECORD, "a transactional batch has no producer id");
    }
    if (batch.hasDeleteHorizon()) {
      return Rejected.of(ErrorCode.INVALID_RECORD, "clients cannot set a delete horizon");
    }
    if (batch.isLogAppendTime()) {
      return Rejected.of(
          ErrorCode.INVALID_TIMESTAMP, "clients cannot set the timestamp type LogAppendTime");
    }
    return null;
  }

  private static RecordRules recordRules(BatchRules rules, long nowMs) {
    if (rules.timestampType() == TimestampType.LOG_APPEND_TIME) {
      return new RecordRules(rules.compacted(), Long.MIN_VALUE, Long.MAX_VALUE);
    }
    return new RecordRules(
        rules.compacted(), difference(nowMs, rules.beforeMaxMs()), sum(nowMs, rules.afterMaxMs()));
  }

  private static RecordScan scan(
      RecordBatch batch, Compression compression, RecordRules rules, DecompressionLimits limits) {
    ByteBuf records = batch.recordBytes();
    int count = batch.recordCount();
    if (compression == Compression.NONE && records.nioBufferCount() == 1) {
      RecordScan scan = RecordScan.over(records.nioBuffer());
      scan.run(count, batch.baseTimestamp(), rules);
      return scan;
    }
    boolean plain = compression == Compression.NONE;
    long maxBatchBytes = plain ? Long.MAX_VALUE : limits.maxBatchBytes();
    int maxRecordBytes = plain ? Integer.MAX_VALUE : limits.maxRecordBytes();
    try (DecompressedStream stream = compression.open(records, maxBatchBytes)) {
      RecordScan scan = RecordScan.over(stream, maxRecordBytes);
      scan.run(count, batch.baseTimestamp(), rules);
      return scan;
    }
  }

  private static Rejected rejected(RecordRules broken) {
    ErrorCode error =
        broken.isTimestampBroken() ? ErrorCode.INVALID_TIMESTAMP : ErrorCode.INVALID_RECORD;
    RecordError first = broken.errors().getFirst();
    return new Rejected(
        error,
        broken.errorCount()
            + (broken.errorCount() == 1 ? " record was" : " records were")
            + " not accepted, the first at "
            + first.batchIndex()
            + ": "
            + first.message(),
        broken.errors());
  }

  private static BatchVerdict accept(
      RecordBatch batch,
      Compression compression,
      RecordScan scan,
      BatchRules rules,
      long nowMs,
      ByteBufAllocator allocator) {
    int count = batch.recordCount();
    long maxTimestamp = scan.maxTimestamp();
    int maxTimestampDelta = scan.maxTimestampDelta();
    if (rules.timestampType() == TimestampType.LOG_APPEND_TIME) {
      batch.setLogAppendTime(nowMs);
      maxTimestamp = nowMs;
      maxTimestampDelta = count - 1;
    } else if (batch.maxTimestamp() != maxTimestamp) {
      batch.setMaxTimestamp(maxTimestamp);
    }
    ByteBuf converted = null;
    if (rules.recompresses(compression)) {
      converted =
          BatchRecompressor.recompress(
              batch,
              rules.targetCompression(),
              rules.level(rules.targetCompression()),
              rules.limits(),
              allocator);
      int size = converted.readableBytes();
      if (size > rules.maxMessageBytes()) {
        converted.release();
        return Rejected.of(
            ErrorCode.MESSAGE_TOO_LARGE,
            "the record batch has "
                + size
                + " bytes once it is compressed with "
                + rules.targetCompression().configName()
                + ", the topic takes "
                + rules.maxMessageBytes());
      }
    }
    return new Accepted(count, count - 1, maxTimestamp, maxTimestampDelta, converted);
  }

  /** Not below the smallest long. */
  private static long difference(long time, long span) {
    long result = time - span;
    return span > 0 && result > time ? Long.MIN_VALUE : result;
  }

  /** Not above the greatest long. */
  private static long sum(long time, long span) {
    long result = time + span;
    return span > 0 && result < time ? Long.MAX_VALUE : result;
  }
}
