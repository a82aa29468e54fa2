package io.ottla.broker.group;

import io.ottla.broker.api.CoordinatorHandler;
import io.ottla.coordinator.RequestContext;
import io.ottla.coordinator.group.GroupCoordinator;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.ListGroupsRequest;
import io.ottla.wire.message.ListGroupsResponse;
import java.util.function.Consumer;

/**
 * ListGroups, versions 0 to 5: the groups this broker coordinates, by state (v4, KIP-518) and type
 * (v5, KIP-848).
 */
public final class ListGroupsHandler
    extends CoordinatorHandler<ListGroupsRequest, ListGroupsResponse> {

  private final GroupCoordinator coordinator;

  public ListGroupsHandler(GroupCoordinator coordinator) {
    this.coordinator = coordinator;
  }

  @Override
  public ApiKey api() {
    return ApiKey.LIST_GROUPS;
  }

  @Override
  protected boolean ask(
      RequestContext context, ListGroupsRequest request, Consumer<ListGroupsResponse> answer) {
    return coordinator.listGroups(request, answer);
  }

  @Override
  public ApiMessage failure(ListGroupsRequest request, short version, ErrorCode error) {
    return new ListGroupsResponse().errorCode(error.code());
  }
}
