package io.ottla.broker.config;

import io.ottla.metadata.config.BrokerConfigLayers;
import io.ottla.metadata.image.ConfigResource;
import io.ottla.metadata.image.MetadataImage;
import java.util.Map;
import java.util.function.Function;

/**
 * The layers of this broker's values as an image of the cluster has them: what is set at run time,
 * and defaults that depend on the number of brokers. Any thread; the last answer is kept, because
 * images change far more often than what is looked at here.
 */
public final class BrokerLayers implements Function<MetadataImage, BrokerConfigLayers> {

  private record Known(
      Map<String, String> clusterWide,
      Map<String, String> ofBroker,
      int registeredBrokers,
      BrokerConfigLayers layers) {

    boolean holdsFor(
        Map<String, String> otherClusterWide, Map<String, String> otherOfBroker, int brokers) {
      return registeredBrokers == brokers
          && clusterWide.equals(otherClusterWide)
          && ofBroker.equals(otherOfBroker);
    }
  }

  private final int nodeId;
  private final BrokerConfigLayers start;
  private volatile Known known;

  public BrokerLayers(BrokerConfig config) {
    this.nodeId = config.node().nodeId();
    this.start = config.startLayers();
  }

  @Override
  public BrokerConfigLayers apply(MetadataImage image) {
    Map<String, String> clusterWide = image.configs(ConfigResource.defaultBroker());
    Map<String, String> ofBroker = image.configs(ConfigResource.broker(nodeId));
    int brokers = image.brokers().size();
    Known last = known;
    if (last != null && last.holdsFor(clusterWide, ofBroker, brokers)) {
      return last.layers();
    }
    BrokerConfigLayers layers =
        BrokerConfig.forCluster(start, brokers).withDynamic(clusterWide, ofBroker);
    known = new Known(clusterWide, ofBroker, brokers, layers);
    return layers;
  }
}
