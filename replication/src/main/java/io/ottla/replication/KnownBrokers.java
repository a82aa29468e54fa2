package io.ottla.replication;

import io.ottla.metadata.image.BrokerImage;
import io.ottla.metadata.image.MetadataImage;
import java.util.Collections;
import java.util.SortedMap;

/**
 * The brokers of the cluster as the newest metadata here has them. Written by the thread that
 * applies metadata, read by any.
 */
final class KnownBrokers {

  private volatile SortedMap<Integer, BrokerImage> brokers = Collections.emptySortedMap();

  void update(MetadataImage image) {
    brokers = image.brokers();
  }

  /** A broker, or null. */
  BrokerImage broker(int id) {
    return brokers.get(id);
  }

  /**
   * Whether a replica may be proposed as in sync: its broker is neither fenced nor about to stop
   * (KIP-841), and what fetched is the incarnation that is registered (KIP-903).
   */
  boolean mayBeInSync(int id, long fetchedBrokerEpoch) {
    BrokerImage broker = brokers.get(id);
    return broker != null && broker.isActive() && broker.epoch() == fetchedBrokerEpoch;
  }

  /** Whether a broker is registered and not fenced. */
  boolean lives(int id) {
    BrokerImage broker = brokers.get(id);
    return broker != null && !broker.fenced();
  }

  /** Whether a fetch comes from a process that a later registration has replaced. */
  boolean isReplaced(int id, long fetchedBrokerEpoch) {
    BrokerImage broker = brokers.get(id);
    return broker != null && fetchedBrokerEpoch >= 0 && fetchedBrokerEpoch < broker.epoch();
  }
}
