package io.ottla.broker.group;

import io.ottla.broker.api.CoordinatorHandler;
import io.ottla.coordinator.RequestContext;
import io.ottla.coordinator.group.GroupCoordinator;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.SyncGroupRequest;
import io.ottla.wire.message.SyncGroupResponse;
import java.util.function.Consumer;

/** SyncGroup, versions 0 to 5: brings the leader's assignment and waits for one's own. */
public final class SyncGroupHandler
    extends CoordinatorHandler<SyncGroupRequest, SyncGroupResponse> {

  private final GroupCoordinator coordinator;

  public SyncGroupHandler(GroupCoordinator coordinator) {
    this.coordinator = coordinator;
  }

  @Override
  public ApiKey api() {
    return ApiKey.SYNC_GROUP;
  }

  @Override
  protected boolean ask(
      RequestContext context, SyncGroupRequest request, Consumer<SyncGroupResponse> answer) {
    return coordinator.syncGroup(context, request, answer);
  }

  @Override
  public ApiMessage failure(SyncGroupRequest request, short version, ErrorCode error) {
    return new SyncGroupResponse().errorCode(error.code());
  }
}
