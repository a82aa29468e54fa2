package io.ottla.simulation.workload;

import java.nio.ByteBuffer;

/** The values one writer writes: each of them once, ascending, and it is in them whose they are. */
final class Values {

  private static final int WRITER_SHIFT = 40;

  private final int writer;
  private long count;

  Values(int writer) {
    this.writer = writer;
  }

  long next() {
    return ((long) writer << WRITER_SHIFT) + ++count;
  }

  static byte[] bytes(long value) {
    return ByteBuffer.allocate(Long.BYTES).putLong(value).array();
  }
}
