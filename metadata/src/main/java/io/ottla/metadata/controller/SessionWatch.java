package io.ottla.metadata.controller;

import io.ottla.metadata.controller.Command.FenceBroker;
import io.ottla.metadata.image.BrokerImage;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.runtime.Shard;
import io.ottla.runtime.Timer;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fences brokers that were not heard of for the session's time. Looks when the next session could
 * end, not at every heartbeat. Exists for one term; confined to the controller's shard.
 */
final class SessionWatch {

  private static final Logger LOG = LoggerFactory.getLogger(SessionWatch.class);

  /** Sessions that end close together are looked at together. */
  private static final long MIN_PAUSE_MS = 50;

  private final long term;
  private final long timeoutMs;
  private final CommandLog log;
  private final BrokerSessions sessions;
  private final Shard shard;
  private Timer timer;
  private long dueNs;
  private boolean stopped;

  SessionWatch(long term, long timeoutMs, CommandLog log, BrokerSessions sessions, Shard shard) {
    this.term = term;
    this.timeoutMs = timeoutMs;
    this.log = log;
    this.sessions = sessions;
    this.shard = shard;
  }

  void start() {
    schedule(timeoutMs);
  }

  void stop() {
    stopped = true;
    if (timer != null) {
      timer.cancel();
    }
  }

  private void schedule(long delayMs) {
    dueNs = shard.clock().nowNs() + TimeUnit.MILLISECONDS.toNanos(delayMs);
    timer = shard.schedule(delayMs, this::look);
  }

  private void look() {
    if (stopped) {
      return;
    }
    long nowNs = shard.clock().nowNs();
    MetadataImage image = log.image();
    sessions.retain(image);
    long lateMs = TimeUnit.NANOSECONDS.toMillis(nowNs - dueNs);
    if (lateMs > timeoutMs / 2) {
      // It was this process that was away: what brokers have said meanwhile is still to be read.
      LOG.warn(
          "The controller was at a standstill for {} ms; all brokers get a new session", lateMs);
      sessions.beginAll(image, nowNs);
    }
    long nextNs = TimeUnit.MILLISECONDS.toNanos(timeoutMs);
    for (BrokerImage broker : image.brokers().values()) {
      if (broker.fenced()) {
        continue;
      }
      sessions.ensure(broker.id(), broker.epoch(), nowNs);
      long remainingNs = sessions.remainingNs(broker.id(), nowNs);
      if (remainingNs > 0) {
        nextNs = Math.min(nextNs, remainingNs);
      } else {
        fence(broker, "nothing was heard of it for " + timeoutMs + " ms");
      }
    }
    schedule(Math.max(MIN_PAUSE_MS, TimeUnit.NANOSECONDS.toMillis(nextNs) + 1));
  }

  /** Fences a broker, unless that is under way already. */
  void fence(BrokerImage broker, String why) {
    if (!sessions.beginEnding(broker.id())) {
      return;
    }
    LOG.warn(
        "Fencing broker {} (epoch {}): {}; its partitions are led by others until it is back",
        broker.id(),
        broker.epoch(),
        why);
    var _ =
        log.apply(term, new FenceBroker(broker.id(), broker.epoch()))
            .whenComplete(
                (result, failure) -> {
                  if (failure != null) {
                    LOG.warn(
                        "Broker {} could not be fenced: {}", broker.id(), failure.getMessage());
                    shard.submit(() -> sessions.endingFailed(broker.id()));
                  }
                });
  }
}
