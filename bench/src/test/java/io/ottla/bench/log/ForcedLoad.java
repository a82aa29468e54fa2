package io.ottla.bench.log;

import static io.ottla.bench.Metric.Better.LOWER;
import static io.ottla.bench.Metric.Better.NONE;

import io.ottla.bench.Background;
import io.ottla.bench.Clients;
import io.ottla.bench.Deadline;
import io.ottla.bench.MeasurementException;
import io.ottla.bench.Metric;
import io.ottla.bench.Produced;
import io.ottla.bench.ReadBack;
import io.ottla.bench.Sample;
import io.ottla.bench.Usage;
import io.ottla.bench.log.LogPlan.Forced;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.HdrHistogram.Histogram;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Producers, each a thread and a client of its own, that send one record, wait for its
 * acknowledgement, and send the next.
 */
final class ForcedLoad {

  private static final Map<String, String> AT_ONCE = Map.of(ProducerConfig.LINGER_MS_CONFIG, "0");
  private static final Duration POLL = Duration.ofMillis(200);
  private static final int END_LIMIT_SECONDS = 60;

  private final Clients clients;
  private final List<Long> brokerPids;
  private final Forced forced;
  private final CountDownLatch opened;
  private volatile boolean measuring;
  private volatile boolean ending;

  ForcedLoad(Clients clients, List<Long> brokerPids, Forced forced) {
    this.clients = clients;
    this.brokerPids = brokerPids;
    this.forced = forced;
    this.opened = new CountDownLatch(forced.producers());
  }

  /** What one producer had acknowledged: all records, and the times of those measured. */
  private record Acknowledged(long records, long sumOfNumbers, Histogram us) {}

  /**
   * Runs the load on a new topic and reads all back.
   *
   * @throws MeasurementException if a record is refused or lost, or the disk was not told to keep
   *     what was acknowledged
   */
  List<Sample> run() throws IOException, InterruptedException {
    new Topics(clients).create(forced.topic(), forced.partitions(), Map.of("flush.messages", "1"));
    List<Future<Acknowledged>> producers = new ArrayList<>();
    for (int i = 0; i < forced.producers(); i++) {
      int index = i;
      producers.add(Background.run("producer-" + index, () -> produce(index)));
    }
    Usage used;
    Optional<DiskCounters> disk;
    Path data = Path.of(forced.dataDirectory());
    try {
      Deadline.in(END_LIMIT_SECONDS, "all producers are ready")
          .await(5, () -> opened.getCount() == 0 || producers.stream().anyMatch(Future::isDone));
      TimeUnit.SECONDS.sleep(forced.warmUpSeconds());
      Optional<DiskCounters> diskBefore = DiskCounters.of(data);
      Usage before = Usage.now(brokerPids);
      measuring = true;
      TimeUnit.SECONDS.sleep(forced.seconds());
      measuring = false;
      used = Usage.now(brokerPids).since(before);
      disk = DiskCounters.of(data).map(now -> now.since(diskBefore.orElseThrow()));
    } finally {
      ending = true;
    }
    Histogram us = new Histogram(3);
    long records = 0;
    long sumOfNumbers = 0;
    for (Future<Acknowledged> producer : producers) {
      Acknowledged acknowledged = await(producer);
      us.add(acknowledged.us());
      records += acknowledged.records();
      sumOfNumbers += acknowledged.sumOfNumbers();
    }
    requireAll(new Produced(forced.topic(), records, sumOfNumbers));
    if (disk.isPresent() && DiskCounters.Device.of(data).cachesWrites()) {
      requireForced(us.getTotalCount(), forced.producers(), disk.get().flushes());
    }
    return samples(us, used, disk);
  }

  private List<Sample> samples(Histogram us, Usage used, Optional<DiskCounters> disk) {
    String group = forced.name();
    double records = us.getTotalCount();
    List<Sample> samples = new ArrayList<>();
    samples.add(ForcedAppends.records(group).of(records / used.seconds()));
    samples.add(new Metric(group, "ack p50", "ms", LOWER).of(us.getValueAtPercentile(50) / 1e3));
    samples.add(ForcedAppends.p99(group).of(us.getValueAtPercentile(99) / 1e3));
    samples.add(
        new Metric(group, "broker CPU per 1,000 records", "s", LOWER)
            .of(used.brokerCpuSeconds() * 1000 / records));
    samples.add(
        new Metric(group, "client CPU per 1,000 records", "s", NONE)
            .of(used.clientCpuSeconds() * 1000 / records));
    disk.ifPresent(
        counted -> {
          samples.add(
              new Metric(group, "cache flushes of the disk", "1/s", NONE)
                  .of(counted.flushes() / used.seconds()));
          samples.add(
              new Metric(group, "writes to the disk per 1,000 records", "", NONE)
                  .of(counted.writes() * 1000 / records));
        });
    return samples;
  }

  /**
   * A flush of the disk's cache can vouch for what was being sent before it, one record of each
   * producer, and no more. Half as many pass, for what was under way at both ends.
   *
   * @throws MeasurementException if there were too few
   */
  static void requireForced(long records, int producers, long flushes) {
    if (2 * flushes * producers < records) {
      throw new MeasurementException(
          "%d records of %d producers acknowledged, with only %d flushes of the disk's cache"
              .formatted(records, producers, flushes));
    }
  }

  private Acknowledged produce(int index) throws ExecutionException, InterruptedException {
    byte[] value = new byte[forced.valueBytes()];
    ByteBuffer content = ByteBuffer.wrap(value);
    long firstNumber = (long) index << 32;
    int partition = index % forced.partitions();
    Histogram us = new Histogram(3);
    long records = 0;
    try (KafkaProducer<byte[], byte[]> producer = clients.producer(AT_ONCE)) {
      producer.partitionsFor(forced.topic());
      opened.countDown();
      while (!ending) {
        content.putLong(0, firstNumber + records);
        boolean counts = measuring;
        long sentNs = System.nanoTime();
        producer.send(new ProducerRecord<>(forced.topic(), partition, null, value)).get();
        long tookNs = System.nanoTime() - sentNs;
        records++;
        if (counts && measuring) {
          us.recordValue(tookNs / 1000);
        }
      }
    }
    return new Acknowledged(records, records * firstNumber + records * (records - 1) / 2, us);
  }

  private static Acknowledged await(Future<Acknowledged> producer) throws InterruptedException {
    try {
      return producer.get(END_LIMIT_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw new MeasurementException("a producer failed", e.getCause());
    } catch (TimeoutException e) {
      throw new MeasurementException("a producer did not end", e);
    }
  }

  private void requireAll(Produced produced) {
    ReadBack read = new ReadBack(produced);
    try (KafkaConsumer<byte[], byte[]> consumer =
        clients.consumer(forced.topic(), forced.partitions())) {
      consumer.seekToBeginning(consumer.assignment());
      Deadline deadline = Deadline.in(END_LIMIT_SECONDS, forced.topic() + " read");
      while (read.wantsMore() && !deadline.passed()) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
          read.accept(
              record.partition(), record.offset(), ByteBuffer.wrap(record.value()).getLong(0));
        }
      }
      read.requireComplete(
          consumer.endOffsets(consumer.assignment()).values().stream()
              .mapToLong(Long::longValue)
              .sum());
    }
  }
}
