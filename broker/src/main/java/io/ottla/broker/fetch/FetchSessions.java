package io.ottla.broker.fetch;

import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;

/**
 * The fetch sessions of this broker, bounded in number ({@code
 * max.incremental.fetch.session.cache.slots}). When there is no room, a session unused for two
 * minutes gives way, or one that is smaller than the newcomer and has had its two minutes. Sessions
 * of followers, which have the most partitions, do not give way to consumers', and consumers' do to
 * theirs at once.
 *
 * <p>Thread-safe; looked up once per fetch.
 */
public final class FetchSessions {

  private static final long MIN_LIFE_NS = TimeUnit.MINUTES.toNanos(2);

  private final int maxSessions;
  private final IntSupplier ids;
  private final Map<Integer, FetchSession> sessions = new HashMap<>();

  /**
   * @param ids where the ids of sessions come from, of which nobody knows the next
   */
  public FetchSessions(int maxSessions, IntSupplier ids) {
    this.maxSessions = maxSessions;
    this.ids = ids;
  }

  synchronized FetchSession get(int id) {
    return sessions.get(id);
  }

  synchronized void close(int id) {
    sessions.remove(id);
  }

  /**
   * Opens a session if there is room.
   *
   * @return null if there is none: the client goes on with full requests
   */
  synchronized FetchSession open(
      boolean usesTopicIds, Collection<WantedPartition> wanted, boolean byFollower, long nowNs) {
    if (wanted.isEmpty() || !makeRoom(wanted.size(), byFollower, nowNs)) {
      return null;
    }
    int id;
    do {
      id = ids.getAsInt() & Integer.MAX_VALUE;
    } while (id == 0 || sessions.containsKey(id));
    FetchSession session = new FetchSession(id, usesTopicIds, wanted, byFollower, nowNs);
    sessions.put(id, session);
    return session;
  }

  private boolean makeRoom(int newcomerSize, boolean forFollower, long nowNs) {
    if (sessions.size() < maxSessions) {
      return true;
    }
    FetchSession victim =
        sessions.values().stream()
            .min(Comparator.comparingLong(session -> session.lastUsedNs() - nowNs))
            .filter(session -> nowNs - session.lastUsedNs() > MIN_LIFE_NS)
            .or(
                () ->
                    sessions.values().stream()
                        .filter(session -> mayGiveWay(session, newcomerSize, forFollower, nowNs))
                        .min(Comparator.comparingInt(FetchSession::size)))
            .orElse(null);
    return victim != null && sessions.remove(victim.id(), victim);
  }

  private static boolean mayGiveWay(
      FetchSession session, int newcomerSize, boolean toFollower, long nowNs) {
    if (toFollower != session.isOfFollower()) {
      return toFollower;
    }
    return nowNs - session.createdNs() > MIN_LIFE_NS && session.size() < newcomerSize;
  }

  public synchronized int size() {
    return sessions.size();
  }
}
