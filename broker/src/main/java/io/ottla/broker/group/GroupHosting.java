package io.ottla.broker.group;

import io.ottla.coordinator.group.GroupCoordinator;
import io.ottla.metadata.image.MetadataDelta;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.metadata.image.MetadataPublisher;
import io.ottla.metadata.image.PartitionImage;
import io.ottla.metadata.image.TopicImage;
import io.ottla.replication.HighWatermarkListener;
import io.ottla.replication.Partition;
import io.ottla.replication.Partitions;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives the group coordinator the partitions of {@code __consumer_offsets} that this broker leads,
 * and takes them from it; tells it which topics there are. Publishes after the partitions are
 * hosted; on the publication's thread.
 */
public final class GroupHosting implements MetadataPublisher {

  private static final Logger LOG = LoggerFactory.getLogger(GroupHosting.class);

  /** The topic that holds groups and committed offsets. */
  public static final String OFFSETS_TOPIC = "__consumer_offsets";

  private final int nodeId;
  private final Partitions partitions;
  private final GroupCoordinator coordinator;
  private final int partitionCount;
  private final Map<Integer, Coordinated> coordinated = new HashMap<>();
  private ImageCatalog topics;

  /**
   * @param partitionCount of the topic, as the coordinator was made for
   */
  public GroupHosting(
      int nodeId, Partitions partitions, GroupCoordinator coordinator, int partitionCount) {
    this.nodeId = nodeId;
    this.partitions = partitions;
    this.coordinator = coordinator;
    this.partitionCount = partitionCount;
  }

  @Override
  public void publish(MetadataImage image, List<MetadataDelta> deltas) {
    tellTopics(image, deltas);
    for (MetadataDelta delta : deltas) {
      if (delta instanceof MetadataDelta.TopicDeleted deleted
          && !deleted.name().equals(OFFSETS_TOPIC)) {
        coordinator.onTopicDeleted(deleted.topicId(), deleted.name());
      }
    }
    TopicImage topic = image.topic(OFFSETS_TOPIC);
    if (topic != null && topic.partitionCount() != partitionCount) {
      LOG.error(
          "{} has {} partitions, but this broker was started for {}: set"
              + " offsets.topic.num.partitions={} and restart; groups are not served until then",
          OFFSETS_TOPIC,
          topic.partitionCount(),
          partitionCount,
          topic.partitionCount());
      topic = null;
    }
    Set<Integer> led = new HashSet<>();
    for (int number = 0; topic != null && number < topic.partitionCount(); number++) {
      PartitionImage state = topic.partition(number);
      Partition partition = partitions.get(topic.id(), number);
      if (state.leader() == nodeId && partition != null) {
        led.add(number);
        elect(number, state.leaderEpoch(), partition);
      }
    }
    for (int number : Set.copyOf(coordinated.keySet())) {
      if (!led.contains(number)) {
        resign(number);
      }
    }
  }

  private void tellTopics(MetadataImage image, List<MetadataDelta> deltas) {
    ImageCatalog now = topics == null ? ImageCatalog.of(image) : topics.after(image, deltas);
    if (now != topics) {
      topics = now;
      coordinator.onTopics(now);
    }
  }

  private void elect(int number, int leaderEpoch, Partition partition) {
    Coordinated current = coordinated.get(number);
    if (current != null && current.leaderEpoch == leaderEpoch) {
      return;
    }
    if (current != null) {
      resign(number);
    }
    HighWatermarkListener listener =
        highWatermark -> coordinator.onHighWatermark(number, highWatermark);
    coordinated.put(number, new Coordinated(leaderEpoch, partition, listener));
    partition.shard().submit(() -> partition.addHighWatermarkListener(listener));
    PartitionCoordinatorLog log = new PartitionCoordinatorLog(partition, leaderEpoch);
    coordinator.onElection(number, leaderEpoch, log, log);
  }

  private void resign(int number) {
    Coordinated gone = coordinated.remove(number);
    coordinator.onResignation(number);
    gone.partition.shard().submit(() -> gone.partition.removeHighWatermarkListener(gone.listener));
  }

  private record Coordinated(
      int leaderEpoch, Partition partition, HighWatermarkListener listener) {}
}
