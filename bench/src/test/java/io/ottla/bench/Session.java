package io.ottla.bench;

import static io.ottla.bench.Metric.Better.LOWER;

import io.ottla.bench.SessionPlan.Bulk;
import io.ottla.bench.SessionPlan.OpenLoop;
import io.ottla.bench.StartUps.Started;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.KafkaConsumer;

/**
 * One broker from a fresh directory on: idle, loaded by a fresh client JVM, idle again, killed, and
 * started again on what it had written.
 */
final class Session {

  private final Options options;

  Session(Options options) {
    this.options = options;
  }

  /**
   * Takes all samples of one round on one side.
   *
   * @throws MeasurementException if the broker or the client fails, or records are missing
   */
  List<Sample> run(Side side, String name) throws IOException, InterruptedException {
    List<Sample> samples = new ArrayList<>();
    BrokerFiles files = side.freshFiles(name);
    SessionResult loads;
    try (Started started = StartUps.start(side, files)) {
      ChildProcess broker = started.broker();
      idle(broker, "idle", samples);
      loads = load(side, files, broker);
      samples.addAll(loads.samples());
      idle(broker, "idle after load", samples);
      broker.requireAlive();
      broker.kill();
    }
    if (!loads.acknowledged().isEmpty()) {
      try (Started again = StartUps.start(side, files)) {
        samples.add(
            new Metric(
                    StartUps.GROUP,
                    "restart after kill -9 under all the data to first ack",
                    "ms",
                    LOWER)
                .of(again.ms()));
        requireRecords(files, loads.acknowledged());
      }
    }
    if (!options.keep) {
      Side.delete(files.directory());
    }
    return samples;
  }

  /** Lets the broker settle, then counts what it uses while nobody asks anything of it. */
  private void idle(ChildProcess broker, String group, List<Sample> samples)
      throws IOException, InterruptedException {
    if (options.idleSeconds() == 0) {
      return;
    }
    TimeUnit.SECONDS.sleep(options.idleSeconds());
    broker.requireAlive();
    ProcessCounters settled = ProcessCounters.of(broker.pid());
    long settledAtNs = System.nanoTime();
    TimeUnit.SECONDS.sleep(options.idleSeconds());
    broker.requireAlive();
    double seconds = (System.nanoTime() - settledAtNs) / 1e9;
    double cpu = ProcessCounters.of(broker.pid()).cpuSeconds() - settled.cpuSeconds();
    samples.add(
        new Metric(group, "resident memory", "MB", LOWER).of(settled.residentBytes() / 1e6));
    samples.add(
        new Metric(group, "of that anonymous", "MB", LOWER).of(settled.anonymousBytes() / 1e6));
    samples.add(new Metric(group, "broker CPU", "% of a core", LOWER).of(100 * cpu / seconds));
  }

  private SessionResult load(Side side, BrokerFiles files, ChildProcess broker) throws IOException {
    SessionPlan plan = plan(files, broker.pid());
    if (plan.bulks().isEmpty() && plan.openLoop() == null) {
      return new SessionResult(List.of(), Map.of());
    }
    return LoadProcess.run(side, files.directory(), plan, List.of(broker));
  }

  private SessionPlan plan(BrokerFiles files, long brokerPid) {
    List<Bulk> warmUps = bulks("warm-up of ", "warm-up-", options.maxBytes() / 2);
    List<Bulk> bulks = options.noBulk ? List.of() : bulks("", "bulk-", options.maxBytes());
    int seconds = options.latencySeconds();
    OpenLoop openLoop =
        seconds == 0
            ? null
            : new OpenLoop(
                "%d records/s of 1 KB".formatted(options.rate),
                "open-loop",
                1024,
                options.rate,
                seconds / 5,
                seconds - seconds / 5,
                Map.of("linger.ms", "0"));
    return new SessionPlan(files.bootstrap(), List.of(brokerPid), 1, warmUps, bulks, openLoop);
  }

  private List<Bulk> bulks(String namePrefix, String topicPrefix, long maxBytes) {
    Map<String, String> defaults = Map.of();
    Map<String, String> large = Map.of("linger.ms", "20", "batch.size", "262144");
    int seconds = options.seconds();
    return List.of(
        new Bulk(
            namePrefix + "1 KB, client defaults",
            topicPrefix + "1k",
            1024,
            seconds,
            maxBytes,
            defaults),
        new Bulk(
            namePrefix + "100 B, client defaults",
            topicPrefix + "100",
            100,
            seconds,
            maxBytes,
            defaults),
        new Bulk(
            namePrefix + "1 KB, large batches",
            topicPrefix + "1k-large",
            1024,
            seconds,
            maxBytes,
            large),
        new Bulk(
            namePrefix + "100 B, large batches",
            topicPrefix + "100-large",
            100,
            seconds,
            maxBytes,
            large));
  }

  /** After a crash of the process (not of the machine), all that was acknowledged is there. */
  private static void requireRecords(BrokerFiles files, Map<String, Long> acknowledged) {
    acknowledged.forEach(
        (topic, expected) -> {
          try (KafkaConsumer<byte[], byte[]> consumer =
              new Clients(files.bootstrap()).consumer(topic)) {
            long found =
                consumer.endOffsets(consumer.assignment()).values().stream()
                    .mapToLong(Long::longValue)
                    .sum();
            if (found != expected) {
              throw new MeasurementException(
                  "%s: %d records acknowledged, %d after kill -9 and restart"
                      .formatted(topic, expected, found));
            }
          }
        });
  }
}
