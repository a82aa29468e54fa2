package io.ottla.broker.transaction;

import io.ottla.broker.peer.BrokerQuestions;
import io.ottla.broker.transaction.MarkerSender.Journey;
import io.ottla.coordinator.EndMarker;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.TopicPartition;
import io.ottla.wire.message.WriteTxnMarkersRequest;
import io.ottla.wire.message.WriteTxnMarkersResponse;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Markers on their way to one other broker. A few requests are under way at a time; what comes
 * meanwhile goes into the next. Any thread.
 */
final class MarkerQueue {

  private static final long TIMEOUT_MS = 30_000;

  /** Requests under way; more than one, as an answer waits for the followers of a partition. */
  static final int IN_FLIGHT = 4;

  /** Markers in one request, at most. */
  private static final int MOST = 500;

  private record Sent(Journey journey, Set<TopicPartition> partitions) {}

  private final int brokerId;
  private final BrokerQuestions brokers;
  private final List<Sent> waiting = new ArrayList<>();
  private int underWay;

  MarkerQueue(int brokerId, BrokerQuestions brokers) {
    this.brokerId = brokerId;
    this.brokers = brokers;
  }

  void add(Journey journey, Set<TopicPartition> partitions) {
    synchronized (this) {
      waiting.add(new Sent(journey, partitions));
    }
    sendNext();
  }

  /** One producer is at most once in a request: the answer tells them apart by it. */
  private synchronized Map<Long, Sent> take() {
    Map<Long, Sent> taken = new HashMap<>();
    if (underWay < IN_FLIGHT) {
      waiting.removeIf(
          sent ->
              taken.size() < MOST
                  && taken.putIfAbsent(sent.journey.marker().producerId(), sent) == null);
      underWay += taken.isEmpty() ? 0 : 1;
    }
    return taken;
  }

  private void sendNext() {
    Map<Long, Sent> sent = take();
    if (sent.isEmpty()) {
      return;
    }
    WriteTxnMarkersRequest request = new WriteTxnMarkersRequest();
    sent.values().forEach(one -> request.markers().add(marker(one)));
    var _ =
        brokers
            .send(brokerId, ApiKey.WRITE_TXN_MARKERS, request, TIMEOUT_MS)
            .whenComplete(
                (answer, failure) -> {
                  onAnswer(sent, failure == null ? (WriteTxnMarkersResponse) answer : null);
                  synchronized (this) {
                    underWay--;
                  }
                  sendNext();
                });
  }

  private static WriteTxnMarkersRequest.WritableTxnMarker marker(Sent sent) {
    EndMarker marker = sent.journey.marker();
    Map<String, WriteTxnMarkersRequest.WritableTxnMarkerTopic> topics = new HashMap<>();
    for (TopicPartition partition : sent.partitions) {
      topics
          .computeIfAbsent(
              partition.topic(),
              topic -> new WriteTxnMarkersRequest.WritableTxnMarkerTopic().name(topic))
          .partitionIndexes()
          .add(partition.partition());
    }
    return new WriteTxnMarkersRequest.WritableTxnMarker()
        .producerId(marker.producerId())
        .producerEpoch(marker.producerEpoch())
        .transactionResult(marker.isCommit())
        .coordinatorEpoch(marker.coordinatorEpoch())
        .transactionVersion((byte) marker.transactionVersion())
        .topics(List.copyOf(topics.values()));
  }

  /**
   * @param response null if there was none
   */
  private static void onAnswer(Map<Long, Sent> sent, WriteTxnMarkersResponse response) {
    Map<Long, Set<TopicPartition>> unanswered = new HashMap<>();
    sent.forEach((producerId, one) -> unanswered.put(producerId, new HashSet<>(one.partitions)));
    if (response != null) {
      for (WriteTxnMarkersResponse.WritableTxnMarkerResult result : response.markers()) {
        Sent one = sent.get(result.producerId());
        for (WriteTxnMarkersResponse.WritableTxnMarkerTopicResult topic : result.topics()) {
          for (WriteTxnMarkersResponse.WritableTxnMarkerPartitionResult partition :
              topic.partitions()) {
            TopicPartition name = new TopicPartition(topic.name(), partition.partitionIndex());
            if (one != null && unanswered.get(result.producerId()).remove(name)) {
              one.journey.onAnswer(name, ErrorCode.forCode(partition.errorCode()));
            }
          }
        }
      }
    }
    unanswered.forEach(
        (producerId, partitions) ->
            partitions.forEach(
                partition ->
                    sent.get(producerId).journey.onAnswer(partition, ErrorCode.NETWORK_EXCEPTION)));
  }
}
