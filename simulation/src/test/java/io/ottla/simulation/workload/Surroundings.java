package io.ottla.simulation.workload;

import io.ottla.simulation.ClientLinks;
import io.ottla.simulation.Timeline;
import io.ottla.simulation.UncleanElections;
import io.ottla.simulation.client.ClientNetwork;
import io.ottla.simulation.client.ClientTimes;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Where a workload's clients are.
 *
 * @param brokers where clients may ask for the others
 * @param replicas how many replicas the topics of workloads have
 * @param minInSync how many of them have to be in sync
 * @param unclean where elections may be unclean
 * @param wallStartMs what clocks on walls showed when the timeline began
 */
public record Surroundings(
    Timeline timeline,
    ClientLinks links,
    List<Integer> brokers,
    int replicas,
    int minInSync,
    ClientTimes times,
    UncleanElections unclean,
    long wallStartMs) {

  ClientNetwork network(String client) {
    return new ClientNetwork(timeline, links, client, brokers, times, wallStartMs);
  }

  Map<String, String> topicSettings() {
    return Map.of("min.insync.replicas", Integer.toString(minInSync));
  }

  /** Of a topic that may have its own ways of electing leaders. */
  Map<String, String> topicSettings(String topic) {
    Map<String, String> settings = new TreeMap<>(topicSettings());
    if (unclean.comeByThemselves(topic)) {
      settings.put("unclean.leader.election.enable", "true");
    }
    return settings;
  }

  long nowNs() {
    return timeline.nowNs();
  }

  int chance(int bound) {
    return timeline.random().nextInt(bound);
  }
}
