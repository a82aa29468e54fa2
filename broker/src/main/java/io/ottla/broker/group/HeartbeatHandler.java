package io.ottla.broker.group;

import io.ottla.broker.api.CoordinatorHandler;
import io.ottla.coordinator.RequestContext;
import io.ottla.coordinator.group.GroupCoordinator;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.HeartbeatRequest;
import io.ottla.wire.message.HeartbeatResponse;
import java.util.function.Consumer;

/**
 * Heartbeat, versions 0 to 4: a member of a classic group is alive, and hears of the next round.
 */
public final class HeartbeatHandler
    extends CoordinatorHandler<HeartbeatRequest, HeartbeatResponse> {

  private final GroupCoordinator coordinator;

  public HeartbeatHandler(GroupCoordinator coordinator) {
    this.coordinator = coordinator;
  }

  @Override
  public ApiKey api() {
    return ApiKey.HEARTBEAT;
  }

  @Override
  protected boolean ask(
      RequestContext context, HeartbeatRequest request, Consumer<HeartbeatResponse> answer) {
    return coordinator.heartbeat(request, answer);
  }

  @Override
  public ApiMessage failure(HeartbeatRequest request, short version, ErrorCode error) {
    return new HeartbeatResponse().errorCode(error.code());
  }
}
