package io.ottla.broker;

import io.ottla.broker.api.ApiHandler;
import io.ottla.broker.api.HandlerTable;
import io.ottla.broker.config.BrokerConfig;
import io.ottla.broker.config.BrokerLayers;
import io.ottla.broker.controller.FetchMetadataHandler;
import io.ottla.broker.controller.FollowerProgress;
import io.ottla.broker.peer.QuorumMessageHandler;
import io.ottla.runtime.Clock;
import java.util.ArrayList;
import java.util.List;

/** What is served on the controllers' listener. */
final class ControllerHandlers {

  private ControllerHandlers() {}

  static HandlerTable of(
      BrokerConfig config,
      ClusterAccess cluster,
      ControllerRole role,
      CurrentImage image,
      BrokerLayers layers,
      Clock clock) {
    String clusterId = cluster.identity().clusterId();
    int nodeId = cluster.identity().nodeId();
    List<ApiHandler<?>> all = new ArrayList<>();
    all.add(new QuorumMessageHandler(clusterId, nodeId, role.quorum()::receive));
    all.add(
        new FetchMetadataHandler(
            clusterId, role.feed(), role::quorumState, new FollowerProgress(clock)));
    return new HandlerTable(all);
  }
}
