package io.ottla.broker.transaction;

import io.ottla.broker.peer.BrokerQuestions;
import io.ottla.coordinator.EndMarker;
import io.ottla.coordinator.transaction.MarkerDelivery;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.metadata.image.PartitionImage;
import io.ottla.metadata.image.TopicImage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.TopicPartition;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings the ends of transactions to the leaders of their partitions, wherever they are by then,
 * and does not give up before each has it or is deleted. Any thread.
 */
public final class MarkerSender implements MarkerDelivery {

  private static final Logger LOG = LoggerFactory.getLogger(MarkerSender.class);

  private static final long RETRY_MS = 50;

  private final int nodeId;
  private final Supplier<MetadataImage> image;
  private final LocalMarkers here;
  private final BrokerQuestions brokers;
  private final Later later;
  private final Map<Integer, MarkerQueue> others = new ConcurrentHashMap<>();
  private final Set<Journey> underWay = ConcurrentHashMap.newKeySet();

  public MarkerSender(
      int nodeId,
      Supplier<MetadataImage> image,
      LocalMarkers here,
      BrokerQuestions brokers,
      Later later) {
    this.nodeId = nodeId;
    this.image = image;
    this.here = here;
    this.brokers = brokers;
    this.later = later;
  }

  @Override
  public void deliver(Markers markers, Runnable whenWritten) {
    Journey journey = new Journey(markers, whenWritten);
    underWay.add(journey);
    journey.send(markers.partitions());
  }

  @Override
  public void cancel(int transactionPartition) {
    underWay.removeIf(journey -> journey.markers.transactionPartition() == transactionPartition);
  }

  /** How many transactions have markers on their way. */
  int underWay() {
    return underWay.size();
  }

  /** One transaction's markers, until the last is written. */
  final class Journey {

    private final Markers markers;
    private final EndMarker marker;
    private final Runnable whenWritten;
    private final Set<TopicPartition> missing;

    Journey(Markers markers, Runnable whenWritten) {
      this.markers = markers;
      this.whenWritten = whenWritten;
      this.missing = new HashSet<>(markers.partitions());
      this.marker =
          new EndMarker(
              markers.producerId(),
              markers.producerEpoch(),
              markers.coordinatorEpoch(),
              markers.isCommit(),
              (short) markers.transactionVersion());
    }

    EndMarker marker() {
      return marker;
    }

    private void send(Set<TopicPartition> partitions) {
      if (!underWay.contains(this)) {
        return; // Another broker coordinates by now, and sends them itself.
      }
      Map<Integer, Set<TopicPartition>> byLeader = new HashMap<>();
      for (TopicPartition partition : partitions) {
        TopicImage topic = image.get().topic(partition.topic());
        PartitionImage state = topic == null ? null : topic.partition(partition.partition());
        if (state == null) {
          LOG.info(
              "{} is gone: the transaction of {} ends without it",
              partition,
              markers.transactionalId());
          onAnswer(partition, ErrorCode.NONE);
        } else {
          byLeader.computeIfAbsent(state.leader(), _ -> new HashSet<>()).add(partition);
        }
      }
      byLeader.forEach(this::sendTo);
    }

    private void sendTo(int leader, Set<TopicPartition> partitions) {
      if (leader == nodeId) {
        for (TopicPartition partition : partitions) {
          var _ = here.write(partition, marker).thenAccept(error -> onAnswer(partition, error));
        }
      } else if (leader < 0) {
        later.run(() -> send(partitions), RETRY_MS);
      } else {
        others
            .computeIfAbsent(leader, broker -> new MarkerQueue(broker, brokers))
            .add(this, partitions);
      }
    }

    /** What became of a marker. */
    void onAnswer(TopicPartition partition, ErrorCode error) {
      switch (error) {
        case NONE, UNSUPPORTED_FOR_MESSAGE_FORMAT -> onWritten(partition);
        case INVALID_PRODUCER_EPOCH, TRANSACTION_COORDINATOR_FENCED -> {
          if (underWay.remove(this)) {
            LOG.info(
                "{} refused the end of the transaction of {} ({}): another coordinator has taken"
                    + " over",
                partition,
                markers.transactionalId(),
                error);
          }
        }
        default -> {
          LOG.debug("{} did not take a marker ({}), tried again", partition, error);
          later.run(() -> send(Set.of(partition)), RETRY_MS);
        }
      }
    }

    private void onWritten(TopicPartition partition) {
      boolean isLast;
      synchronized (this) {
        isLast = missing.remove(partition) && missing.isEmpty();
      }
      if (isLast && underWay.remove(this)) {
        whenWritten.run();
      }
    }
  }
}
