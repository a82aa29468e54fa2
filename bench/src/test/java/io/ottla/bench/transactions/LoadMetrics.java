package io.ottla.bench.transactions;

import static io.ottla.bench.Metric.Better.HIGHER;
import static io.ottla.bench.Metric.Better.LOWER;
import static io.ottla.bench.Metric.Better.NONE;

import io.ottla.bench.Metric;
import io.ottla.bench.Sample;
import io.ottla.bench.Usage;
import java.util.List;
import org.HdrHistogram.Histogram;

/** What is told of every load. */
final class LoadMetrics {

  private LoadMetrics() {}

  static Metric transactions(String group) {
    return new Metric(group, "transactions", "1/s", HIGHER);
  }

  static Metric records(String group) {
    return new Metric(group, "records", "1/s", HIGHER);
  }

  static Metric commitP99(String group) {
    return new Metric(group, "commit p99", "ms", LOWER);
  }

  /**
   * Makes the samples of one load.
   *
   * @param usage over the time in which the transactions were committed
   */
  static List<Sample> samples(String group, CommitTimes times, Usage usage) {
    return List.of(
        transactions(group).of(times.transactions() / usage.seconds()),
        records(group).of(times.records() / usage.seconds()),
        new Metric(group, "commit p50", "ms", LOWER).of(ms(times.commitUs(), 50)),
        commitP99(group).of(ms(times.commitUs(), 99)),
        new Metric(group, "begin to committed p50", "ms", LOWER).of(ms(times.wholeUs(), 50)),
        new Metric(group, "begin to committed p99", "ms", LOWER).of(ms(times.wholeUs(), 99)),
        new Metric(group, "broker CPU per 1,000 transactions", "s", LOWER)
            .of(usage.brokerCpuSeconds() * 1000 / times.transactions()),
        new Metric(group, "client CPU per 1,000 transactions", "s", NONE)
            .of(usage.clientCpuSeconds() * 1000 / times.transactions()));
  }

  private static double ms(Histogram us, double percentile) {
    return us.getValueAtPercentile(percentile) / 1e3;
  }
}
