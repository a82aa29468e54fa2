package io.ottla.broker.offsets;

import io.ottla.broker.api.ApiHandler;
import io.ottla.broker.api.Request;
import io.ottla.broker.replica.HostedPartitions;
import io.ottla.log.LogException;
import io.ottla.log.LogView;
import io.ottla.log.TimestampOffset;
import io.ottla.replication.Partition;
import io.ottla.replication.PartitionRole;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.TopicPartition;
import io.ottla.wire.message.ListOffsetsRequest;
import io.ottla.wire.message.ListOffsetsResponse;
import io.ottla.wire.record.DecompressionLimits;
import io.ottla.wire.record.InvalidRecordException;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * ListOffsets, versions 1 to 11.
 *
 * <ul>
 *   <li>Earliest and latest (of the isolation level) are answered from the published view; a new
 *       leader answers OFFSET_NOT_AVAILABLE until it knows what is committed (KIP-207).
 *   <li>The leader answers, or, for a replica id of -2, whoever is asked.
 *   <li>Lookups by timestamp and of the largest timestamp (v7, KIP-734) read the log, so a worker
 *       does them.
 *   <li>v8, v9, v11 ask for tiered offsets (KIP-405, KIP-1005, KIP-1023): nothing is tiered here,
 *       so the local start is the start, and there is no tiered offset.
 * </ul>
 */
public final class ListOffsetsHandler implements ApiHandler<ListOffsetsRequest> {

  private static final Logger LOG = LoggerFactory.getLogger(ListOffsetsHandler.class);

  private static final long LATEST = -1;
  private static final long EARLIEST = -2;
  private static final long MAX_TIMESTAMP = -3;
  private static final long EARLIEST_LOCAL = -4;
  private static final long LATEST_TIERED = -5;
  private static final long EARLIEST_PENDING_UPLOAD = -6;

  private static final byte READ_COMMITTED = 1;
  private static final int CONSUMER = -1;
  private static final int DEBUGGER = -2;
  private static final short FIRST_WITH_EPOCH = 4;
  private static final short FIRST_WITH_NOT_AVAILABLE = 5;

  private final HostedPartitions partitions;
  private final Executor workers;
  private final DecompressionLimits limits;

  /**
   * @param workers may block on the disk
   * @param limits of what a batch that is looked into may grow to
   */
  public ListOffsetsHandler(
      HostedPartitions partitions, Executor workers, DecompressionLimits limits) {
    this.partitions = partitions;
    this.workers = workers;
    this.limits = limits;
  }

  @Override
  public ApiKey api() {
    return ApiKey.LIST_OFFSETS;
  }

  @Override
  public void handle(Request<ListOffsetsRequest> request) {
    request.releaseFrame();
    if (readsTheLog(request.body())) {
      workers.execute(
          () -> {
            try {
              request.respond(answer(request.body(), request.version()));
            } catch (RuntimeException e) {
              request.fail(ErrorCode.UNKNOWN_SERVER_ERROR);
              throw e;
            }
          });
    } else {
      request.respond(answer(request.body(), request.version()));
    }
  }

  private static boolean readsTheLog(ListOffsetsRequest request) {
    return request.topics().stream()
        .flatMap(topic -> topic.partitions().stream())
        .anyMatch(wanted -> wanted.timestamp() >= 0 || wanted.timestamp() == MAX_TIMESTAMP);
  }

  private ListOffsetsResponse answer(ListOffsetsRequest request, short version) {
    ListOffsetsResponse response = new ListOffsetsResponse();
    Set<TopicPartition> seen = new HashSet<>();
    Set<TopicPartition> repeated = new HashSet<>();
    for (ListOffsetsRequest.ListOffsetsTopic topic : request.topics()) {
      for (ListOffsetsRequest.ListOffsetsPartition wanted : topic.partitions()) {
        TopicPartition key = new TopicPartition(topic.name(), wanted.partitionIndex());
        if (!seen.add(key)) {
          repeated.add(key);
        }
      }
    }
    for (ListOffsetsRequest.ListOffsetsTopic topic : request.topics()) {
      ListOffsetsResponse.ListOffsetsTopicResponse answered =
          new ListOffsetsResponse.ListOffsetsTopicResponse().name(topic.name());
      for (ListOffsetsRequest.ListOffsetsPartition wanted : topic.partitions()) {
        answered
            .partitions()
            .add(
                repeated.contains(new TopicPartition(topic.name(), wanted.partitionIndex()))
                    ? failed(wanted, ErrorCode.INVALID_REQUEST)
                    : answer(request, topic.name(), wanted, version));
      }
      response.topics().add(answered);
    }
    return response;
  }

  private ListOffsetsResponse.ListOffsetsPartitionResponse answer(
      ListOffsetsRequest request,
      String topic,
      ListOffsetsRequest.ListOffsetsPartition wanted,
      short version) {
    if (!isKnown(wanted.timestamp(), version)) {
      return failed(wanted, ErrorCode.UNSUPPORTED_VERSION);
    }
    Partition partition = partitions.get(topic, wanted.partitionIndex());
    if (partition == null) {
      return failed(wanted, partitions.whyMissing(topic, wanted.partitionIndex()));
    }
    PartitionRole role = partition.role();
    ErrorCode error =
        HostedPartitions.check(role, wanted.currentLeaderEpoch(), request.replicaId() != DEBUGGER);
    if (error == ErrorCode.NONE
        && request.replicaId() == CONSUMER
        && !partition.isLeaderForCertain()) {
      // Another leader may have told of a later end already, which must not go back.
      error = ErrorCode.NOT_LEADER_OR_FOLLOWER;
    }
    if (error != ErrorCode.NONE) {
      return failed(wanted, error);
    }
    LogView view = partition.view();
    try {
      TimestampOffset found =
          lookUp(view, wanted.timestamp(), limit(view, request), role.leaderEpoch());
      if (isUncertain(found, wanted.timestamp(), role, view) && request.replicaId() == CONSUMER) {
        return failed(
            wanted,
            version >= FIRST_WITH_NOT_AVAILABLE
                ? ErrorCode.OFFSET_NOT_AVAILABLE
                : ErrorCode.LEADER_NOT_AVAILABLE);
      }
      ListOffsetsResponse.ListOffsetsPartitionResponse answer = failed(wanted, ErrorCode.NONE);
      if (found != null) {
        answer.timestamp(found.timestamp()).offset(found.offset());
        if (version >= FIRST_WITH_EPOCH) {
          answer.leaderEpoch(found.leaderEpoch());
        }
      }
      return answer;
    } catch (LogException e) {
      return failed(wanted, e.error());
    } catch (InvalidRecordException e) {
      LOG.error(
          "{}: a batch on disk cannot be read: {}", partition.topicPartition(), e.getMessage());
      return failed(wanted, ErrorCode.CORRUPT_MESSAGE);
    }
  }

  /**
   * Whether a new leader does not know yet what is committed, and may have more to offer once it
   * does (KIP-207): a client must not see the end of a partition go back.
   */
  private static boolean isUncertain(
      TimestampOffset found, long timestamp, PartitionRole role, LogView view) {
    return view.highWatermark() < role.epochStartOffset() && (timestamp == LATEST || found == null);
  }

  private static boolean isKnown(long timestamp, short version) {
    if (timestamp == MAX_TIMESTAMP) {
      return version >= 7;
    }
    if (timestamp == EARLIEST_LOCAL) {
      return version >= 8;
    }
    if (timestamp == LATEST_TIERED) {
      return version >= 9;
    }
    if (timestamp == EARLIEST_PENDING_UPLOAD) {
      return version >= 11;
    }
    return timestamp >= EARLIEST;
  }

  private static long limit(LogView view, ListOffsetsRequest request) {
    if (request.replicaId() != CONSUMER) {
      return view.logEndOffset();
    }
    return request.isolationLevel() == READ_COMMITTED
        ? view.lastStableOffset()
        : view.highWatermark();
  }

  /** The record looked for, or null if there is none the client may see. */
  private TimestampOffset lookUp(LogView view, long timestamp, long limit, int leaderEpoch) {
    if (timestamp == LATEST) {
      return new TimestampOffset(-1, limit, leaderEpoch);
    }
    if (timestamp == EARLIEST || timestamp == EARLIEST_LOCAL) {
      return new TimestampOffset(
          -1, view.logStartOffset(), view.leaderEpochs().epochOf(view.logStartOffset()));
    }
    if (timestamp == LATEST_TIERED || timestamp == EARLIEST_PENDING_UPLOAD) {
      return new TimestampOffset(-1, -1, -1);
    }
    return timestamp == MAX_TIMESTAMP
        ? view.maxTimestampOffset(limit, limits)
        : view.offsetForTimestamp(timestamp, limit, limits);
  }

  private static ListOffsetsResponse.ListOffsetsPartitionResponse failed(
      ListOffsetsRequest.ListOffsetsPartition wanted, ErrorCode error) {
    return new ListOffsetsResponse.ListOffsetsPartitionResponse()
        .partitionIndex(wanted.partitionIndex())
        .errorCode(error.code())
        .timestamp(-1)
        .offset(-1);
  }

  @Override
  public ApiMessage failure(ListOffsetsRequest request, short version, ErrorCode error) {
    ListOffsetsResponse response = new ListOffsetsResponse();
    for (ListOffsetsRequest.ListOffsetsTopic topic : request.topics()) {
      ListOffsetsResponse.ListOffsetsTopicResponse failed =
          new ListOffsetsResponse.ListOffsetsTopicResponse().name(topic.name());
      topic.partitions().forEach(wanted -> failed.partitions().add(failed(wanted, error)));
      response.topics().add(failed);
    }
    return response;
  }
}
