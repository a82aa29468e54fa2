package io.ottla.broker.group;

import io.ottla.broker.api.CoordinatorHandler;
import io.ottla.coordinator.RequestContext;
import io.ottla.coordinator.group.GroupCoordinator;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.OffsetFetchRequest;
import io.ottla.wire.message.OffsetFetchResponse;
import java.util.function.Consumer;

/**
 * OffsetFetch, versions 1 to 10: committed offsets of a group; from version 8 on of several
 * (KIP-709), from version 10 on with topics by id (KIP-848).
 */
public final class OffsetFetchHandler
    extends CoordinatorHandler<OffsetFetchRequest, OffsetFetchResponse> {

  private static final short FIRST_BATCHED = 8;

  private final GroupCoordinator coordinator;

  public OffsetFetchHandler(GroupCoordinator coordinator) {
    this.coordinator = coordinator;
  }

  @Override
  public ApiKey api() {
    return ApiKey.OFFSET_FETCH;
  }

  @Override
  protected boolean ask(
      RequestContext context, OffsetFetchRequest request, Consumer<OffsetFetchResponse> answer) {
    return coordinator.fetchOffsets(context, request, answer);
  }

  @Override
  public ApiMessage failure(OffsetFetchRequest request, short version, ErrorCode error) {
    OffsetFetchResponse response = new OffsetFetchResponse();
    if (version < FIRST_BATCHED) {
      return response.errorCode(error.code());
    }
    for (OffsetFetchRequest.OffsetFetchRequestGroup group : request.groups()) {
      response
          .groups()
          .add(
              new OffsetFetchResponse.OffsetFetchResponseGroup()
                  .groupId(group.groupId())
                  .errorCode(error.code()));
    }
    return response;
  }
}
