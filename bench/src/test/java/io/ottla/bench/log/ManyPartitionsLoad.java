package io.ottla.bench.log;

import io.ottla.bench.Clients;
import io.ottla.bench.MeasurementException;
import io.ottla.bench.log.LogPlan.TopicOfMany;
import io.ottla.bench.log.LogPlan.Touch;
import io.ottla.bench.log.LogPlan.TwoSegments;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

/** Writes a record to each of very many partitions, and reads it. */
final class ManyPartitionsLoad {

  private static final int VALUE_BYTES = 1024;

  /** A segment is closed when a record comes that is younger by so much than its first one. */
  private static final long SEGMENT_MS = TimeUnit.DAYS.toMillis(1);

  /** One record makes a batch here: the default would set aside sixteen times what it takes. */
  private static final Map<String, String> SMALL_BATCHES =
      Map.of(ProducerConfig.BATCH_SIZE_CONFIG, "2048");

  private final Clients clients;

  ManyPartitionsLoad(Clients clients) {
    this.clients = clients;
  }

  /** Makes the topics, and two segments of a record each in every partition. */
  void fill(TwoSegments step) {
    new Topics(clients).create(step.topics(), Map.of("segment.ms", Long.toString(SEGMENT_MS)));
    long nowMs = System.currentTimeMillis();
    append(step.topics(), nowMs - 2 * SEGMENT_MS);
    append(step.topics(), nowMs);
  }

  /** Writes to each partition and reads it back. */
  void touch(Touch step) {
    List<TopicPartition> partitions = Topics.partitions(step.topics());
    try (EveryPartition every = new EveryPartition(clients, partitions)) {
      var _ = every.requireEnds(all(partitions, step.expectedEnds()));
      append(step.topics(), System.currentTimeMillis());
      Map<TopicPartition, Long> ends = all(partitions, step.expectedEnds() + 1);
      var _ = every.requireEnds(ends);
      var _ = every.readLast(ends);
    }
  }

  static Map<TopicPartition, Long> all(List<TopicPartition> partitions, long end) {
    Map<TopicPartition, Long> ends = new HashMap<>();
    partitions.forEach(partition -> ends.put(partition, end));
    return ends;
  }

  private void append(List<TopicOfMany> topics, long timestampMs) {
    AtomicInteger acknowledged = new AtomicInteger();
    AtomicReference<Exception> failure = new AtomicReference<>();
    List<TopicPartition> partitions = Topics.partitions(topics);
    byte[] value = new byte[VALUE_BYTES];
    try (KafkaProducer<byte[], byte[]> producer = clients.producer(SMALL_BATCHES)) {
      topics.forEach(topic -> producer.partitionsFor(topic.topic()));
      for (TopicPartition partition : partitions) {
        var _ =
            producer.send(
                new ProducerRecord<>(
                    partition.topic(), partition.partition(), timestampMs, null, value),
                (metadata, exception) -> {
                  if (exception == null) {
                    acknowledged.incrementAndGet();
                  } else {
                    failure.compareAndSet(null, exception);
                  }
                });
      }
      producer.flush();
    }
    if (failure.get() != null || acknowledged.get() != partitions.size()) {
      throw new MeasurementException(
          "%d of %d partitions took a record".formatted(acknowledged.get(), partitions.size()),
          failure.get());
    }
  }
}
