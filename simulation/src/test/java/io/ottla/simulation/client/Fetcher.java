package io.ottla.simulation.client;

import io.ottla.simulation.client.ClientMetadata.Leader;
import io.ottla.simulation.client.ClientNetwork.Lane;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.TopicPartition;
import io.ottla.wire.Uuid;
import io.ottla.wire.message.FetchRequest;
import io.ottla.wire.message.FetchResponse;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Reads partitions from positions on, from their leaders, one fetch to a broker at a time; with a
 * new leader it first asks whether its log still has what was read (KIP-320).
 *
 * <p>Used on the timeline's thread.
 */
public final class Fetcher {

  /** What it is given of transactions. */
  public enum Isolation {
    READ_UNCOMMITTED,
    READ_COMMITTED;

    byte id() {
      return (byte) ordinal();
    }
  }

  /** A partition that is asked for, and from where. */
  private record Asked(FetchedPartition partition, long position) {}

  private static final int VERSION = 17;
  private static final int NO_SESSION_EPOCH = -1;

  /** Brokers give one batch at least, however little is asked for. */
  private static final int MIN_BYTES = 50;

  private static final int MAX_BYTES = 4096;
  private static final int PAUSE_MS = 10;

  private final ClientNetwork network;
  private final ClientMetadata metadata;
  private final Isolation isolation;
  private final FetchSink sink;
  private final EpochCheck epochs;
  private final Map<TopicPartition, FetchedPartition> partitions = new TreeMap<>();
  private final Set<Integer> busy = new HashSet<>();

  public Fetcher(
      ClientNetwork network, ClientMetadata metadata, Isolation isolation, FetchSink sink) {
    this.network = network;
    this.metadata = metadata;
    this.isolation = isolation;
    this.sink = sink;
    this.epochs = new EpochCheck(network, metadata, sink, this::fetch);
    metadata.onUpdate(this::fetch);
  }

  /** Reads a partition from a position on; nothing is known of the epoch before it. */
  public void assign(TopicPartition partition, long position) {
    metadata.use(partition.topic());
    partitions.put(partition, new FetchedPartition(partition, position));
    network.after(0, "fetches what it was assigned", this::fetch);
  }

  /** Does not read a partition any more; what is under way of it is dropped. */
  public void unassign(TopicPartition partition) {
    partitions.remove(partition);
  }

  /** Whether a partition is assigned, and read up to an offset. */
  public boolean isAt(TopicPartition partition, long end) {
    FetchedPartition its = partitions.get(partition);
    return its != null && its.position() >= end;
  }

  /** What is assigned. */
  public List<TopicPartition> assignment() {
    return List.copyOf(partitions.keySet());
  }

  private void fetch() {
    Map<Integer, List<FetchedPartition>> ready = new TreeMap<>();
    boolean isLeaderMissing = false;
    for (FetchedPartition each : partitions.values()) {
      Leader leader = metadata.leader(each.topic(), each.number());
      if (leader == null) {
        isLeaderMissing = true;
      } else if (each.notBeforeMs() <= network.nowMs() && epochs.isChecked(each, leader)) {
        ready.computeIfAbsent(leader.broker(), broker -> new ArrayList<>()).add(each);
      }
    }
    if (isLeaderMissing) {
      metadata.requestUpdate();
    }
    ready.forEach(
        (broker, some) -> {
          if (busy.add(broker)) {
            request(broker, some);
          }
        });
  }

  private void request(int broker, List<FetchedPartition> some) {
    boolean isFrugal = network.chance(4) == 0;
    FetchRequest request =
        new FetchRequest()
            .maxWaitMs(network.times().fetchWaitMs())
            .minBytes(1)
            .maxBytes(MAX_BYTES)
            .isolationLevel(isolation.id())
            .sessionEpoch(NO_SESSION_EPOCH)
            .rackId("");
    Map<Uuid, FetchRequest.FetchTopic> topics = new HashMap<>();
    Map<Uuid, Map<Integer, Asked>> wanted = new HashMap<>();
    for (FetchedPartition each : some) {
      Uuid id = metadata.topicId(each.topic());
      wanted
          .computeIfAbsent(id, t -> new HashMap<>())
          .put(each.number(), new Asked(each, each.position()));
      FetchRequest.FetchTopic topic = topics.get(id);
      if (topic == null) {
        topic = new FetchRequest.FetchTopic().topicId(id).topic(each.topic());
        topics.put(id, topic);
        request.topics().add(topic);
      }
      topic
          .partitions()
          .add(
              new FetchRequest.FetchPartition()
                  .partition(each.number())
                  .currentLeaderEpoch(each.leaderEpoch())
                  .fetchOffset(each.position())
                  .partitionMaxBytes(
                      isFrugal ? MIN_BYTES + network.chance(MAX_BYTES / 10) : MAX_BYTES));
    }
    network.ask(
        broker,
        Lane.DATA,
        ApiKey.FETCH,
        VERSION,
        request,
        network.times().requestMs() + network.times().fetchWaitMs(),
        answer -> {
          onAnswer(wanted, (FetchResponse) answer);
          network.after(PAUSE_MS, "fetches on", () -> release(broker));
        },
        () -> {
          metadata.requestUpdate();
          network.afterBackoff("fetches again", () -> release(broker));
        });
  }

  private void release(int broker) {
    busy.remove(broker);
    fetch();
  }

  private void onAnswer(Map<Uuid, Map<Integer, Asked>> wanted, FetchResponse answer) {
    if (answer.errorCode() != ErrorCode.NONE.code()) {
      metadata.requestUpdate();
      return;
    }
    for (FetchResponse.FetchableTopicResponse topic : answer.responses()) {
      for (FetchResponse.PartitionData told : topic.partitions()) {
        Asked asked = wanted.get(topic.topicId()).get(told.partitionIndex());
        FetchedPartition each = asked.partition();
        // What two leaders were asked for is used once, and nothing while a leader is checked.
        if (partitions.get(each.partition()) == each
            && each.position() == asked.position()
            && !each.isBeingChecked()) {
          onPartition(each, told);
        }
      }
    }
  }

  private void onPartition(FetchedPartition each, FetchResponse.PartitionData told) {
    ErrorCode error = ErrorCode.forCode(told.errorCode());
    if (error == ErrorCode.NONE) {
      FetchedBatches fetched =
          new FetchedBatches(
              told.records(),
              each.position(),
              each.positionEpoch(),
              isolation == Isolation.READ_COMMITTED ? told.abortedTransactions() : null);
      if (fetched.damage() != null) {
        if (!network.isToldOfDamage(each.partition())) {
          sink.onTrouble(each.partition(), fetched.damage());
        }
        each.waitUntilMs(network.nowMs() + network.times().backoffMs());
      }
      if (fetched.nextPosition() > each.position()) {
        each.advance(fetched.nextPosition(), fetched.lastEpoch());
        sink.onRecords(each.partition(), fetched.records(), fetched.nextPosition());
      }
      return;
    }
    each.waitUntilMs(network.nowMs() + network.times().backoffMs());
    network.after(network.times().backoffMs(), "fetches after " + error, this::fetch);
    if (error == ErrorCode.OFFSET_OUT_OF_RANGE) {
      // A leader that was deposed and has not heard of it lacks what a commit by others named.
      if (each.isOutOfRange(network.nowMs(), network.times().deliveryMs())) {
        sink.onTrouble(each.partition(), "OFFSET_OUT_OF_RANGE at " + each.position());
      }
    } else if (!error.isRetriable()) {
      network.note("fetches " + each.partition() + ": " + error);
    }
    metadata.learnLeader(
        each.topic(),
        each.number(),
        told.currentLeader().leaderId(),
        told.currentLeader().leaderEpoch());
    metadata.requestUpdate();
  }
}
