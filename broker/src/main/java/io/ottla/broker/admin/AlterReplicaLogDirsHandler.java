package io.ottla.broker.admin;

import io.ottla.broker.api.ApiHandler;
import io.ottla.broker.api.Request;
import io.ottla.replication.LogDirectories;
import io.ottla.replication.Partition;
import io.ottla.replication.Partitions;
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
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * AlterReplicaLogDirs, versions 1 and 2: in which of this broker's directories replicas are to be
 * (KIP-113). For a replica that is not here yet, the directory is remembered and used when it
 * comes, and the answer is REPLICA_NOT_AVAILABLE, as Kafka's. A replica that is in another
 * directory stays there: this broker does not move logs between directories, and says so with
 * INVALID_REPLICA_ASSIGNMENT.
 */
public final class AlterReplicaLogDirsHandler implements ApiHandler<AlterReplicaLogDirsRequest> {

  private static final Logger LOG = LoggerFactory.getLogger(AlterReplicaLogDirsHandler.class);

  private final Partitions partitions;
  private final LogDirectories directories;

  public AlterReplicaLogDirsHandler(Partitions partitions, LogDirectories directories) {
    this.partitions = partitions;
    this.directories = directories;
  }

  @Override
  public ApiKey api() {
    return ApiKey.ALTER_REPLICA_LOG_DIRS;
  }

  @Override
  public void handle(Request<AlterReplicaLogDirsRequest> request) {
    request.respond(answers(request.body(), this::place));
  }

  private ErrorCode place(TopicPartition key, String path) {
    LogDirectories.Place wanted = find(path);
    if (wanted == null) {
      return ErrorCode.LOG_DIR_NOT_FOUND;
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
    if (wanted.directory().logs().contains(partition.log())) {
      return ErrorCode.NONE;
    }
    LOG.warn(
        "{} stays where it is: moving a replica to {} is not supported; to move it, reassign the"
            + " partition to another broker and back",
        key,
        wanted.directory().path());
    return ErrorCode.INVALID_REPLICA_ASSIGNMENT;
  }

  private LogDirectories.Place find(String path) {
    Path wanted;
    try {
      wanted = Path.of(path).toAbsolutePath().normalize();
    } catch (InvalidPathException e) {
      return null;
    }
    return directories.all().stream()
        .filter(place -> place.directory().path().toAbsolutePath().normalize().equals(wanted))
        .findFirst()
        .orElse(null);
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
