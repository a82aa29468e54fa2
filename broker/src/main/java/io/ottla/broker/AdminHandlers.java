package io.ottla.broker;

import io.ottla.broker.admin.AddRaftVoterHandler;
import io.ottla.broker.admin.AlterPartitionReassignmentsHandler;
import io.ottla.broker.admin.CreatePartitionsHandler;
import io.ottla.broker.admin.CreateTopicsHandler;
import io.ottla.broker.admin.DeleteTopicsHandler;
import io.ottla.broker.admin.DescribeQuorumHandler;
import io.ottla.broker.admin.ElectLeadersHandler;
import io.ottla.broker.admin.ListPartitionReassignmentsHandler;
import io.ottla.broker.admin.RemoveRaftVoterHandler;
import io.ottla.broker.admin.UnregisterBrokerHandler;
import io.ottla.broker.admin.UpdateFeaturesHandler;
import io.ottla.broker.api.ApiHandler;
import io.ottla.broker.config.BrokerConfig;
import io.ottla.metadata.config.BrokerConfigLayers;
import io.ottla.metadata.controller.Controller;
import io.ottla.metadata.image.MetadataImage;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * What only the active controller can answer. A controller serves these as they are; a broker
 * forwards them unless the active controller is in its own process.
 */
final class AdminHandlers {

  private AdminHandlers() {}

  static List<ApiHandler<?>> of(
      BrokerConfig config,
      ClusterAccess cluster,
      Supplier<MetadataImage> image,
      Function<MetadataImage, BrokerConfigLayers> layers) {
    int nodeId = cluster.identity().nodeId();
    String clusterId = cluster.identity().clusterId();
    String listener = config.listeners().controllerNames().getFirst();
    Controller controller = cluster.controller();
    return List.of(
        new CreateTopicsHandler(controller, image, layers, config.topics()),
        new DeleteTopicsHandler(controller, image, config.topics().deleteEnabled()),
        new CreatePartitionsHandler(controller),
        new ElectLeadersHandler(controller::electLeaders),
        new AlterPartitionReassignmentsHandler(controller::alterPartitionReassignments),
        // Asked of the controller though every broker could tell: who changed one wants to see it.
        new ListPartitionReassignmentsHandler(image),
        new UpdateFeaturesHandler(controller::updateFeatures),
        new UnregisterBrokerHandler(controller::unregisterBroker),
        new DescribeQuorumHandler(
            nodeId, listener, cluster::quorumState, cluster.followers()::progress),
        new AddRaftVoterHandler(clusterId, listener, cluster::addVoter),
        new RemoveRaftVoterHandler(clusterId, cluster::removeVoter));
  }
}
