package io.ottla.broker.controller;

import io.ottla.broker.peer.ActiveHereException;
import io.ottla.broker.peer.LocalController;
import io.ottla.metadata.controller.Controller;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.message.AllocateProducerIdsRequest;
import io.ottla.wire.message.AlterPartitionRequest;
import io.ottla.wire.message.AssignReplicasToDirsRequest;
import io.ottla.wire.message.BrokerHeartbeatRequest;
import io.ottla.wire.message.BrokerRegistrationRequest;
import java.util.concurrent.CompletableFuture;

/** This node's controller, for its own broker. Any thread. */
public final class ActiveController implements LocalController {

  private final Controller controller;

  public ActiveController(Controller controller) {
    this.controller = controller;
  }

  @Override
  public boolean isActive() {
    return controller.isActive();
  }

  @Override
  public CompletableFuture<? extends ApiMessage> call(ApiKey api, ApiMessage request) {
    return switch (request) {
      case BrokerRegistrationRequest registration -> controller.registerBroker(registration);
      case BrokerHeartbeatRequest heartbeat -> controller.heartbeat(heartbeat);
      case AlterPartitionRequest proposal -> controller.alterPartition(proposal);
      case AssignReplicasToDirsRequest report -> controller.assignReplicasToDirs(report);
      case AllocateProducerIdsRequest demand -> controller.allocateProducerIds(demand);
      default -> CompletableFuture.failedFuture(new ActiveHereException(api));
    };
  }
}
