package io.ottla.simulation;

import io.ottla.log.MemoryFileSystem;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/**
 * One process of a node, from its start to its end. Whatever it does is an event of the timeline
 * that happens only as long as it lives; while it is paused, its events wait, and happen in their
 * order when it goes on.
 */
public final class SimulatedProcess {

  /** How long it takes at most from when work is handed over to when it begins. */
  private static final int MAX_HAND_OVER_NS = 40_000;

  private final Timeline timeline;
  private final String name;
  private final Runnable onKilled;
  private final Slowness disk;
  private final Queue<Runnable> held = new ArrayDeque<>();
  private boolean alive = true;
  private boolean paused;
  private long acts;

  /**
   * @param onKilled told when it died of what it was doing, as {@link MemoryFileSystem} has it
   * @param disk how slow what it writes to is
   */
  public SimulatedProcess(Timeline timeline, String name, Runnable onKilled, Slowness disk) {
    this.disk = disk;
    this.timeline = timeline;
    this.name = name;
    this.onKilled = onKilled;
  }

  public Timeline timeline() {
    return timeline;
  }

  /** How slow what it writes to is. */
  public Slowness disk() {
    return disk;
  }

  public boolean isAlive() {
    return alive;
  }

  public boolean isPaused() {
    return paused;
  }

  /** How often it has done something: what is its own changes in no other way. */
  long acts() {
    return acts;
  }

  /** Nothing of it happens any more. */
  public void end() {
    alive = false;
    held.clear();
  }

  /** As under SIGSTOP: time passes it by. */
  public void pause() {
    paused = true;
  }

  public void resume() {
    if (!paused) {
      return;
    }
    paused = false;
    while (alive && !paused && !held.isEmpty()) {
      perform(held.poll());
    }
  }

  /** Has it do something at once, or when it goes on. */
  public void now(Runnable action) {
    performOrHold(action);
  }

  /** Has it do something, a little later. */
  public void soon(String what, Runnable action) {
    timeline.afterNs(
        timeline.random().nextInt(MAX_HAND_OVER_NS), what, () -> performOrHold(action));
  }

  public Timeline.Event afterNs(long delayNs, String what, Runnable action) {
    return timeline.afterNs(delayNs, what, () -> performOrHold(action));
  }

  public Timeline.Event afterMs(long delayMs, String what, Runnable action) {
    return afterNs(TimeUnit.MILLISECONDS.toNanos(delayMs), what, action);
  }

  private void performOrHold(Runnable action) {
    if (!alive) {
      return;
    }
    if (paused) {
      held.add(action);
    } else {
      perform(action);
    }
  }

  private void perform(Runnable action) {
    acts++;
    try {
      action.run();
    } catch (MemoryFileSystem.Killed e) {
      if (alive) {
        onKilled.run();
      }
    }
  }

  /** An executor of its own: in order, one at a time. */
  public Executor lane(String what) {
    return new Lane(what, MAX_HAND_OVER_NS, false);
  }

  /** As {@link #lane}, for work that waits for the disk, so long at most unless it is slow. */
  public Executor diskLane(String what, int maxNs) {
    return new Lane(what, maxNs, true);
  }

  @Override
  public String toString() {
    return name;
  }

  /** Work in the order it was handed over, each piece an event of its own. */
  private final class Lane implements Executor {

    private final String what;
    private final Queue<Runnable> work = new ArrayDeque<>();
    private final int maxNs;
    private final boolean usesDisk;
    private boolean scheduled;

    Lane(String what, int maxNs, boolean usesDisk) {
      this.usesDisk = usesDisk;
      this.what = name + " " + what;
      this.maxNs = maxNs;
    }

    @Override
    public void execute(Runnable piece) {
      work.add(piece);
      schedule();
    }

    private void next() {
      scheduled = false;
      Runnable next = work.poll();
      if (!work.isEmpty()) {
        schedule();
      }
      next.run();
    }

    private void schedule() {
      if (!scheduled) {
        scheduled = true;
        long diskNs = usesDisk ? disk.nextNs() : 0;
        afterNs(diskNs == 0 ? timeline.random().nextInt(maxNs) : diskNs, what, this::next);
      }
    }
  }
}
