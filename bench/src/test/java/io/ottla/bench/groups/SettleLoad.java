package io.ottla.bench.groups;

import static io.ottla.bench.Metric.Better.LOWER;
import static io.ottla.bench.Metric.Better.NONE;

import io.ottla.bench.Clients;
import io.ottla.bench.Metric;
import io.ottla.bench.Sample;
import io.ottla.bench.Usage;
import io.ottla.bench.groups.GroupPlan.Settle;
import io.ottla.bench.groups.Members.Settled;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A group that all members join at once and some leave at once, and the time until it has settled:
 * that of the last partition given to a member, not of the moment when somebody looked.
 */
final class SettleLoad {

  private static final int WARM_UP_MEMBERS = 10;
  private static final int WARM_UP_QUIET_MS = 1000;

  private final String bootstrap;
  private final long brokerPid;

  SettleLoad(String bootstrap, long brokerPid) {
    this.bootstrap = bootstrap;
    this.brokerPid = brokerPid;
  }

  static Metric joined(Protocol protocol, int members, int partitions) {
    return metric(protocol, "%d join, %d partitions".formatted(members, partitions), "s");
  }

  static Metric left(Protocol protocol, int members, int leaving) {
    return metric(protocol, "%d of %d leave".formatted(leaving, members), "s");
  }

  private static Metric metric(Protocol protocol, String name, String unit) {
    return new Metric("settle: " + protocol, name, unit, LOWER);
  }

  /** The topics must exist: one to settle on, and one to warm up. */
  List<Sample> run(Settle settle) throws IOException, InterruptedException {
    Protocol protocol = settle.protocol();
    warmUp(protocol);
    List<Sample> samples = new ArrayList<>();
    for (int repeat = 0; repeat < settle.repeats(); repeat++) {
      String group = protocol + "-" + repeat;
      try (Members members =
          Members.of(
              bootstrap,
              protocol,
              group,
              topic(settle.partitions()),
              settle.members(),
              settle.partitions())) {
        join(settle, members, samples);
        TimeUnit.MILLISECONDS.sleep((long) settle.phaseMs() * (settle.firstRepeat() + repeat));
        leave(settle, members, samples);
      }
    }
    return samples;
  }

  static String topic(int partitions) {
    return "settle-" + partitions;
  }

  void createTopics(Clients clients, int partitions) {
    clients.createTopic(topic(partitions), partitions, 1);
    clients.createTopic(topic(WARM_UP_MEMBERS), WARM_UP_MEMBERS, 1);
  }

  private void warmUp(Protocol protocol) throws IOException, InterruptedException {
    try (Members members =
        Members.of(
            bootstrap,
            protocol,
            "warm-up-" + protocol,
            topic(WARM_UP_MEMBERS),
            WARM_UP_MEMBERS,
            WARM_UP_MEMBERS)) {
      members.join();
      var _ = members.awaitSharedBy(WARM_UP_MEMBERS, WARM_UP_QUIET_MS, brokerPid);
    }
  }

  private void join(Settle settle, Members members, List<Sample> samples)
      throws IOException, InterruptedException {
    Usage before = Usage.now(List.of(brokerPid));
    members.join();
    Settled settled = members.awaitSharedBy(settle.members(), settle.quietMs(), brokerPid);
    samples.add(
        joined(settle.protocol(), settle.members(), settle.partitions())
            .of((settled.atNs() - before.atNs()) / 1e9));
    cpu(settle.protocol(), "joining", settled.usage().since(before), samples);
  }

  private void leave(Settle settle, Members members, List<Sample> samples)
      throws IOException, InterruptedException {
    members.ownership().forgetTimes(System.nanoTime());
    Usage before = Usage.now(List.of(brokerPid));
    members.all().subList(0, settle.leaving()).forEach(GroupMember::leave);
    int left = settle.members() - settle.leaving();
    Settled settled = members.awaitSharedBy(left, settle.quietMs(), brokerPid);
    samples.add(
        left(settle.protocol(), settle.members(), settle.leaving())
            .of((settled.atNs() - before.atNs()) / 1e9));
    samples.add(
        metric(settle.protocol(), "longest time of a partition without owner meanwhile", "s")
            .of(members.ownership().longestFreeNs() / 1e9));
    cpu(settle.protocol(), "leaving", settled.usage().since(before), samples);
  }

  private static void cpu(Protocol protocol, String when, Usage usage, List<Sample> samples) {
    samples.add(metric(protocol, "broker CPU while " + when, "s").of(usage.brokerCpuSeconds()));
    samples.add(
        new Metric("settle: " + protocol, "client CPU while " + when, "s", NONE)
            .of(usage.clientCpuSeconds()));
  }
}
