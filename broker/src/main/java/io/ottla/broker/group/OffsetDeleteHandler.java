package io.ottla.broker.group;

import io.ottla.broker.api.CoordinatorHandler;
import io.ottla.coordinator.RequestContext;
import io.ottla.coordinator.group.GroupCoordinator;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.OffsetDeleteRequest;
import io.ottla.wire.message.OffsetDeleteResponse;
import java.util.function.Consumer;

/**
 * OffsetDelete, version 0: deletes committed offsets of topics nobody in the group subscribes to
 * (KIP-496).
 */
public final class OffsetDeleteHandler
    extends CoordinatorHandler<OffsetDeleteRequest, OffsetDeleteResponse> {

  private final GroupCoordinator coordinator;

  public OffsetDeleteHandler(GroupCoordinator coordinator) {
    this.coordinator = coordinator;
  }

  @Override
  public ApiKey api() {
    return ApiKey.OFFSET_DELETE;
  }

  @Override
  protected boolean ask(
      RequestContext context, OffsetDeleteRequest request, Consumer<OffsetDeleteResponse> answer) {
    return coordinator.deleteOffsets(request, answer);
  }

  @Override
  public ApiMessage failure(OffsetDeleteRequest request, short version, ErrorCode error) {
    return new OffsetDeleteResponse().errorCode(error.code());
  }
}
