package io.ottla.broker.group;

import io.ottla.broker.api.AuthorizedOperations;
import io.ottla.broker.api.CoordinatorHandler;
import io.ottla.coordinator.RequestContext;
import io.ottla.coordinator.group.GroupCoordinator;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.DescribeGroupsRequest;
import io.ottla.wire.message.DescribeGroupsResponse;
import java.util.function.Consumer;

/**
 * DescribeGroups, versions 0 to 6: state and members of classic groups. Version 6 says of a group
 * that is not there that it is not (KIP-1043).
 */
public final class DescribeGroupsHandler
    extends CoordinatorHandler<DescribeGroupsRequest, DescribeGroupsResponse> {

  private final GroupCoordinator coordinator;

  public DescribeGroupsHandler(GroupCoordinator coordinator) {
    this.coordinator = coordinator;
  }

  @Override
  public ApiKey api() {
    return ApiKey.DESCRIBE_GROUPS;
  }

  @Override
  protected boolean ask(
      RequestContext context,
      DescribeGroupsRequest request,
      Consumer<DescribeGroupsResponse> answer) {
    return coordinator.describeGroups(
        context, request, response -> answer.accept(withOperations(request, response)));
  }

  /** Only asked for from v3 on: before, the request has no such flag. */
  private static DescribeGroupsResponse withOperations(
      DescribeGroupsRequest request, DescribeGroupsResponse response) {
    if (request.includeAuthorizedOperations()) {
      response.groups().stream()
          .filter(group -> group.errorCode() == ErrorCode.NONE.code())
          .forEach(group -> group.authorizedOperations(AuthorizedOperations.ALL_OF_A_GROUP));
    }
    return response;
  }

  @Override
  public ApiMessage failure(DescribeGroupsRequest request, short version, ErrorCode error) {
    DescribeGroupsResponse response = new DescribeGroupsResponse();
    for (String group : request.groups()) {
      response
          .groups()
          .add(new DescribeGroupsResponse.DescribedGroup().groupId(group).errorCode(error.code()));
    }
    return response;
  }
}
