package io.ottla.bench.log;

import io.ottla.bench.Target;
import java.util.ArrayList;
import java.util.List;

/** What Ottla's log is meant to reach beside that of Apache Kafka. */
final class LogTargets {

  private LogTargets() {}

  static List<Target> of(LogOptions options) {
    List<Target> targets = new ArrayList<>();
    for (LogFigure figure : options.figures()) {
      switch (figure) {
        case RESTART ->
            targets.add(
                Target.ratio("restart after kill -9: first ack", KilledRestart.FIRST_ACK, 0.25));
        case PARTITIONS -> partitions(options.partitions(), targets);
        case COMPACTION -> targets.add(Target.ratio("compaction", Compaction.SPEED, 1.5));
        case FLUSH ->
            options.flushPartitions.forEach(count -> forced(ForcedAppends.group(count), targets));
        case COLD ->
            targets.add(
                Target.limit(
                    "tail beside a cold reader: end to end p99", ColdReads.END_TO_END_TIMES, 2));
      }
    }
    return targets;
  }

  private static void partitions(int count, List<Target> targets) {
    String group = ManyPartitions.group(count);
    targets.add(
        Target.ratio(group + ": clean restart to first ack", ManyPartitions.firstAck(count), 0.4));
    for (String when : List.of(ManyPartitions.AT_REST, ManyPartitions.TOUCHED)) {
      targets.add(
          Target.ratio(group + ": resident memory " + when, MemoryUse.resident(group, when), 0.5));
    }
  }

  private static void forced(String group, List<Target> targets) {
    targets.add(Target.ratio(group, ForcedAppends.records(group), 5));
    targets.add(Target.ratio(group + ": ack p99", ForcedAppends.p99(group), 0.3));
  }
}
