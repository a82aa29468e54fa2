package io.ottla.replication;

import io.ottla.wire.Uuid;
import io.ottla.wire.message.FetchRequest;
import io.ottla.wire.message.FetchResponse;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * A follower's side of a fetch session (KIP-227): the leader remembers what is wanted, requests
 * tell only what has changed. Owned by the fetcher's shard.
 */
final class FollowerSession {

  private static final int NO_SESSION = 0;
  private static final int FIRST_EPOCH = 0;

  private final int maxBytesPerPartition;

  /** Those in the session, or told in a full request. */
  private final Set<FollowedPartition.Key> known = new HashSet<>();

  private final Map<FollowedPartition.Key, FollowedPartition> changed = new LinkedHashMap<>();
  private final LinkedHashSet<FollowedPartition.Key> forgotten = new LinkedHashSet<>();
  private int id = NO_SESSION;
  private int epoch = FIRST_EPOCH;

  FollowerSession(int maxBytesPerPartition) {
    this.maxBytesPerPartition = maxBytesPerPartition;
  }

  boolean isOpen() {
    return id != NO_SESSION;
  }

  /** Whether the leader has something to be told. */
  boolean hasNews() {
    return !changed.isEmpty() || !forgotten.isEmpty();
  }

  /** Whether nothing is wanted. */
  boolean isEmpty() {
    return known.isEmpty() && changed.isEmpty();
  }

  /** A partition is new, or goes on at another place. */
  void want(FollowedPartition partition) {
    forgotten.remove(partition.key());
    changed.put(partition.key(), partition);
  }

  /** A partition is not wanted for now, or for good. */
  void forget(FollowedPartition partition) {
    changed.remove(partition.key(), partition);
    if (known.remove(partition.key())) {
      forgotten.add(partition.key());
    }
  }

  /** The leader knows nothing any more, or is not known to: all is told anew. */
  void reset(Collection<FollowedPartition> followed) {
    id = NO_SESSION;
    epoch = FIRST_EPOCH;
    known.clear();
    changed.clear();
    forgotten.clear();
    for (FollowedPartition partition : followed) {
      partition.onSessionLost();
      if (partition.isReady()) {
        changed.put(partition.key(), partition);
      }
    }
  }

  /** Puts what has changed into a request; without a session, that is everything. */
  void tell(FetchRequest request, long number) {
    request.sessionId(id).sessionEpoch(epoch);
    Map<Uuid, FetchRequest.FetchTopic> topics = new LinkedHashMap<>();
    for (FollowedPartition partition : changed.values()) {
      topics
          .computeIfAbsent(
              partition.key().topicId(), topic -> new FetchRequest.FetchTopic().topicId(topic))
          .partitions()
          .add(wanted(partition));
      partition.onTold(number);
      known.add(partition.key());
    }
    request.topics().addAll(topics.values());
    Map<Uuid, FetchRequest.ForgottenTopic> gone = new LinkedHashMap<>();
    for (FollowedPartition.Key key : forgotten) {
      gone.computeIfAbsent(key.topicId(), topic -> new FetchRequest.ForgottenTopic().topicId(topic))
          .partitions()
          .add(key.partition());
    }
    request.forgottenTopicsData().addAll(gone.values());
    changed.clear();
    forgotten.clear();
    if (id != NO_SESSION) {
      epoch = epoch == Integer.MAX_VALUE ? 1 : epoch + 1;
    }
  }

  private FetchRequest.FetchPartition wanted(FollowedPartition partition) {
    FetchPosition position = partition.position();
    return new FetchRequest.FetchPartition()
        .partition(partition.key().partition())
        .currentLeaderEpoch(partition.leaderEpoch())
        .fetchOffset(position.fetchOffset())
        .lastFetchedEpoch(position.lastFetchedEpoch())
        .logStartOffset(position.logStartOffset())
        .partitionMaxBytes(maxBytesPerPartition);
  }

  /**
   * The leader has answered a request, and the answer was looked at; if it was a full one, there
   * may be a session now. If there was no room for one, the next request is a full one again.
   */
  void onAnswer(FetchResponse response, Collection<FollowedPartition> followed) {
    if (id == NO_SESSION && response.sessionId() == NO_SESSION) {
      reset(followed);
    } else if (id == NO_SESSION) {
      id = response.sessionId();
      epoch = FIRST_EPOCH + 1;
    }
  }
}
