package io.ottla.log;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;

/**
 * Forces the logs of one directory: group commit. Requests may come from any thread. While one
 * round of forces is under way, those that come wait for the next one, and of these all that
 * concern one log share one force.
 *
 * <p>Runs on the executor the broker gives, one round at a time; a thread of its own per log
 * directory, as forces block. Answers are given on that thread; post them on to the log's owner.
 */
public final class LogFlusher {

  /**
   * What is on the disk now.
   *
   * @param offset everything below it
   * @param truncations how often the log had been cut by then; it may have been cut since
   * @param startedMs when the force began
   */
  public record Forced(long offset, int truncations, long startedMs) {}

  /** Told what became of a request, on the flusher's thread. */
  public interface Callback {

    /** To be passed to {@link PartitionLog#onForced} by the log's owner. */
    void onForced(Forced forced);

    /** To be passed to {@link PartitionLog#onForceFailed} by the log's owner. */
    void onForceFailed(LogException cause);
  }

  private record Request(PartitionLog log, Callback callback) {}

  private final Executor executor;
  private final LongSupplier nowMs;
  private final Queue<Request> requests = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean running = new AtomicBoolean();

  /**
   * @param executor runs the forces
   * @param nowMs the clock
   */
  public LogFlusher(Executor executor, LongSupplier nowMs) {
    this.executor = executor;
    this.nowMs = nowMs;
  }

  /** Asks for everything that the log has published to be put on the disk. */
  public void request(PartitionLog log, Callback callback) {
    requests.add(new Request(log, callback));
    if (running.compareAndSet(false, true)) {
      executor.execute(this::run);
    }
  }

  private void run() {
    do {
      try {
        round();
      } finally {
        running.set(false);
      }
      // Whoever added a request after the round looked, and before the flag fell, counts on us.
    } while (!requests.isEmpty() && running.compareAndSet(false, true));
  }

  private void round() {
    Map<PartitionLog, List<Callback>> byLog = new LinkedHashMap<>();
    Request request;
    while ((request = requests.poll()) != null) {
      byLog.computeIfAbsent(request.log(), log -> new ArrayList<>()).add(request.callback());
    }
    byLog.forEach(this::force);
  }

  private void force(PartitionLog log, List<Callback> callbacks) {
    Forced forced;
    try {
      forced = force(log, nowMs.getAsLong());
    } catch (IOException e) {
      LogException failure =
          e instanceof NoRoom || FileHandles.wereUsedUp(e)
              ? LogException.passing("forcing " + log, e)
              : LogException.storage("forcing " + log, e);
      callbacks.forEach(callback -> callback.onForceFailed(failure));
      return;
    }
    callbacks.forEach(callback -> callback.onForced(forced));
  }

  /** Does it at once, for a log that nobody else has forced meanwhile. */
  static Forced force(PartitionLog log, long startedMs) throws IOException {
    LogView view = log.view();
    while (!forceSegments(view)) {
      LogView newer = log.view();
      if (newer == view) {
        // Being cut at this moment, or closed. Nothing new can be said about it.
        return new Forced(view.recoveryPoint(), view.truncations(), startedMs);
      }
      view = newer;
    }
    forceRest(log);
    return new Forced(view.logEndOffset(), view.truncations(), startedMs);
  }

  /** These files are written anew each time: when there was no room, it may be tried again. */
  private static void forceRest(PartitionLog log) throws IOException {
    try {
      log.forceRest();
    } catch (IOException e) {
      if (LogException.saysNoSpace(e)) {
        throw new NoRoom(e);
      }
      throw e;
    }
  }

  private static final class NoRoom extends IOException {

    private static final long serialVersionUID = 1L;

    NoRoom(IOException cause) {
      super(cause.getMessage(), cause);
    }
  }

  /** False if the view is out of date: a segment is gone. */
  private static boolean forceSegments(LogView view) throws IOException {
    SegmentList segments = view.segments();
    // One that ends right at the recovery point was forced while it was active: without its
    // indexes.
    int first = Math.max(0, segments.floor(view.recoveryPoint() - 1));
    for (int i = first; i < segments.size(); i++) {
      Segment segment = segments.get(i);
      if (!segment.tryRetain()) {
        return false;
      }
      try {
        segment.force(i == segments.size() - 1);
      } finally {
        segment.release();
      }
    }
    return true;
  }
}
