package io.ottla.bench.log;

import static io.ottla.bench.Metric.Better.HIGHER;
import static io.ottla.bench.Metric.Better.LOWER;
import static io.ottla.bench.Metric.Better.NONE;

import io.ottla.bench.Background;
import io.ottla.bench.BrokerFiles;
import io.ottla.bench.ChildProcess;
import io.ottla.bench.Deadline;
import io.ottla.bench.MeasurementException;
import io.ottla.bench.Metric;
import io.ottla.bench.Sample;
import io.ottla.bench.Side;
import io.ottla.bench.StartUps;
import io.ottla.bench.StartUps.Started;
import io.ottla.bench.log.LogPlan.Fill;
import io.ottla.bench.log.LogPlan.ReadAll;
import io.ottla.bench.log.LogPlan.ReadHistory;
import io.ottla.bench.log.LogPlan.Tail;
import io.ottla.bench.log.TailLatencies.Percentiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.HdrHistogram.Histogram;

/**
 * An application at the tail goes on while a consumer, a process of its own, reads a history of
 * which nothing is in memory; then the same again, when all of it is: what that costs the tail is
 * the work that the two have to share the machine for, and the rest is the disk's.
 */
final class ColdReads implements LogMeasurement {

  static final Metric END_TO_END_TIMES =
      new Metric(
          "tail beside a cold reader", "end to end p99, of what it is alone", "times", LOWER);

  private static final String HISTORY = "history";
  private static final int PARTITIONS = 6;
  private static final int VALUE_BYTES = 1024;
  private static final int BEGIN_LIMIT_SECONDS = 60;
  private static final int WARM_UP_SECONDS = 6;
  private static final int PAUSE_SECONDS = 3;
  private static final int END_LIMIT_SECONDS = 120;

  /** Of a history that is cold, at least so much comes from the disk. */
  private static final double COLD = 0.8;

  /** For a 99th percentile to say anything. */
  private static final int LEAST_RECORDS = 200;

  private final long records;
  private final int rate;
  private final int quietSeconds;

  ColdReads(long bytes, int rate, int quietSeconds) {
    this.records = Math.max(PARTITIONS, bytes / VALUE_BYTES);
    this.rate = rate;
    this.quietSeconds = quietSeconds;
  }

  /** What was done when: the tail alone, and beside the reader. */
  private record Course(Window alone, Read cold, Read warm) {}

  /**
   * One reading of the history.
   *
   * @param diskBytes that came from the disk meanwhile; empty if nobody counted
   */
  private record Read(Window window, double brokerCpuSeconds, Optional<Long> diskBytes) {}

  @Override
  public void measure(Side side, BrokerFiles files, List<Sample> samples)
      throws IOException, InterruptedException {
    try (Started started = StartUps.start(side, files)) {
      ChildProcess broker = started.broker();
      LogLoad.run(
          side,
          files,
          broker,
          "fill",
          new Fill(HISTORY, PARTITIONS, records, VALUE_BYTES, 0, Map.of()));
      PageCache.drop(files.data());

      Path directory = files.directory().resolve("tail");
      Files.createDirectories(directory);
      Tail tail =
          new Tail("tail", PARTITIONS, VALUE_BYTES, rate, tailLimitSeconds(), directory.toString());
      Future<?> running =
          Background.run("tail", () -> LogLoad.run(side, files, broker, "tail", tail));
      Course course;
      try {
        course = course(side, files, broker, running, directory);
      } finally {
        TailLoad.stop(directory);
        // What comes next deletes the directory that the tail still writes to.
        awaitEnd(running);
      }
      await(running);
      samples(course, TailLoad.latencies(directory), samples);
    }
  }

  private Course course(
      Side side, BrokerFiles files, ChildProcess broker, Future<?> tail, Path directory)
      throws IOException, InterruptedException {
    Deadline.in(BEGIN_LIMIT_SECONDS, "the tail is sending")
        .await(20, () -> tail.isDone() || TailLoad.hasBegun(directory));
    TimeUnit.SECONDS.sleep(WARM_UP_SECONDS);
    long fromNs = System.nanoTime();
    TimeUnit.SECONDS.sleep(quietSeconds);
    Window alone = new Window(fromNs, System.nanoTime());
    if (tail.isDone()) {
      await(tail);
    }
    Read cold = read(side, files, broker, "cold");
    requireCold(cold);
    TimeUnit.SECONDS.sleep(PAUSE_SECONDS);
    Read warm = read(side, files, broker, "warm");
    return new Course(alone, cold, warm);
  }

  private Read read(Side side, BrokerFiles files, ChildProcess broker, String name)
      throws IOException {
    Path windowFile = files.directory().resolve(name + "-window.json");
    Optional<DiskCounters> diskBefore = DiskCounters.of(files.data());
    double cpuBefore = Processes.cpuSeconds(broker);
    LogLoad.run(
        side,
        files,
        broker,
        name,
        new ReadHistory(
            new ReadAll(HISTORY, PARTITIONS, records, VALUE_BYTES), windowFile.toString()));
    double cpuSeconds = Processes.cpuSeconds(broker) - cpuBefore;
    Optional<Long> diskBytes =
        DiskCounters.of(files.data()).map(now -> now.since(diskBefore.orElseThrow()).readBytes());
    return new Read(Window.read(windowFile), cpuSeconds, diskBytes);
  }

  private void requireCold(Read read) {
    read.diskBytes()
        .ifPresent(
            bytes -> {
              if (bytes < COLD * records * VALUE_BYTES) {
                throw new MeasurementException(
                    "of %d MB of history only %d MB came from the disk: it was not cold"
                        .formatted(records * VALUE_BYTES / 1_000_000, bytes / 1_000_000));
              }
            });
  }

  private void samples(Course course, TailLatencies latencies, List<Sample> samples) {
    Percentiles alone = latencies.in(course.alone(), LEAST_RECORDS);
    Percentiles cold = latencies.in(course.cold().window(), LEAST_RECORDS);
    Percentiles warm = latencies.in(course.warm().window(), LEAST_RECORDS);
    tail("tail alone", alone, samples);
    String besideCold = END_TO_END_TIMES.group();
    tail(besideCold, cold, samples);
    samples.add(END_TO_END_TIMES.of(ratio(cold.received(), alone.received())));
    samples.add(
        new Metric(besideCold, "ack p99, of what it is alone", "times", LOWER)
            .of(ratio(cold.acknowledged(), alone.acknowledged())));
    String besideWarm = "tail beside a reader of the same from memory";
    tail(besideWarm, warm, samples);
    samples.add(
        new Metric(besideWarm, "end to end p99, of what it is alone", "times", LOWER)
            .of(ratio(warm.received(), alone.received())));
    reader("cold read", course.cold(), samples);
    reader("read from memory", course.warm(), samples);
  }

  private static void tail(String group, Percentiles percentiles, List<Sample> samples) {
    samples.add(ms(group, "end to end p50", LOWER, percentiles.received(), 50));
    samples.add(ms(group, "end to end p99", LOWER, percentiles.received(), 99));
    samples.add(ms(group, "ack p50", LOWER, percentiles.acknowledged(), 50));
    samples.add(ms(group, "ack p99", LOWER, percentiles.acknowledged(), 99));
    samples.add(ms(group, "sent late by p99", NONE, percentiles.late(), 99));
  }

  private static Sample ms(
      String group, String name, Metric.Better better, Histogram ns, double percentile) {
    return new Metric(group, name, "ms", better).of(ns.getValueAtPercentile(percentile) / 1e6);
  }

  private static double ratio(Histogram with, Histogram without) {
    return (double) with.getValueAtPercentile(99) / without.getValueAtPercentile(99);
  }

  private void reader(String group, Read read, List<Sample> samples) {
    double megabytes = records * VALUE_BYTES / 1e6;
    samples.add(
        new Metric(group, "values", "MB/s", HIGHER).of(megabytes / read.window().inSeconds()));
    samples.add(
        new Metric(group, "broker CPU, with the tail's", "s/GB", LOWER)
            .of(read.brokerCpuSeconds() * 1000 / megabytes));
    read.diskBytes()
        .ifPresent(
            bytes ->
                samples.add(new Metric(group, "read from the disk", "MB", NONE).of(bytes / 1e6)));
  }

  /** As long as all that comes before the stop may take. */
  private int tailLimitSeconds() {
    int reading = new ReadAll(HISTORY, PARTITIONS, records, VALUE_BYTES).limitSeconds();
    return WARM_UP_SECONDS + quietSeconds + PAUSE_SECONDS + 2 * reading + BEGIN_LIMIT_SECONDS;
  }

  /** Returns when the tail has ended, in whatever way, or will not. */
  private static void awaitEnd(Future<?> tail) throws InterruptedException {
    Deadline deadline = Deadline.in(END_LIMIT_SECONDS, "the tail has ended");
    while (!tail.isDone() && !deadline.passed()) {
      TimeUnit.MILLISECONDS.sleep(50);
    }
  }

  private static void await(Future<?> tail) throws InterruptedException {
    try {
      tail.get(1, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof MeasurementException failure) {
        throw failure;
      }
      throw new MeasurementException("the tail failed", e.getCause());
    } catch (TimeoutException e) {
      throw new MeasurementException("the tail did not end", e);
    }
  }
}
