package io.ottla.bench.groups;

import static io.ottla.bench.Metric.Better.LOWER;
import static io.ottla.bench.Metric.Better.NONE;

import io.ottla.bench.Clients;
import io.ottla.bench.MeasurementException;
import io.ottla.bench.Metric;
import io.ottla.bench.ProcessCounters;
import io.ottla.bench.Sample;
import io.ottla.bench.Schedule;
import io.ottla.bench.Usage;
import io.ottla.bench.groups.GroupPlan.Idle;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.requests.AbstractResponse;

/**
 * Many members that only say that they live, each on a connection of its own, all driven by one
 * thread. Their heartbeats are spread evenly over time and come at a fixed rate, the same for every
 * broker, so that what one costs can be compared.
 */
final class IdleLoad implements AutoCloseable {

  private static final long LOOK_EVERY_NS = TimeUnit.MILLISECONDS.toNanos(10);
  private static final long NS_PER_MS = 1_000_000;
  private static final int WARM_UP_HASTE = 5;
  private static final long JOIN_EVERY_NS = TimeUnit.MILLISECONDS.toNanos(1);
  private static final long CALM_NS = TimeUnit.SECONDS.toNanos(2);

  /** A load that skips more than one heartbeat in so many was not the load it is said to be. */
  private static final int SKIPPED_LIMIT = 200;

  private final Idle idle;
  private final InetSocketAddress broker;
  private final long brokerPid;
  private final Selector selector = Selector.open();
  private final List<RawMember> members = new ArrayList<>();
  private final long[] sentAtNs;
  private final Histogram latencyUs = new Histogram(3);
  private boolean measuring;
  private long answered;
  private long skipped;

  /** What the selector's keys carry. */
  private record Numbered(int number, RawMember member) {}

  IdleLoad(Idle idle, String bootstrap, long brokerPid) throws IOException {
    this.idle = idle;
    String[] parts = bootstrap.split(":", 2);
    this.broker = new InetSocketAddress(parts[0], Integer.parseInt(parts[1]));
    this.brokerPid = brokerPid;
    int share = idle.partitions() / idle.membersPerGroup();
    for (int number = 0; number < idle.groups() * idle.membersPerGroup(); number++) {
      String group = "idle-" + number / idle.membersPerGroup();
      members.add(
          idle.protocol() == Protocol.CONSUMER
              ? new RawConsumerMember(group, topic(idle), share)
              : new RawClassicMember(
                  group, topic(idle), idle.partitions(), idle.membersPerGroup()));
    }
    this.sentAtNs = new long[members.size()];
  }

  private static String topic(Idle idle) {
    return "idle-" + idle.partitions();
  }

  static Metric cpuPerHeartbeat(Protocol protocol, int members) {
    return metric(protocol, members, "broker CPU per heartbeat", "us");
  }

  private static Metric metric(Protocol protocol, int members, String name, String unit) {
    return new Metric("idle: %,d members, %s".formatted(members, protocol), name, unit, LOWER);
  }

  List<Sample> run(Clients clients) throws IOException {
    clients.createTopic(topic(idle), idle.partitions(), 1);
    // Members that do not look for their coordinator do not have the topic of offsets created.
    clients.commit("first", new TopicPartition(topic(idle), 0), 0);
    joinAll();
    // Compilers wait for calls to be many, not for time to pass.
    int rate = idle.heartbeatsPerSecond();
    send(rate * WARM_UP_HASTE, idle.warmUpSeconds());
    send(rate, 1);
    measuring = true;
    long unsettledBefore = unsettledCount();
    double compilingBefore = ProcessCounters.compilerCpuSeconds(brokerPid);
    Usage before = Usage.now(List.of(brokerPid));
    long sent = send(rate, idle.seconds());
    Usage used = Usage.now(List.of(brokerPid)).since(before);
    double compiling = ProcessCounters.compilerCpuSeconds(brokerPid) - compilingBefore;
    long unsettled = unsettledCount() - unsettledBefore;
    if (unsettled > 0) {
      throw new MeasurementException(
          "members were not idle but had to act %d times".formatted(unsettled));
    }
    if (skipped * SKIPPED_LIMIT > sent) {
      throw new MeasurementException("%d heartbeats were not answered in time".formatted(skipped));
    }
    return samples(used, compiling);
  }

  private void joinAll() throws IOException {
    long limitNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(GroupPlan.SETTLE_LIMIT_SECONDS);
    for (int number = 0; number < members.size(); number++) {
      RawMember member = members.get(number);
      member.begin(new RawConnection(broker, selector, new Numbered(number, member)));
      pump(JOIN_EVERY_NS);
    }
    long settledAtNs = System.nanoTime();
    long unsettled = -1;
    while (System.nanoTime() - settledAtNs < CALM_NS) {
      if (System.nanoTime() - limitNs > 0) {
        throw new MeasurementException(
            "%d of %d members had not settled in %d s"
                .formatted(
                    members.stream().filter(member -> !member.isSettled()).count(),
                    members.size(),
                    GroupPlan.SETTLE_LIMIT_SECONDS));
      }
      long nowNs = System.nanoTime();
      for (RawMember member : members) {
        member.sendIfDue(nowNs);
      }
      pump(LOOK_EVERY_NS);
      if (unsettledCount() != unsettled || !members.stream().allMatch(RawMember::isSettled)) {
        unsettled = unsettledCount();
        settledAtNs = System.nanoTime();
      }
    }
  }

  private long unsettledCount() {
    return members.stream().mapToLong(RawMember::unsettledCount).sum();
  }

  /**
   * Sends heartbeats, one member after the other.
   *
   * @return how many were due
   */
  private long send(int ratePerSecond, int seconds) throws IOException {
    long due = (long) ratePerSecond * seconds;
    Schedule schedule = new Schedule(System.nanoTime(), ratePerSecond, 0, due);
    for (long number = 0; number < due; number++) {
      long waitNs = schedule.dueNs(number) - System.nanoTime();
      while (waitNs > 0) {
        pump(waitNs);
        waitNs = schedule.dueNs(number) - System.nanoTime();
      }
      int index = (int) (number % members.size());
      RawMember member = members.get(index);
      if (member.connection().isBusy()) {
        skipped += measuring ? 1 : 0;
      } else {
        sentAtNs[index] = System.nanoTime();
        member.sendHeartbeat();
      }
    }
    return due;
  }

  /** Takes what has come; waits for something at most this long. */
  private void pump(long waitNs) throws IOException {
    // Rounded up: a heartbeat may come a little late, but the broker needs the processor.
    selector.select(this::ready, Math.ceilDiv(waitNs, NS_PER_MS));
  }

  private void ready(SelectionKey key) {
    Numbered of = (Numbered) key.attachment();
    RawConnection connection = of.member().connection();
    try {
      if (key.isWritable()) {
        connection.write();
      }
      AbstractResponse response = key.isReadable() ? connection.read() : null;
      if (response != null) {
        long nowNs = System.nanoTime();
        if (measuring) {
          answered++;
          latencyUs.recordValue((nowNs - sentAtNs[of.number()]) / 1000);
        }
        of.member().take(response, nowNs);
      }
    } catch (IOException e) {
      throw new MeasurementException("member %d failed".formatted(of.number()), e);
    }
  }

  private List<Sample> samples(Usage used, double compilingSeconds) {
    int count = members.size();
    double cpuUs = used.brokerCpuSeconds() * 1e6 / answered;
    int intervalMs = members.getFirst().intervalMs();
    double perSecond = count * 1000.0 / intervalMs;
    Protocol protocol = idle.protocol();
    String group = cpuPerHeartbeat(protocol, count).group();
    return List.of(
        cpuPerHeartbeat(protocol, count).of(cpuUs),
        new Metric(group, "of that the JVM's compilers", "us", NONE)
            .of(compilingSeconds * 1e6 / answered),
        metric(protocol, count, "answered, p99", "ms").of(latencyUs.getValueAtPercentile(99) / 1e3),
        new Metric(group, "heartbeats answered", "1/s", NONE).of(answered / used.seconds()),
        new Metric(group, "interval that members are to keep", "ms", NONE).of(intervalMs),
        metric(protocol, count, "broker CPU if they keep it (reckoned)", "% of a core")
            .of(100 * perSecond * cpuUs / 1e6),
        new Metric(group, "client CPU per heartbeat", "us", NONE)
            .of(used.clientCpuSeconds() * 1e6 / answered));
  }

  @Override
  public void close() throws IOException {
    for (RawMember member : members) {
      if (member.connection() != null) {
        member.connection().close();
      }
    }
    selector.close();
  }
}
