package io.ottla.broker.config;

import io.ottla.broker.lifecycle.LifecycleSettings;
import io.ottla.broker.net.SocketSettings;
import io.ottla.metadata.config.BrokerConfigLayers;
import io.ottla.replication.ReplicationConfig;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * What a properties file says, one record for each component. Only the broker's main sees it whole;
 * a component is handed its own record. Immutable.
 *
 * @param offsetsTopic how {@code __consumer_offsets} is made
 * @param transactionsTopic how {@code __transaction_state} is made
 * @param maxDescribedPartitions most partitions of one answer to DescribeTopicPartitions
 * @param startLayers the values as they are at start, for describing them and for those that may
 *     change at run time
 * @param notes what to tell whoever wrote the file
 */
public record BrokerConfig(
    NodeConfig node,
    ListenersConfig listeners,
    TlsConfig tls,
    SocketSettings sockets,
    ConnectionLimitsConfig connectionLimits,
    QuorumConfig quorum,
    LifecycleSettings membership,
    ControllerConfig controller,
    LogDirsConfig logDirs,
    HousekeepingConfig housekeeping,
    ShardConfig shards,
    FetchConfig fetch,
    ReplicationConfig replication,
    TopicDefaults topics,
    GroupsConfig groups,
    InternalTopicConfig offsetsTopic,
    InternalTopicConfig transactionsTopic,
    int maxDescribedPartitions,
    BrokerConfigLayers startLayers,
    List<ConfigNote> notes) {

  public BrokerConfig {
    notes = List.copyOf(notes);
  }

  /**
   * Reads and checks a configuration.
   *
   * @param file in the syntax of {@link java.util.Properties}, later lines win
   * @param overrides key=value pairs that win over the file
   * @param baseDirectory what relative directories in values are relative to
   * @throws InvalidBrokerConfigException with all problems there are
   */
  public static BrokerConfig load(Path file, List<String> overrides, Path baseDirectory)
      throws InvalidBrokerConfigException {
    return BrokerConfigReader.read(file, overrides, baseDirectory);
  }

  /**
   * The layers with the defaults that depend on the size of the cluster.
   *
   * @param layers the layers as they are, with what is set at run time
   */
  public static BrokerConfigLayers forCluster(BrokerConfigLayers layers, int registeredBrokers) {
    Map<String, String> implied = new HashMap<>(layers.implied());
    String factor =
        Integer.toString(new ReplicationFactor(OptionalInt.empty()).among(registeredBrokers));
    BrokerConfigReader.REPLICATION_FACTORS.forEach(key -> implied.put(key, factor));
    return layers.withImplied(implied);
  }
}
