package io.ottla.broker.fetch;

import io.ottla.broker.api.ClientConnection;
import io.ottla.broker.api.LateAnswer;
import io.ottla.broker.api.Request;
import io.ottla.broker.replica.LeaderHints;
import io.ottla.log.LogView;
import io.ottla.replication.DataWaiter;
import io.ottla.replication.Partition;
import io.ottla.replication.ReadLimit;
import io.ottla.runtime.Shard;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.FetchRequest;
import io.ottla.wire.message.FetchResponse;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * One fetch, from its arrival to its answer: reads; if that is too little, waits on the shards of
 * its partitions and reads again, until it is enough or the time is up.
 *
 * <p>Owned by the connection's event loop; only {@link Wait} is touched by shards.
 */
final class PendingFetch {

  private static final short FIRST_WITH_HINTS = 16;

  private final Request<FetchRequest> request;
  private final FetchContext context;
  private final PartitionReader reader;
  private final LeaderHints hints;
  private final ReadAhead readAhead;

  /** Sent with the first reading: later ones are of the same positions. */
  private FollowerReports reports;

  private final int maxBytes;
  private final int minBytes;

  /** Limits of the views last read, by partition: what is beyond them is news. */
  private final List<Seen> seen = new ArrayList<>();

  private Wait wait;

  /** What is being, or was just brought into memory for this fetch; null if nothing is. */
  private ColdReading cold;

  private boolean timeIsUp;
  private boolean answered;
  private Runnable cancelDeadline = () -> {};
  private Runnable forgetClose = () -> {};

  /** What the session was given to end the wait with; null if this fetch has not waited. */
  private Runnable endWaiting;

  /**
   * @param reports takes a follower's positions; null if it is none
   * @param readAhead where the disk is waited for
   */
  PendingFetch(
      Request<FetchRequest> request,
      FetchContext context,
      PartitionReader reader,
      FollowerReports reports,
      LeaderHints hints,
      ReadAhead readAhead,
      int maxBytes) {
    this.request = request;
    this.context = context;
    this.reader = reader;
    this.reports = reports;
    this.hints = hints;
    this.readAhead = readAhead;
    this.maxBytes = Math.min(request.body().maxBytes(), maxBytes);
    this.minBytes = Math.min(request.body().minBytes(), this.maxBytes);
  }

  void begin() {
    int maxWaitMs = request.body().maxWaitMs();
    timeIsUp = maxWaitMs <= 0 || context.wanted().isEmpty();
    attempt();
    if (!answered) {
      cancelDeadline =
          request.connection().schedule(this::onDeadline, maxWaitMs, TimeUnit.MILLISECONDS);
      forgetClose = request.connection().whenClosed(this::onClosed);
      endWaiting = () -> request.connection().eventLoop().execute(this::onDeadline);
      context.onWaiting(endWaiting);
      request.releaseFrame();
    }
  }

  private void onClosed() {
    if (cold != null) {
      cold.abandon();
    }
    onDeadline();
  }

  private void onDeadline() {
    timeIsUp = true;
    retry();
  }

  /** Reads again. Nobody above catches: whatever goes wrong must answer the request. */
  private void retry() {
    if (answered) {
      return;
    }
    try {
      attempt();
    } catch (RuntimeException | OutOfMemoryError e) {
      boolean unanswered = !answered;
      end();
      if (unanswered) {
        LateAnswer.failed(request, e);
      }
    }
  }

  /** Reads, and answers or waits; first of all, for what has to come from the disk. */
  private void attempt() {
    if (cold != null && !cold.isDone()) {
      return; // It ends in another attempt.
    }
    List<WantedPartition> wanted = context.wanted();
    List<WantedPartition> missing = look(wanted);
    if (missing != null) {
      bringIn(missing);
      return;
    }
    try {
      read(wanted);
    } finally {
      releaseCold();
    }
  }

  /**
   * Notes the limits of the partitions.
   *
   * @return those of which one may have to wait for the disk; null if there are none
   */
  private List<WantedPartition> look(List<WantedPartition> wanted) {
    seen.clear();
    List<WantedPartition> missing = null;
    boolean anyNew = false;
    long nowMs = readAhead.nowMs();
    for (WantedPartition each : wanted) {
      Partition partition = reader.find(each.key());
      if (partition == null) {
        continue;
      }
      LogView view = partition.view();
      long limit = reader.limit().of(view);
      seen.add(new Seen(partition, limit));
      if (readAhead.isCold(view, each.fetchOffset(), limit, nowMs)) {
        missing = missing == null ? new ArrayList<>() : missing;
        missing.add(each);
        anyNew |= cold == null || !cold.covers(each.key());
      }
    }
    return anyNew ? missing : null;
  }

  private void bringIn(List<WantedPartition> missing) {
    releaseCold();
    ClientConnection connection = request.connection();
    ColdReading reading =
        new ColdReading(
            reader,
            readAhead,
            connection.state(SequentialReads.class, SequentialReads::new),
            missing,
            maxBytes,
            connection.eventLoop(),
            this::onBroughtIn);
    cold = reading;
    connection.handOver(() -> readAhead.offer(reading));
  }

  private void onBroughtIn() {
    if (answered) {
      releaseCold();
    } else {
      retry();
    }
  }

  private void releaseCold() {
    if (cold != null) {
      cold.release();
      cold = null;
    }
  }

  private void read(List<WantedPartition> wanted) {
    List<FetchResponse.PartitionData> read = new ArrayList<>(wanted.size());
    int bytes = 0;
    boolean urgent = timeIsUp;
    for (WantedPartition partition : wanted) {
      ErrorCode error = cold == null ? ErrorCode.NONE : cold.error(partition.key());
      FetchResponse.PartitionData data =
          error == ErrorCode.NONE
              ? reader.read(partition, Math.max(0, maxBytes - bytes), bytes == 0, reports)
              : PartitionReader.failed(partition, error);
      bytes += data.records().sizeInBytes();
      urgent |=
          data.errorCode() != ErrorCode.NONE.code()
              || data.divergingEpoch().epoch() >= 0
              || data.preferredReadReplica() >= 0;
      read.add(data);
    }
    if (reports != null) {
      reports.send();
      reports = null;
    }
    if (urgent || bytes >= minBytes) {
      answer(wanted, read, bytes);
    } else {
      read.forEach(data -> data.records().release());
      park();
    }
  }

  private void end() {
    answered = true;
    if (wait != null) {
      wait.end();
    }
    cancelDeadline.run();
    forgetClose.run();
    if (endWaiting != null) {
      context.onAnswered(endWaiting);
    }
  }

  private void answer(
      List<WantedPartition> wanted, List<FetchResponse.PartitionData> read, int bytes) {
    end();
    FetchResponse response = new FetchResponse().sessionId(context.sessionId());
    FetchKey last = null;
    FetchResponse.FetchableTopicResponse topic = null;
    for (int i = 0; i < read.size(); i++) {
      FetchKey key = wanted.get(i).key();
      if (!context.tell(key, read.get(i))) {
        continue;
      }
      if (topic == null || !key.sameTopic(last)) {
        topic = new FetchResponse.FetchableTopicResponse().topicId(key.topicId());
        if (key.topic() != null) {
          topic.topic(key.topic());
        }
        response.responses().add(topic);
        last = key;
      }
      topic.partitions().add(read.get(i));
      reader.countSent(wanted.get(i), read.get(i).records().sizeInBytes());
      addHint(key, read.get(i));
    }
    hints.nodes(
        (id, endpoint, rack) ->
            response
                .nodeEndpoints()
                .add(
                    new FetchResponse.NodeEndpoint()
                        .nodeId(id)
                        .host(endpoint.host())
                        .port(endpoint.port())
                        .rack(rack)));
    request.respond(response, bytes, () -> read.forEach(data -> data.records().release()));
  }

  /** Tells who leads a partition that this broker does not (KIP-951). */
  private void addHint(FetchKey key, FetchResponse.PartitionData data) {
    boolean looksForLeader =
        data.errorCode() == ErrorCode.NOT_LEADER_OR_FOLLOWER.code()
            || data.errorCode() == ErrorCode.FENCED_LEADER_EPOCH.code();
    if (!looksForLeader || request.version() < FIRST_WITH_HINTS) {
      return;
    }
    if (key.topic() == null) {
      hints.of(
          key.topicId(),
          key.partition(),
          (id, epoch) -> data.currentLeader().leaderId(id).leaderEpoch(epoch));
    } else {
      hints.of(
          key.topic(),
          key.partition(),
          (id, epoch) -> data.currentLeader().leaderId(id).leaderEpoch(epoch));
    }
  }

  /** Asks each shard to say when one of its partitions has moved on. */
  private void park() {
    if (wait != null) {
      wait.end();
    }
    wait = new Wait(this);
    Map<Shard, List<Seen>> byShard = new LinkedHashMap<>();
    for (Seen limit : seen) {
      byShard.computeIfAbsent(limit.partition.shard(), _ -> new ArrayList<>(1)).add(limit);
    }
    Wait current = wait;
    ReadLimit readLimit = reader.limit();
    byShard.forEach(
        (shard, limits) ->
            request
                .connection()
                .dispatch(
                    shard,
                    () -> {
                      for (Seen limit : limits) {
                        limit.partition.whenBeyond(limit.offset, readLimit, current);
                      }
                    }));
  }

  private record Seen(Partition partition, long offset) {}

  /** One stay on the shards. Told by any of them; the first to tell sends the fetch reading. */
  private static final class Wait implements DataWaiter {

    private final PendingFetch fetch;
    private final AtomicBoolean over = new AtomicBoolean();

    Wait(PendingFetch fetch) {
      this.fetch = fetch;
    }

    @Override
    public void onChange() {
      if (over.compareAndSet(false, true)) {
        fetch.request.connection().eventLoop().execute(fetch::retry);
      }
    }

    void end() {
      over.set(true);
    }

    @Override
    public boolean isDone() {
      return over.get();
    }
  }
}
