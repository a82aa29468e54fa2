package io.ottla.metadata.controller;

import io.ottla.metadata.controller.Command.FenceBroker;
import io.ottla.metadata.image.BrokerImage;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.runtime.Shard;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fences brokers whose processes are gone without waiting for their sessions to end: whose
 * connection broke, and where nobody listens any more. To fence is always safe, so a wrong guess
 * costs no data; one that was fenced wrongly is taken back with its next heartbeat.
 *
 * <p>Exists for one term; confined to the controller's shard.
 */
final class DeathWatch {

  private static final Logger LOG = LoggerFactory.getLogger(DeathWatch.class);

  private final long term;
  private final int nodeId;
  private final CommandLog log;
  private final BrokerProbe probe;
  private final Shard shard;
  private boolean stopped;

  DeathWatch(long term, int nodeId, CommandLog log, BrokerProbe probe, Shard shard) {
    this.term = term;
    this.nodeId = nodeId;
    this.log = log;
    this.probe = probe;
    this.shard = shard;
  }

  /** A broker may have gone before this term began, with the last controller perhaps. */
  void start() {
    for (BrokerImage broker : log.image().brokers().values()) {
      suspect(broker.id(), broker.epoch());
    }
  }

  void stop() {
    stopped = true;
  }

  /** A broker's connection broke. */
  void suspect(int brokerId, long brokerEpoch) {
    BrokerImage broker = unfenced(brokerId, brokerEpoch);
    if (broker == null || brokerId == nodeId) {
      return;
    }
    var _ =
        probe
            .isGone(broker)
            .whenComplete(
                (gone, failure) -> {
                  if (failure == null && gone) {
                    shard.submit(() -> fence(brokerId, brokerEpoch));
                  }
                });
  }

  private BrokerImage unfenced(int brokerId, long brokerEpoch) {
    MetadataImage image = log.image();
    BrokerImage broker = image.broker(brokerId);
    return stopped || broker == null || broker.fenced() || broker.epoch() != brokerEpoch
        ? null
        : broker;
  }

  private void fence(int brokerId, long brokerEpoch) {
    if (unfenced(brokerId, brokerEpoch) == null) {
      return;
    }
    LOG.warn(
        "Fencing broker {} (epoch {}): its process is gone, nobody listens where it did; its"
            + " partitions are led by others until it is back",
        brokerId,
        brokerEpoch);
    var _ =
        log.apply(term, new FenceBroker(brokerId, brokerEpoch))
            .whenComplete(
                (result, failure) -> {
                  if (failure != null) {
                    LOG.warn("Broker {} could not be fenced: {}", brokerId, failure.getMessage());
                  }
                });
  }
}
