package io.ottla.broker.admin;

import io.ottla.broker.api.ApiHandler;
import io.ottla.broker.api.LateAnswer;
import io.ottla.broker.api.Request;
import io.ottla.log.LogView;
import io.ottla.log.PartitionLog;
import io.ottla.replication.LogDirectories;
import io.ottla.replication.Partition;
import io.ottla.replication.Partitions;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.TopicPartition;
import io.ottla.wire.message.DescribeLogDirsRequest;
import io.ottla.wire.message.DescribeLogDirsResponse;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * DescribeLogDirs, versions 1 to 5: the log directories of this broker and the logs in them
 * (KIP-113), also those that are to take the place of logs in other directories, and by how many
 * offsets they are behind. v4: room on their disks (KIP-827). A directory whose disk cannot be
 * asked is told with an error of its own. Asks disks, so a worker does it.
 */
public final class DescribeLogDirsHandler implements ApiHandler<DescribeLogDirsRequest> {

  private static final Logger LOG = LoggerFactory.getLogger(DescribeLogDirsHandler.class);

  private static final long UNKNOWN_LAG = -1;

  private final Partitions partitions;
  private final LogDirectories directories;
  private final Executor workers;

  /**
   * @param workers may block on the disk
   */
  public DescribeLogDirsHandler(
      Partitions partitions, LogDirectories directories, Executor workers) {
    this.partitions = partitions;
    this.directories = directories;
    this.workers = workers;
  }

  @Override
  public ApiKey api() {
    return ApiKey.DESCRIBE_LOG_DIRS;
  }

  @Override
  public void handle(Request<DescribeLogDirsRequest> request) {
    LateAnswer.when(
        request,
        CompletableFuture.supplyAsync(() -> answer(request.body()), workers),
        response -> response);
  }

  private DescribeLogDirsResponse answer(DescribeLogDirsRequest request) {
    Predicate<TopicPartition> isWanted = wanted(request);
    DescribeLogDirsResponse response = new DescribeLogDirsResponse();
    for (LogDirectories.Place place : directories.all()) {
      response.results().add(describe(place, isWanted));
    }
    for (Path path : directories.unusable()) {
      response.results().add(failed(path));
    }
    return response;
  }

  private static Predicate<TopicPartition> wanted(DescribeLogDirsRequest request) {
    if (request.topics() == null) {
      return _ -> true;
    }
    Set<TopicPartition> named = new HashSet<>();
    for (DescribeLogDirsRequest.DescribableLogDirTopic topic : request.topics()) {
      topic
          .partitions()
          .forEach(partition -> named.add(new TopicPartition(topic.topic(), partition)));
    }
    return named::contains;
  }

  private static DescribeLogDirsResponse.DescribeLogDirsResult failed(Path path) {
    return new DescribeLogDirsResponse.DescribeLogDirsResult()
        .logDir(path.toString())
        .errorCode(ErrorCode.KAFKA_STORAGE_ERROR.code());
  }

  private DescribeLogDirsResponse.DescribeLogDirsResult describe(
      LogDirectories.Place place, Predicate<TopicPartition> isWanted) {
    Path path = place.directory().path().toAbsolutePath();
    if (directories.isFailed(place) && place.directory().logs().isEmpty()) {
      return failed(path);
    }
    DescribeLogDirsResponse.DescribeLogDirsResult result =
        new DescribeLogDirsResponse.DescribeLogDirsResult().logDir(path.toString());
    try {
      FileStore store = Files.getFileStore(path);
      result
          .totalBytes(positive(store.getTotalSpace()))
          .usableBytes(positive(store.getUsableSpace()));
    } catch (IOException e) {
      LOG.warn("The log directory {} cannot be asked for its room: {}", path, e.toString());
      return result.errorCode(ErrorCode.KAFKA_STORAGE_ERROR.code());
    }
    Map<String, DescribeLogDirsResponse.DescribeLogDirsTopic> topics = new TreeMap<>();
    for (PartitionLog log : place.directory().logs()) {
      if (isWanted.test(log.topicPartition())) {
        topics
            .computeIfAbsent(
                log.topicPartition().topic(),
                name -> new DescribeLogDirsResponse.DescribeLogDirsTopic().name(name))
            .partitions()
            .add(describe(log, place.directory().isFuture(log.topicPartition())));
      }
    }
    result.topics().addAll(topics.values());
    return result;
  }

  private DescribeLogDirsResponse.DescribeLogDirsPartition describe(
      PartitionLog log, boolean isFuture) {
    LogView view = log.view();
    return new DescribeLogDirsResponse.DescribeLogDirsPartition()
        .partitionIndex(log.topicPartition().partition())
        .partitionSize(view.sizeInBytes())
        .isFutureKey(isFuture)
        .offsetLag(isFuture ? lagOf(log) : Math.max(0, view.highWatermark() - view.logEndOffset()));
  }

  /** By how much a copy is behind; the original may be offline. */
  private long lagOf(PartitionLog future) {
    Partition partition = partitions.get(future.topicPartition());
    return partition == null
        ? UNKNOWN_LAG
        : Math.max(0, partition.view().logEndOffset() - future.view().logEndOffset());
  }

  /** Java tells sizes beyond a long as negative ones. */
  private static long positive(long bytes) {
    return bytes < 0 ? Long.MAX_VALUE : bytes;
  }

  @Override
  public ApiMessage failure(DescribeLogDirsRequest request, short version, ErrorCode error) {
    return new DescribeLogDirsResponse().errorCode(error.code());
  }
}
