package io.ottla.simulation;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * Virtual time, and all that is to happen in it: earliest first, and at one time in the order it
 * was asked for. Nothing in a simulation happens but as an event of its timeline, and nothing in it
 * is left to chance but by its {@link #random}, so that one seed makes one history.
 *
 * <p>Used by one thread.
 */
public final class Timeline {

  private static final int REMEMBERED = 400;

  /** Something that is to happen; until it does, it can be called off. */
  public static final class Event implements Comparable<Event> {

    private final long atNs;
    private final long number;
    private final String what;
    private Runnable action;

    private Event(long atNs, long number, String what, Runnable action) {
      this.atNs = atNs;
      this.number = number;
      this.what = what;
      this.action = action;
    }

    /** It will not happen; nothing if it has. */
    public void cancel() {
      action = null;
    }

    @Override
    public int compareTo(Event other) {
      return atNs == other.atNs
          ? Long.compare(number, other.number)
          : Long.compare(atNs, other.atNs);
    }
  }

  private record Note(long atNs, String what) {

    @Override
    public String toString() {
      return String.format("%,d us %s", TimeUnit.NANOSECONDS.toMicros(atNs), what);
    }
  }

  private final Random random;
  private final PriorityQueue<Event> events = new PriorityQueue<>();
  private final Deque<Note> recent = new ArrayDeque<>();
  private long nowNs;
  private long number;
  private long happened;
  private long hash;
  private Throwable failure;
  private Listener listener = (_, _) -> {};

  public Timeline(long seed) {
    this.random = new Random(seed);
  }

  /** Since the simulation began. */
  public long nowNs() {
    return nowNs;
  }

  public long nowMs() {
    return TimeUnit.NANOSECONDS.toMillis(nowNs);
  }

  /** The one source of chance. */
  public Random random() {
    return random;
  }

  /**
   * Has something happen.
   *
   * @param what a few words that are the same in each run of a seed
   */
  public Event afterNs(long delayNs, String what, Runnable action) {
    Event event = new Event(nowNs + Math.max(0, delayNs), number++, what, action);
    events.add(event);
    return event;
  }

  public Event afterMs(long delayMs, String what, Runnable action) {
    return afterNs(TimeUnit.MILLISECONDS.toNanos(delayMs), what, action);
  }

  /** Lets the next event happen; returns false when there is none. */
  public boolean next() {
    for (Event event = events.poll(); event != null; event = events.poll()) {
      if (event.action == null) {
        continue;
      }
      nowNs = event.atNs;
      happened++;
      fold(event.what);
      Runnable action = event.action;
      event.action = null;
      action.run();
      return true;
    }
    return false;
  }

  /** Lets happen what is due until a moment, and then it is that moment. */
  public void runUntilNs(long momentNs) {
    while (!events.isEmpty() && events.peek().atNs <= momentNs) {
      if (events.peek().action == null) {
        events.poll();
      } else {
        next();
      }
    }
    nowNs = Math.max(nowNs, momentNs);
  }

  /**
   * Something failed where what is thrown goes nowhere, as in what depends on a future: what was
   * first is kept.
   */
  public void fail(Throwable cause) {
    if (failure == null) {
      failure = cause;
    }
  }

  /** What failed first; null for nothing. */
  public Throwable failure() {
    return failure;
  }

  /** Writes something down that tells one history from another. */
  public void note(String what) {
    fold(what);
    if (recent.size() == REMEMBERED) {
      recent.removeFirst();
    }
    recent.addLast(new Note(nowNs, what));
  }

  /** Told of all that happens and is noted: its time in nanoseconds, and what it was. */
  public interface Listener {

    void happens(long atNs, String what);
  }

  /** From now on, this is told. */
  public void tell(Listener told) {
    listener = told;
  }

  private void fold(String what) {
    listener.happens(nowNs, what);
    hash = (hash * 31 + what.hashCode()) * 0x9E3779B97F4A7C15L + nowNs;
  }

  /** Of all that has happened and was noted, in order. */
  public long hash() {
    return hash;
  }

  /** How many events have happened. */
  public long happened() {
    return happened;
  }

  /** The last notes, oldest first. */
  public List<String> recent() {
    return recent.stream().map(Note::toString).toList();
  }
}
