package io.ottla.bench.transactions;

import io.ottla.bench.Clients;
import io.ottla.bench.transactions.CommitTimes.Committed;
import io.ottla.bench.transactions.TransactionPlan.Write;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * One producer that begins, sends some records to one partition after the other, commits, and
 * begins again. Each record carries a number.
 */
final class WriteLoop implements Loop {

  private final KafkaProducer<byte[], byte[]> producer;
  private final String topic;
  private final Write write;
  private final byte[] value = new byte[TransactionPlan.VALUE_BYTES];
  private final ByteBuffer numbered = ByteBuffer.wrap(value);

  /** The numbers of different loops differ; those of one follow each other. */
  private final long firstNumber;

  private long records;

  WriteLoop(Clients clients, String topic, Write write, int index) {
    this.topic = topic;
    this.write = write;
    this.firstNumber = (long) index << 32;
    this.producer =
        clients.producer(
            Map.of(ProducerConfig.TRANSACTIONAL_ID_CONFIG, "%s-%d".formatted(topic, index)));
  }

  @Override
  public void open() {
    producer.initTransactions();
  }

  @Override
  public Committed next() {
    long beganNs = System.nanoTime();
    long lastNs = TimeUnit.MILLISECONDS.toNanos(write.lastMs());
    producer.beginTransaction();
    for (int i = 0; i < write.records(); i++) {
      awaitNs(beganNs + lastNs * i / write.records());
      send(records + i);
    }
    awaitNs(beganNs + lastNs);
    long committingNs = System.nanoTime();
    // Before the commit, as Kafka Streams does it. A client of 4.3 that is left to it looks whether
    // anything is unsent before it looks whether to commit: if all of a transaction comes in
    // between,
    // it asks for the commit before it sends the records, and is refused.
    producer.flush();
    producer.commitTransaction();
    long committedNs = System.nanoTime();
    records += write.records();
    return new Committed(beganNs, committingNs, committedNs, write.records());
  }

  /** A record that is refused fails the commit. */
  private void send(long index) {
    // The producer copies the value before send returns, so one array serves all records.
    numbered.putLong(0, firstNumber + index);
    int partition = (int) (index % TransactionPlan.PARTITIONS);
    var _ = producer.send(new ProducerRecord<>(topic, partition, null, value));
  }

  private static void awaitNs(long dueNs) {
    for (long leftNs = dueNs - System.nanoTime(); leftNs > 0; leftNs = dueNs - System.nanoTime()) {
      LockSupport.parkNanos(leftNs);
    }
  }

  @Override
  public long records() {
    return records;
  }

  @Override
  public long sumOfNumbers() {
    return records * firstNumber + records * (records - 1) / 2;
  }

  @Override
  public void close() {
    producer.close();
  }
}
