package io.ottla.replication;

import io.netty.buffer.ByteBuf;
import io.ottla.log.AppendContext;
import io.ottla.log.EpochEndOffset;
import io.ottla.log.LogException;
import io.ottla.log.PartitionLog;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.TopicPartition;
import io.ottla.wire.record.BatchHeader;
import io.ottla.wire.record.RecordBatch;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A log that follows another: takes over what the leader has, and drops what the leader has not.
 * Where the two part is found by leader epochs alone (KIP-101, KIP-279, KIP-595); the high
 * watermark of a follower says too little, it comes later than what it speaks of.
 *
 * <p>Owned by the partition's shard.
 */
final class FollowerLog {

  private static final Logger LOG = LoggerFactory.getLogger(FollowerLog.class);

  private final TopicPartition topicPartition;
  private final Supplier<PartitionLog> log;
  private final Supplier<PartitionRole> role;
  private final Runnable onChange;
  private final RecordBatch batch = new RecordBatch();

  /** Where a leader, whose log has it, refused to go on; said once. */
  private long refusedAt = -1L;

  /**
   * @param role what the broker is to the partition now
   * @param onChange told of each change
   */
  FollowerLog(
      TopicPartition topicPartition,
      Supplier<PartitionLog> log,
      Supplier<PartitionRole> role,
      Runnable onChange) {
    this.topicPartition = topicPartition;
    this.log = log;
    this.role = role;
    this.onChange = onChange;
  }

  private PartitionLog log() {
    return log.get();
  }

  /** Whether this broker follows a leader in its epoch: what that one answers is to be believed. */
  boolean isFollowing(int epoch) {
    PartitionRole now = role.get();
    return now.isFollower() && now.leaderEpoch() == epoch;
  }

  FetchPosition position() {
    return new FetchPosition(
        log().logEndOffset(), log().leaderEpochs().latest(), log().logStartOffset());
  }

  /**
   * Appends whole batches as they are, after a look at their checksums, and takes over the leader's
   * high watermark and start.
   *
   * @return false if it is not what comes next, or of another epoch; then nothing was done
   * @throws LogException CORRUPT_MESSAGE if a batch is damaged, KAFKA_STORAGE_ERROR if the disk
   *     fails
   */
  boolean take(FetchedRecords fetched, long nowMs) {
    if (!isFollowing(fetched.leaderEpoch()) || fetched.fetchOffset() != log().logEndOffset()) {
      return false;
    }
    try {
      append(fetched, nowMs);
    } finally {
      onChange.run();
    }
    return true;
  }

  private void append(FetchedRecords fetched, long nowMs) {
    ByteBuf records = fetched.records();
    int size = wholeBatches(records);
    if (size > 0) {
      ByteBuf whole = records.slice(records.readerIndex(), size);
      goBackToFirstBatch(whole);
      var _ = log().append(whole, AppendContext.replication(fetched.leaderEpoch(), nowMs));
    }
    long committed = Math.min(fetched.highWatermark(), log().logEndOffset());
    if (committed > log().highWatermark()) {
      log().onHighWatermark(committed);
    }
    long start = Math.min(fetched.logStartOffset(), log().highWatermark());
    if (start > log().logStartOffset()) {
      log().deleteRecordsBefore(start);
    }
  }

  /** How many bytes of whole, undamaged batches there are. */
  private int wholeBatches(ByteBuf records) {
    int start = records.readerIndex();
    int end = records.writerIndex();
    int at = start;
    while (end - at >= BatchHeader.SIZE) {
      batch.wrap(records, at);
      int length = batch.length();
      if (length < BatchHeader.SIZE - BatchHeader.LOG_OVERHEAD
          || batch.magic() != BatchHeader.CURRENT_MAGIC) {
        throw damaged("is none", at - start);
      }
      if (length > end - at - BatchHeader.LOG_OVERHEAD) {
        break;
      }
      if (!batch.isCrcValid()) {
        throw damaged("at offset " + batch.baseOffset() + " has a wrong checksum", at - start);
      }
      at += batch.sizeInBytes();
    }
    return at - start;
  }

  private LogException damaged(String how, int position) {
    return new LogException(
        ErrorCode.CORRUPT_MESSAGE,
        topicPartition + ": batch at byte " + position + " of the leader's answer " + how);
  }

  /** A log that was begun in the middle of a batch of the leader's takes the whole batch. */
  private void goBackToFirstBatch(ByteBuf batches) {
    batch.wrap(batches, batches.readerIndex());
    long end = log().logEndOffset();
    if (batch.baseOffset() < end
        && batch.nextOffset() > end
        && log().logStartOffset() == log().logEndOffset()) {
      log().truncateFullyAndStartAt(batch.baseOffset());
    }
  }

  /**
   * Drops what the leader does not have, as far as its answer tells: the leader's epoch and its end
   * are compared with where this log has that epoch end. If this log does not know the epoch, what
   * comes after its next lower one is dropped, and the next fetch asks again (KIP-279).
   *
   * @param epoch in which this broker asked
   * @param leaders the largest epoch of the leader's that is not above our last one, and its end
   * @return false if this broker does not follow in that epoch; then nothing was done
   * @throws LogException if the disk fails
   */
  boolean truncate(int epoch, EpochEndOffset leaders) {
    if (!isFollowing(epoch)) {
      return false;
    }
    try {
      truncateTo(leaders, role.get().leaderId());
    } finally {
      onChange.run();
    }
    return true;
  }

  private void truncateTo(EpochEndOffset leaders, int leaderId) {
    long end = log().logEndOffset();
    EpochEndOffset own = log().leaderEpochs().endOffset(leaders.leaderEpoch(), end);
    long offset;
    if (!own.isDefined() || leaders.leaderEpoch() < 0) {
      offset = Math.min(leaders.endOffset(), end);
    } else if (own.leaderEpoch() != leaders.leaderEpoch()) {
      offset = Math.min(own.endOffset(), end);
    } else {
      offset = Math.min(Math.min(own.endOffset(), leaders.endOffset()), end);
    }
    tell(
        offset,
        "leader "
            + leaderId
            + " has epoch "
            + leaders.leaderEpoch()
            + " end at "
            + leaders.endOffset());
    log().truncateTo(offset);
  }

  /**
   * This log lies outside of what its leader has. If the leader's ends earlier, it was elected
   * without having all; if it starts later, what comes next here is gone there.
   *
   * @return false if this broker does not follow in that epoch; then nothing was done
   * @throws LogException if the disk fails
   */
  boolean resetTo(int epoch, long leadersStart, long leadersEnd) {
    if (!isFollowing(epoch)) {
      return false;
    }
    int leaderId = role.get().leaderId();
    try {
      if (leadersEnd < log().logEndOffset()) {
        tell(leadersEnd, "leader " + leaderId + " ends there and knows nothing later");
        log().truncateTo(leadersEnd);
      } else if (leadersStart > log().logEndOffset()) {
        LOG.warn(
            "{}: has {} to {}, but the log of leader {} starts at {} by now: begins there anew",
            topicPartition,
            log().logStartOffset(),
            log().logEndOffset(),
            leaderId,
            leadersStart);
        log().truncateFullyAndStartAt(leadersStart);
      } else if (log().logEndOffset() != refusedAt) {
        // Once may be chance, if the leader's log was another one when it answered.
        refusedAt = log().logEndOffset();
        LOG.warn(
            "{}: leader {}, who has {} to {}, does not take offset {} after leader epoch {}: asks"
                + " again. If this replica does not get in sync, stop the broker and delete the"
                + " replica's directory",
            topicPartition,
            leaderId,
            leadersStart,
            leadersEnd,
            refusedAt,
            log().leaderEpochs().latest());
      }
    } finally {
      onChange.run();
    }
    return true;
  }

  private void tell(long offset, String why) {
    if (offset < log().highWatermark()) {
      LOG.warn(
          "{}: drops records from offset {} on, {} of which were committed as far as is known here"
              + " (high watermark {}, log end {}): {}",
          topicPartition,
          offset,
          log().highWatermark() - offset,
          log().highWatermark(),
          log().logEndOffset(),
          why);
    } else if (offset < log().logEndOffset()) {
      LOG.info(
          "{}: drops {} records from offset {} on that were not committed: {}",
          topicPartition,
          log().logEndOffset() - offset,
          offset,
          why);
    }
  }
}
