package io.ottla.broker.transaction;

import io.ottla.broker.replica.HostedPartitions;
import io.ottla.coordinator.EndMarker;
import io.ottla.coordinator.group.GroupCoordinator;
import io.ottla.log.LogException;
import io.ottla.log.TransactionMarker;
import io.ottla.replication.CommitListener;
import io.ottla.replication.Partition;
import io.ottla.replication.PartitionTransactions;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.TopicPartition;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes markers into partitions that this broker leads; into those of the group coordinator
 * through it, as what its records said counts from then on. Any thread.
 */
public final class MarkerWriter implements LocalMarkers {

  private static final Logger LOG = LoggerFactory.getLogger(MarkerWriter.class);

  private static final long COMMIT_TIMEOUT_MS = 30_000;

  private final HostedPartitions partitions;
  private final GroupCoordinator groups;

  public MarkerWriter(HostedPartitions partitions, GroupCoordinator groups) {
    this.partitions = partitions;
    this.groups = groups;
  }

  @Override
  public CompletableFuture<ErrorCode> write(TopicPartition topicPartition, EndMarker marker) {
    CompletableFuture<ErrorCode> written = new CompletableFuture<>();
    Partition partition = partitions.get(topicPartition.topic(), topicPartition.partition());
    if (partition == null) {
      written.complete(partitions.whyMissing(topicPartition.topic(), topicPartition.partition()));
    } else if (topicPartition.topic().equals(GroupCoordinator.TOPIC)) {
      groups.endTransaction(
          topicPartition.partition(), marker, error -> written.complete(ofPartition(error)));
    } else {
      partition.shard().submit(() -> append(partition, marker, written));
    }
    return written;
  }

  /** What a coordinator says, in the words of a partition. */
  private static ErrorCode ofPartition(ErrorCode error) {
    return switch (error) {
      case NOT_COORDINATOR, COORDINATOR_LOAD_IN_PROGRESS, COORDINATOR_NOT_AVAILABLE ->
          ErrorCode.NOT_LEADER_OR_FOLLOWER;
      default -> error;
    };
  }

  private static void append(
      Partition partition, EndMarker marker, CompletableFuture<ErrorCode> written) {
    try {
      long lastOffset =
          new PartitionTransactions(partition)
              .append(
                  new TransactionMarker(!marker.isCommit(), marker.coordinatorEpoch()),
                  marker.producerId(),
                  marker.producerEpoch(),
                  marker.transactionVersion())
              .lastOffset();
      partition.whenCommitted(lastOffset + 1, COMMIT_TIMEOUT_MS, new Waiter(written));
    } catch (LogException e) {
      written.complete(e.error());
    } catch (RuntimeException e) {
      LOG.error("Writing a marker to {} failed", partition.topicPartition(), e);
      written.complete(ErrorCode.UNKNOWN_SERVER_ERROR);
    }
  }

  private record Waiter(CompletableFuture<ErrorCode> written) implements CommitListener {

    @Override
    public void onCommitted() {
      written.complete(ErrorCode.NONE);
    }

    @Override
    public void onFailed(ErrorCode reason) {
      written.complete(reason);
    }
  }
}
