package io.ottla.broker.offsets;

import io.ottla.broker.api.ApiHandler;
import io.ottla.broker.api.Request;
import io.ottla.broker.replica.HostedPartitions;
import io.ottla.log.EpochEndOffset;
import io.ottla.replication.Partition;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.OffsetForLeaderEpochRequest;
import io.ottla.wire.message.OffsetForLeaderEpochResponse;

/**
 * OffsetForLeaderEpoch, versions 2 to 4: where a leader epoch ends in the log, by which consumers
 * notice that what they read was truncated (KIP-320), and replicas find what to truncate (KIP-101).
 * Answered by the leader, from the published view.
 */
public final class OffsetForLeaderEpochHandler implements ApiHandler<OffsetForLeaderEpochRequest> {

  private final HostedPartitions partitions;

  public OffsetForLeaderEpochHandler(HostedPartitions partitions) {
    this.partitions = partitions;
  }

  @Override
  public ApiKey api() {
    return ApiKey.OFFSET_FOR_LEADER_EPOCH;
  }

  @Override
  public void handle(Request<OffsetForLeaderEpochRequest> request) {
    OffsetForLeaderEpochResponse response = new OffsetForLeaderEpochResponse();
    for (var topic : request.body().topics()) {
      var result = new OffsetForLeaderEpochResponse.OffsetForLeaderTopicResult();
      result.topic(topic.topic());
      for (var wanted : topic.partitions()) {
        result.partitions().add(answer(topic.topic(), wanted));
      }
      response.topics().add(result);
    }
    request.respond(response);
  }

  private OffsetForLeaderEpochResponse.EpochEndOffset answer(
      String topic, OffsetForLeaderEpochRequest.OffsetForLeaderPartition wanted) {
    var answer = new OffsetForLeaderEpochResponse.EpochEndOffset().partition(wanted.partition());
    Partition partition = partitions.get(topic, wanted.partition());
    if (partition == null) {
      return answer.errorCode(partitions.whyMissing(topic, wanted.partition()).code());
    }
    ErrorCode error = HostedPartitions.check(partition.role(), wanted.currentLeaderEpoch(), true);
    if (error != ErrorCode.NONE) {
      return answer.errorCode(error.code());
    }
    EpochEndOffset end = partition.view().endOffsetForEpoch(wanted.leaderEpoch());
    return end.isDefined()
        ? answer.leaderEpoch(end.leaderEpoch()).endOffset(end.endOffset())
        : answer;
  }

  @Override
  public ApiMessage failure(OffsetForLeaderEpochRequest request, short version, ErrorCode error) {
    OffsetForLeaderEpochResponse response = new OffsetForLeaderEpochResponse();
    for (var topic : request.topics()) {
      var result = new OffsetForLeaderEpochResponse.OffsetForLeaderTopicResult();
      result.topic(topic.topic());
      for (var wanted : topic.partitions()) {
        result
            .partitions()
            .add(
                new OffsetForLeaderEpochResponse.EpochEndOffset()
                    .partition(wanted.partition())
                    .errorCode(error.code()));
      }
      response.topics().add(result);
    }
    return response;
  }
}
