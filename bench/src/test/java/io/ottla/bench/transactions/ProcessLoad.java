package io.ottla.bench.transactions;

import io.ottla.bench.Clients;
import io.ottla.bench.MeasurementException;
import io.ottla.bench.Produced;
import io.ottla.bench.Sample;
import io.ottla.bench.transactions.Loops.Measured;
import io.ottla.bench.transactions.TransactionPlan.Processing;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

/** Loops that read a topic that was filled before, and write all of it to another. */
final class ProcessLoad {

  private static final String INPUT = "input";

  private final Clients clients;
  private final List<Long> brokerPids;
  private final int replicationFactor;
  private Map<TopicPartition, Long> ends = Map.of();
  private int runs;

  ProcessLoad(Clients clients, List<Long> brokerPids, int replicationFactor) {
    this.clients = clients;
    this.brokerPids = brokerPids;
    this.replicationFactor = replicationFactor;
  }

  static String group(int loops) {
    return "read, process, write: " + (loops == 1 ? "1 loop" : loops + " loops");
  }

  /**
   * Fills the topic that all loops read.
   *
   * @throws MeasurementException if a record is refused
   */
  void fill(int records) {
    clients.createTopic(INPUT, TransactionPlan.PARTITIONS, replicationFactor);
    AtomicReference<Exception> failure = new AtomicReference<>();
    byte[] value = new byte[TransactionPlan.VALUE_BYTES];
    ByteBuffer number = ByteBuffer.wrap(value);
    try (KafkaProducer<byte[], byte[]> producer = clients.producer(Map.of())) {
      for (int i = 0; i < records && failure.get() == null; i++) {
        number.putLong(0, i);
        var _ =
            producer.send(
                new ProducerRecord<>(INPUT, i % TransactionPlan.PARTITIONS, null, value),
                (metadata, exception) -> failure.compareAndSet(null, exception));
      }
    }
    if (failure.get() != null) {
      throw new MeasurementException("the input: a record was refused", failure.get());
    }
    try (KafkaConsumer<byte[], byte[]> consumer =
        clients.consumer(INPUT, TransactionPlan.PARTITIONS)) {
      ends = consumer.endOffsets(consumer.assignment());
    }
  }

  /**
   * Reads with a new group and writes to a new topic, and reads that back.
   *
   * @throws MeasurementException if a transaction fails, or what can be read is not exactly what
   *     was committed, or the group's offsets do not say the same
   */
  List<Sample> run(Processing process) throws IOException, InterruptedException {
    int number = runs++;
    String topic = "processed-" + number;
    String consumerGroup = "loops-" + number;
    clients.createTopic(topic, TransactionPlan.PARTITIONS, replicationFactor);
    Shares shares = new Shares(process.loops(), TransactionPlan.PARTITIONS);
    List<ProcessLoop> members = new ArrayList<>();
    for (int i = 0; i < process.loops(); i++) {
      members.add(
          new ProcessLoop(
              clients,
              new ProcessLoop.Route(consumerGroup, INPUT, topic, ends),
              process.commitRecords(),
              shares,
              i));
    }
    String group = group(process.loops());
    Loops loops = new Loops(group, members);
    Measured measured = loops.measure(process.warmUpSeconds(), process.seconds(), brokerPids);
    Produced committed = loops.committed(topic);
    long offsets = clients.committed(consumerGroup);
    if (offsets != committed.records()) {
      throw new MeasurementException(
          "%s: %d records committed, the group's offsets say %d"
              .formatted(group, committed.records(), offsets));
    }
    CommittedReadBack.requireAll(clients, committed);
    return LoadMetrics.samples(group, measured.times(), measured.usage());
  }
}
