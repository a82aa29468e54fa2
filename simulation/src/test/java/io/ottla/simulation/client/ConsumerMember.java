package io.ottla.simulation.client;

import io.ottla.simulation.Timeline;
import io.ottla.simulation.client.Coordinators.Kind;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.TopicPartition;
import io.ottla.wire.Uuid;
import io.ottla.wire.message.ConsumerGroupHeartbeatRequest;
import io.ottla.wire.message.ConsumerGroupHeartbeatResponse;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * A member of the new protocol (KIP-848): heartbeats carry what it owns there and what it is to own
 * back; it gives up first, says so, and takes what it is given then.
 */
public final class ConsumerMember implements GroupMember {

  private static final int VERSION = 1;
  private static final int JOINS = 0;
  private static final int LEAVES = -1;

  private final ClientNetwork network;
  private final ClientMetadata metadata;
  private final Coordinators coordinators;
  private final String group;
  private final String topic;
  private final GroupListener listener;
  private final String id;
  private final Set<TopicPartition> owned = new TreeSet<>();
  private final Departure departure;
  private Set<TopicPartition> target = new TreeSet<>();
  private int epoch = JOINS;
  private int tenure;
  private boolean isReconciling;
  private boolean isToTellAll = true;
  private boolean isToTellOwned;
  private boolean isAsking;
  private Timeline.Event next;

  public ConsumerMember(
      ClientNetwork network,
      ClientMetadata metadata,
      Coordinators coordinators,
      String group,
      String topic,
      GroupListener listener) {
    this.network = network;
    this.metadata = metadata;
    this.coordinators = coordinators;
    this.group = group;
    this.topic = topic;
    this.listener = listener;
    this.departure = new Departure(listener);
    long high = network.chance(Integer.MAX_VALUE);
    this.id = new Uuid(high, network.chance(Integer.MAX_VALUE)).toString();
  }

  @Override
  public String id() {
    return id;
  }

  @Override
  public int epoch() {
    return epoch;
  }

  @Override
  public boolean isOfNewProtocol() {
    return true;
  }

  @Override
  public void join() {
    metadata.use(topic);
    heartbeatIn(0);
  }

  // ---- Heartbeats

  private void heartbeatIn(long delayMs) {
    if (next != null) {
      next.cancel();
    }
    next = network.after(delayMs, "heartbeats", this::heartbeat);
  }

  private void heartbeat() {
    if (isAsking || departure.isBegun()) {
      return;
    }
    if (metadata.topicId(topic) == null) {
      metadata.requestUpdate();
      heartbeatIn(network.times().backoffMs());
      return;
    }
    isAsking = true;
    int sentIn = tenure;
    coordinators.askOnce(
        Kind.GROUP,
        group,
        ApiKey.CONSUMER_GROUP_HEARTBEAT,
        VERSION,
        this::request,
        network.times().requestMs(),
        answer -> {
          isAsking = false;
          ConsumerGroupHeartbeatResponse told = (ConsumerGroupHeartbeatResponse) answer;
          if (departure.isBegun() && sentIn + 1 == tenure) {
            onRefused(ErrorCode.forCode(told.errorCode()));
          } else if (sentIn == tenure) {
            onAnswer(told);
          } else {
            heartbeatIn(0);
          }
        },
        () -> {
          isAsking = false;
          isToTellAll = true;
          heartbeatIn(network.times().backoffMs());
        });
  }

  private ConsumerGroupHeartbeatRequest request() {
    ConsumerGroupHeartbeatRequest request =
        new ConsumerGroupHeartbeatRequest().groupId(group).memberId(id).memberEpoch(epoch);
    if (isToTellAll || epoch == JOINS) {
      request
          .rebalanceTimeoutMs(network.times().rebalanceMs())
          .subscribedTopicNames(List.of(topic));
    }
    if (isToTellAll || isToTellOwned || epoch == JOINS) {
      request.topicPartitions(List.of());
      if (!owned.isEmpty()) {
        request.topicPartitions(
            List.of(
                new ConsumerGroupHeartbeatRequest.TopicPartitions()
                    .topicId(metadata.topicId(topic))
                    .partitions(owned.stream().map(TopicPartition::partition).toList())));
      }
    }
    isToTellAll = false;
    isToTellOwned = false;
    return request;
  }

  private void onAnswer(ConsumerGroupHeartbeatResponse told) {
    ErrorCode error = ErrorCode.forCode(told.errorCode());
    if (error == ErrorCode.NONE) {
      epoch = told.memberEpoch();
      departure.isMember();
      if (told.assignment() != null) {
        target = new TreeSet<>();
        told.assignment()
            .topicPartitions()
            .forEach(
                some ->
                    some.partitions().forEach(each -> target.add(new TopicPartition(topic, each))));
        network.note("is to own " + target + " in epoch " + epoch);
      }
      heartbeatIn(told.heartbeatIntervalMs());
      reconcile();
      return;
    }
    isToTellAll = true;
    network.note("is told " + error + " by the coordinator of " + group);
    if (isFencing(error)) {
      onRefused(error);
      return;
    }
    if (Coordinators.isMoved(error)) {
      coordinators.forget(Kind.GROUP, group);
    } else if (!error.isRetriable()) {
      throw new IllegalStateException(
          network.name() + " in " + group + ": " + error + " " + told.errorMessage());
    }
    heartbeatIn(network.times().backoffMs());
  }

  // ---- What it owns

  private void reconcile() {
    if (isReconciling || owned.equals(target)) {
      return;
    }
    isReconciling = true;
    int reconciledIn = tenure;
    Set<TopicPartition> wanted = new TreeSet<>(target);
    Set<TopicPartition> back = new TreeSet<>(owned);
    back.removeAll(wanted);
    Set<TopicPartition> gained = new TreeSet<>(wanted);
    gained.removeAll(owned);
    Runnable take =
        () -> {
          if (reconciledIn != tenure) {
            return;
          }
          owned.removeAll(back);
          departure.gaveBack(back);
          owned.addAll(gained);
          Runnable done =
              () -> {
                if (reconciledIn == tenure) {
                  isReconciling = false;
                  isToTellOwned = true;
                  heartbeatIn(0);
                  reconcile();
                }
              };
          if (gained.isEmpty()) {
            done.run();
          } else {
            listener.onAssigned(gained, done);
          }
        };
    if (back.isEmpty()) {
      take.run();
    } else {
      listener.onRevoked(back, take);
    }
  }

  private static boolean isFencing(ErrorCode error) {
    return error == ErrorCode.UNKNOWN_MEMBER_ID || error == ErrorCode.FENCED_MEMBER_EPOCH;
  }

  @Override
  public void onRefused(ErrorCode error) {
    if (departure.isBegun()) {
      departure.isTold(isFencing(error));
      return;
    }
    if (isFencing(error)) {
      tenure++;
      isReconciling = false;
      epoch = JOINS;
      target = new TreeSet<>();
      Set<TopicPartition> lost = new TreeSet<>(owned);
      owned.clear();
      if (!lost.isEmpty()) {
        listener.onLost(lost);
      }
      departure.isNoMember();
      isToTellAll = true;
      heartbeatIn(0);
    } else {
      isToTellAll = true;
      heartbeatIn(0);
    }
  }

  // ---- Leaving

  @Override
  public void leave(Runnable left) {
    tenure++;
    departure.begin(owned, this::sendLeave, left);
  }

  /** Its answer may be the first that tells it that it was thrown out before. */
  private void sendLeave(Runnable left) {
    if (epoch == JOINS || departure.isFenced()) {
      left.run();
      return;
    }
    coordinators.askOnce(
        Kind.GROUP,
        group,
        ApiKey.CONSUMER_GROUP_HEARTBEAT,
        VERSION,
        () -> new ConsumerGroupHeartbeatRequest().groupId(group).memberId(id).memberEpoch(LEAVES),
        network.times().requestMs(),
        answer -> {
          onRefused(ErrorCode.forCode(((ConsumerGroupHeartbeatResponse) answer).errorCode()));
          left.run();
        },
        left);
  }
}
