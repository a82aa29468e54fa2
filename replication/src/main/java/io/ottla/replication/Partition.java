package io.ottla.replication;

import io.netty.buffer.ByteBuf;
import io.ottla.log.AppendContext;
import io.ottla.log.AppendOrigin;
import io.ottla.log.AppendResult;
import io.ottla.log.LogConfig;
import io.ottla.log.LogException;
import io.ottla.log.LogFlusher;
import io.ottla.log.LogView;
import io.ottla.log.PartitionLog;
import io.ottla.runtime.Shard;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.TopicPartition;
import io.ottla.wire.Uuid;
import io.ottla.wire.record.BatchRules;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * One partition this broker has the replica of: its log, its high watermark and those who wait for
 * either.
 *
 * <p>Owned by one shard; methods say so where another thread may call them. At the end of each
 * batch of the shard's tasks the high watermark moves once, appends that waited for it are
 * acknowledged and fetches that waited for data are woken.
 *
 * <pre>
 *   log start <= last stable offset <= high watermark <= log end offset
 * </pre>
 */
public final class Partition {

  private static final int NOT_LEADING = -1;

  /** Stands for the high watermark where an offset to delete before is given. */
  private static final long HIGH_WATERMARK = -1;

  private static final Set<String> INTERNAL_TOPICS =
      Set.of("__consumer_offsets", "__transaction_state", "__share_group_state");

  private final TopicPartition topicPartition;
  private final Uuid topicId;
  private final Shard shard;
  private final PartitionLog log;
  private final LogFlusher flusher;
  private final CommitWaiters commitWaiters;
  private final DataWaiters dataWaiters = new DataWaiters();
  private final List<HighWatermarkListener> highWatermarkListeners = new ArrayList<>();
  private boolean endOfBatchAsked;

  private volatile BatchRules rules;

  /** The epoch in which this broker leads, or {@link #NOT_LEADING}. */
  private volatile int leaderEpoch = NOT_LEADING;

  private boolean closed;

  /**
   * @param log open and recovered
   * @param flusher of the log's directory
   */
  public Partition(
      TopicPartition topicPartition,
      Uuid topicId,
      Shard shard,
      PartitionLog log,
      LogFlusher flusher,
      BatchRules rules) {
    this.topicPartition = topicPartition;
    this.topicId = topicId;
    this.shard = shard;
    this.log = log;
    this.flusher = flusher;
    this.rules = rules;
    this.commitWaiters = new CommitWaiters(shard);
  }

  /** Any thread. */
  public TopicPartition topicPartition() {
    return topicPartition;
  }

  /** Any thread. */
  public Uuid topicId() {
    return topicId;
  }

  /** The owner. Any thread. */
  public Shard shard() {
    return shard;
  }

  /** What may be read, as of the last batch. Any thread. */
  public LogView view() {
    return log.view();
  }

  /** The epoch in which this broker leads the partition, or -1. Any thread. */
  public int leaderEpoch() {
    return leaderEpoch;
  }

  /** What the topic asks of batches produced to it. Any thread. */
  public BatchRules rules() {
    return rules;
  }

  /**
   * Compares the leader epoch a client believes in with this partition's (KIP-320). Any thread.
   *
   * @param clientEpoch the client's, or -1 if it does not say
   */
  public ErrorCode checkLeaderEpoch(int clientEpoch) {
    int epoch = leaderEpoch;
    if (epoch == NOT_LEADING) {
      return ErrorCode.NOT_LEADER_OR_FOLLOWER;
    }
    if (clientEpoch < 0 || clientEpoch == epoch) {
      return ErrorCode.NONE;
    }
    return clientEpoch < epoch ? ErrorCode.FENCED_LEADER_EPOCH : ErrorCode.UNKNOWN_LEADER_EPOCH;
  }

  /**
   * Begins to lead, or goes on in a later epoch. As the only replica it has all that was ever
   * committed: its whole log is.
   */
  void lead(int epoch) {
    if (closed || epoch <= leaderEpoch) {
      return;
    }
    log.assignLeaderEpoch(epoch);
    leaderEpoch = epoch;
    if (log.highWatermark() < log.logEndOffset()) {
      log.onHighWatermark(log.logEndOffset());
    }
    askForEndOfBatch();
  }

  /** Leads no more; those who wait are sent to look for the leader. */
  void resign() {
    leaderEpoch = NOT_LEADING;
    commitWaiters.failAll(ErrorCode.NOT_LEADER_OR_FOLLOWER);
    dataWaiters.wakeAll();
  }

  /**
   * Appends validated batches; sets their offsets and leader epoch where they lie.
   *
   * @throws LogException if the log refuses them
   */
  public AppendResult append(ByteBuf batches, AppendOrigin origin) {
    if (leaderEpoch == NOT_LEADING) {
      throw new LogException(
          ErrorCode.NOT_LEADER_OR_FOLLOWER, topicPartition + " is not led by this broker");
    }
    AppendResult result =
        log.append(
            batches, new AppendContext(origin, leaderEpoch, shard.clock().wallMs(), (short) 0));
    askForEndOfBatch();
    return result;
  }

  /**
   * Tells when records are committed, at the end of this batch at the earliest.
   *
   * @param endOffset the offset after the last of the records
   * @param timeoutMs how long to wait
   */
  public void whenCommitted(long endOffset, long timeoutMs, CommitListener listener) {
    commitWaiters.add(endOffset, timeoutMs, listener);
    askForEndOfBatch();
  }

  /**
   * Tells when there is something to read that was not there before; at once if there is already.
   *
   * @param seenLimit high watermark, or last stable offset, as the waiter saw it
   */
  public void whenBeyond(long seenLimit, boolean committedOnly, DataWaiter waiter) {
    LogView view = log.view();
    long limit = committedOnly ? view.lastStableOffset() : view.highWatermark();
    if (leaderEpoch == NOT_LEADING || limit > seenLimit) {
      waiter.onChange();
    } else {
      dataWaiters.add(waiter);
    }
  }

  /**
   * Lets the log start later, at a client's word (DeleteRecords, KIP-107).
   *
   * @param offset the first offset that stays, or -1 for the high watermark
   * @return where the log starts now
   * @throws LogException OFFSET_OUT_OF_RANGE beyond the high watermark; POLICY_VIOLATION if the
   *     topic is only compacted; NOT_LEADER_OR_FOLLOWER if this broker does not lead
   */
  public long deleteRecordsBefore(long offset) {
    if (leaderEpoch == NOT_LEADING) {
      throw new LogException(
          ErrorCode.NOT_LEADER_OR_FOLLOWER, topicPartition + " is not led by this broker");
    }
    if (!log.config().delete()) {
      throw new LogException(
          ErrorCode.POLICY_VIOLATION, topicPartition + " does not delete (cleanup.policy)");
    }
    if (offset < HIGH_WATERMARK) {
      throw new LogException(
          ErrorCode.OFFSET_OUT_OF_RANGE, topicPartition + " has no offset " + offset);
    }
    log.deleteRecordsBefore(offset == HIGH_WATERMARK ? log.highWatermark() : offset);
    return log.logStartOffset();
  }

  /** Tells a coordinator how far its records are committed. */
  public void addHighWatermarkListener(HighWatermarkListener listener) {
    highWatermarkListeners.add(listener);
  }

  public void removeHighWatermarkListener(HighWatermarkListener listener) {
    highWatermarkListeners.remove(listener);
  }

  private void askForEndOfBatch() {
    if (!endOfBatchAsked) {
      endOfBatchAsked = true;
      shard.atEndOfBatch(this::onEndOfBatch);
    }
  }

  private void onEndOfBatch() {
    endOfBatchAsked = false;
    if (!closed) {
      requestForceIfWanted();
      advanceHighWatermark();
    }
  }

  /**
   * Hands the log to the flusher if its settings ask for that by now ({@code flush.messages},
   * {@code flush.ms}) or a segment was closed. Called at the end of a batch, and now and then for
   * the sake of the time that passes.
   */
  public void requestForceIfWanted() {
    if (!log.wantsForce(shard.clock().wallMs())) {
      return;
    }
    log.forceRequested();
    flusher.request(
        log,
        new LogFlusher.Callback() {
          @Override
          public void onForced(LogFlusher.Forced forced) {
            shard.submit(
                () -> {
                  log.onForced(forced);
                  askForEndOfBatch();
                });
          }

          @Override
          public void onForceFailed(LogException cause) {
            shard.submit(
                () -> {
                  log.onForceFailed(cause);
                  commitWaiters.failAll(ErrorCode.KAFKA_STORAGE_ERROR);
                });
          }
        });
  }

  /**
   * The only in-sync replica is this one: what it holds is committed; where the topic wants records
   * on the disk before they are acknowledged, what is there.
   */
  private void advanceHighWatermark() {
    long end = log.logEndOffset();
    long committed = log.needsForceBeforeAck(end - 1) ? Math.min(end, log.recoveryPoint()) : end;
    if (committed > log.highWatermark()) {
      log.onHighWatermark(committed);
      for (int i = 0; i < highWatermarkListeners.size(); i++) {
        highWatermarkListeners.get(i).onHighWatermark(committed);
      }
      dataWaiters.wakeAll();
    }
    commitWaiters.onHighWatermark(log.highWatermark());
  }

  /** Takes over what the topic's settings ask for from now on. */
  public void reconfigure(LogConfig config, BatchRules newRules) {
    log.reconfigure(config);
    rules = newRules;
    askForEndOfBatch();
  }

  /** Whether the topic is the broker's own, and not for clients to write to. Any thread. */
  public boolean isInternal() {
    return INTERNAL_TOPICS.contains(topicPartition.topic());
  }

  /** The log itself, for what its owner does with it: retention, recovery points, settings. */
  public PartitionLog log() {
    return log;
  }

  /** Takes the partition out of service for good; its log is the caller's from now on. */
  void close() {
    closed = true;
    resign();
  }
}
