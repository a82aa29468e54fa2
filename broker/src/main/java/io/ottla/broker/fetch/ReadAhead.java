package io.ottla.broker.fetch;

import io.ottla.log.LogSlice;
import io.ottla.log.LogView;
import io.ottla.runtime.Clock;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the disk is waited for on behalf of fetches, so that no event loop has to: a few threads
 * that bring what is not in memory into the page cache, from where it is sent. Bounded: so much may
 * wait for them, and no more; what they read goes through one small buffer each. Any thread.
 *
 * <p>What was appended lately is taken to be in memory ({@link LogView#isCold}); of all else the
 * threads ask the system, and read it if it is not there.
 */
public final class ReadAhead {

  private static final Logger LOG = LoggerFactory.getLogger(ReadAhead.class);

  /** Fetches that may wait; more of them, and connections are not read until there is room. */
  static final int MAX_WAITING = 1_024;

  /** While so many fetches wait, nothing is read before it was asked for. */
  static final int MAX_WAITING_FOR_GUESSES = 16;

  private static final int BUFFER_BYTES = 256 << 10;

  private final ThreadLocal<ByteBuffer> buffers =
      ThreadLocal.withInitial(() -> ByteBuffer.allocateDirect(BUFFER_BYTES));

  private final Executor threads;
  private final Clock clock;
  private final boolean enabled;
  private final int maxWaiting;
  private final AtomicInteger waiting = new AtomicInteger();

  /**
   * @param threads run what they are given, in order, and take all of it; may block, and are not
   *     interrupted
   */
  public ReadAhead(Executor threads, Clock clock) {
    this(threads, clock, true, MAX_WAITING);
  }

  ReadAhead(Executor threads, Clock clock, boolean enabled, int maxWaiting) {
    this.threads = threads;
    this.clock = clock;
    this.enabled = enabled;
    this.maxWaiting = maxWaiting;
  }

  /** Takes everything to be in memory: event loops wait for the disk themselves. */
  public static ReadAhead off(Clock clock) {
    return new ReadAhead(Runnable::run, clock, false, MAX_WAITING);
  }

  /** The time by which {@link #isCold} judges. */
  long nowMs() {
    return clock.wallMs();
  }

  /** Whether a read has to be prepared here. */
  boolean isCold(LogView view, long fromOffset, long upToOffset, long nowMs) {
    return enabled && view.isCold(fromOffset, upToOffset, nowMs);
  }

  /**
   * Has work done that waits for the disk.
   *
   * @return false if too much waits already; then nothing was done
   */
  boolean offer(Runnable work) {
    return offer(work, maxWaiting);
  }

  /** As above, for what nobody waits for: refused as soon as others may have to wait for it. */
  boolean offerGuess(Runnable work) {
    return offer(work, Math.min(maxWaiting, MAX_WAITING_FOR_GUESSES));
  }

  private boolean offer(Runnable work, int most) {
    boolean taken = false;
    try {
      if (waiting.incrementAndGet() <= most) {
        threads.execute(
            () -> {
              waiting.decrementAndGet();
              work.run();
            });
        taken = true;
      }
    } catch (RejectedExecutionException e) {
      LOG.debug("Nothing is read any more", e); // The broker stops.
    } finally {
      if (!taken) {
        waiting.decrementAndGet();
      }
    }
    return taken;
  }

  /**
   * Brings a slice into memory. On one of the threads.
   *
   * @throws IOException if the disk does not give it; its directory knows by then
   */
  void bringIn(LogSlice slice) throws IOException {
    boolean _ = slice.bringIn(buffers.get());
  }

  /**
   * Takes a slice that was not sent to its end. Whether it was the socket's fault or the file's is
   * asked of the file: if it cannot be read where the sending stopped, its directory will know.
   *
   * @param sent bytes of it that were sent
   */
  public void examine(LogSlice slice, long sent) {
    boolean taken =
        enabled
            && offerGuess(
                () -> {
                  try {
                    slice.probe(sent, buffers.get());
                  } catch (IOException e) {
                    LOG.error("{} was not sent to its end: {}", slice, e.toString());
                  } finally {
                    slice.release();
                  }
                });
    if (!taken) {
      slice.release();
    }
  }
}
