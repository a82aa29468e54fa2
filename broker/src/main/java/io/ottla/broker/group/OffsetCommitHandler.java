package io.ottla.broker.group;

import io.ottla.broker.api.CoordinatorHandler;
import io.ottla.coordinator.RequestContext;
import io.ottla.coordinator.group.GroupCoordinator;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.OffsetCommitRequest;
import io.ottla.wire.message.OffsetCommitResponse;
import java.util.function.Consumer;

/**
 * OffsetCommit, versions 2 to 10: commits offsets of a group, or of none. From version 10 on topics
 * are given by id (KIP-848).
 */
public final class OffsetCommitHandler
    extends CoordinatorHandler<OffsetCommitRequest, OffsetCommitResponse> {

  private final GroupCoordinator coordinator;

  public OffsetCommitHandler(GroupCoordinator coordinator) {
    this.coordinator = coordinator;
  }

  @Override
  public ApiKey api() {
    return ApiKey.OFFSET_COMMIT;
  }

  @Override
  protected boolean ask(
      RequestContext context, OffsetCommitRequest request, Consumer<OffsetCommitResponse> answer) {
    return coordinator.commitOffsets(context, request, answer);
  }

  @Override
  public ApiMessage failure(OffsetCommitRequest request, short version, ErrorCode error) {
    OffsetCommitResponse response = new OffsetCommitResponse();
    for (OffsetCommitRequest.OffsetCommitRequestTopic topic : request.topics()) {
      OffsetCommitResponse.OffsetCommitResponseTopic failed =
          new OffsetCommitResponse.OffsetCommitResponseTopic()
              .name(topic.name())
              .topicId(topic.topicId());
      topic
          .partitions()
          .forEach(
              partition ->
                  failed
                      .partitions()
                      .add(
                          new OffsetCommitResponse.OffsetCommitResponsePartition()
                              .partitionIndex(partition.partitionIndex())
                              .errorCode(error.code())));
      response.topics().add(failed);
    }
    return response;
  }
}
