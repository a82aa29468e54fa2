package io.ottla.broker.admin;

import io.ottla.broker.api.ApiHandler;
import io.ottla.broker.api.LateAnswer;
import io.ottla.broker.api.Request;
import io.ottla.log.LogException;
import io.ottla.replication.LogDirectories;
import io.ottla.replication.Partition;
import io.ottla.replication.Partitions;
import io.ottla.replication.ReplicaMoves;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.TopicPartition;
import io.ottla.wire.message.AlterReplicaLogDirsRequest;
import io.ottla.wire.message.AlterReplicaLogDirsResponse;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Function;

/**
 * AlterReplicaLogDirs, versions 1 and 2: in which of this broker's directories replicas are to be
 * (KIP-113).
 *
 * <ul>
 *   <li>A replica in another directory is moved; the answer comes when the copy is begun, and
 *       DescribeLogDirs tells how it goes on. Wanted in the directory it is in, a move under way is
 *       taken back; wanted in a third one, it begins anew there.
 *   <li>For a replica that is not here yet, the directory is remembered and used when it comes; the
 *       answer is REPLICA_NOT_AVAILABLE, as Kafka's.
 *   <li>LOG_DIR_NOT_FOUND for what is no log directory of this broker; KAFKA_STORAGE_ERROR where
 *       it, or the one the replica is in, has failed.
 * </ul>
 *
 * Asks disks, so a worker does it.
 */
public final class AlterReplicaLogDirsHandler implements ApiHandler<AlterReplicaLogDirsRequest> {

  private final Partitions partitions;
  private final LogDirectories directories;
  private final ReplicaMoves moves;
  private final Executor workers;

  /**
   * @param workers may block on the disk
   */
  public AlterReplicaLogDirsHandler(
      Partitions partitions, LogDirectories directories, ReplicaMoves moves, Executor workers) {
    this.partitions = partitions;
    this.directories = directories;
    this.moves = moves;
    this.workers = workers;
  }

  @Override
  public ApiKey api() {
    return ApiKey.ALTER_REPLICA_LOG_DIRS;
  }

  @Override
  public void handle(Request<AlterReplicaLogDirsRequest> request) {
    LateAnswer.when(
        request,
        CompletableFuture.supplyAsync(() -> answers(request.body(), this::place), workers),
        response -> response);
  }

  private ErrorCode place(TopicPartition key, String name) {
    Path path = normalized(name);
    LogDirectories.Place wanted =
        directories.all().stream()
            .filter(place -> isAt(place.directory().path(), path))
            .findFirst()
            .orElse(null);
    if (wanted == null) {
      return directories.unusable().stream().anyMatch(unusable -> isAt(unusable, path))
          ? ErrorCode.KAFKA_STORAGE_ERROR
          : ErrorCode.LOG_DIR_NOT_FOUND;
    }
    if (directories.isFailed(wanted)) {
      return ErrorCode.KAFKA_STORAGE_ERROR;
    }
    Partition partition = partitions.get(key);
    if (partition == null) {
      if (partitions.whyMissing(key.topic(), key.partition()) == ErrorCode.KAFKA_STORAGE_ERROR) {
        return ErrorCode.KAFKA_STORAGE_ERROR;
      }
      directories.prefer(key, wanted);
      return ErrorCode.REPLICA_NOT_AVAILABLE;
    }
    try {
      moves.move(partition, wanted);
      return ErrorCode.NONE;
    } catch (LogException e) {
      return e.error();
    }
  }

  /** Null if no directory can have this name. */
  private static Path normalized(String name) {
    try {
      return Path.of(name).toAbsolutePath().normalize();
    } catch (InvalidPathException e) {
      return null;
    }
  }

  private static boolean isAt(Path directory, Path normalized) {
    return directory.toAbsolutePath().normalize().equals(normalized);
  }

  private interface Answer {
    ErrorCode of(TopicPartition partition, String path);
  }

  private static AlterReplicaLogDirsResponse answers(
      AlterReplicaLogDirsRequest request, Answer answer) {
    Map<TopicPartition, String> wanted = new LinkedHashMap<>();
    for (AlterReplicaLogDirsRequest.AlterReplicaLogDir directory : request.dirs()) {
      for (AlterReplicaLogDirsRequest.AlterReplicaLogDirTopic topic : directory.topics()) {
        topic
            .partitions()
            .forEach(
                partition ->
                    wanted.put(new TopicPartition(topic.name(), partition), directory.path()));
      }
    }
    Map<String, AlterReplicaLogDirsResponse.AlterReplicaLogDirTopicResult> topics =
        new LinkedHashMap<>();
    Function<String, AlterReplicaLogDirsResponse.AlterReplicaLogDirTopicResult> make =
        name -> new AlterReplicaLogDirsResponse.AlterReplicaLogDirTopicResult().topicName(name);
    wanted.forEach(
        (partition, path) ->
            topics
                .computeIfAbsent(partition.topic(), make)
                .partitions()
                .add(
                    new AlterReplicaLogDirsResponse.AlterReplicaLogDirPartitionResult()
                        .partitionIndex(partition.partition())
                        .errorCode(answer.of(partition, path).code())));
    AlterReplicaLogDirsResponse response = new AlterReplicaLogDirsResponse();
    response.results().addAll(topics.values());
    return response;
  }

  @Override
  public ApiMessage failure(AlterReplicaLogDirsRequest request, short version, ErrorCode error) {
    return answers(request, (_, _) -> error);
  }
}
