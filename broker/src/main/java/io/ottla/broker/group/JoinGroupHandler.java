package io.ottla.broker.group;

import io.ottla.broker.api.CoordinatorHandler;
import io.ottla.coordinator.RequestContext;
import io.ottla.coordinator.group.GroupCoordinator;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.JoinGroupRequest;
import io.ottla.wire.message.JoinGroupResponse;
import java.util.function.Consumer;

/**
 * JoinGroup, versions 0 to 9: enters a group, or begins its next round, and waits until the round
 * is complete. Of a classic group; what it does is the coordinator's.
 */
public final class JoinGroupHandler
    extends CoordinatorHandler<JoinGroupRequest, JoinGroupResponse> {

  private final GroupCoordinator coordinator;

  public JoinGroupHandler(GroupCoordinator coordinator) {
    this.coordinator = coordinator;
  }

  @Override
  public ApiKey api() {
    return ApiKey.JOIN_GROUP;
  }

  @Override
  protected boolean ask(
      RequestContext context, JoinGroupRequest request, Consumer<JoinGroupResponse> answer) {
    return coordinator.joinGroup(context, request, answer);
  }

  @Override
  public ApiMessage failure(JoinGroupRequest request, short version, ErrorCode error) {
    return new JoinGroupResponse()
        .errorCode(error.code())
        .memberId(request.memberId())
        .generationId(-1)
        .protocolName(version >= 7 ? null : "");
  }
}
