package io.ottla.broker.group;

import io.ottla.broker.api.CoordinatorHandler;
import io.ottla.coordinator.RequestContext;
import io.ottla.coordinator.group.GroupCoordinator;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.DeleteGroupsRequest;
import io.ottla.wire.message.DeleteGroupsResponse;
import java.util.function.Consumer;

/** DeleteGroups, versions 0 to 2: deletes empty groups and their offsets (KIP-229). */
public final class DeleteGroupsHandler
    extends CoordinatorHandler<DeleteGroupsRequest, DeleteGroupsResponse> {

  private final GroupCoordinator coordinator;

  public DeleteGroupsHandler(GroupCoordinator coordinator) {
    this.coordinator = coordinator;
  }

  @Override
  public ApiKey api() {
    return ApiKey.DELETE_GROUPS;
  }

  @Override
  protected boolean ask(
      RequestContext context, DeleteGroupsRequest request, Consumer<DeleteGroupsResponse> answer) {
    return coordinator.deleteGroups(request, answer);
  }

  @Override
  public ApiMessage failure(DeleteGroupsRequest request, short version, ErrorCode error) {
    DeleteGroupsResponse response = new DeleteGroupsResponse();
    for (String group : request.groupsNames()) {
      response
          .results()
          .add(
              new DeleteGroupsResponse.DeletableGroupResult()
                  .groupId(group)
                  .errorCode(error.code()));
    }
    return response;
  }
}
