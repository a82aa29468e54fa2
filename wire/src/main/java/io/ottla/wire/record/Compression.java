package io.ottla.wire.record;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufOutputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.zip.Deflater;

/**
 * The codecs of record batches, with the framing that Kafka's clients use: gzip (RFC 1952), snappy
 * in xerial's blocks or as one raw block, LZ4 frames with independent blocks, zstd frames
 * (KIP-110).
 *
 * <p>Stateless; any thread. The streams are for one thread each and must be closed: they hold
 * pooled or native memory. A codec's library is loaded when it is first used.
 */
public enum Compression {
  NONE(0, "none", 0, 0, 0),
  GZIP(1, "gzip", Deflater.BEST_SPEED, Deflater.BEST_COMPRESSION, Deflater.DEFAULT_COMPRESSION),
  SNAPPY(2, "snappy", 0, 0, 0),
  LZ4(3, "lz4", 1, 17, 9),
  ZSTD(4, "zstd", -131072, 22, 3);

  /** Small writes are gathered to this size before the codec sees them; bytes. */
  private static final int WRITE_BUFFER = 16 * 1024;

  private static final Compression[] BY_ID = values();

  private final int id;
  private final String configName;
  private final int minLevel;
  private final int maxLevel;
  private final int defaultLevel;

  Compression(int id, String configName, int minLevel, int maxLevel, int defaultLevel) {
    this.id = id;
    this.configName = configName;
    this.minLevel = minLevel;
    this.maxLevel = maxLevel;
    this.defaultLevel = defaultLevel;
  }

  /** The number in a batch's attributes. */
  public int id() {
    return id;
  }

  /** The name in {@code compression.type}. */
  public String configName() {
    return configName;
  }

  /** Lowest level that {@code compression.<name>.level} takes. */
  public int minLevel() {
    return minLevel;
  }

  /** Highest level that {@code compression.<name>.level} takes. */
  public int maxLevel() {
    return maxLevel;
  }

  /** The level used when none is set. For gzip it lies outside the range: -1. */
  public int defaultLevel() {
    return defaultLevel;
  }

  /** Whether the codec can be used at this level. */
  public boolean isValidLevel(int level) {
    return level == defaultLevel || (level >= minLevel && level <= maxLevel);
  }

  /** The codec of this number, or null when there is none. */
  public static Compression forId(int id) {
    return id >= 0 && id < BY_ID.length ? BY_ID[id] : null;
  }

  /** The codec of this configuration name, or null when there is none. */
  public static Compression forConfigName(String name) {
    for (Compression compression : BY_ID) {
      if (compression.configName.equals(name)) {
        return compression;
      }
    }
    return null;
  }

  /**
   * A stream whose bytes end compressed in a buffer, complete once the stream is closed.
   *
   * @param out grows at its writer index; not closed
   * @param level one that {@link #isValidLevel} accepts
   */
  public OutputStream compress(ByteBuf out, int level) {
    if (!isValidLevel(level)) {
      throw new IllegalArgumentException(configName + " has no level " + level);
    }
    ByteBufOutputStream sink = new ByteBufOutputStream(out);
    try {
      return switch (this) {
        case NONE -> sink;
        case GZIP -> new BufferedOutputStream(GzipStream.output(sink, level), WRITE_BUFFER);
        case SNAPPY -> SnappyStream.output(sink);
        case LZ4 -> Lz4Stream.output(sink, level);
        case ZSTD -> new BufferedOutputStream(ZstdStream.output(sink, level), WRITE_BUFFER);
      };
    } catch (IOException e) {
      throw new IllegalStateException("memory does not fail", e);
    }
  }

  /**
   * A stream of the decompressed bytes of a buffer's readable bytes. Its methods throw {@link
   * InvalidRecordException} and nothing else: when the bytes are damaged, or when they grow over
   * the limit. Memory stays bounded by the codec's block, whatever the bytes claim.
   *
   * @param in must outlive the stream; its indexes are not moved
   * @param maxBytes most bytes that may come out
   */
  public InputStream decompress(ByteBuf in, long maxBytes) {
    return open(in, maxBytes);
  }

  DecompressedStream open(ByteBuf in, long maxBytes) {
    return switch (this) {
      case NONE -> new PlainStream(in, maxBytes);
      case GZIP -> new GzipStream(in, maxBytes);
      case SNAPPY -> new SnappyStream(in, maxBytes);
      case LZ4 -> new Lz4Stream(in, maxBytes);
      case ZSTD -> new ZstdStream(in, maxBytes);
    };
  }
}
