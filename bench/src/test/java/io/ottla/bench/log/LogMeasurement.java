package io.ottla.bench.log;

import io.ottla.bench.BrokerFiles;
import io.ottla.bench.Sample;
import io.ottla.bench.Side;
import java.io.IOException;
import java.util.List;

/** One of the things measured. Each starts its brokers itself, on files that are new. */
@FunctionalInterface
interface LogMeasurement {

  /**
   * Takes all samples of one round on one side. What it starts it ends.
   *
   * @throws io.ottla.bench.MeasurementException if a measurement cannot be taken, or records are
   *     missing
   */
  void measure(Side side, BrokerFiles files, List<Sample> samples)
      throws IOException, InterruptedException;
}
