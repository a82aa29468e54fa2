package io.ottla.bench.cluster;

import static io.ottla.bench.Metric.Better.LOWER;
import static io.ottla.bench.Metric.Better.NONE;

import io.ottla.bench.BenchRun;
import io.ottla.bench.MeasurementException;
import io.ottla.bench.Metric;
import io.ottla.bench.Sample;
import io.ottla.bench.SessionPlan;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.admin.NewTopic;

/**
 * An operator restarts one node after the other, each only when the one before is in sync again,
 * while an application writes: the longest time that a partition acknowledged nothing.
 */
final class RollingRestart implements Figure {

  static final Metric STALL = metric("longest stall of any partition", "ms");
  static final Metric ERRORS = metric("records failed for the application", "");
  private static final Metric SLOWEST = metric("slowest record from send to ack", "ms");
  private static final Metric STOP = metric("clean stop of a node", "ms");
  private static final Metric BACK = metric("restart of a node until all is in sync", "ms");
  private static final Metric RECORDS =
      new Metric("rolling restart", "records acknowledged", "", NONE);

  private static final String TOPIC = "rolling";
  private static final int RATE_PER_SECOND = 1000;
  private static final int QUIET_SECONDS = 2;

  private static Metric metric(String name, String unit) {
    return new Metric("rolling restart", name, unit, LOWER);
  }

  @Override
  public void measure(Cluster cluster, List<Sample> samples)
      throws IOException, InterruptedException {
    AtomicReference<Watch> watch = new AtomicReference<>();
    try (ClusterView view = new ClusterView(cluster)) {
      view.create(new NewTopic(TOPIC, SessionPlan.PARTITIONS, (short) Cluster.NODES));
      view.awaitAllInSync(List.of(TOPIC));
      try (SteadyLoad load =
          new SteadyLoad(
              cluster.clients(),
              TOPIC,
              SessionPlan.PARTITIONS,
              RATE_PER_SECOND,
              (partition, sentNs, ackNs) -> {
                Watch current = watch.get();
                if (current != null) {
                  current.acknowledged(partition, sentNs, ackNs);
                }
              })) {
        load.awaitAcknowledged(QUIET_SECONDS * RATE_PER_SECOND);
        Watch current = new Watch(System.nanoTime());
        watch.set(current);
        List<Restart> restarts = new ArrayList<>();
        for (int id : Cluster.nodeIds()) {
          restarts.add(restart(cluster, view, id, samples));
          TimeUnit.SECONDS.sleep(QUIET_SECONDS);
        }
        cluster.requireAllAlive();
        current.end(System.nanoTime());
        load.stop();
        current.tell(restarts);
        samples.add(STALL.of(current.stalls.longestMs()));
        samples.add(SLOWEST.of(current.slowestNs / 1e6));
        samples.add(ERRORS.of(load.errors()));
        samples.add(RECORDS.of(load.acknowledged()));
        if (load.errors() > 0) {
          BenchRun.say("  " + load.state());
        }
        load.requireAllThere();
      }
    }
  }

  private static Restart restart(Cluster cluster, ClusterView view, int id, List<Sample> samples)
      throws IOException, InterruptedException {
    if (!view.leaders(TOPIC).contains(id)) {
      throw new MeasurementException("node " + id + " leads nothing that its stop could stall");
    }
    long pid = cluster.process(id).pid();
    long stopNs = System.nanoTime();
    cluster.stop(id);
    long stoppedNs = System.nanoTime();
    // Otherwise its place from before the stop could pass for its return.
    view.awaitOutOfSync(TOPIC, id);
    cluster.start(id);
    if (cluster.process(id).pid() == pid) {
      throw new MeasurementException("node " + id + " is the process that it was");
    }
    view.awaitAllInSync(List.of(TOPIC, FirstAck.TOPIC));
    long backNs = System.nanoTime();
    samples.add(STOP.of((stoppedNs - stopNs) / 1e6));
    samples.add(BACK.of((backNs - stoppedNs) / 1e6));
    return new Restart(id, stopNs, stoppedNs, backNs);
  }

  private record Restart(int nodeId, long stopNs, long stoppedNs, long backNs) {

    String place(long atNs) {
      if (atNs < stopNs) {
        return "%.0f ms before node %d was asked to stop".formatted((stopNs - atNs) / 1e6, nodeId);
      }
      if (atNs < stoppedNs) {
        return "%.0f ms into the stop of node %d".formatted((atNs - stopNs) / 1e6, nodeId);
      }
      return "%.0f ms after node %d was gone, %.0f ms %s it was back"
          .formatted(
              (atNs - stoppedNs) / 1e6,
              nodeId,
              Math.abs(atNs - backNs) / 1e6,
              atNs < backNs ? "before" : "after");
    }
  }

  /** Fed by the producer's network thread until the end. */
  private static final class Watch {
    private final Stalls stalls;
    private long slowestNs;
    private boolean ended;

    private Watch(long startNs) {
      stalls = new Stalls(SessionPlan.PARTITIONS, startNs);
    }

    private synchronized void acknowledged(int partition, long sentNs, long ackNs) {
      if (!ended) {
        stalls.acknowledged(partition, ackNs);
        slowestNs = Math.max(slowestNs, ackNs - sentNs);
      }
    }

    private synchronized void end(long atNs) {
      stalls.end(atNs);
      ended = true;
    }

    private void tell(List<Restart> restarts) {
      long beganNs = stalls.longestBeganNs();
      Restart near = restarts.getFirst();
      for (Restart restart : restarts) {
        if (restart.stopNs() - TimeUnit.SECONDS.toNanos(1) < beganNs) {
          near = restart;
        }
      }
      BenchRun.say(
          "  longest stall: %.0f ms of partition %d, from %s"
              .formatted(stalls.longestMs(), stalls.longestPartition(), near.place(beganNs)));
    }
  }
}
