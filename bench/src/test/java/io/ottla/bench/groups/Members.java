package io.ottla.bench.groups;

import io.ottla.bench.MeasurementException;
import io.ottla.bench.Usage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The members of a group, or of several, over one topic, with what they own. */
final class Members implements AutoCloseable {

  private static final long LOOK_EVERY_MS = 10;

  private final Ownership ownership;
  private final List<GroupMember> members = new ArrayList<>();

  private Members(Ownership ownership) {
    this.ownership = ownership;
  }

  /** Makes the members of one group; none has joined yet. */
  static Members of(
      String bootstrap, Protocol protocol, String group, String topic, int count, int partitions) {
    Members made = new Members(new Ownership(partitions, count, System.nanoTime()));
    for (int number = 0; number < count; number++) {
      made.members.add(new GroupMember(bootstrap, protocol, group, number, topic, made.ownership));
    }
    return made;
  }

  Ownership ownership() {
    return ownership;
  }

  List<GroupMember> all() {
    return members;
  }

  void join() {
    members.forEach(GroupMember::join);
  }

  /**
   * How a group has settled.
   *
   * @param atNs {@link System#nanoTime()} of its last change
   * @param usage taken right after that change
   */
  record Settled(long atNs, Usage usage) {}

  /**
   * Waits until so many members share all partitions and have done so for a while.
   *
   * @throws MeasurementException if that takes too long, a member fails, or a partition ever had
   *     two owners
   */
  Settled awaitSharedBy(int count, int quietMs, long brokerPid)
      throws IOException, InterruptedException {
    long quietNs = TimeUnit.MILLISECONDS.toNanos(quietMs);
    long limitNs =
        System.nanoTime() + TimeUnit.SECONDS.toNanos(GroupPlan.SETTLE_LIMIT_SECONDS) + quietNs;
    Settled settled = null;
    while (settled == null || System.nanoTime() - settled.atNs() < quietNs) {
      members.forEach(GroupMember::requireWell);
      if (ownership.overlap() != null) {
        throw new MeasurementException(ownership.overlap());
      }
      if (System.nanoTime() - limitNs > 0) {
        throw new MeasurementException(
            "not settled in %d s: %s".formatted(GroupPlan.SETTLE_LIMIT_SECONDS, ownership));
      }
      long changedAtNs = ownership.lastChangeNs();
      if (!ownership.sharedBy(count)) {
        settled = null;
      } else if (settled == null || settled.atNs() != changedAtNs) {
        settled = new Settled(changedAtNs, Usage.now(List.of(brokerPid)));
      }
      TimeUnit.MILLISECONDS.sleep(LOOK_EVERY_MS);
    }
    return settled;
  }

  /** All leave at once; does not wait for them. */
  void leave() {
    members.forEach(GroupMember::leave);
  }

  /** All leave at once, those that have not; returns when all have. */
  @Override
  public void close() {
    members.forEach(GroupMember::leave);
    members.forEach(GroupMember::close);
  }
}
