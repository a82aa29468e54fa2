package io.ottla.compat.transaction;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Random;

/**
 * Which faults happen to which of so many brokers, without end, from a seed: as many kills as
 * pauses, in any order.
 */
public final class FaultPlan implements Iterator<FaultPlan.Fault> {
  /** What can be done to a broker. */
  public enum Kind {
    /** It is killed (SIGKILL) and started again. */
    KILL,
    /** It is stopped (SIGSTOP) and goes on (SIGCONT). */
    PAUSE
  }

  /** After a time of quiet something is done to one of the brokers, and undone after a time. */
  public record Fault(Kind kind, int broker, int quietMs, int durationMs) {}

  private final Random random;
  private final int brokers;
  private final List<Kind> next = new ArrayList<>();

  /** The faults of this seed. */
  public FaultPlan(long seed, int brokers) {
    this.random = new Random(seed);
    this.brokers = brokers;
  }

  @Override
  public boolean hasNext() {
    return true;
  }

  @Override
  public Fault next() {
    if (next.isEmpty()) {
      next.addAll(List.of(Kind.KILL, Kind.PAUSE, Kind.KILL, Kind.PAUSE));
      Collections.shuffle(next, random);
    }
    Kind kind = next.removeFirst();
    return new Fault(
        kind,
        random.nextInt(brokers),
        500 + random.nextInt(3_000),
        kind == Kind.KILL ? random.nextInt(2_000) : 2_000 + random.nextInt(4_000));
  }
}
