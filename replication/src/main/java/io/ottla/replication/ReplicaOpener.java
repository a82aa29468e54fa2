package io.ottla.replication;

import io.ottla.log.LogConfig;
import io.ottla.log.LogDirectory;
import io.ottla.log.LogException;
import io.ottla.log.PartitionLog;
import io.ottla.runtime.Clock;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.TopicPartition;
import io.ottla.wire.Uuid;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens the logs of partitions, several at a time. One that cannot be opened leaves its partition
 * offline, and if it was for want of room or of file handles, until there are some; a directory
 * that belongs to another topic of the same name is set aside.
 *
 * <p>Used by the thread that applies metadata.
 */
final class ReplicaOpener {

  private static final Logger LOG = LoggerFactory.getLogger(ReplicaOpener.class);

  private final Partitions partitions;
  private final LogDirectories directories;
  private final ShardMap shards;
  private final Executor openers;
  private final Clock clock;
  private final ReplicaContext context;

  private final List<CompletableFuture<Void>> openings = new ArrayList<>();
  private final ConcurrentLinkedQueue<Partition> opened = new ConcurrentLinkedQueue<>();

  /** Those for which there was no room or no file handle, and where they are to be. */
  private final Map<Waiting, LogDirectories.Place> waiting = new ConcurrentHashMap<>();

  /** A partition without a log. */
  record Waiting(Uuid topicId, TopicPartition key) {}

  ReplicaOpener(
      Partitions partitions,
      LogDirectories directories,
      ShardMap shards,
      Executor openers,
      Clock clock,
      ReplicaContext context) {
    this.partitions = partitions;
    this.directories = directories;
    this.shards = shards;
    this.openers = openers;
    this.clock = clock;
    this.context = context;
  }

  /**
   * @param leaderEpoch the partition's, as the metadata have it. It is no older than any record's:
   *     a broker hosts nothing before it has seen its own registration, which comes after all that
   *     it knew in the life before.
   */
  void begin(TopicPartition key, Uuid topicId, TopicSettings settings, int leaderEpoch) {
    LogDirectories.Place place = directories.placeOf(key);
    openings.add(
        CompletableFuture.runAsync(
            () -> open(key, topicId, settings, place, leaderEpoch), openers));
  }

  /** Waits for all that was begun, and adds what could be opened. */
  void end() {
    openings.forEach(CompletableFuture::join);
    openings.clear();
    opened.forEach(partitions::add);
    opened.clear();
  }

  private void open(
      TopicPartition key,
      Uuid topicId,
      TopicSettings settings,
      LogDirectories.Place place,
      int leaderEpoch) {
    try {
      PartitionLog log = openLog(key, topicId, settings.log(), place.directory(), leaderEpoch);
      opened.add(
          new Partition(key, topicId, shards.of(key), log, place.flusher(), settings, context));
      partitions.removeOffline(topicId, key);
    } catch (LogException e) {
      boolean isNews = partitions.addOffline(topicId, key);
      if (directories.lackedRoom(place, e)) {
        waiting.put(new Waiting(topicId, key), place);
        LOG.warn("{} is offline until there is room in {}", key, place.directory());
        return;
      }
      if (directories.lackedHandles(e)) {
        waiting.put(new Waiting(topicId, key), place);
        if (isNews) {
          LOG.warn("{} is offline until its files can be opened", key);
        }
        return;
      }
      LOG.error(
          "{} is offline: its log in {} cannot be opened: {}. Nothing in it was changed; mend the"
              + " disk and restart the broker",
          key,
          place.directory(),
          e.getMessage());
    }
  }

  /** Those that may be opened now, as far as is known; they wait no longer. */
  List<Waiting> takeThoseWithRoom() {
    List<Waiting> ready = new ArrayList<>();
    waiting.forEach(
        (one, place) -> {
          if (!directories.isFull(place)) {
            ready.add(one);
          }
        });
    ready.forEach(waiting::remove);
    ready.sort(Comparator.comparing((Waiting one) -> one.key));
    return ready;
  }

  private PartitionLog openLog(
      TopicPartition key, Uuid topicId, LogConfig config, LogDirectory directory, int leaderEpoch) {
    try {
      return PartitionLog.open(directory, key, topicId, config, clock.wallMs(), leaderEpoch);
    } catch (LogException e) {
      if (e.error() != ErrorCode.INCONSISTENT_TOPIC_ID) {
        throw e;
      }
      LOG.warn("{}: {}; it is set aside as {}", key, e.getMessage(), directory.setAside(key));
      return PartitionLog.open(directory, key, topicId, config, clock.wallMs(), leaderEpoch);
    }
  }
}
