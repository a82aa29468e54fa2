package io.ottla.broker.fetch;

import io.ottla.broker.replica.HostedPartitions;
import io.ottla.broker.replica.ReplicaSelection;
import io.ottla.log.EpochEndOffset;
import io.ottla.log.LogException;
import io.ottla.log.LogSlice;
import io.ottla.log.LogView;
import io.ottla.replication.Partition;
import io.ottla.replication.PartitionRole;
import io.ottla.replication.ReadLimit;
import io.ottla.replication.ReplicationQuota;
import io.ottla.wire.BufferRecords;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.FetchResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/**
 * Reads what one fetch may see of a partition, from its published view. On an event loop; touches
 * no state of the shard.
 */
final class PartitionReader {

  private static final long UNKNOWN = -1;

  private final HostedPartitions partitions;
  private final ReplicaSelection selection;
  private final ReplicationQuota quota;
  private final boolean withTopicIds;
  private final FetchSource source;

  PartitionReader(
      HostedPartitions partitions,
      ReplicaSelection selection,
      ReplicationQuota quota,
      boolean withTopicIds,
      FetchSource source) {
    this.partitions = partitions;
    this.selection = selection;
    this.quota = quota;
    this.withTopicIds = withTopicIds;
    this.source = source;
  }

  /** The partition a key names, or null. */
  Partition find(FetchKey key) {
    return withTopicIds
        ? partitions.get(key.topicId(), key.partition())
        : partitions.get(key.topic(), key.partition());
  }

  /** Where the reader must stop. */
  ReadLimit limit() {
    return source.limit();
  }

  /**
   * Reads a partition.
   *
   * @param maxBytes room left in the response
   * @param atLeastOneBatch whether the first batch is wanted even if it does not fit
   * @param reports takes a follower's position if it is one that counts; null if it is none
   */
  FetchResponse.PartitionData read(
      WantedPartition wanted, int maxBytes, boolean atLeastOneBatch, FollowerReports reports) {
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
    PartitionRole role = partition.role();
    ErrorCode error = check(role, wanted);
    if (error != ErrorCode.NONE) {
      return failed(data, error);
    }
    LogView view = partition.view();
    data.highWatermark(view.highWatermark())
        .lastStableOffset(view.lastStableOffset())
        .logStartOffset(view.logStartOffset());
    OptionalInt preferred = preferredReplica(partition, role, wanted);
    if (preferred.isPresent()) {
      return data.preferredReadReplica(preferred.getAsInt());
    }
    try {
      read(partition, role, view, wanted, data, maxBytes, atLeastOneBatch);
    } catch (LogException e) {
      return failed(data, e.error());
    }
    boolean counts = data.errorCode() == ErrorCode.NONE.code() && data.divergingEpoch().epoch() < 0;
    if (counts && reports != null) {
      reports.note(partition, role, wanted);
    }
    return data;
  }

  private ErrorCode check(PartitionRole role, WantedPartition wanted) {
    ErrorCode error =
        HostedPartitions.check(role, wanted.currentLeaderEpoch(), source.leaderOnly());
    return error == ErrorCode.NONE && source instanceof FetchSource.Follower(int id, long epoch)
        ? partitions.checkFollower(role, wanted.currentLeaderEpoch(), id, epoch)
        : error;
  }

  /** The answer for a partition that is not read, because the disk did not give it. */
  static FetchResponse.PartitionData failed(WantedPartition wanted, ErrorCode error) {
    return failed(
        new FetchResponse.PartitionData()
            .partitionIndex(wanted.key().partition())
            .records(BufferRecords.EMPTY),
        error);
  }

  /**
   * Finds what {@link #read} would send, touching what it touches, so that it is in memory next
   * time. Not on an event loop.
   *
   * @return to be released; empty if there is nothing to send
   * @throws LogException if the view is out of date, or the disk fails
   */
  LogSlice readCold(WantedPartition wanted, int maxBytes, boolean atLeastOneBatch) {
    Partition partition = find(wanted.key());
    if (partition == null
        || check(partition.role(), wanted) != ErrorCode.NONE
        || isHeldBack(partition, partition.role())) {
      return LogSlice.EMPTY;
    }
    LogView view = partition.view();
    long limit = source.limit().of(view);
    LogSlice slice =
        view.read(
            wanted.fetchOffset(), Math.min(maxBytes, wanted.maxBytes()), atLeastOneBatch, limit);
    if (source.limit() == ReadLimit.LAST_STABLE && !slice.isEmpty()) {
      try {
        var _ = view.abortedTransactions(wanted.fetchOffset(), limit);
      } catch (LogException e) {
        slice.release();
        throw e;
      }
    }
    return slice;
  }

  private OptionalInt preferredReplica(
      Partition partition, PartitionRole role, WantedPartition wanted) {
    return role.isLeader()
            && !source.leaderOnly()
            && source instanceof FetchSource.Consumer consumer
        ? selection.select(
            partition,
            role,
            wanted.fetchOffset(),
            consumer.rack(),
            consumer.listener(),
            partitions.image())
        : OptionalInt.empty();
  }

  private void read(
      Partition partition,
      PartitionRole role,
      LogView view,
      WantedPartition wanted,
      FetchResponse.PartitionData data,
      int maxBytes,
      boolean atLeastOneBatch) {
    boolean isBeforeStart = wanted.fetchOffset() < view.logStartOffset();
    if (wanted.lastFetchedEpoch() >= 0) {
      EpochEndOffset end = view.endOffsetForEpoch(wanted.lastFetchedEpoch());
      if (!end.isDefined() || isBeforeStart) {
        outOfRange(data);
        return;
      }
      if (end.endOffset() < wanted.fetchOffset() || end.leaderEpoch() < wanted.lastFetchedEpoch()) {
        data.divergingEpoch().epoch(end.leaderEpoch()).endOffset(end.endOffset());
        return;
      }
    }
    if (isBeforeStart || wanted.fetchOffset() > view.logEndOffset()) {
      outOfRange(data);
      return;
    }
    if (isHeldBack(partition, role)) {
      return;
    }
    long limit = source.limit().of(view);
    LogSlice slice =
        view.read(
            wanted.fetchOffset(), Math.min(maxBytes, wanted.maxBytes()), atLeastOneBatch, limit);
    data.records(slice);
    if (source.limit() == ReadLimit.LAST_STABLE) {
      data.abortedTransactions(
          slice.isEmpty()
              ? new ArrayList<>(0)
              : abortedTransactions(view, wanted.fetchOffset(), limit));
    }
  }

  /** Whether a follower must wait because others should have the network for themselves. */
  private boolean isHeldBack(Partition partition, PartitionRole role) {
    return source instanceof FetchSource.Follower follower
        && !role.isr().contains(follower.id())
        && isThrottled(partition, role)
        && quota.isExceeded();
  }

  /** Counts what was read for a follower of partitions that are bounded. */
  void countSent(WantedPartition wanted, int bytes) {
    if (source instanceof FetchSource.Follower && bytes > 0) {
      Partition partition = find(wanted.key());
      if (partition != null && isThrottled(partition, partition.role())) {
        quota.record(bytes);
      }
    }
  }

  /** Listed are the replicas that send, so it is the leader's own that counts. */
  private static boolean isThrottled(Partition partition, PartitionRole role) {
    return partition
        .settings()
        .leaderThrottled()
        .contains(partition.topicPartition().partition(), role.leaderId());
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

  private static void outOfRange(FetchResponse.PartitionData data) {
    failed(data, ErrorCode.OFFSET_OUT_OF_RANGE);
  }

  private static FetchResponse.PartitionData failed(
      FetchResponse.PartitionData data, ErrorCode error) {
    return data.errorCode(error.code())
        .highWatermark(UNKNOWN)
        .lastStableOffset(UNKNOWN)
        .logStartOffset(UNKNOWN);
  }
}
