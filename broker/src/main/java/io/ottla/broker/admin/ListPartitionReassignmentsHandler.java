package io.ottla.broker.admin;

import io.ottla.broker.api.ApiHandler;
import io.ottla.broker.api.Request;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.ListPartitionReassignmentsRequest;
import io.ottla.wire.message.ListPartitionReassignmentsResponse;

/**
 * ListPartitionReassignments, version 0: which partitions are being moved (KIP-455). None ever is
 * by this broker, so none is listed; topics that do not exist are left out by Kafka too. Stock
 * tools ask when they describe topics.
 */
public final class ListPartitionReassignmentsHandler
    implements ApiHandler<ListPartitionReassignmentsRequest> {

  @Override
  public ApiKey api() {
    return ApiKey.LIST_PARTITION_REASSIGNMENTS;
  }

  @Override
  public void handle(Request<ListPartitionReassignmentsRequest> request) {
    request.respond(new ListPartitionReassignmentsResponse().errorMessage(null));
  }

  @Override
  public ApiMessage failure(
      ListPartitionReassignmentsRequest request, short version, ErrorCode error) {
    return new ListPartitionReassignmentsResponse()
        .errorCode(error.code())
        .errorMessage(error.message());
  }
}
