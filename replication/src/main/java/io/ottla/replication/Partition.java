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
import io.ottla.metadata.image.NodeIds;
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

  private volatile PartitionRole role = PartitionRole.NONE;

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
    PartitionRole now = role;
    return now.isLeader() ? now.leaderEpoch() : -1;
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
    PartitionRole now = role;
    return check(clientEpoch, now, now.isLeader());
  }

  private static ErrorCode check(int clientEpoch, PartitionRole role, boolean serves) {
    if (!serves) {
      return ErrorCode.NOT_LEADER_OR_FOLLOWER;
    }
    if (clientEpoch < 0 || clientEpoch == role.leaderEpoch()) {
      return ErrorCode.NONE;
    }
    return clientEpoch < role.leaderEpoch()
        ? ErrorCode.FENCED_LEADER_EPOCH
        : ErrorCode.UNKNOWN_LEADER_EPOCH;
  }

  /**
   * Begins to lead, or goes on in a later epoch. As the only replica it has all that was ever
   * committed: its whole log is.
   */
  void lead(int epoch) {
    if (closed || epoch <= role.leaderEpoch()) {
      return;
    }
    log.assignLeaderEpoch(epoch);
    role =
        new PartitionRole(
            PartitionRole.Kind.LEADER,
            -1,
            epoch,
            -1,
            NodeIds.EMPTY,
            NodeIds.EMPTY,
            1,
            log.logEndOffset());
    if (log.highWatermark() < log.logEndOffset()) {
      log.onHighWatermark(log.logEndOffset());
    }
    askForEndOfBatch();
  }

  /** Leads no more; those who wait are sent to look for the leader. */
  void resign() {
    role = role.as(PartitionRole.Kind.NONE);
    commitWaiters.failAll(ErrorCode.NOT_LEADER_OR_FOLLOWER);
    dataWaiters.wakeAll();
  }

  /**
   * Appends validated batches; sets their offsets and leader epoch where they lie.
   *
   * @param acks -1 if they are to be acknowledged when all in-sync replicas have them
   * @throws LogException if the log refuses them; NOT_ENOUGH_REPLICAS if acks is -1 and fewer
   *     replicas are in sync than {@code min.insync.replicas}, then nothing is appended
   */
  public AppendResult append(ByteBuf batches, AppendOrigin origin, short acks) {
    if (!role.isLeader()) {
      throw new LogException(
          ErrorCode.NOT_LEADER_OR_FOLLOWER, topicPartition + " is not led by this broker");
    }
    AppendResult result =
        log.append(
            batches,
            new AppendContext(origin, role.leaderEpoch(), shard.clock().wallMs(), (short) 0));
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
   * @param seenLimit the limit as the waiter saw it
   */
  public void whenBeyond(long seenLimit, ReadLimit limit, DataWaiter waiter) {
    if (!role.isLeader() || limit.of(log.view()) > seenLimit) {
      waiter.onChange();
    } else {
      dataWaiters.add(waiter);
    }
  }

  /** What this broker is to the partition. Any thread. */
  public PartitionRole role() {
    return role;
  }

  /**
   * As {@link #checkLeaderEpoch}, for a reader who may read from a follower too (KIP-392). Any
   * thread.
   */
  public ErrorCode checkReadable(int clientEpoch) {
    PartitionRole now = role;
    return check(clientEpoch, now, now.kind() != PartitionRole.Kind.NONE);
  }

  /**
   * Takes note of how far a follower is. To be called for each partition of its fetch that was read
   * without an error and without a diverging epoch, before the answer leaves; where the follower is
   * in sync ({@link PartitionRole#isr}) and at the log's end, and said so before in this leader
   * epoch, nothing is lost if it is not.
   *
   * @return NONE, or why the follower cannot be one: its epoch is not this leader's, or it is no
   *     replica of this partition (UNKNOWN_LEADER_EPOCH: the metadata here may be old)
   */
  public ErrorCode onFollowerFetch(FollowerFetch fetch) {
    return ErrorCode.UNKNOWN_LEADER_EPOCH;
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
    if (!role.isLeader()) {
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
