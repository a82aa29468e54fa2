package io.ottla.broker.controller;

import io.ottla.metadata.controller.Controller;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.AssignReplicasToDirsRequest;
import io.ottla.wire.message.AssignReplicasToDirsResponse;
import java.util.concurrent.CompletableFuture;

/** AssignReplicasToDirs: a broker tells which of its replicas do not serve any more (KIP-858). */
public final class AssignReplicasToDirsHandler
    extends BrokerCallHandler<AssignReplicasToDirsRequest> {

  private final Controller controller;

  public AssignReplicasToDirsHandler(Controller controller) {
    this.controller = controller;
  }

  @Override
  public ApiKey api() {
    return ApiKey.ASSIGN_REPLICAS_TO_DIRS;
  }

  @Override
  CompletableFuture<AssignReplicasToDirsResponse> call(AssignReplicasToDirsRequest request) {
    return controller.assignReplicasToDirs(request);
  }

  @Override
  public ApiMessage failure(AssignReplicasToDirsRequest request, short version, ErrorCode error) {
    return new AssignReplicasToDirsResponse().errorCode(error.code());
  }
}
