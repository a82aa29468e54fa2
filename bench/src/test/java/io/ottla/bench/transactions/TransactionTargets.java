package io.ottla.bench.transactions;

import io.ottla.bench.Target;
import java.util.ArrayList;
import java.util.List;

/** What Ottla's transactions are meant to reach beside those of Apache Kafka. */
final class TransactionTargets {

  private static final double RATE = 2;
  private static final double LATENCY = 0.5;

  private TransactionTargets() {}

  /**
   * The rate of paced transactions has no target: a transaction that lasts 10 ms by itself cannot
   * come twice as often, however fast its commit is.
   */
  static List<Target> of(TransactionOptions options) {
    List<Target> targets = new ArrayList<>();
    for (TransactionFigure figure : options.figures()) {
      switch (figure) {
        case PACED ->
            options
                .producers()
                .forEach(producers -> latency(WriteLoad.group(producers, options.lastMs), targets));
        case BACK_TO_BACK ->
            options
                .producers()
                .forEach(
                    producers -> {
                      String group = WriteLoad.group(producers, 0);
                      targets.add(Target.ratio(group, LoadMetrics.transactions(group), RATE));
                      latency(group, targets);
                    });
        case PROCESS ->
            options.loops.forEach(
                loops -> {
                  String group = ProcessLoad.group(loops);
                  targets.add(Target.ratio(group, LoadMetrics.records(group), RATE));
                  latency(group, targets);
                });
      }
    }
    return targets;
  }

  private static void latency(String group, List<Target> targets) {
    targets.add(Target.ratio(group + ": commit p99", LoadMetrics.commitP99(group), LATENCY));
  }
}
