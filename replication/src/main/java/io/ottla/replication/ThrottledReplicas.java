package io.ottla.replication;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The replicas of a topic whose replication is held to a rate (KIP-73): all, none or some, as
 * {@code leader.replication.throttled.replicas} and its sibling list them. Immutable.
 */
public final class ThrottledReplicas {

  public static final ThrottledReplicas NONE = new ThrottledReplicas(false, Set.of());
  public static final ThrottledReplicas ALL = new ThrottledReplicas(true, Set.of());

  private record Replica(int partition, int broker) {}

  private final boolean all;
  private final Set<Replica> some;

  private ThrottledReplicas(boolean all, Set<Replica> some) {
    this.all = all;
    this.some = some;
  }

  /**
   * Reads a setting.
   *
   * @param entries {@code *}, or {@code partition:broker} each; what is neither is left out, as it
   *     is refused when it is set
   */
  public static ThrottledReplicas parse(List<String> entries) {
    Set<Replica> replicas = new HashSet<>();
    for (String entry : entries) {
      String text = entry.strip();
      if (text.equals("*")) {
        return ALL;
      }
      int colon = text.indexOf(':');
      try {
        replicas.add(
            new Replica(
                Integer.parseInt(text, 0, Math.max(0, colon), 10),
                Integer.parseInt(text, colon + 1, text.length(), 10)));
      } catch (NumberFormatException e) {
        continue;
      }
    }
    return replicas.isEmpty() ? NONE : new ThrottledReplicas(false, replicas);
  }

  /** Whether a partition's replica on a broker is among them. */
  public boolean contains(int partition, int broker) {
    return all || (!some.isEmpty() && some.contains(new Replica(partition, broker)));
  }
}
