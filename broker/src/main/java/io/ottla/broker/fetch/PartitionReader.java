package io.ottla.broker.fetch;

import io.ottla.log.EpochEndOffset;
import io.ottla.log.LogException;
import io.ottla.log.LogSlice;
import io.ottla.log.LogView;
import io.ottla.replication.Partition;
import io.ottla.replication.Partitions;
import io.ottla.replication.ReadLimit;
import io.ottla.wire.BufferRecords;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.FetchRequest;
import io.ottla.wire.message.FetchResponse;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads what one fetch may see of a partition, from its published view. On an event loop; touches
 * no state of the shard.
 */
final class PartitionReader {

  private static final byte READ_COMMITTED = 1;
  private static final long UNKNOWN = -1;

  private final Partitions partitions;
  private final boolean withTopicIds;
  private final boolean committedOnly;
  private final boolean byReplica;

  PartitionReader(Partitions partitions, boolean withTopicIds, FetchRequest request) {
    this.partitions = partitions;
    this.withTopicIds = withTopicIds;
    this.committedOnly = request.isolationLevel() == READ_COMMITTED;
    this.byReplica = request.replicaId() >= 0 || request.replicaState().replicaId() >= 0;
  }

  /** The partition a key names, or null. */
  Partition find(FetchKey key) {
    return withTopicIds
        ? partitions.get(key.topicId(), key.partition())
        : partitions.get(key.topic(), key.partition());
  }

  /** Where a consumer must stop: the high watermark, or the last stable offset. */
  long limit(LogView view) {
    return committedOnly ? view.lastStableOffset() : view.highWatermark();
  }

  /** What the reader waits for. */
  ReadLimit readLimit() {
    return committedOnly ? ReadLimit.LAST_STABLE : ReadLimit.HIGH_WATERMARK;
  }

  /**
   * Reads a partition.
   *
   * @param maxBytes room left in the response
   * @param atLeastOneBatch whether the first batch is wanted even if it does not fit
   */
  FetchResponse.PartitionData read(WantedPartition wanted, int maxBytes, boolean atLeastOneBatch) {
    FetchResponse.PartitionData data =
        new FetchResponse.PartitionData()
            .partitionIndex(wanted.key().partition())
            .records(BufferRecords.EMPTY);
    Partition partition = find(wanted.key());
    if (partition == null) {
      return failed(
          data,
          withTopicIds
              ? partitions.whyMissing(wanted.key().topicId(), wanted.key().partition())
              : partitions.whyMissing(wanted.key().topic(), wanted.key().partition()));
    }
    if (byReplica) {
      // No broker replicates from this one: who claims to is not among the partition's replicas.
      return failed(data, ErrorCode.UNKNOWN_LEADER_EPOCH);
    }
    ErrorCode error = partition.checkLeaderEpoch(wanted.currentLeaderEpoch());
    if (error != ErrorCode.NONE) {
      return failed(data, error);
    }
    try {
      return read(partition.view(), wanted, data, maxBytes, atLeastOneBatch);
    } catch (LogException e) {
      return failed(data, e.error());
    }
  }

  private FetchResponse.PartitionData read(
      LogView view,
      WantedPartition wanted,
      FetchResponse.PartitionData data,
      int maxBytes,
      boolean atLeastOneBatch) {
    data.highWatermark(view.highWatermark())
        .lastStableOffset(view.lastStableOffset())
        .logStartOffset(view.logStartOffset());
    if (wanted.lastFetchedEpoch() >= 0) {
      EpochEndOffset end = view.endOffsetForEpoch(wanted.lastFetchedEpoch());
      if (!end.isDefined()) {
        return failed(data, ErrorCode.OFFSET_OUT_OF_RANGE);
      }
      if (end.endOffset() < wanted.fetchOffset() || end.leaderEpoch() < wanted.lastFetchedEpoch()) {
        data.divergingEpoch().epoch(end.leaderEpoch()).endOffset(end.endOffset());
        return data;
      }
    }
    if (wanted.fetchOffset() < view.logStartOffset()
        || wanted.fetchOffset() > view.logEndOffset()) {
      return failed(data, ErrorCode.OFFSET_OUT_OF_RANGE)
          .highWatermark(UNKNOWN)
          .lastStableOffset(UNKNOWN)
          .logStartOffset(UNKNOWN);
    }
    long limit = limit(view);
    LogSlice slice =
        view.read(
            wanted.fetchOffset(), Math.min(maxBytes, wanted.maxBytes()), atLeastOneBatch, limit);
    data.records(slice);
    if (committedOnly) {
      data.abortedTransactions(
          slice.isEmpty()
              ? new ArrayList<>(0)
              : abortedTransactions(view, wanted.fetchOffset(), limit));
    }
    return data;
  }

  private static List<FetchResponse.AbortedTransaction> abortedTransactions(
      LogView view, long fromOffset, long upToOffset) {
    List<FetchResponse.AbortedTransaction> aborted = new ArrayList<>();
    view.abortedTransactions(fromOffset, upToOffset)
        .forEach(
            transaction ->
                aborted.add(
                    new FetchResponse.AbortedTransaction()
                        .producerId(transaction.producerId())
                        .firstOffset(transaction.firstOffset())));
    return aborted;
  }

  private static FetchResponse.PartitionData failed(
      FetchResponse.PartitionData data, ErrorCode error) {
    return data.errorCode(error.code()).highWatermark(UNKNOWN);
  }
}
