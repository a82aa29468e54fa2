package io.ottla.wire.record;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/** Gzip by the JDK. */
final class GzipStream extends DecompressedStream {

  private static final int WINDOW = 32 * 1024;
  private static final int CODEC_BUFFER = 8 * 1024;

  private final ByteBuf in;
  private GZIPInputStream gzip;

  GzipStream(ByteBuf in, long maxBytes) {
    super(maxBytes);
    this.in = in;
  }

  @Override
  int fill() throws IOException {
    if (gzip == null) {
      gzip = new GZIPInputStream(new ByteBufInputStream(in.duplicate()), CODEC_BUFFER);
    }
    byte[] window = windowOf(WINDOW);
    return gzip.read(window, windowStart(), WINDOW);
  }

  @Override
  void release() throws IOException {
    if (gzip != null) {
      gzip.close();
    }
  }

  static OutputStream output(OutputStream out, int level) throws IOException {
    return new LevelledOutput(out, level);
  }

  /** The JDK's stream, which has no other way to set the level. */
  private static final class LevelledOutput extends GZIPOutputStream {

    LevelledOutput(OutputStream out, int level) throws IOException {
      super(out, CODEC_BUFFER);
      def.setLevel(level);
    }
  }
}
