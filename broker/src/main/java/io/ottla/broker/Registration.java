package io.ottla.broker;

import io.ottla.broker.config.BrokerConfig;
import io.ottla.metadata.controller.FeatureCatalog;
import io.ottla.metadata.image.FeatureRange;
import io.ottla.wire.Uuid;
import io.ottla.wire.message.BrokerRegistrationRequest;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Map;

/** What this broker says of itself when it registers. */
final class Registration {

  private Registration() {}

  /**
   * @param incarnationId of this process
   * @param boundPorts the port each listener got, by its name
   * @param previousBrokerEpoch the epoch under which it last stopped cleanly, or -1
   */
  static BrokerRegistrationRequest of(
      BrokerConfig config,
      NodeIdentity identity,
      Uuid incarnationId,
      Map<String, Integer> boundPorts,
      long previousBrokerEpoch) {
    BrokerRegistrationRequest request =
        new BrokerRegistrationRequest()
            .brokerId(identity.nodeId())
            .clusterId(identity.clusterId())
            .incarnationId(incarnationId)
            .rack(config.node().rack().orElse(null))
            .previousBrokerEpoch(previousBrokerEpoch);
    request.logDirs().addAll(identity.directoryIds());
    config
        .listeners()
        .advertised(boundPorts, localHostName())
        .forEach(
            listener ->
                request
                    .listeners()
                    .add(
                        new BrokerRegistrationRequest.Listener()
                            .name(listener.name())
                            .host(listener.host())
                            .port(listener.port())
                            .securityProtocol(listener.protocol().id())));
    for (Map.Entry<String, FeatureRange> feature :
        FeatureCatalog.supportedLevels(config.node().unstableFeatures()).entrySet()) {
      request
          .features()
          .add(
              new BrokerRegistrationRequest.Feature()
                  .name(feature.getKey())
                  .minSupportedVersion(feature.getValue().min())
                  .maxSupportedVersion(feature.getValue().max()));
    }
    return request;
  }

  private static String localHostName() {
    try {
      return InetAddress.getLocalHost().getCanonicalHostName();
    } catch (UnknownHostException e) {
      return InetAddress.getLoopbackAddress().getHostAddress();
    }
  }
}
