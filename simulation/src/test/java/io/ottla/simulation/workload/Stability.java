package io.ottla.simulation.workload;

import io.ottla.simulation.client.ClientMetadata;
import io.ottla.simulation.client.ClientNetwork;
import io.ottla.simulation.client.Fetcher.Isolation;
import io.ottla.simulation.client.OffsetLookup;
import io.ottla.wire.TopicPartition;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiConsumer;

/** Waits until no open transaction keeps readers from the end of any of some partitions. */
final class Stability {

  private static final int INTERVAL_MS = 250;

  private final ClientNetwork network;
  private final OffsetLookup offsets;
  private final List<TopicPartition> partitions;
  private final long untilMs;
  private final BiConsumer<Map<TopicPartition, Long>, Map<TopicPartition, Long>> told;

  /**
   * Begins to wait.
   *
   * @param limitMs after which it tells how far it is
   * @param told the last stable offsets and the high watermarks
   */
  Stability(
      Surroundings around,
      String name,
      List<TopicPartition> partitions,
      long limitMs,
      BiConsumer<Map<TopicPartition, Long>, Map<TopicPartition, Long>> told) {
    this.network = around.network(name);
    this.offsets = new OffsetLookup(network, new ClientMetadata(network));
    this.partitions = partitions;
    this.untilMs = network.nowMs() + limitMs;
    this.told = told;
    look();
  }

  private void look() {
    Map<TopicPartition, Long> stable = new TreeMap<>();
    Map<TopicPartition, Long> ends = new TreeMap<>();
    for (TopicPartition each : partitions) {
      // One after the other, so that the end is not the older one of the two.
      offsets.find(
          each,
          OffsetLookup.LATEST,
          Isolation.READ_UNCOMMITTED,
          end -> {
            ends.put(each, end);
            offsets.find(
                each,
                OffsetLookup.LATEST,
                Isolation.READ_COMMITTED,
                last -> {
                  stable.put(each, last);
                  if (stable.size() == partitions.size()) {
                    judge(stable, ends);
                  }
                });
          });
    }
  }

  private void judge(Map<TopicPartition, Long> stable, Map<TopicPartition, Long> ends) {
    boolean isStable = partitions.stream().allMatch(each -> stable.get(each) >= ends.get(each));
    if (isStable || network.nowMs() >= untilMs) {
      network.close();
      told.accept(stable, ends);
    } else {
      network.after(INTERVAL_MS, "looks at the ends again", this::look);
    }
  }
}
