package io.ottla.replication;

import io.netty.buffer.ByteBuf;
import io.ottla.log.AppendContext;
import io.ottla.log.AppendOrigin;
import io.ottla.log.AppendResult;
import io.ottla.log.LogException;
import io.ottla.log.LogView;
import io.ottla.log.PartitionLog;
import io.ottla.runtime.Shard;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.TopicPartition;
import io.ottla.wire.Uuid;
import io.ottla.wire.record.BatchRules;
import java.util.ArrayList;
import java.util.List;

/**
 * One partition this broker leads: its log, its high watermark and those who wait for either.
 *
 * <p>Owned by one shard; methods say so where another thread may call them. At the end of each batch
 * of the shard's tasks the high watermark moves once, appends that waited for it are acknowledged
 * and fetches that waited for data are woken.
 *
 * <pre>
 *   log start <= last stable offset <= high watermark <= log end offset
 * </pre>
 */
public final class Partition {

  private final TopicPartition topicPartition;
  private final Uuid topicId;
  private final Shard shard;
  private final PartitionLog log;
  private final CommitWaiters commitWaiters;
  private final DataWaiters dataWaiters = new DataWaiters();
  private final List<HighWatermarkListener> highWatermarkListeners = new ArrayList<>();
  private boolean endOfBatchAsked;

  private volatile int leaderEpoch;
  private volatile BatchRules rules;
  private volatile boolean closed;

  /**
   * @param log open and recovered; this partition closes it
   */
  public Partition(
      TopicPartition topicPartition,
      Uuid topicId,
      Shard shard,
      PartitionLog log,
      BatchRules rules,
      int leaderEpoch) {
    this.topicPartition = topicPartition;
    this.topicId = topicId;
    this.shard = shard;
    this.log = log;
    this.rules = rules;
    this.leaderEpoch = leaderEpoch;
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

  /** Any thread. */
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
    if (closed) {
      return ErrorCode.NOT_LEADER_OR_FOLLOWER;
    }
    int epoch = leaderEpoch;
    if (clientEpoch < 0 || clientEpoch == epoch) {
      return ErrorCode.NONE;
    }
    return clientEpoch < epoch ? ErrorCode.FENCED_LEADER_EPOCH : ErrorCode.UNKNOWN_LEADER_EPOCH;
  }

  /**
   * Appends validated batches; sets their offsets and leader epoch where they lie.
   *
   * @throws LogException if the log refuses them
   */
  public AppendResult append(ByteBuf batches, AppendOrigin origin) {
    if (closed) {
      throw new LogException(
          ErrorCode.NOT_LEADER_OR_FOLLOWER, topicPartition + " is no longer on this broker");
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
    if (closed || limit > seenLimit) {
      waiter.onChange();
    } else {
      dataWaiters.add(waiter);
    }
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
    if (closed) {
      return;
    }
    advanceHighWatermark();
  }

  /** The only in-sync replica is this one: what it holds, as durably as asked for, is committed. */
  private void advanceHighWatermark() {
    long committed = log.logEndOffset();
    if (committed > log.view().highWatermark()) {
      log.onHighWatermark(committed);
      for (int i = 0; i < highWatermarkListeners.size(); i++) {
        highWatermarkListeners.get(i).onHighWatermark(committed);
      }
      dataWaiters.wakeAll();
    }
    commitWaiters.onHighWatermark(committed);
  }

  /** The log itself, for what its owner does with it: retention, recovery points, settings. */
  public PartitionLog log() {
    return log;
  }

  /** Takes the partition out of service; those who wait are told that it is not here. */
  public void close() {
    closed = true;
    commitWaiters.failAll(ErrorCode.NOT_LEADER_OR_FOLLOWER);
    dataWaiters.wakeAll();
  }
}
