package io.ottla.replication;

import io.ottla.log.PartitionLog;
import io.ottla.metadata.image.NodeIds;
import io.ottla.metadata.image.PartitionImage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.TopicPartition;
import io.ottla.wire.Uuid;
import java.util.Arrays;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a leader keeps for one leader epoch of a partition: how far its followers are, who is in
 * sync, and from both, what is committed (KIP-101, KIP-497, KIP-966).
 *
 * <ul>
 *   <li>Committed is what all of the maximal in-sync set have, and every follower that is caught up
 *       and about to join; but nothing new while fewer are in sync than the minimum.
 *   <li>A follower joins when it has fetched in this epoch up to the high watermark and to where
 *       the epoch began, and its broker may be in sync.
 *   <li>A follower leaves when it was not caught up for the lag time.
 *   <li>One proposal at a time; what may be true because of it counts already.
 * </ul>
 *
 * <p>Owned by the partition's shard.
 */
final class PartitionLeadership {

  private static final Logger LOG = LoggerFactory.getLogger(PartitionLeadership.class);

  private final TopicPartition topicPartition;
  private final Uuid topicId;
  private final ReplicaContext context;
  private final int leaderEpoch;
  private final long epochStartOffset;
  private final InSyncReplicas isr;
  private FollowerProgress[] followers = {};

  /** Replicas whose directories do not serve: the controller refuses them as in sync. */
  private NodeIds lost;

  private IsrProposal proposal;
  private long knownEnd;
  private ErrorCode lastRefusal = ErrorCode.NONE;

  /**
   * @param state names this broker as leader
   * @param epochStartOffset where the log ended when the epoch began
   */
  PartitionLeadership(
      TopicPartition topicPartition,
      Uuid topicId,
      ReplicaContext context,
      PartitionImage state,
      long epochStartOffset,
      long nowNs) {
    this.topicPartition = topicPartition;
    this.topicId = topicId;
    this.context = context;
    this.leaderEpoch = state.leaderEpoch();
    this.epochStartOffset = epochStartOffset;
    this.knownEnd = epochStartOffset;
    this.isr = new InSyncReplicas(state.isr(), state.partitionEpoch());
    this.lost = state.lost();
    setFollowers(state.replicas(), nowNs);
  }

  long epochStartOffset() {
    return epochStartOffset;
  }

  InSyncReplicas isr() {
    return isr;
  }

  /** Whether there is nobody to wait for. */
  boolean isAlone() {
    return followers.length == 0;
  }

  /**
   * A state of the same leader epoch. One that is known already says nothing about a proposal: the
   * controller may take it over yet.
   */
  void onState(PartitionImage state, long nowNs) {
    if (state.partitionEpoch() >= isr.partitionEpoch()) {
      lost = state.lost();
    }
    if (state.partitionEpoch() > isr.partitionEpoch()) {
      setFollowers(state.replicas(), nowNs);
      onCommitted(state.isr(), state.partitionEpoch());
    }
  }

  /** Who was a follower before in this epoch stays what he is. */
  private void setFollowers(NodeIds replicas, long nowNs) {
    FollowerProgress[] known = followers;
    followers =
        replicas.asList().stream()
            .filter(id -> id != context.nodeId())
            .map(
                id ->
                    Arrays.stream(known)
                        .filter(it -> it.id() == id)
                        .findFirst()
                        .orElseGet(
                            () -> new FollowerProgress(id, isr.committed().contains(id), nowNs)))
            .toArray(FollowerProgress[]::new);
  }

  private void onCommitted(NodeIds committed, int partitionEpoch) {
    NodeIds before = isr.committed();
    if (!isr.commit(committed, partitionEpoch)) {
      return;
    }
    proposal = null;
    lastRefusal = ErrorCode.NONE;
    if (!committed.equals(before)) {
      LOG.info("{}: in sync are {}, were {}", topicPartition, committed, before);
    }
  }

  /** What became of a proposal. Returns whether the set of in-sync replicas may be another. */
  boolean onOutcome(IsrProposal answered, IsrProposal.Outcome outcome) {
    if (answered != proposal) {
      return false; // Metadata was faster.
    }
    switch (outcome) {
      case IsrProposal.Outcome.Committed committed -> {
        if (committed.leaderEpoch() != leaderEpoch
            || committed.partitionEpoch() < isr.partitionEpoch()) {
          return false;
        }
        onCommitted(committed.isr(), committed.partitionEpoch());
      }
      case IsrProposal.Outcome.Refused refused -> {
        if (lastRefusal != refused.why()) {
          lastRefusal = refused.why();
          LOG.info(
              "{}: the controller refused {} as in sync ({}); {} remain",
              topicPartition,
              answered.isr(),
              refused.why(),
              isr.committed());
        }
        isr.rollBack();
        proposal = null;
      }
      case IsrProposal.Outcome.Superseded _ -> {
        return false; // Either may be true until the metadata says.
      }
    }
    return true;
  }

  /** Moves the log's high watermark; of it counts what is as safe as the topic wants it. */
  void advance(PartitionLog log, int minInsyncReplicas, long nowNs) {
    long end = log.logEndOffset();
    long own = log.needsForceBeforeAck(end - 1) ? Math.min(end, log.recoveryPoint()) : end;
    long committed = own;
    if (!isAlone()) {
      onLogEnd(end, nowNs);
      committed = committedEnd(own, end, log.highWatermark(), minInsyncReplicas, nowNs);
    }
    if (committed > log.highWatermark()) {
      log.onHighWatermark(committed);
    }
  }

  /**
   * How far records are committed.
   *
   * @param ownEnd up to where this broker's own log counts
   * @param logEnd where it ends
   * @param highWatermark as it is; what comes out is not below it
   */
  long committedEnd(
      long ownEnd, long logEnd, long highWatermark, int minInsyncReplicas, long nowNs) {
    if (isr.committed().size() < minInsyncReplicas) {
      return highWatermark;
    }
    long end = ownEnd;
    for (FollowerProgress follower : followers) {
      if (follower.endOffset() < end
          && (isr.isMaximal(follower.id()) || isJoining(follower, logEnd, nowNs))) {
        end = follower.endOffset();
      }
    }
    return Math.max(end, highWatermark);
  }

  /** The earliest offset that a replica whose broker lives still has; -1 if one is not known. */
  long lowWatermark(long ownStart) {
    long low = ownStart;
    for (FollowerProgress follower : followers) {
      if (context.brokers().lives(follower.id())) {
        low = Math.min(low, follower.startOffset());
      }
    }
    return low;
  }

  private boolean isJoining(FollowerProgress follower, long logEnd, long nowNs) {
    return follower.endOffset() >= 0
        && !lost.contains(follower.id())
        && follower.isCaughtUp(logEnd, nowNs, context.lagMaxNs())
        && context.brokers().mayBeInSync(follower.id(), follower.brokerEpoch());
  }

  /** The log may have grown since the call before. */
  void onLogEnd(long logEnd, long nowNs) {
    if (logEnd > knownEnd) {
      for (FollowerProgress follower : followers) {
        follower.onAppended(knownEnd, nowNs);
      }
      knownEnd = logEnd;
    }
  }

  /** See {@link Partition#onFollowerFetch}. */
  ErrorCode onFetch(FollowerFetch fetch, long logEnd, long nowNs) {
    FollowerProgress follower = follower(fetch.replicaId());
    if (follower == null) {
      return ErrorCode.UNKNOWN_LEADER_EPOCH;
    }
    if (context.brokers().isReplaced(fetch.replicaId(), fetch.brokerEpoch())
        || fetch.brokerEpoch() < follower.brokerEpoch()) {
      return ErrorCode.NOT_LEADER_OR_FOLLOWER;
    }
    if (fetch.fetchOffset() < 0 || fetch.fetchOffset() > logEnd) {
      return ErrorCode.OFFSET_OUT_OF_RANGE;
    }
    onLogEnd(logEnd, nowNs);
    follower.onFetch(fetch, logEnd, nowNs);
    return ErrorCode.NONE;
  }

  private FollowerProgress follower(int id) {
    for (FollowerProgress follower : followers) {
      if (follower.id() == id) {
        return follower;
      }
    }
    return null;
  }

  /** Proposes a follower as in sync if it is, and nothing else is proposed. */
  IsrProposal expand(int replicaId, long highWatermark) {
    FollowerProgress follower = follower(replicaId);
    if (follower == null
        || proposal != null
        || isr.isMaximal(replicaId)
        || lost.contains(replicaId)
        || follower.endOffset() < highWatermark
        || follower.endOffset() < epochStartOffset
        || !context.brokers().mayBeInSync(replicaId, follower.brokerEpoch())) {
      return null;
    }
    int[] wanted = Arrays.copyOf(ids(isr.committed()), isr.committed().size() + 1);
    wanted[wanted.length - 1] = replicaId;
    return propose(NodeIds.of(wanted));
  }

  /** Proposes to go on without those that were not caught up for the lag time. */
  IsrProposal shrink(long logEnd, long highWatermark, long nowNs) {
    if (proposal != null) {
      return null;
    }
    NodeIds wanted = isr.committed();
    StringBuilder out = new StringBuilder();
    for (FollowerProgress follower : followers) {
      if (isr.committed().contains(follower.id())
          && !follower.isCaughtUp(logEnd, nowNs, context.lagMaxNs())) {
        wanted = wanted.without(follower.id());
        out.append(out.isEmpty() ? "" : ", ").append(follower);
      }
    }
    if (wanted.size() == isr.committed().size()) {
      return null;
    }
    LOG.info(
        "{}: goes on without followers behind for more than {} ms: {}; log ends at {}, high"
            + " watermark {}",
        topicPartition,
        context.lagMaxMs(),
        out,
        logEnd,
        highWatermark);
    return propose(wanted);
  }

  private IsrProposal propose(NodeIds wanted) {
    long[] epochs = new long[wanted.size()];
    for (int i = 0; i < epochs.length; i++) {
      FollowerProgress follower = follower(wanted.at(i));
      epochs[i] = follower == null ? context.isrChanges().brokerEpoch() : follower.brokerEpoch();
    }
    proposal =
        new IsrProposal(
            topicId, topicPartition.partition(), leaderEpoch, isr.partitionEpoch(), wanted, epochs);
    isr.propose(wanted);
    return proposal;
  }

  private static int[] ids(NodeIds nodes) {
    return nodes.asList().stream().mapToInt(Integer::intValue).toArray();
  }

  /** Goes on after a time in which this broker could not lead. */
  void resume(long nowNs) {
    for (FollowerProgress follower : followers) {
      follower.forgive(nowNs);
    }
  }

  /** Whether a replica is one of those that follow. */
  boolean isFollower(int id) {
    return follower(id) != null;
  }
}
