package io.ottla.coordinator.transaction;

import io.ottla.coordinator.CoordinatorRecord;
import io.ottla.coordinator.CoordinatorRecordDecoder;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.TopicPartition;
import io.ottla.wire.message.TransactionLogKey;
import io.ottla.wire.message.TransactionLogValue;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** The records of {@code __transaction_state}, in Kafka's format. Stateless. */
final class TransactionRecords {

  private static final short TRANSACTION_LOG = 0;

  /** Since this transaction version records say whose producer ids came before and come next. */
  private static final int TAGGED_VERSION = 1;

  static final CoordinatorRecordDecoder DECODER =
      new CoordinatorRecordDecoder() {
        @Override
        public ApiMessage newKey(short type) {
          return type == TRANSACTION_LOG ? new TransactionLogKey() : null;
        }

        @Override
        public ApiMessage newValue(short type) {
          return new TransactionLogValue();
        }
      };

  private TransactionRecords() {}

  /**
   * @param featureLevel the finalized {@code transaction.version}, as far as it is known here: a
   *     client that ends transactions in version 2 has learned of the level before this broker
   */
  static CoordinatorRecord of(String transactionalId, Transaction transaction, int featureLevel) {
    TransactionLogValue value =
        new TransactionLogValue()
            .producerId(transaction.producerId())
            .producerEpoch(transaction.producerEpoch())
            .transactionTimeoutMs(transaction.timeoutMs())
            .transactionStatus(transaction.status().id())
            .transactionLastUpdateTimestampMs(transaction.updateMs())
            .transactionStartTimestampMs(transaction.startMs())
            .transactionPartitions(
                transaction.status() == TransactionStatus.EMPTY
                    ? null
                    : byTopic(transaction.partitions()))
            .clientTransactionVersion((short) transaction.clientVersion());
    if (Math.max(featureLevel, transaction.clientVersion()) < TAGGED_VERSION) {
      return CoordinatorRecord.of(key(transactionalId), value, (short) 0);
    }
    value
        .previousProducerId(transaction.previousProducerId())
        .nextProducerId(transaction.nextProducerId());
    return CoordinatorRecord.of(key(transactionalId), value, (short) 1);
  }

  static CoordinatorRecord tombstone(String transactionalId) {
    return CoordinatorRecord.tombstone(key(transactionalId));
  }

  private static TransactionLogKey key(String transactionalId) {
    return new TransactionLogKey().transactionalId(transactionalId);
  }

  private static List<TransactionLogValue.PartitionsSchema> byTopic(Set<TopicPartition> all) {
    Map<String, List<Integer>> byTopic = new TreeMap<>();
    for (TopicPartition partition : all) {
      byTopic
          .computeIfAbsent(partition.topic(), topic -> new ArrayList<>())
          .add(partition.partition());
    }
    List<TransactionLogValue.PartitionsSchema> topics = new ArrayList<>(byTopic.size());
    byTopic.forEach(
        (topic, partitions) ->
            topics.add(
                new TransactionLogValue.PartitionsSchema()
                    .topic(topic)
                    .partitionIds(partitions.stream().sorted().toList())));
    return topics;
  }

  /** What a record says. */
  static Transaction read(TransactionLogValue value) {
    Set<TopicPartition> partitions = new LinkedHashSet<>();
    if (value.transactionPartitions() != null) {
      for (TransactionLogValue.PartitionsSchema topic : value.transactionPartitions()) {
        for (int partition : topic.partitionIds()) {
          partitions.add(new TopicPartition(topic.topic(), partition));
        }
      }
    }
    return new Transaction(
        value.producerId(),
        value.previousProducerId(),
        value.nextProducerId(),
        value.producerEpoch(),
        value.transactionTimeoutMs(),
        TransactionStatus.forId(value.transactionStatus()),
        partitions,
        value.transactionStartTimestampMs(),
        value.transactionLastUpdateTimestampMs(),
        value.clientTransactionVersion());
  }
}
