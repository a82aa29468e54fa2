package io.ottla.wire.record;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.ottla.fuzz.Allocations;
import io.ottla.wire.record.BatchVerdict.Accepted;
import io.ottla.wire.record.BatchVerdict.Rejected;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;

/**
 * One batch as a client may produce it, in any codec, to topics of all kinds. The first byte says
 * which kind, and whether the checksum is made right, so that what lies behind it is reached.
 *
 * <p>There is a verdict. What is accepted can be read, and has as many records as it says; what is
 * rejected is as it was. Read without asking for a verdict, as compaction does, only the one
 * exception comes out. What is decompressed stays in its limits.
 */
public final class BatchFuzz {

  private static final long NOW_MS = 1_700_000_000_000L;
  private static final int LIMIT = 1 << 20;
  private static final DecompressionLimits LIMITS = new DecompressionLimits(LIMIT, LIMIT);
  private static final long MOST_HEAP = 24L << 20;
  private static final int CRC_INDEX = 17;
  private static final int CRC_FROM = 21;

  private final ByteBuf batch;
  private final BatchRules rules;
  private final short produceVersion;

  private BatchFuzz(byte[] data) {
    int kind = data.length == 0 ? 0 : data[0];
    byte[] bytes = data.length == 0 ? data : Arrays.copyOfRange(data, 1, data.length);
    if ((kind & 1) == 0) {
      rightChecksum(bytes);
    }
    int codec = kind >>> 1 & 7;
    this.batch = Unpooled.wrappedBuffer(bytes);
    this.produceVersion = (short) ((kind & 16) == 0 ? 12 : 3);
    this.rules =
        new BatchRules(
            1 << 20,
            (kind & 64) == 0 ? TimestampType.CREATE_TIME : TimestampType.LOG_APPEND_TIME,
            Long.MAX_VALUE,
            3_600_000,
            (kind & 32) != 0,
            codec < 5 ? Compression.forId(codec) : null,
            LIMITS,
            6,
            9,
            3);
  }

  public static void fuzzerTestOneInput(byte[] data) {
    Allocations.within(MOST_HEAP, () -> new BatchFuzz(data).play());
  }

  private static void rightChecksum(byte[] bytes) {
    if (bytes.length > CRC_FROM) {
      CRC32C crc = new CRC32C();
      crc.update(bytes, CRC_FROM, bytes.length - CRC_FROM);
      Unpooled.wrappedBuffer(bytes).setInt(CRC_INDEX, (int) crc.getValue());
    }
  }

  private void play() {
    byte[] before = ByteBufUtil.getBytes(batch);
    var _ = BatchValidator.needsDecompression(batch, rules);
    UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false);
    switch (BatchValidator.validate(batch, produceVersion, rules, NOW_MS, allocator)) {
      case Accepted accepted -> {
        expect(accepted.recordCount() > 0, "accepted without records");
        expect(count(batch) == accepted.recordCount(), "records are missing in what is accepted");
        if (accepted.converted() != null) {
          expect(
              count(accepted.converted()) == accepted.recordCount(),
              "records are missing in what is converted");
          accepted.converted().release();
        }
      }
      case Rejected _ ->
          expect(Arrays.equals(before, ByteBufUtil.getBytes(batch)), "rejected, but changed");
    }
    expect(
        allocator.metric().usedHeapMemory() == 0 && allocator.metric().usedDirectMemory() == 0,
        "buffers were not released");
    readAnyway();
  }

  private static int count(ByteBuf of) {
    int count = 0;
    try (RecordReader reader = new RecordReader()) {
      reader.open(new RecordBatch().wrap(of, of.readerIndex()), LIMITS);
      while (reader.next()) {
        count++;
      }
    }
    return count;
  }

  private void readAnyway() {
    try (RecordReader reader = new RecordReader()) {
      if (batch.readableBytes() >= BatchHeader.SIZE) {
        reader.open(new RecordBatch().wrap(batch, batch.readerIndex()), LIMITS);
        while (reader.next()) {
          ByteBuf value = reader.value();
          expect(
              (value == null ? -1 : value.readableBytes()) == reader.valueSize(),
              "a value of another size");
          expect(reader.headers().size() == reader.headerCount(), "headers are missing");
        }
      }
    } catch (InvalidRecordException e) {
      // The one there may be.
    }
  }

  private static void expect(boolean condition, String what) {
    if (!condition) {
      throw new AssertionError(what);
    }
  }

  /** Where the corpus began: a batch of each codec, and of each kind of producer. */
  public static Map<String, byte[]> seeds() {
    Map<String, byte[]> seeds = new TreeMap<>();
    for (Compression compression : Compression.values()) {
      RecordBatchBuilder builder =
          new RecordBatchBuilder(Unpooled.buffer()).compression(compression);
      for (int i = 0; i < 3; i++) {
        builder.append(NOW_MS + i, new byte[] {'k', (byte) i}, new byte[40]);
      }
      seeds.put(compression.name().toLowerCase(Locale.ROOT), seed(10, builder.build()));
    }
    seeds.put("recompressed", seed(2, one(new RecordBatchBuilder(Unpooled.buffer()))));
    seeds.put("append-time", seed(64 | 10, one(new RecordBatchBuilder(Unpooled.buffer()))));
    seeds.put(
        "transactional",
        seed(
            10,
            one(
                new RecordBatchBuilder(Unpooled.buffer())
                    .producer(7, (short) 1, 2)
                    .transactional(true))));
    return seeds;
  }

  private static ByteBuf one(RecordBatchBuilder builder) {
    builder.append(NOW_MS, null, new byte[] {1});
    return builder.build();
  }

  private static byte[] seed(int kind, ByteBuf batch) {
    return ByteBufUtil.getBytes(Unpooled.wrappedBuffer(Unpooled.buffer().writeByte(kind), batch));
  }
}
