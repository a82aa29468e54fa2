package io.ottla.replication;

import io.ottla.log.LogException;
import io.ottla.log.PartitionLog;
import io.ottla.metadata.image.ConfigResource;
import io.ottla.metadata.image.MetadataDelta;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.metadata.image.MetadataPublisher;
import io.ottla.metadata.image.PartitionImage;
import io.ottla.metadata.image.TopicImage;
import io.ottla.runtime.Clock;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.TopicPartition;
import io.ottla.wire.Uuid;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes this broker host what the metadata says it does: opens the logs of its partitions, lets
 * them lead, gives them their settings, and takes them away when their topic is gone.
 *
 * <p>Called on the publication's thread, before requests see the image; returns when the partitions
 * are as the image says, so that a topic a client can see is one it can write to.
 */
public final class ReplicaHost implements MetadataPublisher {

  private static final Logger LOG = LoggerFactory.getLogger(ReplicaHost.class);

  private final int nodeId;
  private final Partitions partitions;
  private final LogDirectories directories;
  private final ShardMap shards;
  private final TopicSettings.Source settings;
  private final Executor openers;
  private final Clock clock;
  private boolean first = true;

  /**
   * @param openers open and recover logs, several at a time; may block
   */
  public ReplicaHost(
      int nodeId,
      Partitions partitions,
      LogDirectories directories,
      ShardMap shards,
      TopicSettings.Source settings,
      Executor openers,
      Clock clock) {
    this.nodeId = nodeId;
    this.partitions = partitions;
    this.directories = directories;
    this.shards = shards;
    this.settings = settings;
    this.openers = openers;
    this.clock = clock;
  }

  @Override
  public void publish(MetadataImage image, List<MetadataDelta> deltas) {
    Map<TopicPartition, Replica> wanted = new LinkedHashMap<>();
    Map<String, TopicSettings> changed = new HashMap<>();
    for (MetadataDelta delta : deltas) {
      switch (delta) {
        case MetadataDelta.TopicCreated created ->
            addAll(wanted, created.topicId(), created.name(), 0, created.partitions());
        case MetadataDelta.PartitionsAdded added -> {
          TopicImage topic = image.topic(added.topicId());
          if (topic != null) {
            addAll(
                wanted, added.topicId(), topic.name(), added.firstPartition(), added.partitions());
          }
        }
        case MetadataDelta.PartitionsChanged moved -> {
          TopicImage topic = image.topic(moved.topicId());
          if (topic != null) {
            moved
                .changes()
                .forEach(
                    change ->
                        addAll(
                            wanted,
                            moved.topicId(),
                            topic.name(),
                            change.partition(),
                            List.of(change.state())));
          }
        }
        case MetadataDelta.TopicDeleted deleted -> {
          // What the same batch created before it was deleted never comes to be.
          wanted.values().removeIf(replica -> replica.topicId.equals(deleted.topicId()));
          delete(deleted.topicId(), deleted.name());
        }
        case MetadataDelta.ConfigChanged config -> noteSettings(image, config.resource(), changed);
        default -> {}
      }
    }
    host(image, wanted);
    reconfigure(changed);
    if (first) {
      first = false;
      tellUnknown();
    }
  }

  private void addAll(
      Map<TopicPartition, Replica> wanted,
      Uuid topicId,
      String topic,
      int firstPartition,
      List<PartitionImage> states) {
    for (int i = 0; i < states.size(); i++) {
      PartitionImage state = states.get(i);
      if (state.replicas().contains(nodeId)) {
        TopicPartition key = new TopicPartition(topic, firstPartition + i);
        wanted.put(key, new Replica(key, topicId, state));
      }
    }
  }

  /** Opens what is not open yet, several at a time, then tells all of them whether they lead. */
  private void host(MetadataImage image, Map<TopicPartition, Replica> wanted) {
    Map<String, TopicSettings> byTopic = new HashMap<>();
    List<CompletableFuture<Void>> openings = new ArrayList<>();
    ConcurrentLinkedQueue<Partition> opened = new ConcurrentLinkedQueue<>();
    for (Replica replica : wanted.values()) {
      if (partitions.get(replica.topicId, replica.key.partition()) == null) {
        TopicSettings its =
            byTopic.computeIfAbsent(replica.key.topic(), name -> settings.of(image, name));
        LogDirectories.Place place = directories.placeOf(replica.key);
        openings.add(CompletableFuture.runAsync(() -> open(replica, place, its, opened), openers));
      }
    }
    openings.forEach(CompletableFuture::join);
    opened.forEach(partitions::add);

    List<CompletableFuture<Void>> told = new ArrayList<>();
    for (Replica replica : wanted.values()) {
      Partition partition = partitions.get(replica.topicId, replica.key.partition());
      if (partition != null) {
        told.add(
            onShard(
                partition,
                () -> {
                  if (replica.state.leader() == nodeId) {
                    partition.lead(replica.state.leaderEpoch());
                  } else {
                    partition.resign();
                  }
                }));
      }
    }
    told.forEach(CompletableFuture::join);
  }

  private void open(
      Replica replica,
      LogDirectories.Place place,
      TopicSettings its,
      ConcurrentLinkedQueue<Partition> opened) {
    try {
      PartitionLog log =
          PartitionLog.open(
              place.directory(), replica.key, replica.topicId, its.log(), clock.wallMs());
      opened.add(
          new Partition(
              replica.key,
              replica.topicId,
              shards.of(replica.key),
              log,
              place.flusher(),
              its.rules()));
      partitions.removeOffline(replica.topicId, replica.key);
    } catch (LogException e) {
      LOG.error(
          "{} is offline: its log in {} cannot be opened: {}. Nothing in it was changed; mend the"
              + " disk and restart the broker",
          replica.key,
          place.directory(),
          e.getMessage());
      partitions.addOffline(replica.topicId, replica.key);
    }
  }

  private void delete(Uuid topicId, String name) {
    for (Partition partition : partitions.of(topicId)) {
      partitions.remove(partition);
      LogDirectories.Place place = directories.placeOf(partition.topicPartition());
      directories.forget(partition.topicPartition());
      onShard(partition, partition::close).join();
      place.directory().delete(partition.log(), UUID.randomUUID(), clock.wallMs());
    }
    LOG.info("Topic {} ({}) is deleted", name, topicId);
  }

  private void noteSettings(
      MetadataImage image, ConfigResource resource, Map<String, TopicSettings> changed) {
    switch (resource.type()) {
      case TOPIC -> {
        if (image.topic(resource.name()) != null) {
          changed.put(resource.name(), settings.of(image, resource.name()));
        }
      }
      case BROKER ->
          image
              .topics()
              .forEach(topic -> changed.put(topic.name(), settings.of(image, topic.name())));
      default -> {}
    }
  }

  private void reconfigure(Map<String, TopicSettings> changed) {
    if (changed.isEmpty()) {
      return;
    }
    for (Partition partition : partitions.all()) {
      TopicSettings its = changed.get(partition.topicPartition().topic());
      if (its != null) {
        partition.shard().submit(() -> partition.reconfigure(its.log(), its.rules()));
      }
    }
  }

  /**
   * Logs nobody asked for are left alone: metadata that lacks a topic is no reason to delete it.
   */
  private void tellUnknown() {
    List<TopicPartition> unknown = directories.unopened();
    unknown.removeIf(
        partition ->
            partitions.whyMissing(partition.topic(), partition.partition())
                == ErrorCode.KAFKA_STORAGE_ERROR);
    if (!unknown.isEmpty()) {
      LOG.warn(
          "{} partition directories belong to no topic of this cluster and are left as they are:"
              + " {}",
          unknown.size(),
          unknown.subList(0, Math.min(10, unknown.size())));
    }
  }

  private static CompletableFuture<Void> onShard(Partition partition, Runnable work) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    partition
        .shard()
        .submit(
            () -> {
              try {
                work.run();
                done.complete(null);
              } catch (RuntimeException e) {
                LOG.error("{} did not take over its new state", partition.topicPartition(), e);
                done.complete(null);
              }
            });
    return done;
  }

  /** Closes all logs properly. Blocks; after requests have stopped. */
  public void close() {
    List<CompletableFuture<Void>> closing = new ArrayList<>();
    for (Partition partition : partitions.all()) {
      partitions.remove(partition);
      closing.add(
          onShard(partition, partition::close)
              .thenRunAsync(() -> partition.log().close(), openers));
    }
    closing.forEach(CompletableFuture::join);
  }

  private record Replica(TopicPartition key, Uuid topicId, PartitionImage state) {}
}
