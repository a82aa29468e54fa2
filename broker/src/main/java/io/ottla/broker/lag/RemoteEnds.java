package io.ottla.broker.lag;

import io.ottla.broker.peer.BrokerQuestions;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.metadata.image.PartitionImage;
import io.ottla.metadata.image.TopicImage;
import io.ottla.runtime.Clock;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.TopicPartition;
import io.ottla.wire.Uuid;
import io.ottla.wire.message.ListOffsetsRequest;
import io.ottla.wire.message.ListOffsetsResponse;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the partitions end that other brokers lead, as of the last time these were asked. Their
 * leaders are asked as a consumer asks, once for each isolation level, for so many partitions at a
 * time and one batch after the other; one that has not answered is not asked again meanwhile. Any
 * thread, but one round at a time.
 */
public final class RemoteEnds {

  private static final Logger LOG = LoggerFactory.getLogger(RemoteEnds.class);

  /** Partitions asked for in one request. */
  static final int BATCH = 1_000;

  private static final long LATEST = -1;
  private static final int CONSUMER = -1;
  private static final byte READ_UNCOMMITTED = 0;
  private static final byte READ_COMMITTED = 1;

  private final int nodeId;
  private final BrokerQuestions brokers;
  private final Clock clock;
  private final long timeoutMs;
  private final Map<TopicPartition, PartitionEnd> ends = new ConcurrentHashMap<>();

  /** Brokers that have not answered yet. */
  private final Set<Integer> asked = ConcurrentHashMap.newKeySet();

  /**
   * @param timeoutMs how long a broker may take to answer
   */
  public RemoteEnds(int nodeId, BrokerQuestions brokers, Clock clock, long timeoutMs) {
    this.nodeId = nodeId;
    this.brokers = brokers;
    this.clock = clock;
    this.timeoutMs = timeoutMs;
  }

  /** The end as it was last told, or null. */
  PartitionEnd find(Uuid topicId, TopicPartition partition) {
    PartitionEnd end = ends.get(partition);
    return end == null || !end.topicId().equals(topicId) ? null : end;
  }

  /** What one request asks for. */
  private record Wanted(TopicPartition partition, Uuid topicId, int leaderEpoch) {}

  /**
   * Asks the leaders of these partitions, and forgets all others.
   *
   * @return completed when everyone has answered or failed to
   */
  CompletableFuture<Void> ask(Set<TopicPartition> partitions, MetadataImage image) {
    ends.keySet().retainAll(partitions);
    Map<Integer, List<Wanted>> byLeader = new HashMap<>();
    for (TopicPartition partition : partitions) {
      TopicImage topic = image.topic(partition.topic());
      PartitionImage state = topic == null ? null : topic.partition(partition.partition());
      if (state != null && state.leader() != PartitionImage.NO_LEADER && state.leader() != nodeId) {
        byLeader
            .computeIfAbsent(state.leader(), id -> new ArrayList<>())
            .add(new Wanted(partition, topic.id(), state.leaderEpoch()));
      }
    }
    List<CompletableFuture<Void>> rounds = new ArrayList<>();
    byLeader.forEach(
        (leader, wanted) -> {
          if (asked.add(leader)) {
            rounds.add(ask(leader, wanted));
          }
        });
    return CompletableFuture.allOf(rounds.toArray(CompletableFuture[]::new));
  }

  private CompletableFuture<Void> ask(int leader, List<Wanted> wanted) {
    CompletableFuture<Void> round = CompletableFuture.completedFuture(null);
    for (int from = 0; from < wanted.size(); from += BATCH) {
      List<Wanted> batch = wanted.subList(from, Math.min(wanted.size(), from + BATCH));
      round = round.thenCompose(_ -> askBatch(leader, batch));
    }
    return round.handle(
        (_, failure) -> {
          asked.remove(leader);
          if (failure != null) {
            LOG.debug("Broker {} does not tell where its partitions end: {}", leader, failure);
          }
          return null;
        });
  }

  private CompletableFuture<Void> askBatch(int leader, List<Wanted> batch) {
    long nowNs = clock.nowNs();
    return send(leader, batch, READ_UNCOMMITTED)
        .thenCombine(
            send(leader, batch, READ_COMMITTED),
            (all, stable) -> {
              take(batch, all, stable, nowNs);
              return null;
            });
  }

  private CompletableFuture<Map<TopicPartition, Long>> send(
      int leader, List<Wanted> batch, byte isolationLevel) {
    return brokers
        .send(leader, ApiKey.LIST_OFFSETS, request(batch, isolationLevel), timeoutMs)
        .thenApply(RemoteEnds::offsets);
  }

  private static ListOffsetsRequest request(List<Wanted> batch, byte isolationLevel) {
    Map<String, ListOffsetsRequest.ListOffsetsTopic> topics = new HashMap<>();
    for (Wanted wanted : batch) {
      topics
          .computeIfAbsent(
              wanted.partition().topic(),
              name -> new ListOffsetsRequest.ListOffsetsTopic().name(name))
          .partitions()
          .add(
              new ListOffsetsRequest.ListOffsetsPartition()
                  .partitionIndex(wanted.partition().partition())
                  .currentLeaderEpoch(wanted.leaderEpoch())
                  .timestamp(LATEST));
    }
    return new ListOffsetsRequest()
        .replicaId(CONSUMER)
        .isolationLevel(isolationLevel)
        .topics(new ArrayList<>(topics.values()));
  }

  /** What was told without an error. */
  private static Map<TopicPartition, Long> offsets(ApiMessage answer) {
    Map<TopicPartition, Long> offsets = new HashMap<>();
    for (ListOffsetsResponse.ListOffsetsTopicResponse topic :
        ((ListOffsetsResponse) answer).topics()) {
      for (ListOffsetsResponse.ListOffsetsPartitionResponse told : topic.partitions()) {
        if (told.errorCode() == 0 && told.offset() >= 0) {
          offsets.put(new TopicPartition(topic.name(), told.partitionIndex()), told.offset());
        }
      }
    }
    return offsets;
  }

  /** Of what was asked for and told in both ways; the rest is as it was, and gets older. */
  private void take(
      List<Wanted> batch,
      Map<TopicPartition, Long> all,
      Map<TopicPartition, Long> stable,
      long askedNs) {
    for (Wanted wanted : batch) {
      Long end = all.get(wanted.partition());
      Long stableEnd = stable.get(wanted.partition());
      if (end != null && stableEnd != null) {
        ends.put(wanted.partition(), new PartitionEnd(wanted.topicId(), end, stableEnd, askedNs));
      }
    }
  }

  /** Nobody wants to know any more. */
  void forget() {
    ends.clear();
  }

  /** How many ends are known. */
  int count() {
    return ends.size();
  }
}
