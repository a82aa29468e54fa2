package io.ottla.simulation.client;

import io.ottla.wire.TopicPartition;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * How a member of a group leaves it: it gives back what it owns, then says so. What it has given
 * back since it was last told that it is a member it may have lost before, and then says that, too.
 */
final class Departure {

  private final GroupListener listener;
  private final Set<TopicPartition> givenBack = new TreeSet<>();
  private boolean begun;
  private boolean fenced;

  Departure(GroupListener listener) {
    this.listener = listener;
  }

  /** It gives these back. */
  void gaveBack(Set<TopicPartition> some) {
    givenBack.addAll(some);
  }

  /** It is told that it is a member. */
  void isMember() {
    givenBack.clear();
  }

  /** It is told that it is none. */
  void isNoMember() {
    if (!givenBack.isEmpty()) {
      listener.onFoundLost(new TreeSet<>(givenBack));
      givenBack.clear();
    }
  }

  /** Whether it is leaving. */
  boolean isBegun() {
    return begun;
  }

  /** While it leaves, it is told something; perhaps that it is no member. */
  void isTold(boolean isNoMember) {
    fenced |= isNoMember;
  }

  /** Whether it was told that while it left. */
  boolean isFenced() {
    return fenced;
  }

  /**
   * It leaves.
   *
   * @param owned what it owns; nothing from now on
   * @param say says that it goes, and calls back
   */
  void begin(Set<TopicPartition> owned, Consumer<Runnable> say, Runnable left) {
    begun = true;
    Set<TopicPartition> back = new TreeSet<>(owned);
    owned.clear();
    gaveBack(back);
    Runnable end =
        () -> {
          if (fenced) {
            isNoMember();
          }
          left.run();
        };
    if (back.isEmpty()) {
      say.accept(end);
    } else {
      listener.onRevoked(back, () -> say.accept(end));
    }
  }
}
