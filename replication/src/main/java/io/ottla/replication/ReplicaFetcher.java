package io.ottla.replication;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.ottla.log.EpochEndOffset;
import io.ottla.runtime.Shard;
import io.ottla.wire.BufferRecords;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.FetchRequest;
import io.ottla.wire.message.FetchResponse;
import io.ottla.wire.record.BatchHeader;
import io.ottla.wire.record.RecordBatch;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fetches some of the partitions that one broker leads, over one connection, and hands what comes
 * to the partitions' shards. An actor on a shard of its own choice; it has no thread.
 *
 * <pre>
 *  fetch --> answer --> append, on the shard of each partition --> fetch
 *               |
 *               +--> fetch at once, if all that came lies below the leader's high watermark
 * </pre>
 *
 * <p>To fetch at an offset is to say that all below it is here. That may be said before the append
 * is done only of what is committed already: then no commit can come to depend on it. It is what
 * keeps the connection busy while a follower catches up. For the same reason, at most two answers
 * are being appended at a time, and at most two requests are on their way: the second one only to
 * tell the leader of something new while the first waits there for data.
 */
final class ReplicaFetcher {

  private static final Logger LOG = LoggerFactory.getLogger(ReplicaFetcher.class);

  private static final int MAX_ANSWERS = 2;
  private static final int MAX_REQUESTS = 2;
  private static final int FIRST_BACKOFF_MS = 50;
  private static final int THROTTLE_MS = 100;

  private final Shard shard;
  private final int leaderId;
  private final int nodeId;
  private final LongSupplier brokerEpoch;
  private final ReplicationConfig config;
  private final ReplicationQuota quota;
  private final LeaderConnection connection;
  private final OutOfRange outOfRange;
  private final RecordBatch batch = new RecordBatch();

  private final Map<FollowedPartition.Key, FollowedPartition> followed = new LinkedHashMap<>();
  private final FollowerSession session;
  private long requests;
  private int requestsUnderWay;
  private int answersUnderWay;

  /** Partitions that must be appended to before it is known where they go on. */
  private int undecided;

  /** Requests up to here were sent on a connection, or in a session, that is lost. */
  private long lostUpTo = -1;

  private boolean backingOff;
  private boolean cutOff;
  private int backoffMs = FIRST_BACKOFF_MS;
  private boolean closed;

  /**
   * @param shard runs the fetcher; any
   * @param quota of what this broker fetches
   */
  ReplicaFetcher(
      Shard shard,
      int leaderId,
      int nodeId,
      LongSupplier brokerEpoch,
      ReplicationConfig config,
      ReplicationQuota quota,
      LeaderConnection connection) {
    this.shard = shard;
    this.leaderId = leaderId;
    this.nodeId = nodeId;
    this.brokerEpoch = brokerEpoch;
    this.config = config;
    this.quota = quota;
    this.connection = connection;
    this.session = new FollowerSession(config.fetchMaxBytes());
    this.outOfRange = new OutOfRange(shard, nodeId, connection);
  }

  /** What is followed from now on, in place of what was under the same names. Any thread. */
  void follow(List<FollowedPartition> partitions) {
    shard.submit(
        () -> {
          for (FollowedPartition partition : partitions) {
            followed.put(partition.key(), partition);
            goOn(partition);
          }
          fetchIfPossible();
        });
  }

  /** What is followed no more. Any thread. */
  void unfollow(Collection<Partition> partitions) {
    shard.submit(
        () -> {
          for (Partition partition : partitions) {
            FollowedPartition it =
                followed.remove(
                    new FollowedPartition.Key(
                        partition.topicId(), partition.topicPartition().partition()));
            if (it != null) {
              session.forget(it);
            }
          }
        });
  }

  /** Stops for good. Any thread. */
  void close() {
    shard.submit(
        () -> {
          closed = true;
          followed.clear();
          connection.close();
        });
  }

  private boolean isCurrent(FollowedPartition it) {
    return !closed && followed.get(it.key()) == it;
  }

  private void goOn(FollowedPartition it) {
    if (isThrottled(it) && quota.isExceeded()) {
      pause(it, THROTTLE_MS);
    } else {
      it.setReady(true);
      session.want(it);
    }
  }

  private boolean isThrottled(FollowedPartition it) {
    Partition partition = it.partition();
    return partition
            .settings()
            .followerThrottled()
            .contains(partition.topicPartition().partition(), nodeId)
        && (it.isBehind() || !partition.role().isr().contains(nodeId));
  }

  private void pause(FollowedPartition it, int ms) {
    stop(it);
    resumeAfter(it, ms);
  }

  private void resumeAfter(FollowedPartition it, int ms) {
    var _ =
        shard.schedule(
            ms,
            () -> {
              if (isCurrent(it)) {
                goOn(it);
                fetchIfPossible();
              }
            });
  }

  private void stop(FollowedPartition it) {
    it.setReady(false);
    session.forget(it);
  }

  private void fetchIfPossible() {
    if (closed || backingOff || undecided > 0 || session.isEmpty()) {
      return;
    }
    boolean free = requestsUnderWay == 0;
    boolean urgent = requestsUnderWay < MAX_REQUESTS && session.isOpen() && session.hasNews();
    if ((free || urgent) && answersUnderWay < MAX_ANSWERS) {
      fetch();
    }
  }

  private void fetch() {
    long number = requests++;
    FetchRequest request =
        new FetchRequest()
            .maxWaitMs(config.fetchWaitMaxMs())
            .minBytes(config.fetchMinBytes())
            .maxBytes(config.fetchResponseMaxBytes())
            .rackId("");
    request.replicaState().replicaId(nodeId).replicaEpoch(brokerEpoch.getAsLong());
    session.tell(request, number);
    requestsUnderWay++;
    connection
        .fetch(request)
        .whenComplete((answer, failure) -> shard.submit(() -> onAnswer(number, answer, failure)));
  }

  private void onAnswer(long number, PeerAnswer<FetchResponse> answer, Throwable failure) {
    requestsUnderWay--;
    if (closed || number <= lostUpTo) {
      if (answer != null) {
        answer.release().run();
      }
      fetchIfPossible();
      return;
    }
    if (failure != null) {
      onLost("broker " + leaderId + " cannot be fetched from: " + reason(failure));
      return;
    }
    FetchResponse response = answer.message();
    ErrorCode error = ErrorCode.forCode(response.errorCode());
    switch (error) {
      case NONE -> take(number, answer);
      case FETCH_SESSION_ID_NOT_FOUND,
          INVALID_FETCH_SESSION_EPOCH,
          FETCH_SESSION_TOPIC_ID_ERROR,
          INCONSISTENT_TOPIC_ID -> {
        answer.release().run();
        lostUpTo = requests - 1;
        session.reset(followed.values());
        fetchIfPossible();
      }
      default -> {
        answer.release().run();
        onLost("broker " + leaderId + " refuses fetches with " + error);
      }
    }
  }

  private static String reason(Throwable failure) {
    Throwable cause = failure.getCause() == null ? failure : failure.getCause();
    return cause.getMessage() == null ? cause.toString() : cause.getMessage();
  }

  private void onLost(String why) {
    if (!cutOff) {
      cutOff = true;
      LOG.warn(
          "{}; {} partitions it leads stay behind until it answers or another leads",
          why,
          followed.size());
    }
    lostUpTo = requests - 1;
    session.reset(followed.values());
    backingOff = true;
    var _ =
        shard.schedule(
            Math.min(backoffMs, config.fetchBackoffMs()),
            () -> {
              backingOff = false;
              fetchIfPossible();
            });
    backoffMs = Math.min(2 * backoffMs, config.fetchBackoffMs());
  }

  private void take(long number, PeerAnswer<FetchResponse> answer) {
    backoffMs = FIRST_BACKOFF_MS;
    if (cutOff) {
      cutOff = false;
      LOG.info("broker {} can be fetched from again", leaderId);
    }
    AnswerIntake intake = new AnswerIntake(shard, this::onTaken, answer.release());
    for (FetchResponse.FetchableTopicResponse topic : answer.message().responses()) {
      for (FetchResponse.PartitionData data : topic.partitions()) {
        FollowedPartition it =
            followed.get(new FollowedPartition.Key(topic.topicId(), data.partitionIndex()));
        // What was answered twice, as two requests were there, is taken once.
        if (it != null && it.isReady() && it.isAnsweredBy(number) && it.isWhereItWasTold()) {
          take(it, data, intake);
        }
      }
    }
    session.onAnswer(answer.message(), followed.values());
    answersUnderWay++;
    intake.begin();
    fetchIfPossible();
  }

  private void take(FollowedPartition it, FetchResponse.PartitionData data, AnswerIntake intake) {
    ErrorCode error = ErrorCode.forCode(data.errorCode());
    if (error != ErrorCode.NONE) {
      onError(it, error, "");
      return;
    }
    tellRecovered(it);
    it.onTakingBegun(data.highWatermark());
    if (data.divergingEpoch().epoch() >= 0 || data.divergingEpoch().endOffset() >= 0) {
      undecided++;
      intake.truncate(
          it, new EpochEndOffset(data.divergingEpoch().epoch(), data.divergingEpoch().endOffset()));
      return;
    }
    ByteBuf records =
        data.records() instanceof BufferRecords bytes ? bytes.buffer() : Unpooled.EMPTY_BUFFER;
    FetchedRecords fetched =
        new FetchedRecords(
            it.leaderEpoch(),
            it.toldOffset(),
            records,
            data.highWatermark(),
            data.logStartOffset());
    if (isThrottled(it)) {
      quota.record(records.readableBytes());
    }
    FetchPosition ahead = records.isReadable() ? after(it, records) : null;
    boolean decided =
        !records.isReadable() || (ahead != null && ahead.fetchOffset() < data.highWatermark());
    if (decided && ahead != null) {
      it.moveTo(ahead);
      goOn(it);
    } else if (!decided) {
      undecided++;
    }
    intake.append(it, fetched, decided);
  }

  /** Where it goes on after the whole batches there are; null if there is none. */
  private FetchPosition after(FollowedPartition it, ByteBuf records) {
    int at = records.readerIndex();
    int end = records.writerIndex();
    long next = -1;
    int epoch = -1;
    while (end - at >= BatchHeader.SIZE) {
      batch.wrap(records, at);
      int length = batch.length();
      if (length < BatchHeader.SIZE - BatchHeader.LOG_OVERHEAD
          || length > end - at - BatchHeader.LOG_OVERHEAD) {
        break;
      }
      next = batch.nextOffset();
      epoch = batch.partitionLeaderEpoch();
      if (epoch > it.leaderEpoch()) {
        return null; // Of a later leader: not to be taken, see the log.
      }
      at += batch.sizeInBytes();
    }
    return next < 0 ? null : new FetchPosition(next, epoch, it.position().logStartOffset());
  }

  private void onTaken(List<AnswerIntake.Taken> taken, boolean last) {
    if (last) {
      answersUnderWay--;
    }
    for (AnswerIntake.Taken one : taken) {
      FollowedPartition it = one.followed();
      boolean settled = it.onTakingEnded();
      if (!one.decided()) {
        undecided--;
      }
      if (!isCurrent(it)) {
        continue;
      }
      switch (one.error()) {
        case NONE -> {
          // If more is under way, where it goes on was said already.
          if (settled || !one.taken()) {
            it.moveTo(one.position());
            if (it.isReady() && !it.isPositionTold()) {
              goOn(it);
            }
          }
        }
        case NOT_LEADER_OR_FOLLOWER -> stop(it); // It has another role by now.
        case KAFKA_STORAGE_ERROR -> stop(it); // The log has said why; it has to be opened again.
        default -> {
          it.moveTo(one.position());
          if (it.isReady()) {
            onError(it, one.error(), one.detail());
          }
        }
      }
    }
    fetchIfPossible();
  }

  private void onError(FollowedPartition it, ErrorCode error, String detail) {
    if (error == ErrorCode.OFFSET_OUT_OF_RANGE) {
      stop(it);
      outOfRange.resolve(it, this::onRange);
      return;
    }
    if (it.onTrouble(error)) {
      LOG.info(
          "{}: cannot be fetched from broker {} in epoch {}: {} {}",
          it,
          leaderId,
          it.leaderEpoch(),
          error,
          detail);
    }
    pause(it, it.nextDelayMs(config.fetchBackoffMs()));
  }

  private void onRange(FollowedPartition it, ErrorCode error, FetchPosition position) {
    if (!isCurrent(it)) {
      return;
    }
    if (error == ErrorCode.NONE) {
      it.moveTo(position);
      // Not at once: if the leader still does not have that, it will not in a moment.
      resumeAfter(it, it.nextDelayMs(config.fetchBackoffMs()));
    } else if (it.partition().follower().isFollowing(it.leaderEpoch())) {
      onError(it, error, "when asked for its range of offsets");
    }
  }

  private void tellRecovered(FollowedPartition it) {
    ErrorCode before = it.onProgress();
    if (before != ErrorCode.NONE) {
      LOG.info("{}: is fetched from broker {} again, after {}", it, leaderId, before);
    }
  }
}
