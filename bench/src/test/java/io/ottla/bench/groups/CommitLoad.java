package io.ottla.bench.groups;

import static io.ottla.bench.Metric.Better.HIGHER;
import static io.ottla.bench.Metric.Better.LOWER;
import static io.ottla.bench.Metric.Better.NONE;

import io.ottla.bench.Clients;
import io.ottla.bench.Metric;
import io.ottla.bench.Sample;
import io.ottla.bench.Usage;
import io.ottla.bench.groups.GroupPlan.Commit;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/**
 * Members of groups that have settled, each of which commits the offset of one of its partitions
 * and waits for the answer before it commits the next.
 */
final class CommitLoad {

  private static final int QUIET_MS = 1000;

  private final String bootstrap;
  private final long brokerPid;
  private volatile boolean measuring;

  CommitLoad(String bootstrap, long brokerPid) {
    this.bootstrap = bootstrap;
    this.brokerPid = brokerPid;
  }

  static String name(int consumers, int groups) {
    return groups == 1
        ? "%d consumers of one group".formatted(consumers)
        : "%d consumers of %d groups".formatted(consumers, groups);
  }

  static Metric rate(int consumers, int groups) {
    return new Metric("commit: " + name(consumers, groups), "offset commits", "1/s", HIGHER);
  }

  static String topic(int partitions) {
    return "commit-" + partitions;
  }

  static void createTopics(Clients clients, int partitions) {
    clients.createTopic(topic(partitions), partitions, 1);
  }

  /** What one member does, and what it finds; read by others when the member has ended. */
  private final class Committer implements GroupMember.Work {

    private final Histogram latencyUs = new Histogram(3);
    private TopicPartition partition;
    private long offset;
    private long counted;

    @Override
    public void step(KafkaConsumer<byte[], byte[]> consumer) {
      if (partition == null) {
        partition = consumer.assignment().iterator().next();
      }
      offset++;
      long startNs = System.nanoTime();
      consumer.commitSync(Map.of(partition, new OffsetAndMetadata(offset)));
      if (measuring) {
        counted++;
        latencyUs.recordValue((System.nanoTime() - startNs) / 1000);
      }
    }
  }

  List<Sample> run(Commit commit) throws IOException, InterruptedException {
    List<Members> groups = new ArrayList<>();
    List<Committer> committers = new ArrayList<>();
    Usage usage;
    try {
      int size = commit.consumers() / commit.groups();
      for (int group = 0; group < commit.groups(); group++) {
        groups.add(
            Members.of(
                bootstrap,
                Protocol.CLASSIC,
                "commit-%d-of-%d".formatted(group, commit.groups()),
                topic(commit.consumers()),
                size,
                commit.consumers()));
      }
      groups.forEach(Members::join);
      for (Members group : groups) {
        var _ = group.awaitSharedBy(size, QUIET_MS, brokerPid);
      }
      for (Members group : groups) {
        for (GroupMember member : group.all()) {
          Committer committer = new Committer();
          committers.add(committer);
          member.work(committer);
        }
      }
      usage = measure(commit);
      for (Members group : groups) {
        group.all().forEach(GroupMember::requireWell);
      }
    } finally {
      groups.forEach(Members::leave);
      groups.forEach(Members::close);
    }
    return samples(commit, committers, usage);
  }

  private Usage measure(Commit commit) throws IOException, InterruptedException {
    TimeUnit.SECONDS.sleep(commit.warmUpSeconds());
    Usage before = Usage.now(List.of(brokerPid));
    measuring = true;
    TimeUnit.SECONDS.sleep(commit.seconds());
    measuring = false;
    return Usage.now(List.of(brokerPid)).since(before);
  }

  private static List<Sample> samples(Commit commit, List<Committer> committers, Usage usage) {
    Histogram latencyUs = new Histogram(3);
    long count = 0;
    for (Committer committer : committers) {
      latencyUs.add(committer.latencyUs);
      count += committer.counted;
    }
    Metric rate = rate(commit.consumers(), commit.groups());
    String group = rate.group();
    return List.of(
        rate.of(count / usage.seconds()),
        new Metric(group, "answered, p50", "ms", LOWER)
            .of(latencyUs.getValueAtPercentile(50) / 1e3),
        new Metric(group, "answered, p99", "ms", LOWER)
            .of(latencyUs.getValueAtPercentile(99) / 1e3),
        new Metric(group, "broker CPU per commit", "us", LOWER)
            .of(usage.brokerCpuSeconds() * 1e6 / count),
        new Metric(group, "client CPU per commit", "us", NONE)
            .of(usage.clientCpuSeconds() * 1e6 / count));
  }
}
