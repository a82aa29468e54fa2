package io.ottla.broker;

import io.ottla.broker.admin.AlterConfigsHandler;
import io.ottla.broker.admin.ClusterConfigs;
import io.ottla.broker.admin.ConfigChanges;
import io.ottla.broker.admin.DescribeConfigsHandler;
import io.ottla.broker.admin.DescribeControllersHandler;
import io.ottla.broker.admin.IncrementalAlterConfigsHandler;
import io.ottla.broker.admin.ListConfigResourcesHandler;
import io.ottla.broker.api.ApiHandler;
import io.ottla.broker.api.HandlerTable;
import io.ottla.broker.cluster.ApiVersionsHandler;
import io.ottla.broker.config.BrokerConfig;
import io.ottla.broker.config.BrokerLayers;
import io.ottla.broker.controller.AllocateProducerIdsHandler;
import io.ottla.broker.controller.AlterPartitionHandler;
import io.ottla.broker.controller.AssignReplicasToDirsHandler;
import io.ottla.broker.controller.BrokerHeartbeatHandler;
import io.ottla.broker.controller.BrokerRegistrationHandler;
import io.ottla.broker.controller.FetchMetadataHandler;
import io.ottla.broker.peer.EnvelopeHandler;
import io.ottla.broker.peer.QuorumMessageHandler;
import io.ottla.metadata.controller.Controller;
import io.ottla.metadata.controller.FeatureCatalog;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;

/** What is served on the controllers' listener: to voters, to brokers, and to tools. */
final class ControllerHandlers {

  private final HandlerTable table;

  /**
   * @param votes takes what other voters send
   */
  ControllerHandlers(
      BrokerConfig config,
      ClusterAccess cluster,
      ControllerRole role,
      QuorumMessageHandler.Receiver votes,
      CurrentImage image,
      BrokerLayers layers,
      Executor workers) {
    String clusterId = cluster.identity().clusterId();
    int nodeId = cluster.identity().nodeId();
    Controller controller = role.controller();
    List<ApiHandler<?>> all = new ArrayList<>();
    all.add(new QuorumMessageHandler(clusterId, nodeId, votes));
    all.add(
        new FetchMetadataHandler(
            clusterId, role.feed(), role::quorumState, cluster.followers(), workers));
    all.add(new BrokerRegistrationHandler(controller));
    all.add(new BrokerHeartbeatHandler(controller));
    all.add(new AlterPartitionHandler(controller));
    all.add(new AssignReplicasToDirsHandler(controller));
    all.add(new AllocateProducerIdsHandler(controller));
    all.add(
        new ApiVersionsHandler(
            this::table, image, FeatureCatalog.supportedLevels(config.node().unstableApis())));
    all.add(new DescribeControllersHandler(clusterId, role::quorumState));
    all.add(new DescribeConfigsHandler(nodeId, image, layers));
    all.add(new ListConfigResourcesHandler(image));
    ConfigChanges configs = new ClusterConfigs(controller, cluster.channel());
    List<ApiHandler<?>> admin = new ArrayList<>(AdminHandlers.of(config, cluster, image, layers));
    admin.add(new IncrementalAlterConfigsHandler(nodeId, configs, false));
    admin.add(new AlterConfigsHandler(nodeId, configs, false));
    all.addAll(admin);
    all.add(
        new EnvelopeHandler(
            controller::isActive,
            new HandlerTable(admin),
            () -> cluster.source().publication().published().offset()));
    this.table = new HandlerTable(all);
  }

  HandlerTable table() {
    return table;
  }
}
