package io.ottla.replication;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;

/**
 * Logs that wait to be opened, by directory. Whoever has time takes one from the directory on which
 * the fewest are at work, so that a slow disk, or one with much to recover, does not keep the
 * others waiting. Any thread.
 */
final class OpeningQueue {

  private record Entry(Lane lane, Runnable opening) {}

  private static final class Lane {
    private final Queue<Runnable> waiting = new ArrayDeque<>();
    private int running;
  }

  private final Map<LogDirectories.Place, Lane> lanes = new HashMap<>();

  synchronized void add(LogDirectories.Place place, Runnable opening) {
    lanes.computeIfAbsent(place, _ -> new Lane()).waiting.add(opening);
  }

  /** Runs one that waits, if there is one. */
  void runOne() {
    Entry entry = take();
    if (entry == null) {
      return;
    }
    try {
      entry.opening().run();
    } finally {
      done(entry.lane());
    }
  }

  private synchronized Entry take() {
    Lane chosen = null;
    for (Lane lane : lanes.values()) {
      if (!lane.waiting.isEmpty() && (chosen == null || lane.running < chosen.running)) {
        chosen = lane;
      }
    }
    if (chosen == null) {
      return null;
    }
    chosen.running++;
    return new Entry(chosen, chosen.waiting.remove());
  }

  private synchronized void done(Lane lane) {
    lane.running--;
  }
}
