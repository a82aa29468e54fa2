package io.ottla.broker.controller;

import io.ottla.metadata.controller.Controller;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.AlterPartitionRequest;
import io.ottla.wire.message.AlterPartitionResponse;
import java.util.concurrent.CompletableFuture;

/** AlterPartition, versions 2 and 3: leaders propose new sets of in-sync replicas (KIP-497). */
public final class AlterPartitionHandler extends BrokerCallHandler<AlterPartitionRequest> {

  private final Controller controller;

  public AlterPartitionHandler(Controller controller) {
    this.controller = controller;
  }

  @Override
  public ApiKey api() {
    return ApiKey.ALTER_PARTITION;
  }

  @Override
  CompletableFuture<AlterPartitionResponse> call(AlterPartitionRequest request) {
    return controller.alterPartition(request);
  }

  @Override
  public ApiMessage failure(AlterPartitionRequest request, short version, ErrorCode error) {
    return new AlterPartitionResponse().errorCode(error.code());
  }
}
