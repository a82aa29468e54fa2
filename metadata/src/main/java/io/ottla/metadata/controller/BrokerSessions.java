package io.ottla.metadata.controller;

import io.ottla.metadata.image.BrokerImage;
import io.ottla.metadata.image.MetadataImage;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * When each broker was heard of, and how far it has got: known to the active controller only, and
 * begun anew by each. Times are monotonic nanoseconds. Confined to the controller's shard; all but
 * the looks at every broker take constant time.
 */
final class BrokerSessions {

  private static final long NONE = -1;

  private static final class Session {

    private final long epoch;
    private long lastContactNs;
    private long metadataOffset = NONE;
    private long shutdownOffset = NONE;
    private long fencedOffset = NONE;

    /** Whether its fencing is under way. */
    private boolean ending;

    Session(long epoch, long nowNs) {
      this.epoch = epoch;
      this.lastContactNs = nowNs;
    }
  }

  private final long timeoutNs;
  private final Map<Integer, Session> sessions = new HashMap<>();

  BrokerSessions(long timeoutMs) {
    this.timeoutNs = TimeUnit.MILLISECONDS.toNanos(timeoutMs);
  }

  /** Gives every registered broker a whole session from now. */
  void beginAll(MetadataImage image, long nowNs) {
    for (BrokerImage broker : image.brokers().values()) {
      touch(broker.id(), broker.epoch(), nowNs);
    }
  }

  /** A broker was heard of. */
  void touch(int brokerId, long epoch, long nowNs) {
    ensure(brokerId, epoch, nowNs);
    Session session = sessions.get(brokerId);
    if (session.epoch == epoch) {
      session.lastContactNs = nowNs;
      session.ending = false;
    }
  }

  /** Begins a broker's session if this incarnation has none. */
  void ensure(int brokerId, long epoch, long nowNs) {
    Session session = sessions.get(brokerId);
    if (session == null || session.epoch < epoch) {
      sessions.put(brokerId, new Session(epoch, nowNs));
    }
  }

  /** A broker has published the metadata up to an offset; it need not have been heard of itself. */
  void progressed(int brokerId, long metadataOffset) {
    Session session = sessions.get(brokerId);
    if (session != null) {
      session.metadataOffset = Math.max(session.metadataOffset, metadataOffset);
    }
  }

  /**
   * A broker is fenced, at a metadata offset. Before it may lead again, it has to know what it does
   * not lead any more: the metadata up to the first such offset.
   */
  void isFencedAt(int brokerId, long offset) {
    Session session = sessions.get(brokerId);
    if (session != null && session.fencedOffset == NONE) {
      session.fencedOffset = offset;
    }
  }

  /** A broker is about to be fenced no longer. */
  void isUnfenced(int brokerId) {
    Session session = sessions.get(brokerId);
    if (session != null) {
      session.fencedOffset = NONE;
    }
  }

  /** Whether a fenced broker knows what it has to before it may lead. */
  boolean hasCaughtUp(int brokerId) {
    Session session = sessions.get(brokerId);
    return session != null
        && session.metadataOffset >= Math.max(session.epoch, session.fencedOffset);
  }

  /** Whether a broker's process may still be alive. */
  boolean isAlive(int brokerId, long epoch, long nowNs) {
    Session session = sessions.get(brokerId);
    return session != null && session.epoch == epoch && nowNs - session.lastContactNs < timeoutNs;
  }

  /** Whether a broker was heard of after that moment. */
  boolean heardOfAfter(int brokerId, long ns) {
    Session session = sessions.get(brokerId);
    return session != null && session.lastContactNs - ns > 0;
  }

  /** How long until a broker's session ends; not positive when it has. */
  long remainingNs(int brokerId, long nowNs) {
    Session session = sessions.get(brokerId);
    return session == null ? 0 : session.lastContactNs + timeoutNs - nowNs;
  }

  /** Notes that a broker is about to be fenced; false when that was noted already. */
  boolean beginEnding(int brokerId) {
    Session session = sessions.get(brokerId);
    if (session == null || session.ending) {
      return false;
    }
    session.ending = true;
    return true;
  }

  /** A broker could not be fenced, so it has to be tried again. */
  void endingFailed(int brokerId) {
    Session session = sessions.get(brokerId);
    if (session != null) {
      session.ending = false;
    }
  }

  /** A broker may stop once all others know what was changed up to an offset. */
  void shutsDownAt(int brokerId, long offset) {
    Session session = sessions.get(brokerId);
    if (session != null && session.shutdownOffset == NONE) {
      session.shutdownOffset = offset;
    }
  }

  /** Whether all who could take over from a broker know that they have to. */
  boolean maySwitchOff(int brokerId, MetadataImage image) {
    Session session = sessions.get(brokerId);
    if (session == null || session.shutdownOffset == NONE) {
      return false;
    }
    for (BrokerImage other : image.brokers().values()) {
      Session its = sessions.get(other.id());
      if (other.id() != brokerId
          && other.isActive()
          && (its == null || its.metadataOffset < session.shutdownOffset)) {
        return false;
      }
    }
    return true;
  }

  /** Whether it is known how far the others have to get before a broker may stop. */
  boolean isShuttingDown(int brokerId) {
    Session session = sessions.get(brokerId);
    return session != null && session.shutdownOffset != NONE;
  }

  /** Forgets brokers that are not registered any more. */
  void retain(MetadataImage image) {
    sessions.keySet().removeIf(id -> image.broker(id) == null);
  }
}
