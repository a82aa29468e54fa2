package io.ottla.broker.fetch;

import io.ottla.broker.api.ClientConnection;
import io.ottla.replication.FollowerFetch;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.FetchResponse;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What one client fetches and was last told, so that its requests and the responses carry only what
 * changed (KIP-227). Partitions that returned data go to the end, so that all get their turn.
 *
 * <p>Thread-safe: a client may come back by another connection, hence another event loop.
 */
final class FetchSession {

  /** The epoch after which the next is 1 again: 0 and -1 have meanings of their own. */
  private static final int LAST_EPOCH = Integer.MAX_VALUE;

  private static final Runnable NOBODY = () -> {};

  private final int id;
  private final boolean ofFollower;
  private final boolean usesTopicIds;
  private final long createdNs;
  private final Map<FetchKey, Entry> entries = new LinkedHashMap<>();
  private int nextEpoch = 1;
  private long lastUsedNs;

  /** Ends the fetch of this session that waits for data, if one does. */
  private Runnable endWaiting = NOBODY;

  FetchSession(
      int id,
      boolean usesTopicIds,
      Collection<WantedPartition> wanted,
      boolean ofFollower,
      long nowNs) {
    this.id = id;
    this.ofFollower = ofFollower;
    this.usesTopicIds = usesTopicIds;
    this.createdNs = nowNs;
    this.lastUsedNs = nowNs;
    for (WantedPartition partition : wanted) {
      entries.put(partition.key(), new Entry(partition));
    }
  }

  int id() {
    return id;
  }

  /** Whether another broker replicates by it. */
  boolean isOfFollower() {
    return ofFollower;
  }

  long createdNs() {
    return createdNs;
  }

  synchronized long lastUsedNs() {
    return lastUsedNs;
  }

  synchronized int size() {
    return entries.size();
  }

  /**
   * Takes the next request of the session.
   *
   * @return {@link ErrorCode#NONE} if it fits; else the session is as it was
   */
  synchronized ErrorCode advance(
      int epoch,
      boolean withTopicIds,
      List<WantedPartition> changed,
      List<FetchKey> forgotten,
      long nowNs) {
    if (epoch != nextEpoch) {
      return ErrorCode.INVALID_FETCH_SESSION_EPOCH;
    }
    if (withTopicIds != usesTopicIds) {
      return ErrorCode.FETCH_SESSION_TOPIC_ID_ERROR;
    }
    nextEpoch = epoch == LAST_EPOCH ? 1 : epoch + 1;
    lastUsedNs = nowNs;
    endWaiting.run();
    endWaiting = NOBODY;
    for (WantedPartition partition : changed) {
      Entry entry = entries.get(partition.key());
      if (entry == null) {
        entries.put(partition.key(), new Entry(partition));
      } else {
        entry.wanted = partition;
      }
    }
    forgotten.forEach(entries::remove);
    return ErrorCode.NONE;
  }

  /**
   * A fetch begins to wait. The next one of the session ends that: on one connection its answer
   * could not pass the one that is waited for.
   *
   * @param end ends the wait; any thread, must not block
   */
  synchronized void onWaiting(Runnable end) {
    endWaiting = end;
  }

  /**
   * A fetch waits no longer: there is nothing to end, unless another one waits by now.
   *
   * @param end what {@link #onWaiting} was given
   */
  synchronized void onAnswered(Runnable end) {
    if (endWaiting == end) {
      endWaiting = NOBODY;
    }
  }

  synchronized List<WantedPartition> wanted() {
    List<WantedPartition> wanted = new ArrayList<>(entries.size());
    for (Entry entry : entries.values()) {
      wanted.add(entry.wanted);
    }
    return wanted;
  }

  /**
   * Notes what is about to be told of a partition.
   *
   * @return false if the client knows all of it, and it can be left out
   */
  synchronized boolean tell(FetchKey key, FetchResponse.PartitionData data) {
    Entry entry = entries.get(key);
    if (entry == null) {
      return true; // forgotten by a request that came meanwhile; telling does no harm
    }
    boolean hasRecords = data.records() != null && data.records().sizeInBytes() > 0;
    boolean news =
        hasRecords
            || data.errorCode() != ErrorCode.NONE.code()
            || data.divergingEpoch().epoch() >= 0
            || data.preferredReadReplica() >= 0
            || entry.highWatermark != data.highWatermark()
            || entry.logStartOffset != data.logStartOffset();
    if (data.errorCode() == ErrorCode.NONE.code()) {
      entry.highWatermark = data.highWatermark();
      entry.logStartOffset = data.logStartOffset();
    } else {
      // So that the partition is told of again when it has recovered.
      entry.highWatermark = -1;
    }
    if (hasRecords) {
      entries.remove(key);
      entries.put(key, entry);
    }
    return news;
  }

  /** Notes what a follower says of a partition; false if it has said just that before. */
  synchronized boolean isNews(FetchKey key, FollowerFetch report, ClientConnection by) {
    Entry entry = entries.get(key);
    if (entry == null) {
      return true;
    }
    if (entry.reportedBy == by && report.equals(entry.reported)) {
      return false;
    }
    entry.reported = report;
    entry.reportedBy = by;
    return true;
  }

  /** What is wanted of a partition and what the client was last told of it. */
  private static final class Entry {

    private WantedPartition wanted;
    private FollowerFetch reported;
    private ClientConnection reportedBy;
    private long highWatermark = -1;
    private long logStartOffset = -1;

    Entry(WantedPartition wanted) {
      this.wanted = wanted;
    }
  }
}
