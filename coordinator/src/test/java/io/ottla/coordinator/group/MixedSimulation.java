package io.ottla.coordinator.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.coordinator.Answer;
import io.ottla.coordinator.CoordinatorState;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.ConsumerGroupHeartbeatRequest;
import io.ottla.wire.message.ConsumerGroupHeartbeatResponse;
import io.ottla.wire.message.DeleteGroupsRequest;
import io.ottla.wire.message.DeleteGroupsResponse;
import io.ottla.wire.message.HeartbeatRequest;
import io.ottla.wire.message.JoinGroupResponse;
import io.ottla.wire.message.LeaveGroupRequest;
import io.ottla.wire.message.OffsetDeleteRequest;
import io.ottla.wire.message.OffsetDeleteResponse;
import io.ottla.wire.message.SyncGroupRequest;
import io.ottla.wire.message.TxnOffsetCommitResponse;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/**
 * Groups of both protocols and of none, their offsets, transactions, deletions and the coming and
 * going of the coordinator, at random. Whatever happens: what the log says is the state; what was
 * acknowledged is there, unless it was deleted or has aged.
 */
final class MixedSimulation {

  private static final String[] GROUPS = {"a", "b", "c"};
  private static final String[] TOPICS = {"t", "u"};
  private static final int PARTITIONS = 3;
  private static final long RETENTION_MS = 3_600_000;

  /** A client of either protocol, and what it believes. */
  private static final class Client {
    final String groupId;
    final boolean isClassic;
    String memberId;
    int epoch;
    Answer<JoinGroupResponse> join;
    List<ConsumerGroupHeartbeatRequest.TopicPartitions> owned = List.of();

    Client(String groupId, boolean isClassic, String memberId) {
      this.groupId = groupId;
      this.isClassic = isClassic;
      this.memberId = memberId;
    }
  }

  private static final ErrorCode[] FAULTS = {
    ErrorCode.NOT_ENOUGH_REPLICAS,
    ErrorCode.KAFKA_STORAGE_ERROR,
    ErrorCode.MESSAGE_TOO_LARGE,
    ErrorCode.NOT_LEADER_OR_FOLLOWER
  };

  private final Random random;
  private final boolean hasFaults;
  private final GroupBed bed;
  private final List<Client> clients = new ArrayList<>();
  private final Map<String, Long> acknowledged = new HashMap<>();
  private final Map<ErrorCode, Integer> outcomes = new HashMap<>();
  private int counter;
  private int leaderEpoch = 1;

  MixedSimulation(long seed, boolean hasFaults) {
    random = new Random(seed);
    this.hasFaults = hasFaults;
    bed =
        new GroupBed(
            GroupCoordinatorConfig.builder()
                .offsetsRetentionMinutes(60)
                .offsetsRetentionCheckIntervalMs(600_000)
                .build());
    bed.catalog(new BedCatalog(Set.of(TOPICS)));
    for (int i = 0; i < 6; i++) {
      boolean isClassic = random.nextBoolean();
      clients.add(
          new Client(GROUPS[random.nextInt(2)], isClassic, isClassic ? "" : "consumer-" + i));
    }
  }

  /** How often each answer was given to a commit. */
  Map<ErrorCode, Integer> outcomes() {
    return outcomes;
  }

  void run(int steps) {
    for (int i = 0; i < steps; i++) {
      step();
      checkAcknowledged();
      if (i % 20 == 0) {
        bed.assertReplayEqualsLiveState();
      }
    }
    bed.assertReplayEqualsLiveState();
  }

  private void step() {
    Client client = clients.get(random.nextInt(clients.size()));
    if (hasFaults && random.nextInt(12) == 0) {
      bed.log.failNextAppend(FAULTS[random.nextInt(FAULTS.length)]);
    }
    int choice = random.nextInt(100);
    if (choice < 35) {
      if (client.isClassic) {
        classicStep(client);
      } else {
        consumerStep(client);
      }
    } else if (choice < 55) {
      commit(client);
    } else if (choice < 65) {
      commitInTransaction(client);
    } else if (choice < 72) {
      TransactionalOffsetsTest.end(bed, random.nextInt(2), random.nextBoolean());
      acknowledged.clear();
    } else if (choice < 76) {
      deleteOffset();
    } else if (choice < 78) {
      deleteGroup();
    } else if (choice < 82) {
      leave(client);
    } else if (choice < 95) {
      bed.pass(random.nextInt(3_000));
    } else if (choice < 97) {
      failOver();
    } else if (choice < 99) {
      bed.pass(random.nextInt(90_000));
    } else {
      bed.pass(3_600_000 + random.nextInt(3_600_000));
      acknowledged.clear();
    }
  }

  private void consumerStep(Client client) {
    boolean isJoining = client.epoch == 0;
    ConsumerGroupHeartbeatRequest request =
        new ConsumerGroupHeartbeatRequest()
            .groupId(client.groupId)
            .memberId(client.memberId)
            .memberEpoch(client.epoch)
            .rebalanceTimeoutMs(isJoining ? 60_000 : -1)
            .topicPartitions(isJoining ? List.of() : client.owned);
    if (isJoining || random.nextInt(5) == 0) {
      request.subscribedTopicNames(random.nextBoolean() ? List.of("t") : List.of("t", "u"));
    }
    ConsumerGroupHeartbeatResponse response = heartbeat(request);
    if (response.errorCode() != ErrorCode.NONE.code()) {
      client.epoch = 0;
      client.owned = List.of();
      return;
    }
    client.epoch = response.memberEpoch();
    if (response.assignment() != null) {
      client.owned =
          response.assignment().topicPartitions().stream()
              .map(
                  topic ->
                      new ConsumerGroupHeartbeatRequest.TopicPartitions()
                          .topicId(topic.topicId())
                          .partitions(topic.partitions()))
              .toList();
    }
  }

  private ConsumerGroupHeartbeatResponse heartbeat(ConsumerGroupHeartbeatRequest request) {
    Answer<ConsumerGroupHeartbeatResponse> answer =
        bed.ask(
            1,
            callback -> bed.coordinator.consumerGroupHeartbeat(bed.context(1), request, callback));
    return answer.get();
  }

  private void classicStep(Client client) {
    if (client.join != null) {
      if (client.join.hasCome()) {
        onJoined(client, client.join.get());
        client.join = null;
      }
    } else if (client.epoch > 0 && random.nextInt(4) != 0) {
      short error =
          bed.heartbeat(
                  new HeartbeatRequest()
                      .groupId(client.groupId)
                      .memberId(client.memberId)
                      .generationId(client.epoch))
              .get()
              .errorCode();
      if (error == ErrorCode.UNKNOWN_MEMBER_ID.code()) {
        client.memberId = "";
      }
      client.epoch = error == ErrorCode.NONE.code() ? client.epoch : 0;
    } else {
      client.join =
          bed.join(
              GroupBed.joinRequest(client.memberId)
                  .groupId(client.groupId)
                  .sessionTimeoutMs(10_000)
                  .rebalanceTimeoutMs(20_000),
              9);
    }
  }

  private void onJoined(Client client, JoinGroupResponse joined) {
    client.memberId = joined.memberId();
    if (joined.errorCode() != ErrorCode.NONE.code()) {
      client.epoch = 0;
      return;
    }
    client.epoch = joined.generationId();
    SyncGroupRequest sync =
        new SyncGroupRequest()
            .groupId(client.groupId)
            .memberId(client.memberId)
            .generationId(client.epoch)
            .protocolType("consumer")
            .protocolName("range");
    joined
        .members()
        .forEach(
            member ->
                sync.assignments()
                    .add(
                        new SyncGroupRequest.SyncGroupRequestAssignment()
                            .memberId(member.memberId())
                            .assignment(new byte[] {0, 1, 0, 0, 0, 0, -1, -1, -1, -1})));
    bed.sync(sync);
  }

  private void leave(Client client) {
    if (!client.isClassic) {
      heartbeat(
          new ConsumerGroupHeartbeatRequest()
              .groupId(client.groupId)
              .memberId(client.memberId)
              .memberEpoch(-1));
    } else if (!client.memberId.isEmpty()) {
      bed.leave(
          new LeaveGroupRequest()
              .groupId(client.groupId)
              .members(List.of(new LeaveGroupRequest.MemberIdentity().memberId(client.memberId))),
          5);
      client.memberId = "";
    }
    client.epoch = 0;
    client.owned = List.of();
  }

  private void commit(Client client) {
    boolean isAlone = random.nextInt(3) == 0;
    String groupId = isAlone ? GROUPS[random.nextInt(GROUPS.length)] : client.groupId;
    String topic = TOPICS[random.nextInt(TOPICS.length)];
    int partition = random.nextInt(PARTITIONS);
    long offset = ++counter;
    int epoch = isAlone ? -1 : client.epoch - random.nextInt(2);
    ErrorCode error =
        GroupBed.onlyError(
            bed.commit(
                    GroupBed.commitRequest(isAlone ? "" : client.memberId, epoch)
                        .groupId(groupId)
                        .topics(List.of(GroupBed.topicOffset(topic, partition, offset))),
                    9)
                .get());
    outcomes.merge(error, 1, Integer::sum);
    if (error == ErrorCode.NONE) {
      acknowledged.put(groupId + " " + topic + " " + partition, offset);
    }
  }

  private void commitInTransaction(Client client) {
    String topic = TOPICS[random.nextInt(TOPICS.length)];
    int partition = random.nextInt(PARTITIONS);
    boolean isAnonymous = random.nextBoolean();
    Answer<TxnOffsetCommitResponse> answer =
        bed.ask(
            5,
            callback ->
                bed.coordinator.commitTransactionalOffsets(
                    bed.context(5),
                    TransactionalOffsetsTest.commitRequest(
                            random.nextInt(2), topic, partition, ++counter)
                        .groupId(client.groupId)
                        .memberId(isAnonymous ? "" : client.memberId)
                        .generationIdOrMemberEpoch(isAnonymous ? -1 : client.epoch),
                    null,
                    callback));
    outcomes.merge(TransactionalOffsetsTest.onlyError(answer.get()), 1, Integer::sum);
  }

  private void deleteOffset() {
    String groupId = GROUPS[random.nextInt(GROUPS.length)];
    String topic = TOPICS[random.nextInt(TOPICS.length)];
    int partition = random.nextInt(PARTITIONS);
    Answer<OffsetDeleteResponse> answer =
        bed.ask(
            0,
            callback ->
                bed.coordinator.deleteOffsets(
                    new OffsetDeleteRequest()
                        .groupId(groupId)
                        .topics(
                            List.of(
                                new OffsetDeleteRequest.OffsetDeleteRequestTopic()
                                    .name(topic)
                                    .partitions(
                                        List.of(
                                            new OffsetDeleteRequest.OffsetDeleteRequestPartition()
                                                .partitionIndex(partition))))),
                    callback));
    if (answer.get().errorCode() == ErrorCode.NONE.code()
        && answer.get().topics().get(0).partitions().get(0).errorCode() == 0) {
      acknowledged.remove(groupId + " " + topic + " " + partition);
    }
  }

  private void deleteGroup() {
    String groupId = GROUPS[random.nextInt(GROUPS.length)];
    Answer<DeleteGroupsResponse> answer =
        bed.ask(
            2,
            callback ->
                bed.coordinator.deleteGroups(
                    new DeleteGroupsRequest().groupsNames(List.of(groupId)), callback));
    if (answer.get().results().get(0).errorCode() == ErrorCode.NONE.code()) {
      acknowledged.keySet().removeIf(key -> key.startsWith(groupId + " "));
    }
  }

  private void failOver() {
    bed.coordinator.onResignation(0);
    bed.turn();
    bed.coordinator.onElection(0, ++leaderEpoch, bed.log, bed.log);
    bed.turn();
    assertThat(bed.runtime().state()).isEqualTo(CoordinatorState.ACTIVE);
    for (Client client : clients) {
      if (client.join != null) {
        assertThat(client.join.hasCome()).as("answered, when its coordinator went").isTrue();
        client.join = null;
      }
    }
  }

  private void checkAcknowledged() {
    acknowledged.keySet().removeIf(key -> mayHaveExpired(key.split(" ")[0]));
    acknowledged.forEach(
        (key, offset) -> {
          String[] parts = key.split(" ");
          CommittedOffset committed =
              bed.runtime()
                  .machine()
                  .offsets()
                  .find(parts[0], parts[1], Integer.parseInt(parts[2]));
          assertThat(committed).as("what was committed to %s", key).isNotNull();
          assertThat(committed.offset()).as("what was committed to %s", key).isEqualTo(offset);
        });
  }

  /** In a group that has been empty for long, what is committed has aged at once (KIP-211). */
  private boolean mayHaveExpired(String groupId) {
    Group group = bed.runtime().machine().groups().find(groupId);
    return group == null
        || (group instanceof ClassicGroup classic
            && classic.isEmpty()
            && bed.clock.wallMs() - classic.stateTimestampMs() >= RETENTION_MS);
  }
}
