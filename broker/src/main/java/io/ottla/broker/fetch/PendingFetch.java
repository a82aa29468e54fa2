package io.ottla.broker.fetch;

import io.ottla.broker.api.LateAnswer;
import io.ottla.broker.api.Request;
import io.ottla.broker.replica.LeaderHints;
import io.ottla.replication.DataWaiter;
import io.ottla.replication.Partition;
import io.ottla.replication.ReadLimit;
import io.ottla.runtime.Shard;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.FetchRequest;
import io.ottla.wire.message.FetchResponse;
import java.util.ArrayList;
import java.util.HashMap;
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

  /** Sent with the first reading: later ones are of the same positions. */
  private FollowerReports reports;

  private final int maxBytes;
  private final int minBytes;

  /** Limits of the views last read, by partition: what is beyond them is news. */
  private final List<Seen> seen = new ArrayList<>();

  private Wait wait;
  private boolean timeIsUp;
  private boolean answered;
  private Runnable cancelDeadline = () -> {};
  private Runnable forgetClose = () -> {};

  /** What the session was given to end the wait with; null if this fetch has not waited. */
  private Runnable endWaiting;

  /**
   * @param reports takes a follower's positions; null if it is none
   */
  PendingFetch(
      Request<FetchRequest> request,
      FetchContext context,
      PartitionReader reader,
      FollowerReports reports,
      LeaderHints hints,
      int maxBytes) {
    this.request = request;
    this.context = context;
    this.reader = reader;
    this.reports = reports;
    this.hints = hints;
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
      forgetClose = request.connection().whenClosed(this::onDeadline);
      endWaiting = () -> request.connection().eventLoop().execute(this::onDeadline);
      context.onWaiting(endWaiting);
      request.releaseFrame();
    }
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

  /** Reads, and answers or waits. */
  private void attempt() {
    List<WantedPartition> wanted = context.wanted();
    List<FetchResponse.PartitionData> read = new ArrayList<>(wanted.size());
    seen.clear();
    int bytes = 0;
    boolean urgent = timeIsUp;
    for (WantedPartition partition : wanted) {
      noteLimit(partition);
      FetchResponse.PartitionData data =
          reader.read(partition, Math.max(0, maxBytes - bytes), bytes == 0, reports);
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

  private void noteLimit(WantedPartition wanted) {
    Partition partition = reader.find(wanted.key());
    if (partition != null) {
      seen.add(new Seen(partition, reader.limit().of(partition.view())));
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
    Map<Shard, List<Seen>> byShard = new HashMap<>();
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
