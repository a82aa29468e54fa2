package io.ottla.coordinator.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.coordinator.Answer;
import io.ottla.coordinator.RequestContext;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.HeartbeatRequest;
import io.ottla.wire.message.HeartbeatResponse;
import io.ottla.wire.message.JoinGroupRequest;
import io.ottla.wire.message.JoinGroupResponse;
import io.ottla.wire.message.LeaveGroupRequest;
import io.ottla.wire.message.LeaveGroupResponse;
import io.ottla.wire.message.SyncGroupRequest;
import io.ottla.wire.message.SyncGroupResponse;
import java.util.List;
import java.util.Random;

/**
 * A member that does what the Java consumer does, one step at a time: joins, syncs, sends
 * heartbeats, and starts over as each error asks it to. Now and then it changes its mind, restarts
 * or leaves.
 */
final class SimulatedMember {

  private final GroupSimulation simulation;
  private final Random random;
  private final String instanceId;

  private String memberId = "";
  private int generation = -1;
  private String leader = "";
  private List<JoinGroupResponse.JoinGroupResponseMember> led = List.of();
  private boolean isAssigned;
  private boolean skipsAssignment;
  private String topic = "t";
  private Answer<JoinGroupResponse> join;
  private Answer<SyncGroupResponse> sync;
  private Answer<HeartbeatResponse> heartbeat;

  SimulatedMember(GroupSimulation simulation, Random random, String instanceId) {
    this.simulation = simulation;
    this.random = random;
    this.instanceId = instanceId;
  }

  String memberId() {
    return memberId;
  }

  String instanceId() {
    return instanceId;
  }

  int generation() {
    return generation;
  }

  boolean isAssigned() {
    return isAssigned;
  }

  /** Does the next thing: takes an answer that has come, or sends what is due. */
  void step() {
    if (join != null) {
      if (join.hasCome()) {
        JoinGroupResponse response = join.get();
        join = null;
        onJoined(response);
      }
    } else if (sync != null) {
      if (sync.hasCome()) {
        SyncGroupResponse response = sync.get();
        sync = null;
        onSynced(response);
      }
    } else if (heartbeat != null) {
      if (heartbeat.hasCome()) {
        HeartbeatResponse response = heartbeat.get();
        heartbeat = null;
        onError(ErrorCode.forCode(response.errorCode()));
      }
    } else if (generation < 0) {
      sendJoin();
    } else if (isAssigned) {
      sendHeartbeat();
    } else {
      sendSync();
    }
  }

  private void sendJoin() {
    isAssigned = false;
    JoinGroupRequest request =
        new JoinGroupRequest()
            .groupId(GroupBed.GROUP)
            .memberId(memberId)
            .groupInstanceId(instanceId)
            .protocolType("consumer")
            .sessionTimeoutMs(10_000)
            .rebalanceTimeoutMs(20_000)
            .protocols(
                List.of(GroupBed.protocol("range", topic), GroupBed.protocol("roundrobin", topic)));
    join =
        simulation.send(
            callback -> simulation.coordinator().joinGroup(context(9), request, callback));
  }

  private void sendSync() {
    SyncGroupRequest request =
        new SyncGroupRequest()
            .groupId(GroupBed.GROUP)
            .memberId(memberId)
            .groupInstanceId(instanceId)
            .generationId(generation)
            .protocolType("consumer")
            .protocolName("range");
    if (memberId.equals(leader) && !skipsAssignment) {
      for (JoinGroupResponse.JoinGroupResponseMember each : led) {
        request
            .assignments()
            .add(
                new SyncGroupRequest.SyncGroupRequestAssignment()
                    .memberId(each.memberId())
                    .assignment(
                        GroupBed.bytes(
                            simulation.newAssignment(
                                generation, each.memberId(), each.groupInstanceId()))));
      }
    }
    sync =
        simulation.send(
            callback -> simulation.coordinator().syncGroup(context(5), request, callback));
  }

  private void sendHeartbeat() {
    HeartbeatRequest request =
        new HeartbeatRequest()
            .groupId(GroupBed.GROUP)
            .memberId(memberId)
            .groupInstanceId(instanceId)
            .generationId(generation);
    heartbeat = simulation.send(callback -> simulation.coordinator().heartbeat(request, callback));
  }

  private void onJoined(JoinGroupResponse response) {
    ErrorCode error = ErrorCode.forCode(response.errorCode());
    if (error == ErrorCode.MEMBER_ID_REQUIRED) {
      memberId = response.memberId();
      return;
    }
    if (error != ErrorCode.NONE) {
      onError(error);
      return;
    }
    memberId = response.memberId();
    generation = response.generationId();
    leader = response.leader();
    led = response.members();
    skipsAssignment = response.skipAssignment();
    if (memberId.equals(leader)) {
      assertThat(led)
          .extracting(JoinGroupResponse.JoinGroupResponseMember::memberId)
          .contains(memberId)
          .doesNotHaveDuplicates();
    }
  }

  private void onSynced(SyncGroupResponse response) {
    ErrorCode error = ErrorCode.forCode(response.errorCode());
    if (error != ErrorCode.NONE) {
      onError(error);
      return;
    }
    isAssigned = true;
    simulation.onAssigned(generation, memberId, instanceId, GroupBed.text(response.assignment()));
  }

  private void onError(ErrorCode error) {
    switch (error) {
      case NONE -> {}
      case UNKNOWN_MEMBER_ID, ILLEGAL_GENERATION, FENCED_INSTANCE_ID -> {
        forgetGeneration();
        if (error != ErrorCode.ILLEGAL_GENERATION) {
          memberId = "";
        }
      }
      case REBALANCE_IN_PROGRESS,
          COORDINATOR_NOT_AVAILABLE,
          NOT_COORDINATOR,
          COORDINATOR_LOAD_IN_PROGRESS,
          UNKNOWN_SERVER_ERROR ->
          forgetGeneration();
      default -> throw new AssertionError("unexpected error " + error);
    }
  }

  private void forgetGeneration() {
    generation = -1;
    isAssigned = false;
  }

  /** The process ends without a word, and another takes its place. Its requests stay open. */
  void restart() {
    memberId = "";
    leader = "";
    forgetGeneration();
    join = null;
    sync = null;
    heartbeat = null;
  }

  /** Joins again, maybe to read something else. */
  void rejoin() {
    if (join == null && sync == null && heartbeat == null) {
      topic = random.nextBoolean() ? "t" : "u";
      forgetGeneration();
    }
  }

  void leave() {
    if (!memberId.isEmpty()) {
      LeaveGroupRequest request =
          new LeaveGroupRequest()
              .groupId(GroupBed.GROUP)
              .members(
                  List.of(
                      new LeaveGroupRequest.MemberIdentity()
                          .memberId(memberId)
                          .groupInstanceId(instanceId)));
      Answer<LeaveGroupResponse> ignored =
          simulation.send(
              callback -> simulation.coordinator().leaveGroup(context(5), request, callback));
      assertThat(ignored).isNotNull();
    }
    restart();
  }

  private static RequestContext context(int version) {
    return new RequestContext((short) version, "sim", "/10.0.0.1");
  }
}
