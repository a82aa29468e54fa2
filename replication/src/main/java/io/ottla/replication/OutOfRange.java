package io.ottla.replication;

import io.ottla.log.LogException;
import io.ottla.runtime.Shard;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.ListOffsetsRequest;
import io.ottla.wire.message.ListOffsetsResponse;
import java.util.function.BiConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings a follower back whose log lies outside of what its leader has: asks where the leader's log
 * ends and, if that is not below this one's end, where it starts. Owned by the fetcher's shard.
 */
final class OutOfRange {

  private static final Logger LOG = LoggerFactory.getLogger(OutOfRange.class);

  private static final long LATEST = -1;
  private static final long EARLIEST = -2;

  /** Told on the fetcher's shard. */
  interface Listener {

    /**
     * @param error NONE, or why nothing was done
     * @param position where the log goes on
     */
    void onRange(FollowedPartition followed, ErrorCode error, FetchPosition position);
  }

  private final Shard shard;
  private final int nodeId;
  private final LeaderConnection connection;

  OutOfRange(Shard shard, int nodeId, LeaderConnection connection) {
    this.shard = shard;
    this.nodeId = nodeId;
    this.connection = connection;
  }

  void resolve(FollowedPartition it, Listener listener) {
    ask(
        it,
        LATEST,
        (error, end) -> {
          if (error != ErrorCode.NONE) {
            listener.onRange(it, error, it.position());
          } else if (end < it.position().fetchOffset()) {
            reset(it, 0, end, listener);
          } else {
            ask(
                it,
                EARLIEST,
                (startError, start) -> {
                  if (startError != ErrorCode.NONE) {
                    listener.onRange(it, startError, it.position());
                  } else {
                    reset(it, start, end, listener);
                  }
                });
          }
        });
  }

  private void ask(FollowedPartition it, long timestamp, BiConsumer<ErrorCode, Long> then) {
    ListOffsetsRequest.ListOffsetsTopic topic =
        new ListOffsetsRequest.ListOffsetsTopic().name(it.partition().topicPartition().topic());
    topic
        .partitions()
        .add(
            new ListOffsetsRequest.ListOffsetsPartition()
                .partitionIndex(it.key().partition())
                .currentLeaderEpoch(it.leaderEpoch())
                .timestamp(timestamp));
    ListOffsetsRequest request = new ListOffsetsRequest().replicaId(nodeId);
    request.topics().add(topic);
    connection
        .listOffsets(request)
        .whenComplete(
            (answer, failure) ->
                shard.submit(
                    () -> {
                      if (failure != null) {
                        then.accept(ErrorCode.NETWORK_EXCEPTION, -1L);
                      } else {
                        ErrorCode error = error(answer.message());
                        long offset =
                            error == ErrorCode.NONE ? only(answer.message()).offset() : -1L;
                        answer.release().run();
                        then.accept(error, offset);
                      }
                    }));
  }

  private static ListOffsetsResponse.ListOffsetsPartitionResponse only(
      ListOffsetsResponse response) {
    return response.topics().get(0).partitions().get(0);
  }

  private static ErrorCode error(ListOffsetsResponse response) {
    if (response.topics().size() != 1 || response.topics().get(0).partitions().size() != 1) {
      return ErrorCode.UNKNOWN_SERVER_ERROR;
    }
    return ErrorCode.forCode(only(response).errorCode());
  }

  private void reset(FollowedPartition it, long start, long end, Listener listener) {
    Partition partition = it.partition();
    partition
        .shard()
        .submit(
            () -> {
              ErrorCode error;
              try {
                error =
                    partition.follower().resetTo(it.leaderEpoch(), start, end)
                        ? ErrorCode.NONE
                        : ErrorCode.NOT_LEADER_OR_FOLLOWER;
              } catch (LogException e) {
                LOG.error("{}: could not be reset: {}", it, e.getMessage());
                error = e.error();
              }
              ErrorCode outcome = error;
              FetchPosition position = partition.follower().position();
              shard.submit(() -> listener.onRange(it, outcome, position));
            });
  }
}
