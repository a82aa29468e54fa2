package io.ottla.compat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.ottla.compat.broker.BrokerKind;
import io.ottla.compat.broker.BrokerProcess;
import io.ottla.compat.broker.Brokers;
import io.ottla.compat.cluster.Pace;
import io.ottla.compat.member.GroupClients;
import io.ottla.compat.member.Member;
import io.ottla.compat.member.Writer;
import io.ottla.compat.wire.Calls;
import io.ottla.compat.wire.RawConnection;
import io.ottla.history.ownership.Ownership;
import io.ottla.history.ownership.OwnershipChecker;
import io.ottla.history.ownership.OwnershipChecker.Rules;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.FindCoordinatorResponseData;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.HeartbeatResponseData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData.JoinGroupRequestProtocol;
import org.apache.kafka.common.message.JoinGroupRequestData.JoinGroupRequestProtocolCollection;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.LeaveGroupRequestData;
import org.apache.kafka.common.message.LeaveGroupRequestData.MemberIdentity;
import org.apache.kafka.common.message.LeaveGroupResponseData;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestPartition;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestTopic;
import org.apache.kafka.common.message.OffsetCommitResponseData;
import org.apache.kafka.common.message.OffsetFetchRequestData;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.message.OffsetFetchResponseData;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.message.SyncGroupRequestData.SyncGroupRequestAssignment;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What no member of a group should send. It gets the error Kafka has for it; groups of both
 * protocols that were there before read on undisturbed, and the broker, which has a small heap and
 * ends when that is exhausted, has not grown.
 */
class BadGroupsIT {
  private static final Duration LIMIT = GroupClients.LIMIT;
  private static final long MAY_GROW_BYTES = 200L << 20;
  private static final int MAX_SIZE = 8;
  private static final String TOPIC = "healthy";

  @RegisterExtension static final Brokers BROKERS = new Brokers();

  private static final Ownership OWNERSHIP = new Ownership();
  private static final Ownership CLASSIC_OWNERSHIP = new Ownership();
  private static final List<Member> MEMBERS = new ArrayList<>();
  private static BrokerProcess broker;
  private static Writer writer;
  private static Map<?, ?> owners;
  private static long residentBytesBefore;

  private RawConnection raw;

  @BeforeAll
  static void startBroker() throws Exception {
    broker =
        BROKERS.start(
            BROKERS
                .config()
                .withQuickGroups()
                .withHeap(
                    "-Xms192m",
                    "-Xmx192m",
                    "-XX:+AlwaysPreTouch",
                    "-XX:+ExitOnOutOfMemoryError",
                    "-Dio.netty.leakDetection.level=paranoid")
                .with("log.cleaner.dedupe.buffer.size", Integer.toString(4 << 20))
                .with("socket.request.max.bytes", Integer.toString(32 << 20))
                .with("queued.max.request.bytes", Integer.toString(32 << 20))
                .with("group.max.size", Integer.toString(MAX_SIZE))
                .with("group.consumer.max.size", Integer.toString(MAX_SIZE)));
    try (GroupClients clients = new GroupClients(broker::bootstrapServers)) {
      clients.createTopic(TOPIC, 4);
    }
    writer = new Writer(broker.bootstrapServers(), TOPIC, 4);
    for (String protocol : List.of("consumer", "classic")) {
      for (int i = 0; i < 2; i++) {
        MEMBERS.add(
            new Member(
                protocol + i,
                Map.of(
                    "bootstrap.servers",
                    broker.bootstrapServers(),
                    "group.id",
                    "healthy-" + protocol,
                    "group.protocol",
                    protocol),
                List.of(TOPIC),
                protocol.equals("consumer") ? OWNERSHIP : CLASSIC_OWNERSHIP));
      }
    }
    Await.until(
        "the healthy groups settle",
        LIMIT,
        () -> {
          assertHealthy();
          return OWNERSHIP.isShared(List.of("consumer0", "consumer1"), writer.places())
              && OWNERSHIP.owners().size() == 2
              && CLASSIC_OWNERSHIP.isShared(List.of("classic0", "classic1"), writer.places())
              && CLASSIC_OWNERSHIP.owners().size() == 2;
        });
    owners = ownersNow();
    Await.until(
        "the coordinator is there", LIMIT, () -> coordinatorError("victims") == Errors.NONE.code());
    residentBytesBefore = broker.residentBytes();
  }

  private static short coordinatorError(String group) throws Exception {
    try (RawConnection connection = RawConnection.to(broker.port())) {
      return Calls.call(
              connection,
              new FindCoordinatorRequestData().setCoordinatorKeys(List.of(group)),
              4,
              FindCoordinatorResponseData.class)
          .coordinators()
          .getFirst()
          .errorCode();
    }
  }

  private static void assertHealthy() {
    assertThat(OWNERSHIP.problems()).isEmpty();
    assertThat(CLASSIC_OWNERSHIP.problems()).isEmpty();
  }

  private static Map<?, ?> ownersNow() {
    Map<String, Object> all = new HashMap<>(OWNERSHIP.owners());
    all.putAll(CLASSIC_OWNERSHIP.owners());
    return all;
  }

  @AfterAll
  static void stopMembers() throws Exception {
    writer.close();
    for (Ownership ownership : List.of(OWNERSHIP, CLASSIC_OWNERSHIP)) {
      Await.until(
          "all is read", LIMIT, () -> OwnershipChecker.unread(ownership, writer.ends()).isEmpty());
    }
    for (Member member : MEMBERS) {
      member.close();
    }
    assertThat(OwnershipChecker.check(OWNERSHIP, Rules.STRICT)).isEmpty();
    assertThat(OwnershipChecker.check(CLASSIC_OWNERSHIP, Rules.STRICT)).isEmpty();
  }

  @BeforeEach
  void connect() throws Exception {
    raw = RawConnection.to(broker.port());
  }

  @AfterEach
  void othersAreUnaffected() throws Exception {
    raw.close();
    long read = OWNERSHIP.distinctReads();
    long readClassic = CLASSIC_OWNERSHIP.distinctReads();
    Await.until(
        "the healthy groups read on",
        LIMIT,
        () -> {
          assertHealthy();
          return OWNERSHIP.distinctReads() > read + 20
              && CLASSIC_OWNERSHIP.distinctReads() > readClassic + 20;
        });
    assertThat(ownersNow()).as("nobody lost a partition").isEqualTo(owners);
    assertThat(broker.residentBytes()).isLessThan(residentBytesBefore + MAY_GROW_BYTES);
  }

  // ---- The classic protocol

  @Test
  void aMemberNobodyKnowsIsRefused() throws Exception {
    JoinGroupResponseData member = joinAlone("victims-unknown");
    assertThat(sync("victims-unknown", member, Map.of(member.memberId(), new byte[9])).errorCode())
        .isZero();
    for (String id : List.of("nobody", "", "x".repeat(30_000))) {
      assertThat(heartbeat("victims-unknown", id, 1)).isEqualTo(Errors.UNKNOWN_MEMBER_ID);
      assertThat(commit("victims-unknown", id, 1)).isEqualTo(Errors.UNKNOWN_MEMBER_ID);
    }
    assertThat(heartbeat("victims-not-there", member.memberId(), 1))
        .isEqualTo(Errors.UNKNOWN_MEMBER_ID);
    assertThat(heartbeat("victims-unknown", member.memberId(), member.generationId()))
        .isEqualTo(Errors.NONE);
    LeaveGroupResponseData left =
        Calls.call(
            raw,
            new LeaveGroupRequestData()
                .setGroupId("victims-unknown")
                .setMembers(
                    List.of(
                        new MemberIdentity().setMemberId("nobody"),
                        new MemberIdentity().setMemberId("").setGroupInstanceId("nobody"))),
            5,
            LeaveGroupResponseData.class);
    assertThat(left.members())
        .extracting(one -> Errors.forCode(one.errorCode()))
        .containsExactly(Errors.UNKNOWN_MEMBER_ID, Errors.UNKNOWN_MEMBER_ID);
    assertThat(
            Errors.forCode(
                Calls.call(
                        raw,
                        joinRequest("victims-unknown", "nobody", new byte[4]),
                        9,
                        JoinGroupResponseData.class)
                    .errorCode()))
        .isEqualTo(Errors.UNKNOWN_MEMBER_ID);
  }

  @Test
  void aGenerationThatIsNotTheGroupsIsRefused() throws Exception {
    JoinGroupResponseData member = joinAlone("victims-stale");
    for (int wrong : new int[] {0, 2, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
      assertThat(
              Errors.forCode(
                  sync("victims-stale", member.duplicate().setGenerationId(wrong), Map.of())
                      .errorCode()))
          .isEqualTo(Errors.ILLEGAL_GENERATION);
    }
    assertThat(sync("victims-stale", member, Map.of(member.memberId(), new byte[9])).errorCode())
        .isZero();
    for (int wrong : new int[] {0, 2, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
      assertThat(heartbeat("victims-stale", member.memberId(), wrong))
          .isEqualTo(Errors.ILLEGAL_GENERATION);
      if (wrong >= 0) {
        assertThat(commit("victims-stale", member.memberId(), wrong))
            .isEqualTo(Errors.ILLEGAL_GENERATION);
      }
    }
    assertThat(commit("victims-stale", member.memberId(), 1)).isEqualTo(Errors.NONE);
  }

  @Test
  void theMemberOfOneGroupIsNobodyInAnother() throws Exception {
    JoinGroupResponseData one = joinAlone("victims-one");
    JoinGroupResponseData other = joinAlone("victims-other");
    assertThat(Errors.forCode(sync("victims-other", one, Map.of()).errorCode()))
        .isEqualTo(Errors.UNKNOWN_MEMBER_ID);
    assertThat(sync("victims-other", other, Map.of(other.memberId(), new byte[1])).errorCode())
        .isZero();
    assertThat(heartbeat("victims-other", one.memberId(), 1)).isEqualTo(Errors.UNKNOWN_MEMBER_ID);
    assertThat(commit("victims-other", one.memberId(), 1)).isEqualTo(Errors.UNKNOWN_MEMBER_ID);
    for (String healthy : List.of("healthy-classic", "healthy-consumer")) {
      assertThat(heartbeat(healthy, one.memberId(), 1)).isEqualTo(Errors.UNKNOWN_MEMBER_ID);
      assertThat(commit(healthy, one.memberId(), 1)).isEqualTo(Errors.UNKNOWN_MEMBER_ID);
    }
  }

  @Test
  void anAssignmentOfWhatNobodyAskedForIsTheLeadersAffair() throws Exception {
    JoinGroupResponseData leader = joinAlone("victims-assignment");
    byte[] nonsense = "topics not subscribed".getBytes(StandardCharsets.UTF_8);
    SyncGroupResponseData synced =
        sync(
            "victims-assignment",
            leader,
            Map.of(leader.memberId(), nonsense, "a member nobody knows", nonsense));
    assertThat(Errors.forCode(synced.errorCode())).isEqualTo(Errors.NONE);
    assertThat(synced.assignment()).isEqualTo(nonsense);
  }

  @Test
  void aSubscriptionOfTenMegabytesIsRefusedWhenItShouldBeWritten() throws Exception {
    JoinGroupResponseData joined = joinAlone("victims-large", new byte[10 << 20]);
    SyncGroupResponseData synced =
        sync("victims-large", joined, Map.of(joined.memberId(), new byte[1]));
    assertThat(Errors.forCode(synced.errorCode())).isEqualTo(Errors.UNKNOWN_SERVER_ERROR);
    assertThat(commit("victims-metadata", "", -1, "m".repeat(5_000)))
        .isEqualTo(Errors.OFFSET_METADATA_TOO_LARGE);
  }

  @Test
  void aClassicGroupDoesNotGrowBeyondItsLimit() throws Exception {
    int tries = Pace.rounds(60, 600);
    JoinGroupResponseData first = joinAlone("victims-many");
    assertThat(sync("victims-many", first, Map.of(first.memberId(), new byte[1])).errorCode())
        .isZero();
    List<RawConnection> held = new ArrayList<>();
    EnumMap<Errors, Integer> answers = new EnumMap<>(Errors.class);
    try {
      for (int i = 0; i < tries; i++) {
        RawConnection connection = RawConnection.to(broker.port());
        held.add(connection);
        Calls.send(connection, joinRequest("victims-many", "", new byte[100]), 3);
      }
      // The one member joins again, and with that the rebalance ends.
      Await.until(
          "the group rebalances",
          LIMIT,
          () -> heartbeat("victims-many", first.memberId(), 1) == Errors.REBALANCE_IN_PROGRESS);
      Calls.send(raw, joinRequest("victims-many", first.memberId(), new byte[4]), 3);
      for (RawConnection connection : held) {
        Errors answer =
            Errors.forCode(
                Calls.receive(connection, ApiKeys.JOIN_GROUP.id, 3, JoinGroupResponseData.class)
                    .errorCode());
        answers.merge(answer, 1, Integer::sum);
      }
    } finally {
      for (RawConnection connection : held) {
        connection.close();
      }
    }
    assertThat(answers).containsOnlyKeys(Errors.NONE, Errors.GROUP_MAX_SIZE_REACHED);
    assertThat(answers.get(Errors.NONE)).isBetween(MAX_SIZE - 1, MAX_SIZE);
  }

  @Test
  void requestsForAGroupWithoutANameAreRefused() throws Exception {
    assertThat(heartbeat("", "x", 1)).isEqualTo(Errors.INVALID_GROUP_ID);
    assertThat(
            Errors.forCode(
                Calls.call(raw, joinRequest("", "", new byte[1]), 9, JoinGroupResponseData.class)
                    .errorCode()))
        .isEqualTo(Errors.INVALID_GROUP_ID);
    JoinGroupRequestData impatient = joinRequest("victims-session", "", new byte[1]);
    assertThat(
            Errors.forCode(
                Calls.call(raw, impatient.setSessionTimeoutMs(1), 9, JoinGroupResponseData.class)
                    .errorCode()))
        .isEqualTo(Errors.INVALID_SESSION_TIMEOUT);
    JoinGroupRequestData nothing = joinRequest("victims-nothing", "", new byte[1]);
    nothing.setProtocols(new JoinGroupRequestProtocolCollection());
    assertThat(Errors.forCode(Calls.call(raw, nothing, 9, JoinGroupResponseData.class).errorCode()))
        .isEqualTo(Errors.INCONSISTENT_GROUP_PROTOCOL);
  }

  private static JoinGroupRequestData joinRequest(String group, String member, byte[] metadata) {
    JoinGroupRequestProtocolCollection protocols = new JoinGroupRequestProtocolCollection();
    protocols.add(new JoinGroupRequestProtocol().setName("range").setMetadata(metadata));
    return new JoinGroupRequestData()
        .setGroupId(group)
        .setMemberId(member)
        .setProtocolType("raw")
        .setSessionTimeoutMs(10_000)
        .setRebalanceTimeoutMs(3_000)
        .setProtocols(protocols);
  }

  private JoinGroupResponseData joinAlone(String group) throws Exception {
    return joinAlone(group, new byte[100]);
  }

  /** A group of one, which has joined and is to synchronize. */
  private JoinGroupResponseData joinAlone(String group, byte[] metadata) throws Exception {
    JoinGroupResponseData asked =
        Calls.call(raw, joinRequest(group, "", metadata), 9, JoinGroupResponseData.class);
    assertThat(Errors.forCode(asked.errorCode())).isEqualTo(Errors.MEMBER_ID_REQUIRED);
    JoinGroupResponseData joined =
        Calls.call(
            raw, joinRequest(group, asked.memberId(), metadata), 9, JoinGroupResponseData.class);
    assertThat(Errors.forCode(joined.errorCode())).isEqualTo(Errors.NONE);
    assertThat(joined.generationId()).isEqualTo(1);
    return joined;
  }

  private SyncGroupResponseData sync(
      String group, JoinGroupResponseData member, Map<String, byte[]> assignments)
      throws Exception {
    return Calls.call(
        raw,
        new SyncGroupRequestData()
            .setGroupId(group)
            .setMemberId(member.memberId())
            .setGenerationId(member.generationId())
            .setProtocolType("raw")
            .setProtocolName("range")
            .setAssignments(
                assignments.entrySet().stream()
                    .map(
                        entry ->
                            new SyncGroupRequestAssignment()
                                .setMemberId(entry.getKey())
                                .setAssignment(entry.getValue()))
                    .toList()),
        5,
        SyncGroupResponseData.class);
  }

  private Errors heartbeat(String group, String member, int generation) throws Exception {
    return Errors.forCode(
        Calls.call(
                raw,
                new HeartbeatRequestData()
                    .setGroupId(group)
                    .setMemberId(member)
                    .setGenerationId(generation),
                4,
                HeartbeatResponseData.class)
            .errorCode());
  }

  private Errors commit(String group, String member, int epoch) throws Exception {
    return commit(group, member, epoch, "");
  }

  private Errors commit(String group, String member, int epoch, String metadata) throws Exception {
    return Errors.forCode(
        Calls.call(
                raw,
                new OffsetCommitRequestData()
                    .setGroupId(group)
                    .setMemberId(member)
                    .setGenerationIdOrMemberEpoch(epoch)
                    .setTopics(
                        List.of(
                            new OffsetCommitRequestTopic()
                                .setName(TOPIC)
                                .setPartitions(
                                    List.of(
                                        new OffsetCommitRequestPartition()
                                            .setPartitionIndex(0)
                                            .setCommittedOffset(1)
                                            .setCommittedMetadata(metadata))))),
                9,
                OffsetCommitResponseData.class)
            .topics()
            .getFirst()
            .partitions()
            .getFirst()
            .errorCode());
  }

  // ---- The consumer protocol

  @Test
  void aMemberEpochThatIsNotTheMembersIsFenced() throws Exception {
    ConsumerGroupHeartbeatResponseData member = join("fenced", Uuid.randomUuid().toString());
    String id = member.memberId();
    int epoch = member.memberEpoch();
    assertThat(epoch).isPositive();
    assertThat(beat("fenced", id, epoch)).isEqualTo(Errors.NONE);
    assertThat(beat("fenced", id, epoch + 1)).isEqualTo(Errors.FENCED_MEMBER_EPOCH);
    assertThat(beat("fenced", id, Integer.MAX_VALUE)).isEqualTo(Errors.FENCED_MEMBER_EPOCH);
    assertThat(beat("fenced", id, -3)).isEqualTo(Errors.INVALID_REQUEST);
    assertThat(beat("fenced", id, -2)).isEqualTo(Errors.INVALID_REQUEST); // for static ones only
    assertThat(beat("fenced", "nobody", epoch)).isEqualTo(Errors.UNKNOWN_MEMBER_ID);
    assertThat(beat("fenced", "nobody", -1)).isEqualTo(Errors.UNKNOWN_MEMBER_ID);
    assertThat(beat("fenced", "", epoch)).isEqualTo(Errors.INVALID_REQUEST);
    assertThat(beat("", id, epoch)).isEqualTo(Errors.INVALID_REQUEST);
    assertThat(beat("not-there", id, epoch))
        .isIn(Errors.UNKNOWN_MEMBER_ID, Errors.GROUP_ID_NOT_FOUND);
    assertThat(beat("healthy-consumer", id, epoch)).isEqualTo(Errors.UNKNOWN_MEMBER_ID);
    assertThat(commit("fenced", id, epoch + 5)).isEqualTo(Errors.STALE_MEMBER_EPOCH);
    assertThat(commit("fenced", "nobody", epoch)).isEqualTo(Errors.UNKNOWN_MEMBER_ID);
    assertThat(commit("fenced", "", -1)).isEqualTo(Errors.UNKNOWN_MEMBER_ID);
    assertThat(commit("fenced", id, epoch)).isEqualTo(Errors.NONE);
    assertThat(fetch("fenced", id, epoch + 5)).isEqualTo(Errors.STALE_MEMBER_EPOCH);
    assertThat(fetch("fenced", "nobody", epoch)).isEqualTo(Errors.UNKNOWN_MEMBER_ID);
    assertThat(fetch("fenced", id, epoch)).isEqualTo(Errors.NONE);
    assertThat(
            Errors.forCode(
                Calls.call(
                        raw, joinRequest("fenced", "", new byte[4]), 3, JoinGroupResponseData.class)
                    .errorCode()))
        .isEqualTo(Errors.INCONSISTENT_GROUP_PROTOCOL); // no consumer at all
    assertThat(beat("fenced", id, epoch)).isEqualTo(Errors.NONE);
    assertThat(beat("fenced", id, -1)).isEqualTo(Errors.NONE);
  }

  @Test
  void heartbeatsThatContradictThemselvesAreRefused() throws Exception {
    String id = Uuid.randomUuid().toString();
    for (ConsumerGroupHeartbeatRequestData bad :
        List.of(
            joinRequest("contradicting", id).setRebalanceTimeoutMs(-1),
            joinRequest("contradicting", id).setTopicPartitions(null),
            joinRequest("contradicting", id).setSubscribedTopicNames(null),
            joinRequest("contradicting", id).setInstanceId(""),
            joinRequest("contradicting", id)
                .setTopicPartitions(
                    List.of(
                        new ConsumerGroupHeartbeatRequestData.TopicPartitions()
                            .setTopicId(Uuid.randomUuid())
                            .setPartitions(List.of(0)))))) {
      assertThat(beat(bad)).as("%s", bad).isEqualTo(Errors.INVALID_REQUEST);
    }
    assertThat(beat(joinRequest("contradicting", id).setServerAssignor("random")))
        .isEqualTo(Errors.UNSUPPORTED_ASSIGNOR);
  }

  @Test
  void aConsumerGroupDoesNotGrowBeyondItsLimit() throws Exception {
    int tries = Pace.rounds(300, 10_000);
    EnumMap<Errors, Integer> answers = new EnumMap<>(Errors.class);
    for (int i = 0; i < tries; i++) {
      Errors answer = beat(joinRequest("many", Uuid.randomUuid().toString()));
      answers.merge(answer, 1, Integer::sum);
    }
    assertThat(answers)
        .isEqualTo(Map.of(Errors.NONE, MAX_SIZE, Errors.GROUP_MAX_SIZE_REACHED, tries - MAX_SIZE));
  }

  @Test
  void aSubscriptionToMoreNamesThanARecordHoldsIsRefused() throws Exception {
    List<String> names =
        IntStream.range(0, 10 << 12).mapToObj(i -> "n".repeat(250) + i).toList(); // 10 MB
    String id = Uuid.randomUuid().toString();
    assertThat(beat(joinRequest("large", id).setSubscribedTopicNames(names)))
        .isEqualTo(Errors.UNKNOWN_SERVER_ERROR);
    assertThat(beat(joinRequest("large", id))).isEqualTo(Errors.NONE);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ' ',
      value = {
        "(a+)+$ NONE",
        "(.*)*(.*)*(.*)*(.*)*x NONE",
        "((a{1,1000}){1,1000}){1,1000} INVALID_REGULAR_EXPRESSION",
        "((((((((a{2}){2}){2}){2}){2}){2}){2}){2}) NONE",
        "a{1001} INVALID_REGULAR_EXPRESSION",
        "a(?=b) INVALID_REGULAR_EXPRESSION",
        "(a)\\1 INVALID_REGULAR_EXPRESSION",
        "[z-a] INVALID_REGULAR_EXPRESSION",
      })
  void aPatternThatWouldBlowUpDoesNot(String pattern, Errors expected) throws Exception {
    if (pattern.contains("{1,1000}){")) {
      // A billion copies: stock Kafka of 4.3 runs out of memory.
      assumeTrue(BrokerKind.UNDER_TEST == BrokerKind.OTTLA);
    }
    long sinceNs = System.nanoTime();
    String group = "pattern-" + Integer.toHexString(pattern.hashCode());
    ConsumerGroupHeartbeatRequestData request =
        joinRequest(group, Uuid.randomUuid().toString())
            .setSubscribedTopicNames(List.of())
            .setSubscribedTopicRegex(pattern);
    assertThat(beat(request)).isEqualTo(expected);
    assertThat(Duration.ofNanos(System.nanoTime() - sinceNs)).isLessThan(Duration.ofSeconds(5));
  }

  private static ConsumerGroupHeartbeatRequestData joinRequest(String group, String member) {
    return new ConsumerGroupHeartbeatRequestData()
        .setGroupId(group)
        .setMemberId(member)
        .setMemberEpoch(0)
        .setRebalanceTimeoutMs(10_000)
        .setSubscribedTopicNames(List.of(TOPIC))
        .setTopicPartitions(List.of());
  }

  private ConsumerGroupHeartbeatResponseData join(String group, String member) throws Exception {
    return Calls.call(raw, joinRequest(group, member), 1, ConsumerGroupHeartbeatResponseData.class);
  }

  private Errors beat(String group, String member, int epoch) throws Exception {
    return beat(
        new ConsumerGroupHeartbeatRequestData()
            .setGroupId(group)
            .setMemberId(member)
            .setMemberEpoch(epoch));
  }

  private Errors beat(ConsumerGroupHeartbeatRequestData request) throws Exception {
    return Errors.forCode(
        Calls.call(raw, request, 1, ConsumerGroupHeartbeatResponseData.class).errorCode());
  }

  private Errors fetch(String group, String member, int epoch) throws Exception {
    return Errors.forCode(
        Calls.call(
                raw,
                new OffsetFetchRequestData()
                    .setGroups(
                        List.of(
                            new OffsetFetchRequestGroup()
                                .setGroupId(group)
                                .setMemberId(member)
                                .setMemberEpoch(epoch)
                                .setTopics(null))),
                9,
                OffsetFetchResponseData.class)
            .groups()
            .getFirst()
            .errorCode());
  }
}
