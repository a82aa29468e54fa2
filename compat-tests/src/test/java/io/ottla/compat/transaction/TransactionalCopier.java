package io.ottla.compat.transaction;

import io.ottla.history.TransactionHistory;
import io.ottla.history.TransactionHistory.Consumed;
import io.ottla.history.TransactionHistory.Position;
import io.ottla.history.TransactionHistory.Source;
import io.ottla.history.TransactionHistory.Transaction;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * A member of a group that reads, processes and writes: one output of each input, with the group's
 * positions in the same transaction. When a transaction is not known to be committed it asks for
 * the positions and goes on there.
 */
public final class TransactionalCopier extends TransactionalClient
    implements ConsumerRebalanceListener {
  private static final Duration POLL = Duration.ofMillis(100);
  private static final Duration COMMITTED_LIMIT = Duration.ofSeconds(10);

  private final Map<String, String> consumerSettings;
  private final String group;
  private final String input;
  private final String output;
  private final int partitions;
  private final Map<TopicPartition, Long> positions = new HashMap<>();
  private boolean lost = true;

  /** Starts a copier; the settings are the producer's and the consumer's, with the group. */
  public TransactionalCopier(
      String name,
      Integer client,
      Map<String, String> settings,
      Long seed,
      TransactionHistory history,
      Map<String, String> consumerSettings,
      String input,
      String output,
      Integer partitions) {
    super(name, client, settings, seed, history);
    this.consumerSettings = consumerSettings;
    this.group = consumerSettings.get("group.id");
    this.input = input;
    this.output = output;
    this.partitions = partitions;
    start();
  }

  @Override
  void work() {
    Map<String, Object> config = new HashMap<>(consumerSettings);
    config.put("client.id", name());
    try (Consumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      consumer.subscribe(List.of(input), this);
      while (!isLeaving()) {
        ConsumerRecords<byte[], byte[]> records = consumer.poll(POLL);
        if (lost) {
          // In this order: positions in a transaction that is left open are not told.
          lost = !(isReady() && findPositions(consumer));
        } else if (!records.isEmpty()) {
          lost = !transact(transaction -> copy(transaction, consumer, records));
        }
      }
    }
  }

  private boolean findPositions(Consumer<byte[], byte[]> consumer) {
    Set<TopicPartition> assigned = Set.copyOf(consumer.assignment());
    positions.clear();
    if (assigned.isEmpty()) {
      return true;
    }
    long askedNs = System.nanoTime();
    Map<TopicPartition, OffsetAndMetadata> committed;
    try {
      committed = consumer.committed(assigned, COMMITTED_LIMIT);
    } catch (KafkaException e) { // no answer, or no member any more: the next poll joins again
      return false;
    }
    for (TopicPartition each : assigned) {
      OffsetAndMetadata last = committed.get(each);
      long position = last == null ? 0 : last.offset();
      history()
          .position(
              new Position(
                  group, history().partition(each.topic(), each.partition()), position, askedNs));
      positions.put(each, position);
      consumer.seek(each, position);
    }
    return true;
  }

  private void copy(
      Transaction transaction,
      Consumer<byte[], byte[]> consumer,
      ConsumerRecords<byte[], byte[]> records) {
    Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
    for (TopicPartition each : records.partitions()) {
      long next = 0;
      for (ConsumerRecord<byte[], byte[]> record : records.records(each)) {
        send(
            transaction,
            output,
            random().nextInt(partitions),
            new Source(group, valueOf(record.value())));
        next = record.offset() + 1;
      }
      transaction.consume(
          new Consumed(
              group,
              history().partition(each.topic(), each.partition()),
              positions.get(each),
              next));
      positions.put(each, next);
      offsets.put(each, new OffsetAndMetadata(next));
    }
    producer().sendOffsetsToTransaction(offsets, consumer.groupMetadata());
  }

  @Override
  public void onPartitionsAssigned(Collection<TopicPartition> some) {
    lost = true;
  }

  @Override
  public void onPartitionsRevoked(Collection<TopicPartition> some) {
    lost = true;
  }

  @Override
  public void onPartitionsLost(Collection<TopicPartition> some) {
    lost = true;
  }
}
