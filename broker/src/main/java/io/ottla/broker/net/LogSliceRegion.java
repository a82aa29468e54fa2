package io.ottla.broker.net;

import io.netty.channel.DefaultFileRegion;
import io.ottla.log.LogSlice;

/**
 * A slice of a log on its way to a socket by sendfile. Owns the slice: gives it back when it was
 * sent or will never be.
 */
final class LogSliceRegion extends DefaultFileRegion {

  private final LogSlice slice;
  private final UnsentSlices unsent;

  /**
   * @param unsent takes the slice if not all of it was sent
   */
  LogSliceRegion(LogSlice slice, UnsentSlices unsent) {
    super(slice.channel(), slice.position(), slice.sizeInBytes());
    this.slice = slice;
    this.unsent = unsent;
  }

  /** The file stays open for its other readers: only the slice is given back. */
  @Override
  protected void deallocate() {
    if (transferred() < count()) {
      unsent.take(slice, transferred());
    } else {
      slice.release();
    }
  }
}
