package io.ottla.bench.cluster;

import static io.ottla.bench.Metric.Better.LOWER;

import io.ottla.bench.BenchRun;
import io.ottla.bench.Deadline;
import io.ottla.bench.MeasurementException;
import io.ottla.bench.Metric;
import io.ottla.bench.Sample;
import io.ottla.bench.cluster.ClusterView.ActiveController;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.errors.TopicExistsException;

/**
 * The active controller is killed (SIGKILL) under an admin client that has been at work: how long
 * until it has created a topic. Two replicas, which the two that are left can hold.
 */
final class ControllerKilled implements Figure {

  static final Metric METRIC =
      new Metric("controller", "active controller killed to topic created", "ms", LOWER);

  private static final int LIMIT_SECONDS = 60;

  private final int kills;

  ControllerKilled(int kills) {
    this.kills = kills;
  }

  @Override
  public void measure(Cluster cluster, List<Sample> samples)
      throws IOException, InterruptedException {
    try (ClusterView view = new ClusterView(cluster)) {
      for (int i = 0; i < kills; i++) {
        kill(cluster, view, i, samples);
      }
    }
  }

  private static void kill(Cluster cluster, ClusterView view, int i, List<Sample> samples)
      throws IOException, InterruptedException {
    ActiveController before = view.controller();
    try (Admin admin = ClusterView.admin(cluster)) {
      if (!created(admin, "before-" + i)) {
        throw new MeasurementException("no topic could be created before the fault");
      }
      long killedAtNs = cluster.kill(before.nodeId());
      BooleanSupplier attempt =
          () -> {
            cluster.requireAllAliveBut(before.nodeId());
            return created(admin, "after-" + i);
          };
      long createdAtNs =
          Deadline.in(LIMIT_SECONDS, "a topic created after the controller was killed")
              .await(20, attempt, cluster::tails);
      double ms = (createdAtNs - killedAtNs) / 1e6;
      BenchRun.say("  node %d killed: %.0f ms".formatted(before.nodeId(), ms));
      samples.add(METRIC.of(ms));
    }
    ActiveController after = view.controller();
    if (after.nodeId() == before.nodeId() || after.epoch() <= before.epoch()) {
      throw new MeasurementException(
          "the controller should have changed: %s, then %s".formatted(before, after));
    }
    if (view.leaders("after-" + i).size() != 1) {
      throw new MeasurementException("the topic that was created is not there");
    }
    cluster.start(before.nodeId());
    view.awaitAllInSync(List.of(FirstAck.TOPIC));
  }

  /** One call of the application, with all the patience that the client has by default. */
  private static boolean created(Admin admin, String topic) {
    try {
      admin
          .createTopics(List.of(new NewTopic(topic, 1, (short) 2)))
          .all()
          .get(LIMIT_SECONDS, TimeUnit.SECONDS);
      return true;
    } catch (ExecutionException e) {
      BenchRun.say("  " + topic + ": " + e.getCause());
      return e.getCause() instanceof TopicExistsException;
    } catch (TimeoutException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new MeasurementException("interrupted", e);
    }
  }
}
