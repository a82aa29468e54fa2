package io.ottla.replication;

import io.netty.buffer.ByteBuf;
import io.ottla.log.AppendContext;
import io.ottla.log.AppendOrigin;
import io.ottla.log.AppendResult;
import io.ottla.log.LogException;
import io.ottla.log.LogFlusher;
import io.ottla.log.LogView;
import io.ottla.log.PartitionLog;
import io.ottla.metadata.image.PartitionImage;
import io.ottla.replication.PartitionRole.Kind;
import io.ottla.runtime.Shard;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.TopicPartition;
import io.ottla.wire.Uuid;
import io.ottla.wire.record.BatchRules;
import java.util.Set;

/**
 * One partition this broker has the replica of: its log, what this broker is to it, its high
 * watermark and those who wait for either.
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

  private static final short ACKS_ALL = -1;

  private static final Set<String> INTERNAL_TOPICS =
      Set.of("__consumer_offsets", "__transaction_state", "__share_group_state");

  private final TopicPartition topicPartition;
  private final Uuid topicId;
  private final Shard shard;
  private final ReplicaContext context;
  private final FollowerLog followerLog;
  private final LogForces forces;
  private final CommitWaiters commitWaiters;
  private final RecordDeletions deletions;
  private final PartitionProgress progress;

  /** Another one when it is moved to another directory. */
  private volatile PartitionLog log;

  private volatile TopicSettings settings;
  private volatile PartitionRole role = PartitionRole.NONE;

  /** Null unless the metadata says this broker leads. */
  private PartitionLeadership leadership;

  private boolean selfFenced;
  private boolean endOfBatchAsked;
  private boolean logFailureTold;
  private volatile boolean closed;

  /**
   * @param log open and recovered
   * @param flusher of the log's directory
   */
  Partition(
      TopicPartition topicPartition,
      Uuid topicId,
      Shard shard,
      PartitionLog log,
      LogFlusher flusher,
      TopicSettings settings,
      ReplicaContext context) {
    this.topicPartition = topicPartition;
    this.topicId = topicId;
    this.shard = shard;
    this.log = log;
    this.settings = settings;
    this.context = context;
    this.followerLog = new FollowerLog(topicPartition, this::log, this::role, this::onCut);
    this.forces = new LogForces(log, flusher, shard, this::onForceAnswered, this::onRefused);
    this.commitWaiters = new CommitWaiters(shard);
    this.deletions = new RecordDeletions(shard, this::log);
    this.progress = new PartitionProgress(this::log);
  }

  /** Which one. Any thread. */
  public TopicPartition topicPartition() {
    return topicPartition;
  }

  /** Of which topic. Any thread. */
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

  /** What this broker is to the partition. Any thread. */
  public PartitionRole role() {
    return role;
  }

  /** The epoch in which this broker leads the partition, or -1. Any thread. */
  public int leaderEpoch() {
    PartitionRole now = role;
    return now.isLeader() ? now.leaderEpoch() : -1;
  }

  /**
   * Whether this broker leads and no other one can have taken its place by now, also if nothing has
   * run here for a while: what only the newest leader knows may be told. Any thread.
   */
  public boolean isLeaderForCertain() {
    PartitionRole now = role;
    return now.isLeader() && (now.replicas().size() == 1 || context.session().getAsBoolean());
  }

  /** What the topic asks of its partitions. Any thread. */
  public TopicSettings settings() {
    return settings;
  }

  /** As of the settings. Any thread. */
  public BatchRules rules() {
    return settings.rules();
  }

  /** Whether the topic is the broker's own, and not for clients to write to. Any thread. */
  public boolean isInternal() {
    return INTERNAL_TOPICS.contains(topicPartition.topic());
  }

  /** The log itself, for what its owner does with it: retention, recovery points, settings. */
  public PartitionLog log() {
    return log;
  }

  /** Takes over a state of the metadata; does nothing if a later one is known. */
  void become(PartitionImage state) {
    PartitionRole now = role;
    if (closed
        || state.leaderEpoch() < now.leaderEpoch()
        || (state.leaderEpoch() == now.leaderEpoch()
            && state.partitionEpoch() < now.partitionEpoch())) {
      return;
    }
    if (state.leader() == context.nodeId()) {
      lead(state);
    } else {
      follow(state);
    }
    askForEndOfBatch();
  }

  private void lead(PartitionImage state) {
    long nowNs = shard.clock().nowNs();
    if (leadership != null && state.leaderEpoch() == role.leaderEpoch()) {
      leadership.onState(state, nowNs);
      takeRole(state);
      return;
    }
    // Before there are records of it: so that who followed a former leader finds where to go on.
    log.assignLeaderEpoch(state.leaderEpoch());
    leadership =
        new PartitionLeadership(topicPartition, topicId, context, state, log.logEndOffset(), nowNs);
    if (leadership.isAlone()) {
      // The only replica has all that was ever committed: its whole log is.
      log.onHighWatermark(log.logEndOffset());
    }
    takeRole(state);
  }

  private void follow(PartitionImage state) {
    boolean moved = leadership != null || state.leaderEpoch() != role.leaderEpoch();
    leadership = null;
    takeRole(state);
    if (moved) {
      sendAway();
      progress.wakeAll();
    }
  }

  private void takeRole(PartitionImage state) {
    PartitionRole now = PartitionRole.of(state, leadership, settings.minInsyncReplicas());
    role = isCutOff() ? now.as(Kind.NONE) : now; // At once: others read it at any moment.
  }

  /** Who waits for what only a leader can tell looks for another. */
  private void sendAway() {
    commitWaiters.failAll(ErrorCode.NOT_LEADER_OR_FOLLOWER);
    deletions.failAll(ErrorCode.NOT_LEADER_OR_FOLLOWER);
  }

  /** Whether others may have been told to lead what this broker leads. */
  private boolean isCutOff() {
    return selfFenced && leadership != null && !leadership.isAlone();
  }

  /**
   * The broker hears nothing of a controller for a session, or does again. Meanwhile it does not
   * act as leader, as another may; it goes on if the metadata does not say that one does.
   */
  void fenceSelf(boolean fenced) {
    if (closed || selfFenced == fenced) {
      return;
    }
    selfFenced = fenced;
    if (leadership == null || leadership.isAlone()) {
      return;
    }
    if (fenced) {
      role = role.as(Kind.NONE);
      sendAway();
      progress.wakeAll();
    } else {
      leadership.resume(shard.clock().nowNs());
      role = role.as(Kind.LEADER).startingAt(leadership.epochStartOffset());
      askForEndOfBatch();
    }
  }

  /**
   * Appends validated batches; sets their offsets and leader epoch where they lie.
   *
   * @param acks -1 if they are to be acknowledged when all in-sync replicas have them
   * @throws LogException if the log refuses them; NOT_ENOUGH_REPLICAS if acks is -1 and fewer
   *     replicas are in sync than {@code min.insync.replicas}, then nothing is appended
   */
  public AppendResult append(ByteBuf batches, AppendOrigin origin, short acks) {
    return append(
        batches,
        acks,
        new AppendContext(origin, role.leaderEpoch(), shard.clock().wallMs(), (short) 0));
  }

  AppendResult append(ByteBuf batches, short acks, AppendContext appendContext) {
    PartitionRole now = role;
    now.checkLeads(topicPartition);
    if (acks == ACKS_ALL) {
      now.checkEnough(topicPartition);
    }
    try {
      return log.append(batches, appendContext);
    } catch (LogException e) {
      onRefused(e);
      throw e;
    } finally {
      askForEndOfBatch();
    }
  }

  /**
   * Tells when records are committed, at the end of this batch at the earliest.
   *
   * @param endOffset the offset after the last of the records
   * @param timeoutMs how long to wait
   */
  public void whenCommitted(long endOffset, long timeoutMs, CommitListener listener) {
    if (role.isLeader()) {
      commitWaiters.add(endOffset, timeoutMs, listener);
      askForEndOfBatch();
    } else {
      listener.onFailed(ErrorCode.NOT_LEADER_OR_FOLLOWER);
    }
  }

  /**
   * Tells when there is something to read that was not there before; at once if there is already,
   * or if this broker does not serve such readers.
   *
   * @param seenLimit the limit as the waiter saw it
   */
  public void whenBeyond(long seenLimit, ReadLimit limit, DataWaiter waiter) {
    boolean serves = limit == ReadLimit.LOG_END ? role.isLeader() : role.kind() != Kind.NONE;
    if (!serves || limit.of(log.view()) > seenLimit) {
      waiter.onChange();
    } else {
      progress.add(waiter, limit);
    }
  }

  /**
   * Takes note of how far a follower is. To be called for each partition of its fetch that was read
   * without an error and without a diverging epoch, before the answer leaves; where the follower is
   * in sync ({@link PartitionRole#isr}) and at the log's end, and said so before in this leader
   * epoch, nothing is lost if it is not.
   *
   * @return NONE, or why the follower cannot be one: its epoch is not this leader's, its process
   *     was replaced by another (NOT_LEADER_OR_FOLLOWER), or it is no replica of this partition
   *     (UNKNOWN_LEADER_EPOCH: the metadata here may be old)
   */
  public ErrorCode onFollowerFetch(FollowerFetch fetch) {
    PartitionRole now = role;
    ErrorCode error = now.check(fetch.leaderEpoch(), now.isLeader());
    if (error == ErrorCode.NONE) {
      error = leadership.onFetch(fetch, log.logEndOffset(), shard.clock().nowNs());
    }
    if (error == ErrorCode.NONE) {
      propose(leadership.expand(fetch.replicaId(), log.highWatermark()));
      askForEndOfBatch();
    }
    return error;
  }

  /** Looks whether followers are behind for too long. Called now and then. */
  void checkInSync() {
    if (role.isLeader()) {
      propose(leadership.shrink(log.logEndOffset(), log.highWatermark(), shard.clock().nowNs()));
    }
  }

  private void propose(IsrProposal proposal) {
    if (proposal != null) {
      context.isrChanges().propose(proposal, shard, this::onOutcome);
    }
  }

  private void onOutcome(IsrProposal proposal, IsrProposal.Outcome outcome) {
    if (leadership != null && leadership.onOutcome(proposal, outcome)) {
      role = role.withIsr(leadership.isr().committed(), leadership.isr().partitionEpoch());
      askForEndOfBatch();
    }
  }

  /** What this broker does with the log while it follows. On the shard. */
  FollowerLog follower() {
    return followerLog;
  }

  /**
   * Tells when records are as safe on this broker's disk as the topic wants it (flush.*) before
   * they are acknowledged by their leader alone; normally at once.
   *
   * @param endOffset the offset after the last of the records
   */
  public void whenSafe(long endOffset, CommitListener listener) {
    forces.whenSafe(endOffset, listener);
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
    role.checkLeads(topicPartition);
    return deletions.deleteBefore(offset);
  }

  /**
   * Tells when every replica whose broker lives starts at an offset or later.
   *
   * @param timeoutMs how long to wait
   */
  public void whenAllStartAt(long offset, long timeoutMs, DeletionListener listener) {
    deletions.add(offset, timeoutMs, listener);
    askForEndOfBatch();
  }

  /** Tells a coordinator how far its records are committed. */
  public void addHighWatermarkListener(HighWatermarkListener listener) {
    progress.addListener(listener);
  }

  public void removeHighWatermarkListener(HighWatermarkListener listener) {
    progress.removeListener(listener);
  }

  /** A follower's log has changed, perhaps at its end. */
  private void onCut() {
    progress.onCut();
    askForEndOfBatch();
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
    forces.requestIfWanted();
    if (role.isLeader()) {
      leadership.advance(log, role.minInsyncReplicas(), shard.clock().nowNs());
    }
    progress.tell();
    if (role.isLeader()) {
      boolean enough = leadership.isr().maximalSize() >= role.minInsyncReplicas();
      commitWaiters.onHighWatermark(
          log.highWatermark(),
          enough ? ErrorCode.NONE : ErrorCode.NOT_ENOUGH_REPLICAS_AFTER_APPEND);
      if (deletions.isAwaited()) {
        deletions.onLowWatermark(leadership.lowWatermark(log.logStartOffset()));
      }
    }
    if (log.failure() != null && !logFailureTold) {
      logFailureTold = true;
      context.onLogFailure().accept(this, log.failure());
    }
  }

  /** What this disk does not take, others may. */
  void onRefused(LogException refusal) {
    if (refusal.error() == ErrorCode.KAFKA_STORAGE_ERROR && !closed) {
      context.onLogFailure().accept(this, refusal);
    }
  }

  /**
   * Hands the log to the flusher if its settings ask for that by now ({@code flush.messages},
   * {@code flush.ms}) or a segment was closed. Called at the end of a batch, and now and then for
   * the sake of the time that passes.
   */
  public void requestForceIfWanted() {
    forces.requestIfWanted();
  }

  /** Takes over what the topic's settings ask for from now on. */
  void reconfigure(TopicSettings changed) {
    settings = changed;
    log.reconfigure(changed.log());
    role = role.withMinInsyncReplicas(changed.minInsyncReplicas());
    askForEndOfBatch();
  }

  /** Goes on in another log that has the same records: the one so far was moved there. */
  void moveTo(PartitionLog other, LogFlusher itsFlusher) {
    log = other;
    logFailureTold = false;
    forces.moveTo(other, itsFlusher);
    askForEndOfBatch();
  }

  /** Whether it is out of service for good. Any thread. */
  boolean isClosed() {
    return closed;
  }

  /** Takes the partition out of service for good; its log is the caller's from now on. */
  void close() {
    closed = true;
    leadership = null;
    role = role.as(Kind.NONE);
    sendAway();
    forces.failAll(ErrorCode.NOT_LEADER_OR_FOLLOWER);
    progress.wakeAll();
  }

  private void onForceAnswered() {
    if (log.failure() != null) {
      commitWaiters.failAll(ErrorCode.KAFKA_STORAGE_ERROR);
    }
    askForEndOfBatch();
  }

  /** By its name, so that whoever walks over a set of them does so in the same order each time. */
  @Override
  public int hashCode() {
    return topicPartition.hashCode();
  }

  @Override
  public boolean equals(Object other) {
    return this == other;
  }
}
