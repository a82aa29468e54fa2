package io.ottla.metadata.controller;

import io.ottla.metadata.image.FeatureRange;
import io.ottla.wire.Uuid;
import java.util.Map;
import java.util.function.IntUnaryOperator;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * What the controller is told by the broker.
 *
 * @param nodeId this node
 * @param defaultPartitions of a topic that does not say ({@code num.partitions})
 * @param defaultReplicationFactor of a topic that does not say, from the number of registered
 *     brokers ({@code default.replication.factor})
 * @param minInsyncReplicas of a topic when nothing in the metadata says ({@code
 *     min.insync.replicas})
 * @param uncleanElection whether leaders may be elected uncleanly when nothing in the metadata says
 *     ({@code unclean.leader.election.enable})
 * @param sessionTimeoutMs without a heartbeat for so long, a broker is fenced ({@code
 *     broker.session.timeout.ms})
 * @param balance how leadership is kept with the preferred leaders
 * @param features the levels a new cluster begins with
 * @param supported the levels this node supports
 * @param random chooses where a topic's partitions begin; used by the controller's thread only
 * @param topicIds makes ids for new topics; used by the controller's thread only
 */
public record ControllerSettings(
    int nodeId,
    int defaultPartitions,
    IntUnaryOperator defaultReplicationFactor,
    int minInsyncReplicas,
    boolean uncleanElection,
    long sessionTimeoutMs,
    LeaderBalance balance,
    Map<String, Short> features,
    Map<String, FeatureRange> supported,
    RandomGenerator random,
    Supplier<Uuid> topicIds) {

  /**
   * How leadership is kept with the preferred leaders.
   *
   * @param enabled whether it is at all ({@code auto.leader.rebalance.enable})
   * @param checkIntervalMs how often it is looked at ({@code
   *     leader.imbalance.check.interval.seconds})
   * @param perBrokerPercentage how many of a broker's preferred partitions may be led by others
   *     ({@code leader.imbalance.per.broker.percentage})
   */
  public record LeaderBalance(boolean enabled, long checkIntervalMs, int perBrokerPercentage) {

    /** Kafka's defaults. */
    public static final LeaderBalance DEFAULT = new LeaderBalance(true, 300_000, 10);
  }

  public ControllerSettings {
    features = Map.copyOf(features);
    supported = Map.copyOf(supported);
  }

  /** Kafka's defaults, where there are any. */
  public ControllerSettings(
      int nodeId,
      int defaultPartitions,
      IntUnaryOperator defaultReplicationFactor,
      Map<String, Short> features,
      RandomGenerator random,
      Supplier<Uuid> topicIds) {
    this(
        nodeId,
        defaultPartitions,
        defaultReplicationFactor,
        1,
        false,
        9_000,
        LeaderBalance.DEFAULT,
        features,
        FeatureCatalog.supportedLevels(),
        random,
        topicIds);
  }
}
