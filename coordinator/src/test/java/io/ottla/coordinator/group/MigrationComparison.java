package io.ottla.coordinator.group;

import static io.ottla.coordinator.group.GroupBed.GROUP;
import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.coordinator.Answer;
import io.ottla.coordinator.CoordinatorRecord;
import io.ottla.coordinator.RequestContext;
import io.ottla.coordinator.group.consumer.ConsumerGroup;
import io.ottla.coordinator.group.consumer.ConsumerGroupSettings;
import io.ottla.coordinator.group.consumer.KafkaAssignors;
import io.ottla.coordinator.group.consumer.KafkaConsumerGroups;
import io.ottla.coordinator.group.consumer.MigrationPolicy;
import io.ottla.coordinator.group.consumer.TestTopics;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.Uuid;
import io.ottla.wire.message.ConsumerGroupHeartbeatRequest;
import io.ottla.wire.message.ConsumerGroupHeartbeatResponse;
import io.ottla.wire.message.ConsumerProtocolSubscription;
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
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * One random conversation of a group whose members go from one protocol to the other and back, held
 * with our coordinator and with Kafka's: they must answer the same and write the same. Ids that the
 * coordinators give out differ, and are compared as pairs.
 *
 * <p>The conversation ends where the two may differ: where Kafka has chosen a leader among members
 * in no order, and where a group goes back and forth within a rebalance timeout: in Kafka the time
 * to sync that a member had before runs on and may end its membership.
 */
final class MigrationComparison {

  private static final int MEMBERS = 4;

  private static final String EPOCH_RECORD = "ConsumerGroupMetadataValue(epoch=";

  private static final int REBALANCE_TIMEOUT_MS = 8_000;

  private static final TestTopics TOPICS = TestTopics.NONE.with("t", 5).with("u", 3);

  /** A client, and what it knows on either side. */
  private static final class Client {
    final String instanceId;
    final int number;
    boolean isClassic;
    boolean isIn;
    String ours = "";
    String theirs = "";
    int epoch;
    boolean mustSync;
    boolean isLeader;
    List<String> led = List.of();
    boolean isWaiting;
    Set<String> topics = Set.of("t");
    Map<String, Set<Integer>> owned = new TreeMap<>();

    Client(int number, String instanceId) {
      this.number = number;
      this.instanceId = instanceId;
    }

    void forget() {
      isIn = false;
      ours = "";
      theirs = "";
      mustSync = false;
      isLeader = false;
      owned.clear();
    }
  }

  /** The conversation ends where it may differ. */
  private static final class End extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  private final Random random;
  private final GroupBed ours;
  private final KafkaConsumerGroups theirs;
  private final List<Client> clients = new ArrayList<>();
  private final List<BooleanSupplier> open = new ArrayList<>();
  private final Map<String, String> theirsToOurs = new HashMap<>();
  private final Map<String, String> oursToTheirs = new HashMap<>();
  private final List<String> transcript = new ArrayList<>();

  /** The id that our coordinator has just given to a member that Kafka's is about to name. */
  private String newId;

  private int seenAppends;
  private int names;
  private int exchanges;
  private int upgrades;
  private int downgrades;
  private boolean wasConsumerGroup;
  private long downgradedAtMs;

  MigrationComparison(long seed) {
    random = new Random(seed);
    ConsumerGroupSettings settings =
        new ConsumerGroupSettings(
            45_000,
            5_000,
            true,
            0,
            Integer.MAX_VALUE,
            List.of("uniform", "range"),
            MigrationPolicy.values()[seed % 4 == 0 ? (int) (seed / 4 % 4) : 3],
            600_000,
            false);
    ours =
        new GroupBed(
            GroupCoordinatorConfig.builder()
                .initialRebalanceDelayMs(0)
                .consumerGroups(groupId -> settings)
                .build());
    ours.catalog(TOPICS);
    theirs = new KafkaConsumerGroups(ours.clock.wallMs(), TOPICS, settings);
    seenAppends = ours.log.appends().size();
    KafkaAssignors.names(
        id -> oursToTheirs.containsKey(id) ? id : theirsToOurs.getOrDefault(id, newName(id)));
    for (int i = 0; i < MEMBERS; i++) {
      clients.add(new Client(i, random.nextInt(3) == 0 ? "i" + i : null));
    }
  }

  /** Returns how many requests were compared. */
  int run(int steps) {
    try {
      for (int i = 0; i < steps; i++) {
        step(i * 4 / steps);
        compare();
      }
      ours.assertReplayEqualsLiveState();
    } catch (End e) {
      return exchanges;
    }
    return exchanges;
  }

  int upgrades() {
    return upgrades;
  }

  int downgrades() {
    return downgrades;
  }

  /** What has been said so far, the last lines of it. */
  String transcript() {
    return String.join(
        "\n", transcript.subList(Math.max(0, transcript.size() - 60), transcript.size()));
  }

  /** Clients that come in an odd phase mostly speak the consumer protocol. */
  private void step(int phase) {
    Client client = clients.get(random.nextInt(clients.size()));
    int choice = random.nextInt(100);
    if (choice < 15) {
      pass(random.nextInt(3_000));
    } else if (choice < 17) {
      pass(random.nextInt(30_000));
    } else if (client.isWaiting) {
      pass(random.nextInt(500));
    } else if (!client.isIn) {
      come(client, phase);
    } else if (choice < 25) {
      leave(client);
    } else if (choice < 29) {
      transcript.add(client.number + " is gone");
      boolean keepsId = client.isClassic && client.instanceId == null;
      String mine = client.ours;
      String kafkas = client.theirs;
      client.forget();
      if (keepsId && random.nextBoolean()) {
        client.ours = mine;
        client.theirs = kafkas;
      }
    } else if (client.isClassic) {
      classicStep(client);
    } else {
      consumerStep(client);
    }
  }

  private void come(Client client, int phase) {
    client.isClassic = random.nextInt(5) == 0 ? phase % 2 == 1 : phase % 2 == 0;
    client.topics = random.nextInt(3) == 0 ? Set.of("t", "u") : Set.of("t");
    client.owned.clear();
    if (client.isClassic) {
      join(client);
    } else {
      client.ours = "m" + names++;
      client.theirs = client.ours;
      beat(client, joining(client));
    }
  }

  // The consumer protocol.

  private ConsumerGroupHeartbeatRequest joining(Client client) {
    return new ConsumerGroupHeartbeatRequest()
        .groupId(GROUP)
        .memberId(client.ours)
        .instanceId(client.instanceId)
        .memberEpoch(0)
        .rebalanceTimeoutMs(10_000)
        .subscribedTopicNames(List.copyOf(new TreeSet<>(client.topics)))
        .topicPartitions(List.of());
  }

  private void consumerStep(Client client) {
    ConsumerGroupHeartbeatRequest request =
        new ConsumerGroupHeartbeatRequest()
            .groupId(GROUP)
            .memberId(client.ours)
            .instanceId(client.instanceId)
            .memberEpoch(client.epoch);
    if (random.nextInt(4) > 0) {
      List<ConsumerGroupHeartbeatRequest.TopicPartitions> owned = new ArrayList<>();
      client.owned.forEach(
          (topic, partitions) ->
              owned.add(
                  new ConsumerGroupHeartbeatRequest.TopicPartitions()
                      .topicId(TOPICS.id(topic))
                      .partitions(List.copyOf(partitions))));
      request.topicPartitions(owned);
    }
    beat(client, request);
  }

  private void beat(Client client, ConsumerGroupHeartbeatRequest request) {
    transcript.add(client.number + ": " + request);
    ConsumerGroupHeartbeatResponse kafkas = theirs.heartbeat(request, 1);
    ConsumerGroupHeartbeatResponse mine =
        ours.ask(
                1,
                (GroupBed.Asking<ConsumerGroupHeartbeatResponse>)
                    callback ->
                        ours.coordinator.consumerGroupHeartbeat(context(1), request, callback))
            .get();
    transcript.add("   " + kafkas + "\n   " + mine);
    assertThat(error(mine.errorCode())).isEqualTo(error(kafkas.errorCode()));
    assertThat(mine.memberEpoch()).isEqualTo(kafkas.memberEpoch());
    assertThat(assigned(mine)).isEqualTo(assigned(kafkas));
    exchanges++;
    if (mine.errorCode() != 0) {
      client.forget();
      return;
    }
    client.isIn = request.memberEpoch() >= 0;
    client.epoch = mine.memberEpoch();
    if (mine.assignment() != null) {
      client.owned = assigned(mine);
    }
  }

  private static Map<String, Set<Integer>> assigned(ConsumerGroupHeartbeatResponse response) {
    if (response.assignment() == null) {
      return null;
    }
    Map<String, Set<Integer>> result = new TreeMap<>();
    for (var topic : response.assignment().topicPartitions()) {
      result.put(TOPICS.topic(topic.topicId()).name(), new TreeSet<>(topic.partitions()));
    }
    return result;
  }

  // The classic protocol.

  private void classicStep(Client client) {
    int choice = random.nextInt(10);
    if (client.mustSync && choice < 7) {
      sync(client);
    } else if (choice < 8) {
      heartbeat(client);
    } else {
      join(client);
    }
  }

  private JoinGroupRequest joinRequest(Client client, String memberId) {
    List<ConsumerProtocolSubscription.TopicPartition> owned = new ArrayList<>();
    client.owned.forEach(
        (topic, partitions) ->
            owned.add(
                new ConsumerProtocolSubscription.TopicPartition()
                    .topic(topic)
                    .partitions(List.copyOf(partitions))));
    byte[] subscription =
        MixedBed.bytes(
            new ConsumerProtocolSubscription()
                .topics(List.copyOf(new TreeSet<>(client.topics)))
                .ownedPartitions(owned),
            (short) (1 + client.number % 3));
    List<JoinGroupRequest.JoinGroupRequestProtocol> protocols = new ArrayList<>();
    for (String name : List.of("range", "sticky")) {
      protocols.add(
          new JoinGroupRequest.JoinGroupRequestProtocol().name(name).metadata(subscription));
    }
    return new JoinGroupRequest()
        .groupId(GROUP)
        .memberId(memberId)
        .groupInstanceId(client.instanceId)
        .protocolType("consumer")
        .sessionTimeoutMs(10_000)
        .rebalanceTimeoutMs(REBALANCE_TIMEOUT_MS)
        .protocols(protocols);
  }

  private void join(Client client) {
    ConsumerGroup group = consumerGroup();
    if (group != null && group.isEmpty()) {
      // Kafka forgets an empty group, though not in the log, for whoever comes with an id.
      client.forget();
    }
    transcript.add(client.number + ": join as " + client.ours + " " + client.topics + client.owned);
    JoinGroupRequest request = joinRequest(client, client.ours);
    Answer<JoinGroupResponse> mine =
        ours.ask(9, callback -> ours.coordinator.joinGroup(context(9), request, callback));
    newId = mine.hasCome() ? mine.get().memberId() : null;
    Supplier<JoinGroupResponse> kafkas = theirs.join(joinRequest(client, client.theirs), 9);
    newId = null;
    client.isWaiting = true;
    client.isIn = true;
    open.add(
        () -> {
          JoinGroupResponse their = kafkas.get();
          assertThat(mine.hasCome()).as("join answered").isEqualTo(their != null);
          if (their == null) {
            return false;
          }
          client.isWaiting = false;
          onJoined(client, mine.get(), their);
          return true;
        });
  }

  private void onJoined(Client client, JoinGroupResponse mine, JoinGroupResponse kafkas) {
    transcript.add("   " + client.number + " joined: " + kafkas + "\n   " + mine);
    assertThat(error(mine.errorCode())).as("join").isEqualTo(error(kafkas.errorCode()));
    if (!kafkas.memberId().isEmpty()) {
      pair(mine.memberId(), kafkas.memberId());
    }
    ErrorCode error = error(mine.errorCode());
    if (error == ErrorCode.REBALANCE_IN_PROGRESS || error == ErrorCode.MEMBER_ID_REQUIRED) {
      client.ours = mine.memberId();
      client.theirs = kafkas.memberId();
    } else if (error != ErrorCode.NONE) {
      client.forget();
    } else {
      assertThat(mine.generationId()).isEqualTo(kafkas.generationId());
      assertThat(mine.protocolName()).isEqualTo(kafkas.protocolName());
      assertThat(mine.protocolType()).isEqualTo(kafkas.protocolType());
      client.ours = mine.memberId();
      client.theirs = kafkas.memberId();
      client.epoch = mine.generationId();
      client.mustSync = true;
      client.isLeader = mine.leader().equals(mine.memberId());
      if (client.isLeader != kafkas.leader().equals(kafkas.memberId())) {
        throw new End();
      }
      client.led =
          mine.members().stream().map(JoinGroupResponse.JoinGroupResponseMember::memberId).toList();
    }
  }

  /** Clients name themselves in the consumer protocol. */
  private String newName(String id) {
    return newId == null || (id.startsWith("m") && id.length() < 6) ? id : newId;
  }

  private void pair(String mine, String kafkas) {
    assertThat(theirsToOurs.getOrDefault(kafkas, mine)).isEqualTo(mine);
    theirsToOurs.put(kafkas, mine);
    oursToTheirs.put(mine, kafkas);
  }

  private void sync(Client client) {
    Map<String, byte[]> assignments = new TreeMap<>();
    if (client.isLeader) {
      Map<String, Map<String, Set<Integer>>> shares = new TreeMap<>();
      List<String> members = List.copyOf(new TreeSet<>(client.led));
      for (int partition = 0; partition < 5; partition++) {
        shares
            .computeIfAbsent(members.get(partition % members.size()), id -> new TreeMap<>())
            .computeIfAbsent("t", topic -> new TreeSet<>())
            .add(partition);
      }
      shares.forEach((id, share) -> assignments.put(id, MixedBed.assignment(share, null)));
    }
    Supplier<SyncGroupResponse> kafkas = theirs.sync(syncRequest(client, false, assignments));
    SyncGroupRequest request = syncRequest(client, true, assignments);
    Answer<SyncGroupResponse> mine =
        ours.ask(5, callback -> ours.coordinator.syncGroup(context(5), request, callback));
    transcript.add(client.number + ": sync " + client.epoch);
    client.isWaiting = true;
    open.add(
        () -> {
          SyncGroupResponse their = kafkas.get();
          assertThat(mine.hasCome()).as("sync answered").isEqualTo(their != null);
          if (their == null) {
            return false;
          }
          client.isWaiting = false;
          onSynced(client, mine.get(), their);
          return true;
        });
  }

  private static SyncGroupRequest syncRequest(
      Client client, boolean isOurs, Map<String, byte[]> assignments, Map<String, String> names) {
    List<SyncGroupRequest.SyncGroupRequestAssignment> list = new ArrayList<>();
    assignments.forEach(
        (id, bytes) ->
            list.add(
                new SyncGroupRequest.SyncGroupRequestAssignment()
                    .memberId(isOurs ? id : names.getOrDefault(id, id))
                    .assignment(bytes)));
    return new SyncGroupRequest()
        .groupId(GROUP)
        .memberId(isOurs ? client.ours : client.theirs)
        .groupInstanceId(client.instanceId)
        .generationId(client.epoch)
        .protocolType("consumer")
        .protocolName("range")
        .assignments(list);
  }

  private SyncGroupRequest syncRequest(
      Client client, boolean isOurs, Map<String, byte[]> assignments) {
    return syncRequest(client, isOurs, assignments, oursToTheirs);
  }

  private void onSynced(Client client, SyncGroupResponse mine, SyncGroupResponse kafkas) {
    transcript.add("   " + client.number + " synced: " + error(kafkas.errorCode()));
    assertThat(error(mine.errorCode())).as("sync").isEqualTo(error(kafkas.errorCode()));
    ErrorCode error = error(mine.errorCode());
    client.mustSync = false;
    if (error == ErrorCode.NONE) {
      assertThat(MigrationRecords.assignment(mine.assignment()))
          .isEqualTo(MigrationRecords.assignment(kafkas.assignment()));
      client.owned = new TreeMap<>(MigrationRecords.assignment(mine.assignment()));
    } else if (error != ErrorCode.REBALANCE_IN_PROGRESS) {
      client.forget();
    }
  }

  private void heartbeat(Client client) {
    ConsumerGroup group = consumerGroup();
    if (group != null && group.classicMembers() == group.size()) {
      // Ours may have the member join, so that the group is assigned; Kafka's waits.
      return;
    }
    HeartbeatRequest request =
        new HeartbeatRequest()
            .groupId(GROUP)
            .groupInstanceId(client.instanceId)
            .generationId(client.epoch);
    ErrorCode kafkas = theirs.heartbeat(request.memberId(client.theirs));
    ErrorCode mine = error(ours.heartbeat(request.memberId(client.ours)).get().errorCode());
    transcript.add(client.number + ": heartbeat " + client.epoch + " " + kafkas);
    assertThat(mine).as("heartbeat").isEqualTo(kafkas);
    exchanges++;
    if (mine == ErrorCode.REBALANCE_IN_PROGRESS) {
      client.mustSync = false;
      if (random.nextInt(4) > 0) {
        join(client);
      }
    } else if (mine != ErrorCode.NONE) {
      client.forget();
    }
  }

  private void leave(Client client) {
    if (!client.isClassic && random.nextBoolean()) {
      int epoch = client.instanceId != null && random.nextBoolean() ? -2 : -1;
      beat(
          client,
          new ConsumerGroupHeartbeatRequest()
              .groupId(GROUP)
              .memberId(client.ours)
              .instanceId(client.instanceId)
              .memberEpoch(epoch));
      client.forget();
      return;
    }
    LeaveGroupRequest.MemberIdentity identity =
        new LeaveGroupRequest.MemberIdentity().groupInstanceId(client.instanceId);
    LeaveGroupRequest request = new LeaveGroupRequest().groupId(GROUP).members(List.of(identity));
    identity.memberId(client.theirs);
    ErrorCode kafkas = theirs.leave(request);
    identity.memberId(client.ours);
    ErrorCode mine = error(ours.leave(request, 5).get().members().get(0).errorCode());
    transcript.add(client.number + ": leave " + kafkas);
    assertThat(mine).as("leave").isEqualTo(kafkas);
    exchanges++;
    client.forget();
  }

  private void pass(long ms) {
    transcript.add("pass " + ms);
    ours.pass(ms);
    theirs.pass(ms);
  }

  /** All answers that have come have come on both sides, and so has what was written. */
  private void compare() {
    theirs.pass(0);
    for (Iterator<BooleanSupplier> each = List.copyOf(open).iterator(); each.hasNext(); ) {
      BooleanSupplier exchange = each.next();
      if (exchange.getAsBoolean()) {
        open.remove(exchange);
        exchanges++;
      }
    }
    List<CoordinatorRecord> written = new ArrayList<>();
    while (seenAppends < ours.log.appends().size()) {
      written.addAll(ours.log.appends().get(seenAppends++));
    }
    List<String> mine = MigrationRecords.texts(written, Map.of());
    List<CoordinatorRecord> writtenByKafka = theirs.newRecords();
    List<String> kafkas = MigrationRecords.texts(writtenByKafka, theirsToOurs);
    kafkas.forEach(record -> transcript.add("      " + record));
    if (!mine.equals(kafkas)) {
      // Of sessions that began together, as the group came over, any may end first.
      assertThat(inNoOrder(mine)).isEqualTo(inNoOrder(kafkas));
      assertThat(kafkas.stream().filter(text -> text.contains(EPOCH_RECORD)).count())
          .isGreaterThan(1);
    }
    if (!MigrationRecords.leaders(written, Map.of())
        .equals(MigrationRecords.leaders(writtenByKafka, theirsToOurs))) {
      throw new End();
    }
    ConsumerGroup group = consumerGroup();
    if (group != null && !wasConsumerGroup && group.classicMembers() > 0) {
      upgrades++;
      if (ours.clock.wallMs() < downgradedAtMs + REBALANCE_TIMEOUT_MS) {
        throw new End();
      }
    } else if (group == null && wasConsumerGroup && ours.group().size() > 0) {
      downgrades++;
      downgradedAtMs = ours.clock.wallMs();
    }
    wasConsumerGroup = group != null;
    checkOwners(group);
    // No two timers end at once: which of them comes first is nobody's promise.
    ours.pass(1);
    theirs.pass(1);
  }

  private static List<String> inNoOrder(List<String> texts) {
    return texts.stream()
        .map(text -> text.replaceAll("metadataHash=-?[0-9]+", ""))
        .sorted()
        .toList();
  }

  private ConsumerGroup consumerGroup() {
    return ours.runtime().machine().groups().find(GROUP) instanceof ModernGroup modern
        ? modern.group()
        : null;
  }

  private static void checkOwners(ConsumerGroup group) {
    if (group == null) {
      return;
    }
    Map<String, String> owners = new HashMap<>();
    group
        .members()
        .forEach(
            member ->
                member
                    .current()
                    .assigned()
                    .forEach(
                        (Uuid topicId, Map<Integer, Integer> partitions) ->
                            partitions
                                .keySet()
                                .forEach(
                                    partition ->
                                        assertThat(
                                                owners.put(
                                                    topicId + "-" + partition, member.memberId()))
                                            .isNull())));
  }

  private RequestContext context(int version) {
    return new RequestContext((short) version, "client", "localhost/127.0.0.1");
  }

  private static ErrorCode error(short code) {
    return ErrorCode.forCode(code);
  }
}
