package io.ottla.bench.cluster;

import io.ottla.bench.Target;
import java.util.ArrayList;
import java.util.List;

/** What a cluster of Ottla is meant to reach beside one of Apache Kafka. */
final class ClusterTargets {

  private ClusterTargets() {}

  static List<Target> of(ClusterOptions options) {
    List<Target> targets = new ArrayList<>();
    for (FigureName figure : options.figures()) {
      switch (figure) {
        case START -> targets.add(Target.ratio("three brokers start", FirstAck.METRIC, 0.4));
        case FAILOVER -> {
          targets.add(new Target("leader killed", LeaderKilled.PLAIN, 0.3, 3000));
          targets.add(
              new Target("leader killed, the controller too", LeaderKilled.CONTROLLER, 0.3, 3000));
        }
        case CONTROLLER ->
            targets.add(Target.ratio("controller killed", ControllerKilled.METRIC, 0.5));
        case ROLLING -> {
          targets.add(Target.limit("rolling restart: stall", RollingRestart.STALL, 500));
          targets.add(Target.limit("rolling restart: errors", RollingRestart.ERRORS, 0));
        }
        case CREATE ->
            targets.add(Target.ratio("topics created", ManyTopics.metric(options.topics()), 0.5));
        case CATCH_UP -> targets.add(Target.ratio("follower catches up", CatchUp.FETCHING, 1.5));
        case IDLE -> targets.add(Target.ratio("three idle brokers", Idle.CPU, 0.5));
        case PRODUCE -> {
          // Told, without a target of its own.
        }
      }
    }
    return targets;
  }
}
