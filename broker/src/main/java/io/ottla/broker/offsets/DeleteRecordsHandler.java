package io.ottla.broker.offsets;

import io.ottla.broker.api.ApiHandler;
import io.ottla.broker.api.Request;
import io.ottla.broker.replica.HostedPartitions;
import io.ottla.log.LogException;
import io.ottla.replication.DeletionListener;
import io.ottla.replication.Partition;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.DeleteRecordsRequest;
import io.ottla.wire.message.DeleteRecordsResponse;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * DeleteRecords, versions 0 to 2: lets partitions start at a later offset (KIP-107). Files follow
 * with the next retention. Each partition's shard moves its start and waits until all replicas
 * whose brokers live have followed; the last one answers.
 */
public final class DeleteRecordsHandler implements ApiHandler<DeleteRecordsRequest> {

  private static final Logger LOG = LoggerFactory.getLogger(DeleteRecordsHandler.class);

  private static final long UNKNOWN = -1;

  private final HostedPartitions partitions;

  public DeleteRecordsHandler(HostedPartitions partitions) {
    this.partitions = partitions;
  }

  @Override
  public ApiKey api() {
    return ApiKey.DELETE_RECORDS;
  }

  @Override
  public void handle(Request<DeleteRecordsRequest> request) {
    request.releaseFrame();
    DeleteRecordsResponse response =
        (DeleteRecordsResponse)
            failure(request.body(), request.version(), ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    // One more than there are partitions, so that none answers before all are handed over.
    AtomicInteger unanswered = new AtomicInteger(1);
    for (int i = 0; i < response.topics().size(); i++) {
      DeleteRecordsRequest.DeleteRecordsTopic topic = request.body().topics().get(i);
      for (int j = 0; j < topic.partitions().size(); j++) {
        DeleteRecordsRequest.DeleteRecordsPartition wanted = topic.partitions().get(j);
        var result = response.topics().get(i).partitions().get(j);
        Partition partition = partitions.get(topic.name(), wanted.partitionIndex());
        if (partition == null) {
          result.errorCode(partitions.whyMissing(topic.name(), wanted.partitionIndex()).code());
        } else if (partition.isInternal()) {
          result.errorCode(ErrorCode.INVALID_TOPIC_EXCEPTION.code());
        } else {
          unanswered.incrementAndGet();
          request
              .connection()
              .dispatch(
                  partition.shard(),
                  () ->
                      new Deletion(partition, result)
                          .begin(
                              wanted.offset(),
                              request.body().timeoutMs(),
                              () -> answerIfLast(request, response, unanswered)));
        }
      }
    }
    answerIfLast(request, response, unanswered);
  }

  /** The deletion from one partition. On its shard. */
  private record Deletion(
      Partition partition, DeleteRecordsResponse.DeleteRecordsPartitionResult result) {

    void begin(long offset, long timeoutMs, Runnable onDone) {
      try {
        long start = partition.deleteRecordsBefore(offset);
        partition.whenAllStartAt(
            offset < 0 ? start : offset,
            timeoutMs,
            new DeletionListener() {
              @Override
              public void onGone(long lowWatermark) {
                result.lowWatermark(lowWatermark).errorCode(ErrorCode.NONE.code());
                onDone.run();
              }

              @Override
              public void onFailed(ErrorCode error, long lowWatermark) {
                result.lowWatermark(lowWatermark).errorCode(error.code());
                onDone.run();
              }
            });
      } catch (LogException e) {
        result.errorCode(e.error().code());
        onDone.run();
      } catch (RuntimeException e) {
        LOG.error("Deleting records of {} failed", partition.topicPartition(), e);
        result.errorCode(ErrorCode.UNKNOWN_SERVER_ERROR.code());
        onDone.run();
      }
    }
  }

  private static void answerIfLast(
      Request<DeleteRecordsRequest> request,
      DeleteRecordsResponse response,
      AtomicInteger unanswered) {
    if (unanswered.decrementAndGet() == 0) {
      request.respond(response);
    }
  }

  @Override
  public ApiMessage failure(DeleteRecordsRequest request, short version, ErrorCode error) {
    DeleteRecordsResponse response = new DeleteRecordsResponse();
    for (DeleteRecordsRequest.DeleteRecordsTopic topic : request.topics()) {
      DeleteRecordsResponse.DeleteRecordsTopicResult failed =
          new DeleteRecordsResponse.DeleteRecordsTopicResult().name(topic.name());
      for (DeleteRecordsRequest.DeleteRecordsPartition partition : topic.partitions()) {
        failed
            .partitions()
            .add(
                new DeleteRecordsResponse.DeleteRecordsPartitionResult()
                    .partitionIndex(partition.partitionIndex())
                    .lowWatermark(UNKNOWN)
                    .errorCode(error.code()));
      }
      response.topics().add(failed);
    }
    return response;
  }
}
