package io.ottla.broker.fetch;

import io.ottla.log.LogSlice;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How one connection reads what is not in memory, partition by partition: whoever goes on where he
 * has been finds the next bytes there already. How far that reaches doubles with each fetch, up to
 * a bound. Thread-safe.
 */
final class SequentialReads {

  private static final Logger LOG = LoggerFactory.getLogger(SequentialReads.class);

  /** Most bytes read before they are asked for. */
  static final int MAX_WINDOW_BYTES = 8 << 20;

  /** Partitions remembered; the one that was not read for the longest time is forgotten. */
  static final int MAX_STREAMS = 256;

  private static final class Stream {

    /** Given back long ago; tells only where it was. */
    LogSlice last;

    int windowBytes;

    /** Up to where its segment was brought in. */
    long broughtTo;

    boolean reading;
  }

  private final Map<FetchKey, Stream> streams =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<FetchKey, Stream> eldest) {
          return size() > MAX_STREAMS;
        }
      };

  /**
   * A slice was brought in; has what lies behind it brought in, too, if this looks like reading on.
   * On a thread that may block.
   */
  synchronized void onRead(FetchKey key, LogSlice slice, ReadAhead readAhead) {
    Stream stream = streams.get(key);
    if (stream == null || !slice.continues(stream.last)) {
      stream = new Stream();
      stream.broughtTo = slice.end();
      streams.put(key, stream);
    } else {
      int doubled = Math.max(stream.windowBytes, slice.sizeInBytes()) * 2;
      stream.windowBytes = Math.min(doubled, MAX_WINDOW_BYTES);
      stream.broughtTo = Math.max(stream.broughtTo, slice.end());
    }
    stream.last = slice;
    long ahead = stream.broughtTo - slice.end();
    if (!stream.reading && ahead < stream.windowBytes / 2) {
      readOn(stream, slice, readAhead, (int) (stream.windowBytes - ahead));
    }
  }

  private void readOn(Stream stream, LogSlice slice, ReadAhead readAhead, int bytes) {
    LogSlice next;
    try {
      next = slice.behind(stream.broughtTo, bytes);
    } catch (IOException e) {
      LOG.warn("Reading on behind {} failed: {}", slice, e.toString());
      return;
    }
    if (next.isEmpty()) {
      return;
    }
    stream.reading = true;
    if (!readAhead.offerGuess(() -> bringIn(stream, next, readAhead))) {
      stream.reading = false;
      next.release();
    }
  }

  private void bringIn(Stream stream, LogSlice next, ReadAhead readAhead) {
    boolean there = false;
    try {
      readAhead.bringIn(next);
      there = true;
    } catch (IOException e) {
      LOG.warn("Reading {} ahead failed: {}", next, e.toString());
    } finally {
      next.release();
      done(stream, there ? next.end() : stream.broughtTo);
    }
  }

  private synchronized void done(Stream stream, long broughtTo) {
    stream.reading = false;
    stream.broughtTo = Math.max(stream.broughtTo, broughtTo);
  }
}
