package io.ottla.bench.cluster;

import static io.ottla.bench.Metric.Better.LOWER;

import io.ottla.bench.BenchRun;
import io.ottla.bench.Deadline;
import io.ottla.bench.MeasurementException;
import io.ottla.bench.Metric;
import io.ottla.bench.Sample;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The leader of a partition is killed (SIGKILL) while an application writes to it: how long until a
 * record sent after the kill is acknowledged. Once for a leader that is nothing else, once for one
 * that is the active controller too.
 */
final class LeaderKilled implements Figure {

  static final Metric PLAIN = metric("leader killed to next ack");
  static final Metric CONTROLLER = metric("leader and controller killed to next ack");
  private static final Metric ERRORS =
      new Metric("failover", "records failed for the application", "", LOWER);

  private static final int RATE_PER_SECOND = 100;
  private static final int LIMIT_SECONDS = 60;

  private final int kills;

  LeaderKilled(int kills) {
    this.kills = kills;
  }

  private static Metric metric(String name) {
    return new Metric("failover", name, "ms", LOWER);
  }

  @Override
  public void measure(Cluster cluster, List<Sample> samples)
      throws IOException, InterruptedException {
    int errors = 0;
    try (ClusterView view = new ClusterView(cluster)) {
      for (int i = 0; i < kills; i++) {
        int controller = view.controller().nodeId();
        int other = Cluster.nodeIds().get((controller + i) % Cluster.NODES);
        int leader = other == controller ? controller % Cluster.NODES + 1 : other;
        errors += kill(cluster, view, "leader-" + i, leader, PLAIN, samples);
      }
      for (int i = 0; i < kills; i++) {
        int controller = view.controller().nodeId();
        errors += kill(cluster, view, "controller-" + i, controller, CONTROLLER, samples);
      }
    }
    samples.add(ERRORS.of(errors));
  }

  private static int kill(
      Cluster cluster,
      ClusterView view,
      String topic,
      int leader,
      Metric metric,
      List<Sample> samples)
      throws IOException, InterruptedException {
    AtomicLong killedAtNs = new AtomicLong(Long.MAX_VALUE);
    AtomicLong acknowledgedAtNs = new AtomicLong(Long.MAX_VALUE);
    view.createLedBy(topic, leader);
    try (SteadyLoad load =
        new SteadyLoad(
            cluster.clients(),
            topic,
            1,
            RATE_PER_SECOND,
            (partition, sentNs, ackNs) -> {
              if (sentNs > killedAtNs.get()) {
                acknowledgedAtNs.compareAndSet(Long.MAX_VALUE, ackNs);
              }
            })) {
      load.awaitAcknowledged(2 * RATE_PER_SECOND);
      requireLeader(view, topic, leader, true);
      killedAtNs.set(System.nanoTime());
      cluster.kill(leader);
      Deadline.in(LIMIT_SECONDS, "an acknowledgement after node " + leader + " was killed")
          .await(
              1,
              () -> {
                cluster.requireAllAliveBut(leader);
                return acknowledgedAtNs.get() != Long.MAX_VALUE;
              },
              () -> load.state() + "\n" + cluster.tails());
      double ms = (acknowledgedAtNs.get() - killedAtNs.get()) / 1e6;
      BenchRun.say("  node %d killed: %.0f ms".formatted(leader, ms));
      samples.add(metric.of(ms));
      requireLeader(view, topic, leader, false);
      load.stop();
      cluster.start(leader);
      view.awaitAllInSync(List.of(topic, FirstAck.TOPIC));
      load.requireAllThere();
      return load.errors();
    }
  }

  /** The evidence: before the kill it leads, after it another does. */
  private static void requireLeader(ClusterView view, String topic, int node, boolean leads) {
    int leader = view.leaders(topic).getFirst();
    if (leader == -1 || leader == node != leads) {
      throw new MeasurementException(
          "%s is led by node %d, where %s node %d is needed"
              .formatted(topic, leader, leads ? "" : "another than", node));
    }
  }
}
