package io.ottla.replication;

import io.ottla.runtime.ManualClock;
import java.util.Comparator;
import java.util.HashSet;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Carries messages between nodes after a delay, in order between two of them, unless their link is
 * cut. One thread.
 */
final class TestNetwork {

  /** The controller's number. */
  static final int CONTROLLER = 0;

  private record Message(long dueNs, long sequence, Runnable delivery) {}

  private record Link(int from, int to) {}

  private final ManualClock clock;
  private final Random random;
  private final PriorityQueue<Message> messages =
      new PriorityQueue<>(
          Comparator.comparingLong(Message::dueNs).thenComparingLong(Message::sequence));
  private final Set<Link> cut = new HashSet<>();
  private long sequence;
  private int maxDelayMs = 2;

  TestNetwork(ManualClock clock, Random random) {
    this.clock = clock;
    this.random = random;
  }

  void setMaxDelayMs(int ms) {
    maxDelayMs = ms;
  }

  void cut(int one, int other) {
    cut.add(new Link(one, other));
    cut.add(new Link(other, one));
  }

  void cutOneWay(int from, int to) {
    cut.add(new Link(from, to));
  }

  void heal() {
    cut.clear();
  }

  boolean isCut(int from, int to) {
    return cut.contains(new Link(from, to));
  }

  /** Delivers, or tells that it could not be. */
  void send(int from, int to, Runnable delivery, Runnable lost) {
    after(
        random.nextInt(maxDelayMs + 1),
        () -> {
          if (isCut(from, to)) {
            after(50, lost);
          } else {
            delivery.run();
          }
        });
  }

  void after(long ms, Runnable action) {
    messages.add(
        new Message(clock.nowNs() + TimeUnit.MILLISECONDS.toNanos(ms), sequence++, action));
  }

  /** Returns whether there was something to deliver. */
  boolean deliver() {
    boolean any = false;
    while (!messages.isEmpty() && messages.peek().dueNs <= clock.nowNs()) {
      messages.poll().delivery.run();
      any = true;
    }
    return any;
  }
}
