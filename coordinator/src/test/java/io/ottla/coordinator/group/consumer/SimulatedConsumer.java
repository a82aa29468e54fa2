package io.ottla.coordinator.group.consumer;

import static io.ottla.coordinator.group.consumer.ConsumerBed.beat;

import io.ottla.wire.ErrorCode;
import io.ottla.wire.Uuid;
import io.ottla.wire.message.ConsumerGroupHeartbeatRequest;
import io.ottla.wire.message.ConsumerGroupHeartbeatResponse;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A consumer as stock clients behave: it gives partitions up before it says so, takes new ones when
 * it is told, drops all when it is fenced, and sends all it knows when it has not got an answer.
 */
final class SimulatedConsumer {

  final String memberId;
  final String instanceId;
  private List<String> topics = List.of();
  private String regex;
  int epoch;
  boolean isRunning;

  /** What it reads. */
  final Map<Uuid, Set<Integer>> owned = new TreeMap<>();

  /** What it was told to read; null once it does. */
  private Map<Uuid, Set<Integer>> told;

  private boolean isUnsure = true;
  private boolean hasNews;

  SimulatedConsumer(String memberId, String instanceId) {
    this.memberId = memberId;
    this.instanceId = instanceId;
  }

  void start() {
    isRunning = true;
    stopReading();
  }

  private void stopReading() {
    epoch = 0;
    owned.clear();
    told = null;
    isUnsure = true;
  }

  /** Dies without a word. */
  void crash() {
    isRunning = false;
    stopReading();
  }

  /** Subscribes to something else; what it was told before it does first. */
  void subscribe(List<String> newTopics, String newRegex) {
    reconcile();
    topics = newTopics;
    regex = newRegex;
    hasNews = true;
  }

  ConsumerGroupHeartbeatRequest leaving(boolean forAWhile) {
    ConsumerGroupHeartbeatRequest request =
        beat(memberId, forAWhile ? -2 : -1).instanceId(instanceId);
    crash();
    return request;
  }

  /** Does what it was told: gives up what it is not to have, then takes the rest. */
  void reconcile() {
    if (told == null) {
      return;
    }
    owned.clear();
    told.forEach((topicId, partitions) -> owned.put(topicId, new TreeSet<>(partitions)));
    told = null;
    hasNews = true;
  }

  /** Whether it has something to do. */
  boolean isBusy() {
    return told != null;
  }

  ConsumerGroupHeartbeatRequest heartbeat() {
    ConsumerGroupHeartbeatRequest request = beat(memberId, epoch).instanceId(instanceId);
    if (epoch == 0 || isUnsure) {
      request.rebalanceTimeoutMs(20_000);
    }
    if (epoch == 0 || isUnsure || hasNews) {
      request
          .subscribedTopicNames(topics)
          .subscribedTopicRegex(regex == null ? "" : regex)
          .topicPartitions(ConsumerBed.owned(owned));
    }
    return request;
  }

  void onLost() {
    isUnsure = true;
  }

  void onResponse(ConsumerGroupHeartbeatResponse response) {
    ErrorCode error = ErrorCode.forCode(response.errorCode());
    switch (error) {
      case NONE -> {
        isUnsure = false;
        hasNews = false;
        epoch = response.memberEpoch();
        if (response.assignment() != null) {
          told = new TreeMap<>();
          response
              .assignment()
              .topicPartitions()
              .forEach(topic -> told.put(topic.topicId(), new TreeSet<>(topic.partitions())));
          if (told.equals(owned)) {
            told = null;
          }
        }
      }
      case FENCED_MEMBER_EPOCH, UNKNOWN_MEMBER_ID, GROUP_ID_NOT_FOUND -> stopReading();
      case UNRELEASED_INSTANCE_ID, FENCED_INSTANCE_ID -> crash();
      case COORDINATOR_NOT_AVAILABLE, COORDINATOR_LOAD_IN_PROGRESS -> onLost();
      default ->
          throw new AssertionError(error + " " + response.errorMessage() + " for " + memberId);
    }
  }

  @Override
  public String toString() {
    return memberId + " epoch " + epoch + " owns " + owned + " told " + told;
  }
}
