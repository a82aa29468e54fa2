package io.ottla.simulation.client;

import io.ottla.simulation.client.Coordinators.Kind;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.TopicPartition;
import io.ottla.wire.message.HeartbeatRequest;
import io.ottla.wire.message.HeartbeatResponse;
import io.ottla.wire.message.JoinGroupRequest;
import io.ottla.wire.message.JoinGroupResponse;
import io.ottla.wire.message.LeaveGroupRequest;
import io.ottla.wire.message.LeaveGroupResponse;
import io.ottla.wire.message.SyncGroupRequest;
import io.ottla.wire.message.SyncGroupResponse;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * A member of the classic protocol: gives everything back before it joins again, and if it is the
 * leader shares the partitions out.
 */
public final class ClassicMember implements GroupMember {

  private static final int JOIN_VERSION = 9;
  private static final int SYNC_VERSION = 5;
  private static final int HEARTBEAT_VERSION = 4;
  private static final int LEAVE_VERSION = 5;
  private static final String PROTOCOL_TYPE = "consumer";
  private static final String ASSIGNOR = "range";
  private static final int NO_GENERATION = -1;

  private final ClientNetwork network;
  private final ClientMetadata metadata;
  private final Coordinators coordinators;
  private final String group;
  private final String topic;
  private final GroupListener listener;
  private final Set<TopicPartition> owned = new TreeSet<>();
  private final Departure departure;

  private String id = "";
  private int generation = NO_GENERATION;
  private boolean isJoining;

  public ClassicMember(
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
  }

  @Override
  public String id() {
    return id;
  }

  @Override
  public int epoch() {
    return generation;
  }

  @Override
  public boolean isOfNewProtocol() {
    return false;
  }

  @Override
  public void join() {
    metadata.use(topic);
    heartbeatLater();
    rejoin();
  }

  // ---- Join and sync

  /** Joins, or joins again, when it has given back what it owns; nothing if it is doing so. */
  private void rejoin() {
    if (isJoining || departure.isBegun()) {
      return;
    }
    isJoining = true;
    if (owned.isEmpty()) {
      sendJoin();
      return;
    }
    Set<TopicPartition> back = new TreeSet<>(owned);
    owned.clear();
    if (generation == NO_GENERATION) {
      listener.onLost(back);
      sendJoin();
    } else {
      departure.gaveBack(back);
      listener.onRevoked(back, this::sendJoin);
    }
  }

  private void joinAfterAWhile() {
    network.afterBackoff("joins again", this::sendJoin);
  }

  private void sendJoin() {
    if (departure.isBegun()) {
      return;
    }
    if (metadata.partitionCount(topic) == 0) {
      metadata.requestUpdate();
      joinAfterAWhile();
      return;
    }
    JoinGroupRequest request =
        new JoinGroupRequest()
            .groupId(group)
            .sessionTimeoutMs(network.times().sessionMs())
            .rebalanceTimeoutMs(network.times().rebalanceMs())
            .memberId(id)
            .protocolType(PROTOCOL_TYPE)
            .reason("");
    request
        .protocols()
        .add(
            new JoinGroupRequest.JoinGroupRequestProtocol()
                .name(ASSIGNOR)
                .metadata(ConsumerProtocol.subscription(topic)));
    ask(
        ApiKey.JOIN_GROUP,
        JOIN_VERSION,
        request,
        network.times().rebalanceMs() + network.times().requestMs(),
        answer -> onJoined((JoinGroupResponse) answer),
        this::joinAfterAWhile);
  }

  private void ask(
      ApiKey api,
      int version,
      ApiMessage request,
      long limitMs,
      Consumer<ApiMessage> answered,
      Runnable lost) {
    coordinators.askOnce(Kind.GROUP, group, api, version, () -> request, limitMs, answered, lost);
  }

  private void onJoined(JoinGroupResponse told) {
    ErrorCode error = ErrorCode.forCode(told.errorCode());
    switch (error) {
      case NONE -> {
        id = told.memberId();
        generation = told.generationId();
        departure.isMember();
        network.note("joined " + group + " as " + id + " in generation " + generation);
        sync(told);
      }
      case MEMBER_ID_REQUIRED -> {
        id = told.memberId();
        sendJoin();
      }
      case UNKNOWN_MEMBER_ID -> {
        forgetMembership();
        sendJoin();
      }
      default -> {
        expectRetriable(error);
        joinAfterAWhile();
      }
    }
  }

  private void sync(JoinGroupResponse joined) {
    SyncGroupRequest request =
        new SyncGroupRequest()
            .groupId(group)
            .generationId(generation)
            .memberId(id)
            .protocolType(PROTOCOL_TYPE)
            .protocolName(ASSIGNOR);
    if (joined.leader().equals(id)) {
      Map<String, Set<TopicPartition>> assignment =
          RangeAssignor.assign(
              joined.members().stream()
                  .map(JoinGroupResponse.JoinGroupResponseMember::memberId)
                  .toList(),
              topic,
              metadata.partitionCount(topic));
      assignment.forEach(
          (member, own) ->
              request
                  .assignments()
                  .add(
                      new SyncGroupRequest.SyncGroupRequestAssignment()
                          .memberId(member)
                          .assignment(ConsumerProtocol.assignment(topic, own))));
    }
    ask(
        ApiKey.SYNC_GROUP,
        SYNC_VERSION,
        request,
        network.times().rebalanceMs() + network.times().requestMs(),
        answer -> onSynced((SyncGroupResponse) answer),
        this::joinAfterAWhile);
  }

  private void onSynced(SyncGroupResponse told) {
    ErrorCode error = ErrorCode.forCode(told.errorCode());
    switch (error) {
      case NONE -> {
        owned.addAll(ConsumerProtocol.assigned(told.assignment()));
        network.note("owns " + owned + " in generation " + generation);
        isJoining = false;
        if (!owned.isEmpty()) {
          listener.onAssigned(new TreeSet<>(owned), () -> {});
        }
      }
      case REBALANCE_IN_PROGRESS -> sendJoin();
      case UNKNOWN_MEMBER_ID, ILLEGAL_GENERATION -> {
        forgetMembership();
        sendJoin();
      }
      default -> {
        expectRetriable(error);
        joinAfterAWhile();
      }
    }
  }

  private void forgetMembership() {
    id = "";
    generation = NO_GENERATION;
    departure.isNoMember();
  }

  private void expectRetriable(ErrorCode error) {
    network.note("is told " + error + " by the coordinator of " + group);
    if (Coordinators.isMoved(error)) {
      coordinators.forget(Kind.GROUP, group);
    } else if (!error.isRetriable() && error != ErrorCode.REBALANCE_IN_PROGRESS) {
      throw new IllegalStateException(network.name() + " in " + group + ": " + error);
    }
  }

  // ---- Heartbeats

  private void heartbeatLater() {
    network.after(network.times().heartbeatMs(), "heartbeats", this::heartbeat);
  }

  private void heartbeat() {
    if (departure.isBegun()) {
      return;
    }
    if (isJoining || generation == NO_GENERATION) {
      heartbeatLater();
      return;
    }
    int sentIn = generation;
    ask(
        ApiKey.HEARTBEAT,
        HEARTBEAT_VERSION,
        new HeartbeatRequest().groupId(group).generationId(generation).memberId(id),
        network.times().requestMs(),
        answer -> {
          heartbeatLater();
          if (sentIn == generation) {
            onRefused(ErrorCode.forCode(((HeartbeatResponse) answer).errorCode()));
          }
        },
        this::heartbeatLater);
  }

  @Override
  public void onRefused(ErrorCode error) {
    if (departure.isBegun()) {
      departure.isTold(
          error == ErrorCode.UNKNOWN_MEMBER_ID || error == ErrorCode.ILLEGAL_GENERATION);
      return;
    }
    switch (error) {
      case NONE -> {}
      case REBALANCE_IN_PROGRESS -> rejoin();
      case UNKNOWN_MEMBER_ID, ILLEGAL_GENERATION -> {
        if (!isJoining) {
          forgetMembership();
          rejoin();
        }
      }
      default -> expectRetriable(error);
    }
  }

  // ---- Leaving

  @Override
  public void leave(Runnable left) {
    departure.begin(owned, this::sendLeave, left);
  }

  /** Its answer may be the first that tells it that it was thrown out before. */
  private void sendLeave(Runnable left) {
    if (id.isEmpty()) {
      left.run();
      return;
    }
    LeaveGroupRequest request = new LeaveGroupRequest().groupId(group);
    request.members().add(new LeaveGroupRequest.MemberIdentity().memberId(id).reason("is done"));
    ask(
        ApiKey.LEAVE_GROUP,
        LEAVE_VERSION,
        request,
        network.times().requestMs(),
        answer -> {
          ((LeaveGroupResponse) answer)
              .members()
              .forEach(each -> onRefused(ErrorCode.forCode(each.errorCode())));
          left.run();
        },
        left);
  }
}
