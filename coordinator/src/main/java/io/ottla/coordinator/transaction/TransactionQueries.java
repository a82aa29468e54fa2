package io.ottla.coordinator.transaction;

import com.google.re2j.Pattern;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.TopicPartition;
import io.ottla.wire.message.DescribeTransactionsResponse;
import io.ottla.wire.message.ListTransactionsResponse;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;

/**
 * DescribeTransactions and ListTransactions.
 *
 * <p>Owned by the shard's thread.
 */
final class TransactionQueries {

  /**
   * What ListTransactions asks for.
   *
   * @param states if not empty, only ids in these
   * @param producerIds if not empty, only ids that one of these producers holds
   * @param durationMs if not negative, only transactions that are open for longer
   * @param pattern if not null, only ids that it matches as a whole
   */
  record Filter(
      Set<TransactionStatus> states,
      boolean isAnyState,
      Set<Long> producerIds,
      long durationMs,
      Pattern pattern) {

    boolean accepts(TransactionEntry entry, long nowMs) {
      Transaction transaction = entry.transaction();
      return (isAnyState || states.contains(transaction.status()))
          && (producerIds.isEmpty() || producerIds.contains(transaction.producerId()))
          && (durationMs < 0 || nowMs - transaction.startMs() > durationMs)
          && (pattern == null || pattern.matches(entry.transactionalId()));
    }
  }

  private final Transactions transactions;

  TransactionQueries(Transactions transactions) {
    this.transactions = transactions;
  }

  DescribeTransactionsResponse.TransactionState describe(String transactionalId) {
    DescribeTransactionsResponse.TransactionState state =
        new DescribeTransactionsResponse.TransactionState().transactionalId(transactionalId);
    if (transactionalId.isEmpty()) {
      return state.errorCode(ErrorCode.INVALID_REQUEST.code());
    }
    TransactionEntry entry = transactions.find(transactionalId);
    if (entry == null) {
      return state.errorCode(ErrorCode.TRANSACTIONAL_ID_NOT_FOUND.code());
    }
    Transaction transaction = entry.transaction();
    return state
        .producerId(transaction.producerId())
        .producerEpoch(transaction.producerEpoch())
        .transactionState(transaction.status().displayName())
        .transactionTimeoutMs(transaction.timeoutMs())
        .transactionStartTimeMs(transaction.startMs())
        .topics(byTopic(transaction.partitions()));
  }

  private static List<DescribeTransactionsResponse.TopicData> byTopic(Set<TopicPartition> all) {
    List<DescribeTransactionsResponse.TopicData> topics = new ArrayList<>();
    DescribeTransactionsResponse.TopicData last = null;
    for (TopicPartition partition : all.stream().sorted(Comparator.naturalOrder()).toList()) {
      if (last == null || !last.topic().equals(partition.topic())) {
        last =
            new DescribeTransactionsResponse.TopicData()
                .topic(partition.topic())
                .partitions(new ArrayList<>());
        topics.add(last);
      }
      last.partitions().add(partition.partition());
    }
    return topics;
  }

  List<ListTransactionsResponse.TransactionState> list(Filter filter, long nowMs) {
    return transactions.all().stream()
        .filter(entry -> filter.accepts(entry, nowMs))
        .map(
            entry ->
                new ListTransactionsResponse.TransactionState()
                    .transactionalId(entry.transactionalId())
                    .producerId(entry.transaction().producerId())
                    .transactionState(entry.transaction().status().displayName()))
        .toList();
  }
}
