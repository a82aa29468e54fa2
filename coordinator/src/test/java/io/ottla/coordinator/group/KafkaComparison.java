package io.ottla.coordinator.group;

import static io.ottla.coordinator.group.GroupBed.GROUP;
import static io.ottla.coordinator.group.GroupBed.text;
import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.coordinator.Answer;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.DescribeGroupsRequest;
import io.ottla.wire.message.DescribeGroupsResponse;
import io.ottla.wire.message.HeartbeatRequest;
import io.ottla.wire.message.JoinGroupRequest;
import io.ottla.wire.message.JoinGroupResponse;
import io.ottla.wire.message.LeaveGroupRequest;
import io.ottla.wire.message.SyncGroupRequest;
import io.ottla.wire.message.SyncGroupResponse;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.message.DescribeGroupsResponseData;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.LeaveGroupRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetFetchRequestData;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.message.SyncGroupResponseData;

/**
 * One random conversation held with our coordinator and with Kafka's, whose answers must be the
 * same and come at the same moments. Ids of members differ; they are compared by the order in which
 * they were given out.
 *
 * <p>The conversation ends where the two may differ: where Kafka has chosen a leader among members
 * in no order, and where a group gets empty that waits for more members at first. In Kafka the next
 * first rebalance of such a group may wait longer than it need, for a member that came to the last.
 */
final class KafkaComparison {

  private static final int MEMBERS = 5;

  /** A client, and what it knows on either side. */
  private static final class Client {
    final String instanceId;
    String ours = "";
    String theirs = "";
    int generation = -1;
    boolean isLeader;
    boolean hasSynced;
    List<String> led = List.of();
    boolean isWaiting;

    Client(String instanceId) {
      this.instanceId = instanceId;
    }

    void forget() {
      ours = "";
      theirs = "";
      generation = -1;
      isLeader = false;
      hasSynced = false;
    }
  }

  /** A request that both sides have got; returns whether both have answered. */
  private interface Exchange {
    boolean isOver();
  }

  /** The conversation ends where it may differ. */
  private static final class End extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  private final Random random;
  private final int initialDelayMs;
  private final GroupBed ours;
  private final KafkaGroups theirs;
  private final List<Client> clients = new ArrayList<>();
  private final List<Exchange> open = new ArrayList<>();
  private final Map<String, String> oursToAlias = new HashMap<>();
  private final Map<String, String> theirsToAlias = new HashMap<>();
  private final Map<String, String> aliasToOurs = new HashMap<>();
  private final Map<String, String> aliasToTheirs = new HashMap<>();
  private final List<String> transcript = new ArrayList<>();
  private boolean hasRebalanced;
  private int exchanges;

  KafkaComparison(long seed) {
    random = new Random(seed);
    initialDelayMs = seed % 2 == 0 ? 3_000 : 0;
    ours =
        new GroupBed(
            GroupCoordinatorConfig.builder().initialRebalanceDelayMs(initialDelayMs).build());
    theirs = new KafkaGroups(ours.clock.wallMs(), initialDelayMs);
    for (int i = 0; i < MEMBERS; i++) {
      clients.add(new Client(random.nextInt(3) == 0 ? "i" + i : null));
    }
  }

  /** Returns how many requests were compared. */
  int run(int steps) {
    try {
      for (int i = 0; i < steps; i++) {
        step();
        compare();
      }
    } catch (End e) {
      return exchanges;
    }
    return exchanges;
  }

  private void step() {
    Client client = clients.get(random.nextInt(clients.size()));
    int choice = random.nextInt(100);
    if (choice < 20) {
      pass(random.nextInt(4_000));
    } else if (choice < 22) {
      pass(random.nextInt(60_000));
    } else if (choice < 40) {
      heartbeat(client);
    } else if (choice < 50) {
      commit(client);
    } else if (client.isWaiting) {
      pass(random.nextInt(500));
    } else if (choice < 54) {
      leave(client);
    } else if (choice < 58 && (client.instanceId == null || client.hasSynced)) {
      say("restarts", client, "");
      client.forget();
    } else if (choice < 64) {
      int oldest = client.instanceId == null ? 0 : 5;
      join(client, random.nextBoolean() ? "t" : "u", oldest + random.nextInt(10 - oldest));
    } else if (client.generation >= 0 && !client.hasSynced) {
      sync(client);
    } else {
      join(client, "t", 9);
    }
  }

  /** What has been said so far, the last lines of it. */
  String transcript() {
    int from = Math.max(0, transcript.size() - 60);
    return String.join("\n", transcript.subList(from, transcript.size()));
  }

  private void say(String what, Client client, Object detail) {
    transcript.add(
        "%s: %s %s (generation %d) %s"
            .formatted(clients.indexOf(client), what, client.ours, client.generation, detail));
  }

  private void pass(int ms) {
    transcript.add("pass " + ms);
    ours.pass(ms);
    theirs.pass(ms);
  }

  /** All answers that have come have come on both sides, and so has the state of the group. */
  private void compare() {
    // A timer of no time at all: ours has run in its turn.
    theirs.pass(0);
    for (Iterator<Exchange> each = open.iterator(); each.hasNext(); ) {
      if (each.next().isOver()) {
        each.remove();
        exchanges++;
      }
    }
    DescribeGroupsResponse.DescribedGroup mine =
        ours.ask(
                6,
                (GroupBed.Asking<DescribeGroupsResponse>)
                    callback ->
                        ours.coordinator.describeGroups(
                            ours.context(6),
                            new DescribeGroupsRequest().groups(List.of(GROUP)),
                            callback))
            .get()
            .groups()
            .get(0);
    DescribeGroupsResponseData.DescribedGroup kafkas = theirs.describe(GROUP);
    assertThat(mine.errorCode()).isEqualTo(kafkas.errorCode());
    assertThat(mine.groupState()).isEqualTo(kafkas.groupState());
    hasRebalanced |= kafkas.groupState().equals("PreparingRebalance");
    if (hasRebalanced && initialDelayMs > 0 && kafkas.groupState().equals("Empty")) {
      throw new End();
    }
    assertThat(mine.protocolType()).isEqualTo(kafkas.protocolType());
    assertThat(mine.protocolData()).isEqualTo(kafkas.protocolData());
    TreeSet<String> mineMembers = new TreeSet<>();
    mine.members()
        .forEach(
            member ->
                mineMembers.add(
                    oursToAlias.get(member.memberId()) + text(member.memberAssignment())));
    TreeSet<String> kafkasMembers = new TreeSet<>();
    kafkas
        .members()
        .forEach(
            member ->
                kafkasMembers.add(
                    theirsToAlias.get(member.memberId()) + text(member.memberAssignment())));
    if (open.isEmpty()) {
      assertThat(mineMembers).isEqualTo(kafkasMembers);
    } else {
      // Members that wait for their first answer have no name yet.
      assertThat(mineMembers).hasSameSizeAs(kafkasMembers);
    }
  }

  private void join(Client client, String topic, int version) {
    String instanceId = client.instanceId;
    JoinGroupRequest mine =
        GroupBed.joinRequest(client.ours)
            .groupInstanceId(instanceId)
            .rebalanceTimeoutMs(30_000)
            .protocols(
                List.of(GroupBed.protocol("range", topic), GroupBed.protocol("roundrobin", topic)));
    var protocols = new JoinGroupRequestData.JoinGroupRequestProtocolCollection();
    mine.protocols()
        .forEach(
            protocol ->
                protocols.add(
                    new JoinGroupRequestData.JoinGroupRequestProtocol()
                        .setName(protocol.name())
                        .setMetadata(protocol.metadata())));
    Answer<JoinGroupResponse> answer = ours.join(mine, version);
    CompletableFuture<JoinGroupResponseData> future =
        theirs.join(
            new JoinGroupRequestData()
                .setGroupId(GROUP)
                .setMemberId(client.theirs)
                .setGroupInstanceId(instanceId)
                .setProtocolType("consumer")
                .setSessionTimeoutMs(10_000)
                .setRebalanceTimeoutMs(version == 0 ? 10_000 : 30_000)
                .setProtocols(protocols),
            version);
    say("joins", client, "version " + version + " " + topic + " " + instanceId);
    client.isWaiting = true;
    open.add(
        () -> {
          assertThat(answer.hasCome()).as("join answered").isEqualTo(future.isDone());
          if (!future.isDone()) {
            return false;
          }
          client.isWaiting = false;
          onJoined(client, answer.get(), future.join());
          return true;
        });
  }

  private void onJoined(Client client, JoinGroupResponse mine, JoinGroupResponseData kafkas) {
    say("joined", client, mine + " | " + kafkas);
    assertThat(mine.errorCode()).as("join error").isEqualTo(kafkas.errorCode());
    alias(mine.memberId(), kafkas.memberId());
    if (mine.errorCode() == ErrorCode.MEMBER_ID_REQUIRED.code()) {
      client.ours = mine.memberId();
      client.theirs = kafkas.memberId();
    } else if (mine.errorCode() != ErrorCode.NONE.code()) {
      client.forget();
    } else {
      assertThat(mine.generationId()).isEqualTo(kafkas.generationId());
      assertThat(mine.protocolName()).isEqualTo(kafkas.protocolName());
      assertThat(mine.protocolType()).isEqualTo(kafkas.protocolType());
      assertThat(mine.skipAssignment()).isEqualTo(kafkas.skipAssignment());
      client.ours = mine.memberId();
      client.theirs = kafkas.memberId();
      client.generation = mine.generationId();
      client.hasSynced = false;
      client.isLeader = mine.leader().equals(mine.memberId());
      if (client.isLeader != kafkas.leader().equals(kafkas.memberId())) {
        throw new End();
      }
      assertThat(mine.members()).hasSameSizeAs(kafkas.members());
      client.led =
          mine.members().stream().map(JoinGroupResponse.JoinGroupResponseMember::memberId).toList();
    }
  }

  private void alias(String mine, String kafkas) {
    assertThat(mine.isEmpty()).isEqualTo(kafkas.isEmpty());
    if (!mine.isEmpty() && !oursToAlias.containsKey(mine)) {
      String alias = "m" + oursToAlias.size();
      oursToAlias.put(mine, alias);
      theirsToAlias.put(kafkas, alias);
      aliasToOurs.put(alias, mine);
      aliasToTheirs.put(alias, kafkas);
    }
    assertThat(oursToAlias.get(mine)).isEqualTo(theirsToAlias.get(kafkas));
  }

  private void sync(Client client) {
    SyncGroupRequest mine =
        new SyncGroupRequest()
            .groupId(GROUP)
            .memberId(client.ours)
            .groupInstanceId(client.instanceId)
            .generationId(client.generation)
            .protocolType("consumer")
            .protocolName("range");
    List<SyncGroupRequestData.SyncGroupRequestAssignment> assignments = new ArrayList<>();
    if (client.isLeader) {
      for (String id : client.led) {
        String alias = oursToAlias.get(id);
        if (alias == null) {
          // Its join was answered in this turn and is compared later.
          pass(0);
          return;
        }
        byte[] assignment = GroupBed.bytes(client.generation + alias);
        mine.assignments()
            .add(
                new SyncGroupRequest.SyncGroupRequestAssignment()
                    .memberId(id)
                    .assignment(assignment));
        assignments.add(
            new SyncGroupRequestData.SyncGroupRequestAssignment()
                .setMemberId(aliasToTheirs.get(alias))
                .setAssignment(assignment));
      }
    }
    Answer<SyncGroupResponse> answer = ours.sync(mine);
    CompletableFuture<SyncGroupResponseData> future =
        theirs.sync(
            new SyncGroupRequestData()
                .setGroupId(GROUP)
                .setMemberId(client.theirs)
                .setGroupInstanceId(client.instanceId)
                .setGenerationId(client.generation)
                .setProtocolType("consumer")
                .setProtocolName("range")
                .setAssignments(assignments));
    say("syncs", client, client.isLeader ? "as leader of " + client.led : "");
    client.isWaiting = true;
    open.add(
        () -> {
          assertThat(answer.hasCome()).as("sync answered").isEqualTo(future.isDone());
          if (!future.isDone()) {
            return false;
          }
          client.isWaiting = false;
          say("synced", client, answer.get() + " | " + future.join());
          assertThat(answer.get().errorCode()).isEqualTo(future.join().errorCode());
          assertThat(text(answer.get().assignment())).isEqualTo(text(future.join().assignment()));
          client.hasSynced = answer.get().errorCode() == ErrorCode.NONE.code();
          if (!client.hasSynced) {
            client.generation = -1;
          }
          return true;
        });
  }

  private void heartbeat(Client client) {
    HeartbeatRequest mine =
        new HeartbeatRequest()
            .groupId(GROUP)
            .memberId(client.ours)
            .groupInstanceId(client.instanceId)
            .generationId(client.generation);
    short kafkas =
        theirs
            .heartbeat(
                new HeartbeatRequestData()
                    .setGroupId(GROUP)
                    .setMemberId(client.theirs)
                    .setGroupInstanceId(client.instanceId)
                    .setGenerationId(client.generation))
            .code();
    say("heartbeat", client, kafkas);
    assertThat(ours.heartbeat(mine).get().errorCode()).as("heartbeat").isEqualTo(kafkas);
    exchanges++;
    if (kafkas == ErrorCode.REBALANCE_IN_PROGRESS.code() && random.nextBoolean()) {
      client.generation = -1;
    }
  }

  private void leave(Client client) {
    boolean isByName = client.instanceId != null && random.nextBoolean();
    var mine =
        ours.leave(
                new LeaveGroupRequest()
                    .groupId(GROUP)
                    .members(
                        List.of(
                            new LeaveGroupRequest.MemberIdentity()
                                .memberId(isByName ? "" : client.ours)
                                .groupInstanceId(client.instanceId))),
                5)
            .get();
    var kafkas =
        theirs.leave(
            new LeaveGroupRequestData()
                .setGroupId(GROUP)
                .setMembers(
                    List.of(
                        new LeaveGroupRequestData.MemberIdentity()
                            .setMemberId(isByName ? "" : client.theirs)
                            .setGroupInstanceId(client.instanceId))));
    say("leaves", client, kafkas);
    assertThat(mine.members().get(0).errorCode()).as("leave").isEqualTo(kafkas.get(0).code());
    exchanges++;
    client.forget();
  }

  private void commit(Client client) {
    long offset = random.nextInt(1_000);
    boolean isAlone = random.nextInt(4) == 0;
    short kafkas =
        theirs
            .commit(
                new OffsetCommitRequestData()
                    .setGroupId(GROUP)
                    .setMemberId(isAlone ? "" : client.theirs)
                    .setGroupInstanceId(isAlone ? null : client.instanceId)
                    .setGenerationIdOrMemberEpoch(isAlone ? -1 : client.generation)
                    .setTopics(
                        List.of(
                            new OffsetCommitRequestData.OffsetCommitRequestTopic()
                                .setName("t")
                                .setPartitions(
                                    List.of(
                                        new OffsetCommitRequestData.OffsetCommitRequestPartition()
                                            .setPartitionIndex(0)
                                            .setCommittedOffset(offset)
                                            .setCommittedMetadata(""))))))
            .code();
    ErrorCode mine =
        GroupBed.onlyError(
            ours.commit(
                    GroupBed.commitRequest(
                            isAlone ? "" : client.ours, isAlone ? -1 : client.generation)
                        .groupInstanceId(isAlone ? null : client.instanceId)
                        .topics(List.of(GroupBed.topicOffset("t", 0, offset))),
                    9)
                .get());
    say("commits", client, offset + (isAlone ? " alone " : " ") + kafkas);
    assertThat(mine.code()).as("commit").isEqualTo(kafkas);
    assertThat(ours.committed(GROUP, "t", 0))
        .isEqualTo(
            theirs
                .fetch(
                    new OffsetFetchRequestData.OffsetFetchRequestGroup()
                        .setGroupId(GROUP)
                        .setTopics(
                            List.of(
                                new OffsetFetchRequestData.OffsetFetchRequestTopics()
                                    .setName("t")
                                    .setPartitionIndexes(List.of(0)))))
                .topics()
                .get(0)
                .partitions()
                .get(0)
                .committedOffset());
    exchanges++;
  }
}
