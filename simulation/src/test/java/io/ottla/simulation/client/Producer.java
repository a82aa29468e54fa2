package io.ottla.simulation.client;

import io.ottla.simulation.client.ClientMetadata.Leader;
import io.ottla.simulation.client.ClientNetwork.Lane;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.TopicPartition;
import io.ottla.wire.Uuid;
import io.ottla.wire.message.ProduceRequest;
import io.ottla.wire.message.ProduceResponse;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Sends values in batches to the leaders of their partitions, as Kafka's producer does: up to five
 * requests under way to a broker, failed batches again with the same sequence numbers until the
 * delivery timeout, after which nobody knows whether they are in the log.
 *
 * <p>Used on the timeline's thread.
 */
public final class Producer {

  /** What it asks of brokers. */
  public enum Kind {
    /** The leader alone answers; nothing is promised. */
    LEADER_ONLY((short) 1, false),
    /** All in-sync replicas answer; values may be there twice and in any order. */
    ALL((short) -1, false),
    /** Once, and in order. */
    IDEMPOTENT((short) -1, true);

    private final short acks;
    private final boolean isIdempotent;

    Kind(short acks, boolean isIdempotent) {
      this.acks = acks;
      this.isIdempotent = isIdempotent;
    }
  }

  /** What a transaction has to say when its values are sent. */
  interface Gate {
    String transactionalId();

    boolean mayDrain(TopicPartition partition);

    /** A batch was given up. */
    void onFailed(ErrorCode error);

    /** Something has ended, so that there may be nothing left to be sent. */
    void onProgress();
  }

  private static final int VERSION = 13;
  private static final int VERSION_BEFORE_TRANSACTIONS_OF_TWO = 11;
  private static final int MAX_UNDER_WAY = 5;
  private static final int MAX_VALUES = 4;

  private final ClientNetwork network;
  private final ClientMetadata metadata;
  private final Kind kind;
  private final int version;
  private final Gate gate;
  private final ProducerIdentity identity;
  private final BatchRetries retries;
  private final Map<TopicPartition, PartitionSends> partitions = new TreeMap<>();
  private final Map<Integer, Integer> underWay = new HashMap<>();
  private int incomplete;
  private boolean isDraining;

  /** A producer without transactions. */
  public Producer(ClientNetwork network, ClientMetadata metadata, Kind kind) {
    this(network, metadata, kind, null, VERSION);
  }

  private Producer(
      ClientNetwork network, ClientMetadata metadata, Kind kind, Gate gate, int version) {
    this.network = network;
    this.metadata = metadata;
    this.kind = kind;
    this.gate = gate;
    this.version = version;
    this.identity = kind.isIdempotent ? new ProducerIdentity(network, gate != null) : null;
    this.retries = new BatchRetries(identity);
    metadata.onUpdate(this::drain);
  }

  /** The producer in which a transaction's values are sent. */
  static Producer transactional(
      ClientNetwork network, ClientMetadata metadata, Gate gate, boolean isOfVersionTwo) {
    int version = isOfVersionTwo ? VERSION : VERSION_BEFORE_TRANSACTIONS_OF_TWO;
    return new Producer(network, metadata, Kind.IDEMPOTENT, gate, version);
  }

  ProducerIdentity identity() {
    return identity;
  }

  /** How many batches are not over. */
  public int incomplete() {
    return incomplete;
  }

  /** Sends a value some time. */
  public void send(String topic, int partition, byte[] value, Delivery delivery) {
    metadata.use(topic);
    PartitionSends sends =
        partitions.computeIfAbsent(new TopicPartition(topic, partition), PartitionSends::new);
    Batch batch = sends.open();
    if (batch == null || batch.count() == MAX_VALUES) {
      batch = new Batch(sends.partition(), network.nowMs(), network.wallMs());
      sends.add(batch);
      incomplete++;
      Batch opened = batch;
      network.after(
          network.times().deliveryMs(),
          "has waited long enough for " + sends.partition(),
          () -> expire(sends, opened));
      network.after(network.times().lingerMs(), "sends", this::drain);
    }
    batch.add(value, delivery);
  }

  /** Gives up what has not been sent. */
  void abortUnsent(String why) {
    for (PartitionSends sends : partitions.values()) {
      sends.takeUnsent().forEach(batch -> end(batch, () -> batch.fail(why)));
    }
  }

  /** The identity is a new one: all begins with the first sequence number. */
  void restartSequences() {
    partitions.values().forEach(sends -> sends.restart(identity.id(), identity.epoch()));
  }

  // ---- Sending

  void drain() {
    if (isDraining) {
      return;
    }
    isDraining = true;
    try {
      while (drainOnce()) {
        // until nothing can be sent
      }
    } finally {
      isDraining = false;
    }
  }

  /** Sends one request to each broker at most; whether any was sent. */
  private boolean drainOnce() {
    if (identity != null && !isIdentified()) {
      return false;
    }
    Map<Integer, List<Batch>> ready = new TreeMap<>();
    boolean isLeaderMissing = false;
    for (PartitionSends sends : partitions.values()) {
      Batch first = sends.first();
      if (first == null) {
        continue;
      }
      TopicPartition partition = sends.partition();
      Leader leader = metadata.leader(partition.topic(), partition.partition());
      if (leader == null) {
        isLeaderMissing = true;
      } else if (underWay.getOrDefault(leader.broker(), 0) < MAX_UNDER_WAY
          && mayDrain(sends, first)) {
        sends.removeFirst();
        if (identity != null && !first.hasSequence()) {
          sends.identify(first, identity);
        }
        ready.computeIfAbsent(leader.broker(), broker -> new ArrayList<>()).add(first);
      }
    }
    if (isLeaderMissing) {
      metadata.requestUpdate();
    }
    ready.forEach(this::request);
    return !ready.isEmpty();
  }

  private boolean isIdentified() {
    if (!identity.isTransactional()) {
      for (PartitionSends sends : partitions.values()) {
        if (sends.isUnresolved() && !sends.isAnyUnderWay() && !sends.resolve()) {
          identity.requestBump(sends);
        }
      }
      identity.bumpIfRequested();
      if (!identity.isKnown() && incomplete > 0) {
        identity.ask(this::drain);
      }
    }
    return identity.isKnown();
  }

  private boolean mayDrain(PartitionSends sends, Batch first) {
    long nowMs = network.nowMs();
    if (first.notBeforeMs() > nowMs
        || (!first.wasSent() && first.createdMs() + network.times().lingerMs() > nowMs)
        || (gate != null && !gate.mayDrain(sends.partition()))) {
      return false;
    }
    if (identity == null) {
      return true;
    }
    if (!first.hasSequence()
        && ((sends.isAnyUnderWay() && sends.isStale(identity)) || sends.isUnresolved())) {
      return false;
    }
    return !sends.mustWait(first);
  }

  private void request(int broker, List<Batch> batches) {
    ProduceRequest request =
        new ProduceRequest()
            .transactionalId(gate == null ? null : gate.transactionalId())
            .acks(kind.acks)
            .timeoutMs(network.times().requestMs());
    Map<Uuid, String> names = new HashMap<>();
    Map<String, ProduceRequest.TopicProduceData> topics = new TreeMap<>();
    for (Batch batch : batches) {
      String name = batch.partition().topic();
      Uuid id = metadata.topicId(name);
      names.put(id, name);
      topics
          .computeIfAbsent(name, n -> new ProduceRequest.TopicProduceData().name(n).topicId(id))
          .partitionData()
          .add(
              new ProduceRequest.PartitionProduceData()
                  .index(batch.partition().partition())
                  .records(batch.encode(gate != null)));
      batch.markSent();
    }
    request.topicData().addAll(topics.values());
    underWay.merge(broker, 1, Integer::sum);
    network.ask(
        broker,
        Lane.DATA,
        ApiKey.PRODUCE,
        version,
        request,
        answer -> {
          underWay.merge(broker, -1, Integer::sum);
          onAnswer(batches, names, (ProduceResponse) answer);
          drain();
        },
        () -> {
          underWay.merge(broker, -1, Integer::sum);
          batches.forEach(batch -> onError(batch, ErrorCode.NETWORK_EXCEPTION, -1));
          metadata.requestUpdate();
          drain();
        });
  }

  // ---- Answers

  private void onAnswer(List<Batch> batches, Map<Uuid, String> names, ProduceResponse answer) {
    Map<TopicPartition, ProduceResponse.PartitionProduceResponse> answers = new HashMap<>();
    for (ProduceResponse.TopicProduceResponse topic : answer.responses()) {
      String name = version >= VERSION ? names.get(topic.topicId()) : topic.name();
      topic
          .partitionResponses()
          .forEach(each -> answers.put(new TopicPartition(name, each.index()), each));
    }
    for (Batch batch : batches) {
      ProduceResponse.PartitionProduceResponse told = answers.get(batch.partition());
      if (told == null) {
        throw new IllegalStateException("no answer for " + batch + ": " + answer);
      }
      ErrorCode error = ErrorCode.forCode(told.errorCode());
      if (error == ErrorCode.NONE || error == ErrorCode.DUPLICATE_SEQUENCE_NUMBER) {
        long offset = error == ErrorCode.NONE ? told.baseOffset() : Delivery.SOMEWHERE;
        if (identity != null) {
          sends(batch).onAcknowledged(batch, offset);
        }
        end(batch, () -> batch.acknowledge(offset));
        continue;
      }
      metadata.learnLeader(
          batch.partition().topic(),
          batch.partition().partition(),
          told.currentLeader().leaderId(),
          told.currentLeader().leaderEpoch());
      if (error.isRetriable()) {
        metadata.requestUpdate();
      }
      onError(batch, error, told.logStartOffset());
    }
  }

  private PartitionSends sends(Batch batch) {
    return partitions.get(batch.partition());
  }

  private void onError(Batch batch, ErrorCode error, long logStartOffset) {
    PartitionSends sends = sends(batch);
    if (batch.isDone()) {
      return;
    }
    if (error != ErrorCode.NETWORK_EXCEPTION) {
      network.note(batch + ": " + error);
    }
    if (retries.mayRetry(sends, batch, error, logStartOffset)) {
      batch.waitUntilMs(network.nowMs() + network.times().backoffMs());
      sends.putBack(batch);
      network.after(network.times().backoffMs(), "sends again", this::drain);
    } else {
      fail(sends, batch, error);
    }
  }

  private void fail(PartitionSends sends, Batch batch, ErrorCode error) {
    sends.remove(batch);
    if (gate != null) {
      if (error != ErrorCode.UNKNOWN_PRODUCER_ID) {
        sends.closeGap(batch);
      }
      gate.onFailed(error);
    } else if (identity != null) {
      identity.requestBump(sends);
    }
    end(batch, () -> batch.fail(error.toString()));
  }

  private void expire(PartitionSends sends, Batch batch) {
    if (batch.isDone()) {
      return;
    }
    network.note("gives up " + batch);
    sends.remove(batch);
    if (batch.hasSequence()) {
      sends.leaveUnresolved(batch);
    }
    if (gate != null) {
      gate.onFailed(ErrorCode.REQUEST_TIMED_OUT);
    }
    end(batch, () -> batch.fail("not acknowledged in time"));
    drain();
  }

  /** A batch is over, in one way or the other. */
  private void end(Batch batch, Runnable told) {
    if (batch.isDone()) {
      return;
    }
    sends(batch).remove(batch);
    incomplete--;
    told.run();
    if (gate != null) {
      gate.onProgress();
    }
  }
}
