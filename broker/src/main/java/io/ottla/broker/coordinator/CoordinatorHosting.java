package io.ottla.broker.coordinator;

import io.ottla.coordinator.HostedCoordinator;
import io.ottla.metadata.image.MetadataDelta;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.metadata.image.MetadataPublisher;
import io.ottla.metadata.image.PartitionImage;
import io.ottla.metadata.image.TopicImage;
import io.ottla.replication.HighWatermarkListener;
import io.ottla.replication.Partition;
import io.ottla.replication.Partitions;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives a coordinator the partitions of its topic that this broker leads, and takes them from it.
 * Publishes after the partitions are hosted; on the publication's thread.
 */
public final class CoordinatorHosting implements MetadataPublisher {

  private static final Logger LOG = LoggerFactory.getLogger(CoordinatorHosting.class);

  private final int nodeId;
  private final Partitions partitions;
  private final HostedCoordinator coordinator;
  private final String topicName;
  private final int partitionCount;
  private final String countKey;
  private final Map<Integer, Coordinated> coordinated = new TreeMap<>();

  /**
   * @param partitionCount of the topic, as the coordinator was made for
   * @param countKey the setting that says so
   */
  public CoordinatorHosting(
      int nodeId,
      Partitions partitions,
      HostedCoordinator coordinator,
      String topicName,
      int partitionCount,
      String countKey) {
    this.nodeId = nodeId;
    this.partitions = partitions;
    this.coordinator = coordinator;
    this.topicName = topicName;
    this.partitionCount = partitionCount;
    this.countKey = countKey;
  }

  @Override
  public void publish(MetadataImage image, List<MetadataDelta> deltas) {
    TopicImage topic = image.topic(topicName);
    if (topic != null && topic.partitionCount() != partitionCount) {
      LOG.error(
          "{} has {} partitions, but this broker was started for {}: set {}={} and restart; nothing"
              + " in it is served until then",
          topicName,
          topic.partitionCount(),
          partitionCount,
          countKey,
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
    for (int number : List.copyOf(coordinated.keySet())) {
      if (!led.contains(number)) {
        resign(number);
      }
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
