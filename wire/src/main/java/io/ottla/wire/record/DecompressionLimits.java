package io.ottla.wire.record;

/**
 * How much a compressed batch may grow to. A few bytes of any codec can claim gigabytes, so every
 * reader of compressed batches works under such limits. Batches that are not compressed are held to
 * neither: their bytes are there already.
 *
 * @param maxBatchBytes all records of one batch together, decompressed
 * @param maxRecordBytes one record, decompressed; the topic's {@code
 *     max.decompressed.message.bytes}
 */
public record DecompressionLimits(long maxBatchBytes, int maxRecordBytes) {

  public DecompressionLimits {
    if (maxBatchBytes < 0 || maxRecordBytes < 0) {
      throw new IllegalArgumentException(
          "negative limit: " + maxBatchBytes + ", " + maxRecordBytes);
    }
  }

  /** Limits the whole batch only. */
  public static DecompressionLimits ofBatch(long maxBatchBytes) {
    return new DecompressionLimits(maxBatchBytes, Integer.MAX_VALUE);
  }
}
