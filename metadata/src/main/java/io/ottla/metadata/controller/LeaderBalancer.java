package io.ottla.metadata.controller;

import io.ottla.metadata.controller.Command.ElectLeaders;
import io.ottla.metadata.controller.Command.PartitionId;
import io.ottla.metadata.controller.ControllerSettings.LeaderBalance;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.metadata.image.PartitionImage;
import io.ottla.metadata.image.TopicImage;
import io.ottla.runtime.Shard;
import io.ottla.runtime.Timer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives leadership back to the preferred leaders from time to time. Exists for one term; confined
 * to the controller's shard.
 */
final class LeaderBalancer {

  private static final Logger LOG = LoggerFactory.getLogger(LeaderBalancer.class);

  /** Leaders changed by one command; the next ones follow when those are known. */
  private static final int MAX_ELECTIONS = 1000;

  private static final long PAUSE_MS = 100;

  private final long term;
  private final LeaderBalance settings;
  private final CommandLog log;
  private final Shard shard;
  private Timer timer;
  private boolean stopped;

  LeaderBalancer(long term, LeaderBalance settings, CommandLog log, Shard shard) {
    this.term = term;
    this.settings = settings;
    this.log = log;
    this.shard = shard;
  }

  void start() {
    if (settings.enabled()) {
      schedule(settings.checkIntervalMs());
    }
  }

  void stop() {
    stopped = true;
    if (timer != null) {
      timer.cancel();
    }
  }

  private void schedule(long delayMs) {
    if (!stopped) {
      timer = shard.schedule(delayMs, this::balance);
    }
  }

  private void balance() {
    if (stopped) {
      return;
    }
    List<PartitionId> elections =
        elections(log.image(), settings.perBrokerPercentage(), MAX_ELECTIONS);
    if (elections.isEmpty()) {
      schedule(settings.checkIntervalMs());
      return;
    }
    LOG.info("Giving {} partition(s) back to their preferred leaders", elections.size());
    boolean more = elections.size() == MAX_ELECTIONS;
    var _ =
        log.apply(term, new ElectLeaders(false, elections))
            .whenComplete(
                (result, failure) ->
                    shard.submit(
                        () ->
                            schedule(
                                more && failure == null ? PAUSE_MS : settings.checkIntervalMs())));
  }

  /**
   * The partitions to be led by their preferred leaders, which are in sync: of those brokers that
   * are led by others in more than a percentage of the partitions that prefer them.
   */
  static List<PartitionId> elections(MetadataImage image, int percentage, int limit) {
    Map<Integer, int[]> counts = new HashMap<>();
    for (TopicImage topic : image.topics()) {
      for (int i = 0; i < topic.partitionCount(); i++) {
        PartitionImage partition = topic.partition(i);
        int[] count = counts.computeIfAbsent(partition.preferredLeader(), id -> new int[2]);
        count[0]++;
        count[1] += partition.leader() == partition.preferredLeader() ? 0 : 1;
      }
    }
    List<PartitionId> elections = new ArrayList<>();
    for (TopicImage topic : image.topics()) {
      for (int i = 0; i < topic.partitionCount(); i++) {
        PartitionImage partition = topic.partition(i);
        int preferred = partition.preferredLeader();
        int[] count = counts.get(preferred);
        if (partition.leader() != preferred
            && (long) count[1] * 100 > (long) percentage * count[0]
            && partition.isr().contains(preferred)
            && !partition.lost().contains(preferred)
            && image.isActive(preferred)) {
          elections.add(new PartitionId(topic.id(), i));
          if (elections.size() == limit) {
            return elections;
          }
        }
      }
    }
    return elections;
  }
}
