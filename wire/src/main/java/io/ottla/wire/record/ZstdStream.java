package io.ottla.wire.record;

import com.github.luben.zstd.RecyclingBufferPool;
import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import com.github.luben.zstd.ZstdOutputStreamNoFinalizer;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufInputStream;
import java.io.IOException;
import java.io.OutputStream;

/** Zstd by zstd-jni. A frame that asks for a larger window than 128 MB is refused unread. */
final class ZstdStream extends DecompressedStream {

  private static final int WINDOW = 64 * 1024;
  private static final int MAX_WINDOW_LOG = 27;

  private final ByteBuf in;
  private ZstdInputStreamNoFinalizer zstd;

  ZstdStream(ByteBuf in, long maxBytes) {
    super(maxBytes);
    this.in = in;
  }

  @Override
  int fill() throws IOException {
    if (zstd == null) {
      zstd =
          new ZstdInputStreamNoFinalizer(
              new ByteBufInputStream(in.duplicate()), RecyclingBufferPool.INSTANCE);
      zstd.setLongMax(MAX_WINDOW_LOG);
    }
    byte[] window = windowOf(WINDOW);
    return zstd.read(window, windowStart(), WINDOW);
  }

  @Override
  void release() throws IOException {
    if (zstd != null) {
      zstd.close();
    }
  }

  static OutputStream output(OutputStream out, int level) throws IOException {
    return new ZstdOutputStreamNoFinalizer(out, RecyclingBufferPool.INSTANCE, level);
  }
}
