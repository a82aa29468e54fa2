package io.ottla.metadata.controller;

import io.ottla.metadata.image.BrokerImage;
import io.ottla.runtime.Shard;
import java.util.HashSet;
import java.util.Set;

/**
 * Fences brokers whose process is gone without waiting for their session to end. A broker is under
 * suspicion when its connection breaks, and when a term begins, because nobody has heard of it
 * then; it is probed again and again until it is heard of, is found gone, or is fenced anyway. A
 * host that is down or cut off does not answer a probe: there the session decides as ever.
 *
 * <p>Fencing costs availability at most, so a probe that is mistaken harms nothing that was
 * acknowledged. Exists for one term; confined to the controller's shard.
 */
final class AbsenceWatch {

  private static final long FIRST_PAUSE_MS = 50;
  private static final long MAX_PAUSE_MS = 500;

  private final int nodeId;
  private final CommandLog log;
  private final BrokerSessions sessions;
  private final SessionWatch watch;
  private final BrokerProbe probe;
  private final Shard shard;
  private final Set<Integer> suspects = new HashSet<>();
  private boolean stopped;

  /**
   * @param nodeId this node, which is here
   */
  AbsenceWatch(
      int nodeId,
      CommandLog log,
      BrokerSessions sessions,
      SessionWatch watch,
      BrokerProbe probe,
      Shard shard) {
    this.nodeId = nodeId;
    this.log = log;
    this.sessions = sessions;
    this.watch = watch;
    this.probe = probe;
    this.shard = shard;
  }

  /** Suspects all that could lead. */
  void start() {
    for (BrokerImage broker : log.image().brokers().values()) {
      suspect(broker.id());
    }
  }

  void stop() {
    stopped = true;
  }

  /** A broker may be gone. */
  void suspect(int brokerId) {
    BrokerImage broker = log.image().broker(brokerId);
    if (brokerId != nodeId && broker != null && !broker.fenced() && suspects.add(brokerId)) {
      probe(brokerId, broker.epoch(), shard.clock().nowNs(), FIRST_PAUSE_MS);
    }
  }

  private void probe(int brokerId, long epoch, long sinceNs, long pauseMs) {
    BrokerImage broker = log.image().broker(brokerId);
    if (stopped
        || broker == null
        || broker.epoch() != epoch
        || broker.fenced()
        || sessions.heardOfAfter(brokerId, sinceNs)) {
      suspects.remove(brokerId);
      return;
    }
    var _ =
        probe
            .isGone(broker)
            .thenAccept(gone -> shard.submit(() -> probed(broker, gone, sinceNs, pauseMs)));
  }

  private void probed(BrokerImage broker, boolean gone, long sinceNs, long pauseMs) {
    if (gone && !stopped && !sessions.heardOfAfter(broker.id(), sinceNs)) {
      watch.fence(broker, "its process is gone, nobody listens at its address");
    }
    // A process that dies closes one socket after the other; what is fenced is dropped next time.
    long nextPauseMs = Math.min(MAX_PAUSE_MS, 2 * pauseMs);
    var _ = shard.schedule(pauseMs, () -> probe(broker.id(), broker.epoch(), sinceNs, nextPauseMs));
  }
}
