package io.ottla.broker.group;

import io.ottla.broker.api.CoordinatorHandler;
import io.ottla.coordinator.RequestContext;
import io.ottla.coordinator.group.GroupCoordinator;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.LeaveGroupRequest;
import io.ottla.wire.message.LeaveGroupResponse;
import java.util.function.Consumer;

/**
 * LeaveGroup, versions 0 to 5: members leave a classic group; from version 3 on several at once,
 * which is how an admin removes them (KIP-345).
 */
public final class LeaveGroupHandler
    extends CoordinatorHandler<LeaveGroupRequest, LeaveGroupResponse> {

  private final GroupCoordinator coordinator;

  public LeaveGroupHandler(GroupCoordinator coordinator) {
    this.coordinator = coordinator;
  }

  @Override
  public ApiKey api() {
    return ApiKey.LEAVE_GROUP;
  }

  @Override
  protected boolean ask(
      RequestContext context, LeaveGroupRequest request, Consumer<LeaveGroupResponse> answer) {
    return coordinator.leaveGroup(context, request, answer);
  }

  @Override
  public ApiMessage failure(LeaveGroupRequest request, short version, ErrorCode error) {
    return new LeaveGroupResponse().errorCode(error.code());
  }
}
