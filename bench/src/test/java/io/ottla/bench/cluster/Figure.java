package io.ottla.bench.cluster;

import io.ottla.bench.Sample;
import java.io.IOException;
import java.util.List;

/** One of the things measured. Each is taken on a cluster that has just started. */
@FunctionalInterface
interface Figure {

  /**
   * Takes all samples of one round on one side. What it starts it ends; brokers that it stopped it
   * may leave so.
   *
   * @throws io.ottla.bench.MeasurementException if a measurement cannot be taken, or the fault it
   *     is about did not happen
   */
  void measure(Cluster cluster, List<Sample> samples) throws IOException, InterruptedException;
}
