package io.ottla.broker.replica;

import io.ottla.metadata.image.BrokerImage;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.metadata.image.PartitionImage;
import io.ottla.metadata.image.TopicImage;
import io.ottla.replication.Partition;
import io.ottla.replication.PartitionRole;
import io.ottla.replication.Partitions;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.TopicPartition;
import io.ottla.wire.Uuid;
import java.util.function.Supplier;

/**
 * The partitions this broker has a replica of, and what a client is told of those it has none of:
 * to look for the leader, if the cluster has the partition, or that there is none. Any thread.
 */
public final class HostedPartitions {

  private static final long NO_EPOCH = -1;

  private final Partitions partitions;
  private final Supplier<MetadataImage> image;

  public HostedPartitions(Partitions partitions, Supplier<MetadataImage> image) {
    this.partitions = partitions;
    this.image = image;
  }

  /** The partition, or null if it is not hosted here. */
  public Partition get(Uuid topicId, int partition) {
    return partitions.get(topicId, partition);
  }

  /** The partition, or null if it is not hosted here. */
  public Partition get(String topic, int partition) {
    return partitions.get(topic, partition);
  }

  /** What a client is told when {@link #get(Uuid, int)} found nothing. */
  public ErrorCode whyMissing(Uuid topicId, int partition) {
    return whyMissing(
        partitions.whyMissing(topicId, partition), image.get().topic(topicId), partition);
  }

  /** What a client is told when {@link #get(String, int)} found nothing. */
  public ErrorCode whyMissing(String topic, int partition) {
    return whyMissing(partitions.whyMissing(topic, partition), image.get().topic(topic), partition);
  }

  private static ErrorCode whyMissing(ErrorCode here, TopicImage topic, int partition) {
    if (here == ErrorCode.KAFKA_STORAGE_ERROR || topic == null) {
      return here;
    }
    return partition >= 0 && partition < topic.partitionCount()
        ? ErrorCode.NOT_LEADER_OR_FOLLOWER
        : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
  }

  /**
   * Whether a request may be served: the epoch the client believes in must be this broker's
   * (KIP-320), and the broker must lead or, where that is enough, follow.
   *
   * @param clientEpoch the client's, or -1 if it does not say
   * @param leaderOnly whether only the leader may answer
   */
  public static ErrorCode check(PartitionRole role, int clientEpoch, boolean leaderOnly) {
    if (role.kind() == PartitionRole.Kind.NONE) {
      return ErrorCode.NOT_LEADER_OR_FOLLOWER;
    }
    if (clientEpoch >= 0 && clientEpoch < role.leaderEpoch()) {
      return ErrorCode.FENCED_LEADER_EPOCH;
    }
    if (clientEpoch >= 0 && clientEpoch > role.leaderEpoch()) {
      return ErrorCode.UNKNOWN_LEADER_EPOCH;
    }
    return leaderOnly && !role.isLeader() ? ErrorCode.NOT_LEADER_OR_FOLLOWER : ErrorCode.NONE;
  }

  /**
   * Whether a broker may fetch as a replica: it must be one, and no earlier incarnation of it
   * (KIP-903).
   *
   * @param clientEpoch the leader epoch it names, or -1
   * @param brokerEpoch its own, or -1 if it does not say
   */
  public ErrorCode checkFollower(
      PartitionRole role, int clientEpoch, int brokerId, long brokerEpoch) {
    if (!role.replicas().contains(brokerId)) {
      // With an epoch it may know of a replica set this broker has not heard of yet.
      return clientEpoch >= 0 ? ErrorCode.UNKNOWN_LEADER_EPOCH : ErrorCode.NOT_LEADER_OR_FOLLOWER;
    }
    BrokerImage broker = image.get().broker(brokerId);
    boolean isStale =
        brokerEpoch != NO_EPOCH
            && broker != null
            && !broker.fenced()
            && brokerEpoch < broker.epoch();
    return isStale ? ErrorCode.NOT_LEADER_OR_FOLLOWER : ErrorCode.NONE;
  }

  /** What the cluster knows of a partition, hosted here or not; null if there is none. */
  PartitionImage state(Uuid topicId, int partition) {
    return image.get().partition(topicId, partition);
  }

  /** What the cluster knows of a partition, hosted here or not; null if there is none. */
  PartitionImage state(String topic, int partition) {
    return image.get().partition(new TopicPartition(topic, partition));
  }

  /** The cluster as requests see it now. */
  public MetadataImage image() {
    return image.get();
  }
}
