package io.ottla.compat.transaction;

import io.ottla.history.History.Read;
import io.ottla.history.TransactionHistory;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Reads all partitions from their beginning on, on a thread of its own, and tells a {@link
 * TransactionHistory} what it was given.
 */
final class TopicReader implements AutoCloseable {
  private static final Duration POLL = Duration.ofMillis(100);
  private static final Duration CLOSE_LIMIT = Duration.ofSeconds(60);

  private final int number;
  private final boolean readsCommitted;
  private final Map<String, Object> settings;
  private final Collection<TopicPartition> partitions;
  private final TransactionHistory history;
  private final AtomicLong count = new AtomicLong();
  private final Thread thread;
  private volatile boolean leaving;

  TopicReader(
      int number,
      boolean readsCommitted,
      Map<String, Object> settings,
      Collection<TopicPartition> partitions,
      TransactionHistory history) {
    this.number = number;
    this.readsCommitted = readsCommitted;
    this.settings = settings;
    this.partitions = partitions;
    this.history = history;
    this.thread = Thread.ofPlatform().daemon().name("reader-" + number).start(this::run);
  }

  boolean readsCommitted() {
    return readsCommitted;
  }

  /** How many values it was given. */
  long count() {
    return count.get();
  }

  private void run() {
    try (Consumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      while (!leaving) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
          long value = TransactionalClient.valueOf(record.value());
          int partition = history.partition(record.topic(), record.partition());
          Read read = new Read(number, partition, record.offset(), value);
          if (readsCommitted) {
            history.readCommitted(read, System.nanoTime());
          } else {
            history.log().read(read);
          }
          count.incrementAndGet();
        }
      }
    } catch (Throwable e) {
      StringWriter trace = new StringWriter();
      e.printStackTrace(new PrintWriter(trace));
      history.problem("reader " + number + " broke: " + trace);
    }
  }

  @Override
  public void close() throws InterruptedException {
    leaving = true;
    thread.join(CLOSE_LIMIT.toMillis());
    if (thread.isAlive()) {
      history.problem("reader " + number + " is still closing");
    }
  }
}
