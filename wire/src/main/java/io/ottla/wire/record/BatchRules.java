package io.ottla.wire.record;

/**
 * What a topic asks of the batches that are produced to it. Immutable; made once per change of the
 * topic's configuration.
 *
 * @param maxMessageBytes {@code max.message.bytes}: largest batch, header included
 * @param timestampType {@code message.timestamp.type}
 * @param beforeMaxMs {@code message.timestamp.before.max.ms}
 * @param afterMaxMs {@code message.timestamp.after.max.ms}
 * @param compacted whether {@code cleanup.policy} has {@code compact}
 * @param targetCompression {@code compression.type}, or null for {@code producer}: leave as it came
 * @param limits what a compressed batch may grow to
 * @param gzipLevel {@code compression.gzip.level}
 * @param lz4Level {@code compression.lz4.level}
 * @param zstdLevel {@code compression.zstd.level}
 */
public record BatchRules(
    int maxMessageBytes,
    TimestampType timestampType,
    long beforeMaxMs,
    long afterMaxMs,
    boolean compacted,
    Compression targetCompression,
    DecompressionLimits limits,
    int gzipLevel,
    int lz4Level,
    int zstdLevel) {

  /** The level to compress with. */
  public int level(Compression compression) {
    return switch (compression) {
      case NONE, SNAPPY -> compression.defaultLevel();
      case GZIP -> gzipLevel;
      case LZ4 -> lz4Level;
      case ZSTD -> zstdLevel;
    };
  }

  /** Whether a batch of this codec has to be compressed anew for the topic. */
  public boolean recompresses(Compression source) {
    return targetCompression != null && targetCompression != source;
  }
}
