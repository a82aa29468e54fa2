package io.ottla.replication;

import io.ottla.log.LogConfig;
import io.ottla.log.LogException;
import io.ottla.metadata.image.NodeIds;
import io.ottla.metadata.image.PartitionImage;
import io.ottla.runtime.Shard;
import io.ottla.wire.record.BatchRules;
import io.ottla.wire.record.DecompressionLimits;
import io.ottla.wire.record.TimestampType;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;

/** Settings and states that tests of replicas have in common. */
final class Replicas {

  /** The broker of tests that have one. */
  static final int SELF = 1;

  static final BatchRules RULES =
      new BatchRules(
          1_000_000,
          TimestampType.CREATE_TIME,
          Long.MAX_VALUE,
          Long.MAX_VALUE,
          false,
          null,
          DecompressionLimits.ofBatch(1 << 20),
          6,
          9,
          3);

  private Replicas() {}

  static TopicSettings settings(LogConfig log) {
    return settings(log, 1);
  }

  static TopicSettings settings(LogConfig log, int minInsyncReplicas) {
    return new TopicSettings(
        log, RULES, minInsyncReplicas, ThrottledReplicas.NONE, ThrottledReplicas.NONE);
  }

  /** A broker that has no others and no controller that answers. */
  static ReplicaContext alone(Shard shard) {
    return alone(shard, (_, _) -> {});
  }

  /** Of the only broker, and who is told of a log the disk refuses to write. */
  static ReplicaContext alone(Shard shard, BiConsumer<Partition, LogException> onLogFailure) {
    return new ReplicaContext(
        SELF,
        () -> true,
        new KnownBrokers(),
        new IsrChanges(shard, SELF, () -> 1, _ -> new CompletableFuture<>()),
        30_000,
        onLogFailure);
  }

  /** The only replica, leading in an epoch. */
  static PartitionImage ledAlone(int leaderEpoch) {
    return state(SELF, leaderEpoch, leaderEpoch, NodeIds.of(SELF), NodeIds.of(SELF));
  }

  static PartitionImage state(
      int leader, int leaderEpoch, int partitionEpoch, NodeIds replicas, NodeIds isr) {
    PartitionImage created = PartitionImage.created(replicas, isr);
    return new PartitionImage(
        replicas,
        isr,
        created.elr(),
        created.lastKnownElr(),
        NodeIds.EMPTY,
        NodeIds.EMPTY,
        leader,
        created.recovery(),
        leaderEpoch,
        partitionEpoch);
  }
}
