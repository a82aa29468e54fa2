package io.ottla.bench;

import java.util.HashMap;
import java.util.Map;

/** Keeps a run within its time: what was measured once is measured again only if there is time. */
final class TimeBudget<F> {

  private final long limitNs;
  private final long startNs;
  private final Map<F, Long> longestNs = new HashMap<>();

  /**
   * @param limitNs of the whole run
   * @param startNs {@link System#nanoTime()} at its start
   */
  TimeBudget(long limitNs, long startNs) {
    this.limitNs = limitNs;
    this.startNs = startNs;
  }

  /** Whether a figure may be taken now. One that was not taken yet always may. */
  boolean allows(F figure, long nowNs) {
    Long needed = longestNs.get(figure);
    return needed == null || nowNs - startNs + needed <= limitNs;
  }

  /** How long a figure took on both sides. */
  void took(F figure, long ns) {
    longestNs.merge(figure, ns, Math::max);
  }
}
