package io.ottla.compat;

import static io.ottla.compat.member.GroupClients.partitions;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ottla.compat.broker.BrokerProcess;
import io.ottla.compat.broker.Brokers;
import io.ottla.compat.member.GroupClients;
import io.ottla.compat.member.Member;
import io.ottla.compat.member.MemberProcess;
import io.ottla.compat.member.Writer;
import io.ottla.compat.wire.Frames;
import io.ottla.compat.wire.RawConnection;
import io.ottla.history.ownership.Ownership;
import io.ottla.history.ownership.OwnershipChecker;
import io.ottla.history.ownership.OwnershipChecker.Rules;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Members of the consumer protocol die, stall and come back, and the broker does so too. */
class ConsumerProtocolFaultsIT {
  private static final Duration LIMIT = GroupClients.LIMIT;
  private static final String SESSION = "consumer.session.timeout.ms";
  private static final String HEARTBEAT = "consumer.heartbeat.interval.ms";

  @RegisterExtension static final Brokers BROKERS = new Brokers();

  private static BrokerProcess broker;

  private final GroupClients clients = new GroupClients(() -> broker.bootstrapServers());

  @BeforeAll
  static void startBroker() throws Exception {
    broker = BROKERS.start(BROKERS.config().withQuickGroups());
  }

  @AfterEach
  void closeClients() {
    clients.close();
  }

  @Test
  void aMemberThatDiesWithoutAWordIsMissedAfterItsSession() throws Exception {
    clients.createTopic("dying", 4);
    clients.configure("dying", SESSION, "2000");
    Consumer<String, String> survivor = clients.consumer("dying");
    survivor.subscribe(List.of("dying"));
    try (MemberProcess member =
        new MemberProcess(
            broker.bootstrapServers(), "dying", "dying", Map.of("group.protocol", "consumer"))) {
      clients.poll(
          "the two share",
          () -> {
            assertThat(member.output()).doesNotContain("Exception");
            return survivor.assignment().size() == 2;
          },
          survivor);
      member.kill();
      long killedNs = System.nanoTime();
      clients.awaitShared(partitions("dying", 4), survivor);
      assertThat(Duration.ofNanos(System.nanoTime() - killedNs))
          .isBetween(Duration.ofMillis(1500), Duration.ofSeconds(10));
    }
  }

  @Test
  void aStaticMemberThatDoesNotComeBackIsMissedAfterItsSession() throws Exception {
    clients.createTopic("silent", 4);
    clients.configure("silent", SESSION, "3000");
    Consumer<String, String> first = clients.consumer("silent", "group.instance.id", "first");
    Consumer<String, String> second = clients.consumer("silent", "group.instance.id", "second");
    first.subscribe(List.of("silent"));
    second.subscribe(List.of("silent"));
    clients.awaitShared(partitions("silent", 4), first, second);
    clients.close(second);
    long closedNs = System.nanoTime();
    assertThat(clients.describe("silent").members()).hasSize(2);
    clients.awaitShared(partitions("silent", 4), first);
    assertThat(Duration.ofNanos(System.nanoTime() - closedNs))
        .isBetween(Duration.ofMillis(2_500), Duration.ofSeconds(12));
    assertThat(clients.describe("silent").members()).hasSize(1);
  }

  @Test
  void aMemberThatDoesNotPollLosesItsPartitionsAndMayComeBack() throws Exception {
    clients.createTopic("stalled", 4);
    clients.produce("stalled", 4, 40);
    Consumer<String, String> stalled = clients.consumer("stalled", "max.poll.interval.ms", "1500");
    Consumer<String, String> other = clients.consumer("stalled");
    List<String> told = new ArrayList<>();
    stalled.subscribe(List.of("stalled"), new Listener(told));
    other.subscribe(List.of("stalled"));
    clients.awaitShared(partitions("stalled", 4), stalled, other);
    clients.poll("the other has all", () -> other.assignment().size() == 4, other);

    assertThatThrownBy(
            () ->
                stalled.commitSync(
                    Map.of(new TopicPartition("stalled", 0), new OffsetAndMetadata(7))))
        .isInstanceOf(CommitFailedException.class);
    clients.awaitShared(partitions("stalled", 4), stalled, other);
    assertThat(told).containsSubsequence("lost 2", "assigned 2");
  }

  private record Listener(List<String> told) implements ConsumerRebalanceListener {
    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
      told.add("assigned " + partitions.size());
    }

    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
      told.add("revoked " + partitions.size());
    }

    @Override
    public void onPartitionsLost(Collection<TopicPartition> partitions) {
      told.add("lost " + partitions.size());
    }
  }

  @Test
  void theConfigsOfAGroupReachItsMembers() throws Exception {
    clients.createTopic("configured", 1);
    // Its coordinator is there from now on.
    clients.admin().listConsumerGroupOffsets("configured").all().get();
    try (RawConnection connection = RawConnection.to(broker.port())) {
      String member = Uuid.randomUuid().toString();
      ConsumerGroupHeartbeatRequestData join =
          new ConsumerGroupHeartbeatRequestData()
              .setGroupId("configured")
              .setMemberId(member)
              .setMemberEpoch(0)
              .setRebalanceTimeoutMs(10_000)
              .setSubscribedTopicNames(List.of("configured"))
              .setTopicPartitions(List.of());
      ConsumerGroupHeartbeatResponseData joined = heartbeat(connection, join);
      assertThat(joined.errorCode()).isZero();
      assertThat(joined.memberEpoch()).isPositive();
      ConsumerGroupHeartbeatRequestData again =
          new ConsumerGroupHeartbeatRequestData()
              .setGroupId("configured")
              .setMemberId(member)
              .setMemberEpoch(joined.memberEpoch())
              .setTopicPartitions(owned(joined));
      clients.configure("configured", HEARTBEAT, "777");
      Await.until(
          "the new interval is told",
          LIMIT,
          () -> heartbeat(connection, again).heartbeatIntervalMs() == 777);
      clients.configure("configured", HEARTBEAT, null);
      Await.until(
          "the old interval is told",
          LIMIT,
          () -> heartbeat(connection, again).heartbeatIntervalMs() == 300);
      clients.configure("configured", SESSION, "1000");
      assertThat(heartbeat(connection, again).errorCode()).isZero();
      Await.until(
          "its session is over", LIMIT, () -> clients.describe("configured").members().isEmpty());
      assertThat(heartbeat(connection, again).errorCode())
          .isEqualTo(Errors.UNKNOWN_MEMBER_ID.code());
    }
  }

  private static List<ConsumerGroupHeartbeatRequestData.TopicPartitions> owned(
      ConsumerGroupHeartbeatResponseData response) {
    if (response.assignment() == null) {
      return List.of();
    }
    return response.assignment().topicPartitions().stream()
        .map(
            topic ->
                new ConsumerGroupHeartbeatRequestData.TopicPartitions()
                    .setTopicId(topic.topicId())
                    .setPartitions(topic.partitions()))
        .toList();
  }

  private static ConsumerGroupHeartbeatResponseData heartbeat(
      RawConnection connection, ConsumerGroupHeartbeatRequestData request) throws Exception {
    connection.send(Frames.of(request, 1, 1));
    ByteBuffer answer = connection.receive();
    answer.position(5); // correlation id, tags
    return new ConsumerGroupHeartbeatResponseData(new ByteBufferAccessor(answer), (short) 1);
  }

  @Test
  void aGroupSurvivesThatItsBrokerIsKilled() throws Exception {
    BrokerProcess mortal = BROKERS.start(BROKERS.config().withQuickGroups());
    try (GroupClients its = new GroupClients(mortal::bootstrapServers)) {
      its.createTopic("survivors", 6);
      Ownership ownership = new Ownership();
      List<Member> members = new ArrayList<>();
      Writer writer = new Writer(mortal.bootstrapServers(), "survivors", 6);
      Map<String, String> config =
          Map.of(
              "bootstrap.servers",
              mortal.bootstrapServers(),
              "group.id",
              "survivors",
              "group.protocol",
              "consumer");
      for (int i = 0; i < 3; i++) {
        members.add(new Member("survivor" + i, config, List.of("survivors"), ownership));
      }
      List<String> names = members.stream().map(Member::name).toList();
      Await.until(
          "the group settles",
          LIMIT,
          () -> ownership.isShared(names, writer.places()) && ownership.owners().size() == 3);
      writer.awaitMore(200);
      Set<String> ids = memberIds(its);
      Map<String, Set<Ownership.Place>> owners = ownership.owners();
      int epoch = its.describe("survivors").groupEpoch().orElseThrow();

      mortal.kill();
      BROKERS.restart(mortal);
      writer.awaitMore(200);
      long read = ownership.distinctReads();
      Await.until("the group reads on", LIMIT, () -> ownership.distinctReads() > read + 100);
      assertThat(memberIds(its)).isEqualTo(ids);
      assertThat(its.describe("survivors").groupEpoch()).hasValue(epoch);
      assertThat(ownership.owners()).as("nothing moved").isEqualTo(owners);

      writer.close();
      Await.until(
          "all is read", LIMIT, () -> OwnershipChecker.unread(ownership, writer.ends()).isEmpty());
      for (Member member : members) {
        member.close();
      }
      assertThat(OwnershipChecker.check(ownership, Rules.STRICT)).isEmpty();
    }
  }

  private static Set<String> memberIds(GroupClients clients) throws Exception {
    Set<String> ids = new TreeSet<>();
    for (MemberDescription member : clients.describe("survivors").members()) {
      ids.add(member.consumerId());
    }
    return ids;
  }
}
