package io.ottla.broker.fetch;

import io.ottla.broker.api.ClientConnection;
import io.ottla.replication.FollowerFetch;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.Uuid;
import io.ottla.wire.message.FetchRequest;
import io.ottla.wire.message.FetchResponse;
import java.util.ArrayList;
import java.util.List;

/**
 * What one fetch is about, once its session was looked at (KIP-227): the partitions to read, and
 * which of them to speak of.
 */
sealed interface FetchContext {

  /** Lowest version that names topics by id. */
  short FIRST_WITH_TOPIC_IDS = 13;

  /** A request outside of any session, or the last of one. */
  int FINAL_EPOCH = -1;

  /** A request that would open a session. */
  int INITIAL_EPOCH = 0;

  /** The partitions to read, in the order in which they get their share. */
  List<WantedPartition> wanted();

  /** The session's id to answer with, or 0. */
  int sessionId();

  /** Whether the response says this of a partition; called once for each. */
  boolean tell(FetchKey key, FetchResponse.PartitionData data);

  /**
   * Whether a follower says something of a partition that it had not said before by this
   * connection: what another brought may have been lost with it.
   */
  boolean isNews(FetchKey key, FollowerFetch report, ClientConnection by);

  /** The fetch waits; how to end that, see {@link FetchSession#onWaiting}. */
  default void onWaiting(Runnable end) {}

  /** The fetch waits no longer. */
  default void onAnswered(Runnable end) {}

  /** A fetch with a session that told everything: a full one. */
  record Full(List<WantedPartition> wanted, FetchSession session) implements FetchContext {

    @Override
    public int sessionId() {
      return session == null ? 0 : session.id();
    }

    @Override
    public boolean tell(FetchKey key, FetchResponse.PartitionData data) {
      if (session != null) {
        session.tell(key, data);
      }
      return true;
    }

    @Override
    public boolean isNews(FetchKey key, FollowerFetch report, ClientConnection by) {
      return session == null || session.isNews(key, report, by);
    }

    @Override
    public void onWaiting(Runnable end) {
      if (session != null) {
        session.onWaiting(end);
      }
    }

    @Override
    public void onAnswered(Runnable end) {
      if (session != null) {
        session.onAnswered(end);
      }
    }
  }

  /** A fetch that goes on with a session. */
  record Incremental(List<WantedPartition> wanted, FetchSession session) implements FetchContext {

    @Override
    public int sessionId() {
      return session.id();
    }

    @Override
    public boolean tell(FetchKey key, FetchResponse.PartitionData data) {
      return session.tell(key, data);
    }

    @Override
    public boolean isNews(FetchKey key, FollowerFetch report, ClientConnection by) {
      return session.isNews(key, report, by);
    }

    @Override
    public void onWaiting(Runnable end) {
      session.onWaiting(end);
    }

    @Override
    public void onAnswered(Runnable end) {
      session.onAnswered(end);
    }
  }

  /** A fetch whose session is not what the client thinks. */
  record Refused(ErrorCode error) implements FetchContext {

    @Override
    public List<WantedPartition> wanted() {
      return List.of();
    }

    @Override
    public int sessionId() {
      return 0;
    }

    @Override
    public boolean tell(FetchKey key, FetchResponse.PartitionData data) {
      return false;
    }

    @Override
    public boolean isNews(FetchKey key, FollowerFetch report, ClientConnection by) {
      return false;
    }
  }

  /** Looks at the session a request names and takes the request into account. */
  static FetchContext of(
      FetchRequest request, short version, boolean byFollower, FetchSessions sessions, long nowNs) {
    boolean withTopicIds = version >= FIRST_WITH_TOPIC_IDS;
    List<WantedPartition> wanted = wantedIn(request, withTopicIds);
    int epoch = request.sessionEpoch();
    if (epoch == FINAL_EPOCH || epoch == INITIAL_EPOCH) {
      if (request.sessionId() != 0) {
        sessions.close(request.sessionId());
      }
      return new Full(
          wanted,
          epoch == FINAL_EPOCH ? null : sessions.open(withTopicIds, wanted, byFollower, nowNs));
    }
    FetchSession session = sessions.get(request.sessionId());
    if (session == null) {
      return new Refused(ErrorCode.FETCH_SESSION_ID_NOT_FOUND);
    }
    ErrorCode error =
        session.advance(epoch, withTopicIds, wanted, forgottenIn(request, withTopicIds), nowNs);
    if (error != ErrorCode.NONE) {
      return new Refused(error);
    }
    if (session.size() == 0) {
      // A session without partitions holds nothing worth a slot.
      sessions.close(session.id());
      return new Full(List.of(), null);
    }
    return new Incremental(session.wanted(), session);
  }

  private static List<WantedPartition> wantedIn(FetchRequest request, boolean withTopicIds) {
    List<WantedPartition> wanted = new ArrayList<>();
    for (FetchRequest.FetchTopic topic : request.topics()) {
      for (FetchRequest.FetchPartition partition : topic.partitions()) {
        wanted.add(
            new WantedPartition(
                key(topic.topicId(), topic.topic(), partition.partition(), withTopicIds),
                partition.fetchOffset(),
                partition.logStartOffset(),
                partition.partitionMaxBytes(),
                partition.currentLeaderEpoch(),
                partition.lastFetchedEpoch()));
      }
    }
    return wanted;
  }

  private static List<FetchKey> forgottenIn(FetchRequest request, boolean withTopicIds) {
    List<FetchKey> forgotten = new ArrayList<>();
    for (FetchRequest.ForgottenTopic topic : request.forgottenTopicsData()) {
      for (int partition : topic.partitions()) {
        forgotten.add(key(topic.topicId(), topic.topic(), partition, withTopicIds));
      }
    }
    return forgotten;
  }

  private static FetchKey key(Uuid topicId, String topic, int partition, boolean withTopicIds) {
    return withTopicIds
        ? new FetchKey(topicId, null, partition)
        : new FetchKey(Uuid.ZERO, topic, partition);
  }
}
