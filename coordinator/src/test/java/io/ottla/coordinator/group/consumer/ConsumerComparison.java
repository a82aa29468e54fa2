package io.ottla.coordinator.group.consumer;

import static io.ottla.coordinator.group.consumer.ConsumerBed.GROUP;
import static io.ottla.coordinator.group.consumer.ConsumerBed.beat;
import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.coordinator.CoordinatorException;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.Uuid;
import io.ottla.wire.message.ConsumerGroupDescribeResponse;
import io.ottla.wire.message.ConsumerGroupHeartbeatRequest;
import io.ottla.wire.message.ConsumerGroupHeartbeatResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * One random conversation held with our coordinator and with Kafka's, who must answer the same and
 * write the same. Assignors are ours on both sides; texts of errors are not compared.
 */
final class ConsumerComparison {

  private static final int MEMBERS = 6;
  private static final List<String> TOPICS = List.of("t0", "t1", "t2", "t3", "u0");
  private static final List<String> REGEXES = List.of("t.*", "t[01]", ".*0", "none", "");

  /** A client and what it has been told. */
  private static final class Client {
    final String instanceId;
    String memberId;
    int epoch;
    Map<Uuid, Set<Integer>> owned = new TreeMap<>();
    boolean isIn;

    Client(String memberId, String instanceId) {
      this.memberId = memberId;
      this.instanceId = instanceId;
    }
  }

  private final Random random;
  private final ConsumerBed ours;
  private final KafkaConsumerGroups theirs;
  private final List<Client> clients = new ArrayList<>();
  private final List<String> transcript = new ArrayList<>();
  private int names;
  private int exchanges;
  private int commits;

  ConsumerComparison(long seed) {
    random = new Random(seed);
    TestTopics topics = TestTopics.NONE.with("t0", 3, "r1").with("t1", 5, "r2", "r1").with("u0", 2);
    ours = new ConsumerBed().topics(topics);
    ours.settings =
        new ConsumerGroupSettings(
            45_000,
            5_000,
            true,
            seed % 2 == 0 ? 0 : 1_000,
            MEMBERS - 1,
            List.of("uniform", "range"),
            MigrationPolicy.BIDIRECTIONAL,
            600_000,
            true);
    ours.start();
    theirs = new KafkaConsumerGroups(ours.clock.wallMs(), topics, ours.settings);
    for (int i = 0; i < MEMBERS; i++) {
      clients.add(new Client("m" + names++, i < 2 ? "i" + i : null));
    }
  }

  /** Returns how many requests were compared. */
  int run(int steps) {
    for (int i = 0; i < steps; i++) {
      step();
      compare();
    }
    ours.assertReplayEqualsLiveState();
    return exchanges;
  }

  int commits() {
    return commits;
  }

  /** What has been said so far, the last lines of it. */
  String transcript() {
    return String.join(
        "\n", transcript.subList(Math.max(0, transcript.size() - 25), transcript.size()));
  }

  private void step() {
    Client client = clients.get(random.nextInt(clients.size()));
    int choice = random.nextInt(100);
    if (choice < 12) {
      pass(random.nextInt(3_000));
    } else if (choice < 14) {
      pass(random.nextInt(50_000));
    } else if (choice < 18) {
      changeTopics();
    } else if (choice < 24) {
      commit(client);
    } else if (!client.isIn) {
      join(client);
    } else if (choice < 28) {
      leave(client);
    } else if (choice < 30) {
      client.isIn = false;
    } else if (choice < 33) {
      nonsense(client);
    } else if (choice < 40) {
      change(client);
    } else if (choice < 45) {
      ConsumerGroupHeartbeatRequest full = report(client, beat(client.memberId, client.epoch));
      subscribe(full.rebalanceTimeoutMs(30_000));
      send(client, full);
    } else if (choice < 75) {
      send(client, report(client, beat(client.memberId, client.epoch)));
    } else {
      send(client, beat(client.memberId, client.epoch));
    }
  }

  private void join(Client client) {
    if (random.nextBoolean()) {
      client.memberId = "m" + names++;
    }
    client.owned.clear();
    ConsumerGroupHeartbeatRequest request =
        beat(client.memberId, 0)
            .instanceId(client.instanceId)
            .rebalanceTimeoutMs(10_000 + random.nextInt(3) * 10_000)
            .topicPartitions(List.of());
    subscribe(request);
    send(client, request);
  }

  private void subscribe(ConsumerGroupHeartbeatRequest request) {
    int choice = random.nextInt(10);
    if (choice < 7) {
      List<String> names = new ArrayList<>();
      int count = 1 + random.nextInt(3);
      for (int i = 0; i < count; i++) {
        names.add(TOPICS.get(random.nextInt(TOPICS.size())));
      }
      request.subscribedTopicNames(names);
    }
    if (choice >= 6) {
      request.subscribedTopicRegex(REGEXES.get(random.nextInt(REGEXES.size())));
    }
  }

  private void change(Client client) {
    ConsumerGroupHeartbeatRequest request = beat(client.memberId, client.epoch);
    switch (random.nextInt(5)) {
      case 0 -> request.rackId("r" + random.nextInt(3));
      case 1 -> request.serverAssignor("range");
      case 2 -> request.subscribedTopicRegex("(((");
      default -> subscribe(request);
    }
    send(client, random.nextBoolean() ? report(client, request) : request);
  }

  private void nonsense(Client client) {
    ConsumerGroupHeartbeatRequest request =
        switch (random.nextInt(4)) {
          case 0 -> beat(client.memberId, client.epoch + 1);
          case 1 -> beat(client.memberId, Math.max(1, client.epoch - 1));
          case 2 -> beat("nobody", client.epoch);
          default -> beat(client.memberId, client.epoch).instanceId("i" + random.nextInt(3));
        };
    exchange(random.nextBoolean() ? report(client, request) : request);
  }

  /** Says what the client has, some time after it was told. */
  private ConsumerGroupHeartbeatRequest report(
      Client client, ConsumerGroupHeartbeatRequest request) {
    return request.topicPartitions(ConsumerBed.owned(client.owned));
  }

  private void leave(Client client) {
    int epoch = client.instanceId != null && random.nextInt(3) > 0 ? -2 : -1;
    exchange(beat(client.memberId, epoch).instanceId(client.instanceId));
    client.isIn = false;
  }

  private void send(Client client, ConsumerGroupHeartbeatRequest request) {
    if (client.instanceId != null && random.nextInt(5) > 0) {
      request.instanceId(client.instanceId);
    }
    ConsumerGroupHeartbeatResponse response = exchange(request);
    if (response.errorCode() != 0) {
      client.isIn = response.errorCode() == ErrorCode.INVALID_REGULAR_EXPRESSION.code();
      return;
    }
    client.isIn = true;
    client.epoch = response.memberEpoch();
    if (response.assignment() != null) {
      client.owned.clear();
      for (var topic : response.assignment().topicPartitions()) {
        client.owned.put(topic.topicId(), new TreeSet<>(topic.partitions()));
      }
    }
  }

  private ConsumerGroupHeartbeatResponse exchange(ConsumerGroupHeartbeatRequest request) {
    transcript.add(request.toString());
    ConsumerGroupHeartbeatResponse kafkas = theirs.heartbeat(request, 1);
    ConsumerGroupHeartbeatResponse mine = ours.send(request);
    ours.runOffloaded();
    transcript.add("   " + kafkas);
    assertThat(ErrorCode.forCode(mine.errorCode()))
        .as("%s", mine.errorMessage())
        .isEqualTo(ErrorCode.forCode(kafkas.errorCode()));
    assertThat(mine.errorMessage() == null).isEqualTo(kafkas.errorMessage() == null);
    assertThat(normal(mine)).isEqualTo(normal(kafkas));
    exchanges++;
    // No two timers end at once: which of them comes first is nobody's promise.
    ours.pass(1);
    theirs.pass(1);
    return mine;
  }

  private static String normal(ConsumerGroupHeartbeatResponse response) {
    Map<Uuid, Set<Integer>> assigned = null;
    if (response.assignment() != null) {
      assigned = new TreeMap<>();
      for (var topic : response.assignment().topicPartitions()) {
        assigned.put(topic.topicId(), new TreeSet<>(topic.partitions()));
      }
    }
    return response.memberId()
        + " "
        + response.memberEpoch()
        + " "
        + response.heartbeatIntervalMs()
        + " "
        + assigned;
  }

  private void commit(Client client) {
    if (ours.group() == null) {
      return;
    }
    String topic = TOPICS.get(random.nextInt(TOPICS.size()));
    if (ours.topics.topic(topic) == null) {
      return;
    }
    int epoch = client.epoch - random.nextInt(4) + 1;
    int partition = random.nextInt(3);
    Uuid topicId = ours.topics.id(topic);
    ErrorCode kafkas = theirs.commit(GROUP, client.memberId, epoch, topic, topicId, partition);
    ErrorCode mine = ErrorCode.NONE;
    try {
      ours.group()
          .admitCommit(client.memberId, null, epoch, false, (short) 10)
          .check(topicId, partition);
    } catch (CoordinatorException e) {
      mine = e.error();
    }
    transcript.add(
        "commit " + client.memberId + " " + epoch + " " + topic + partition + ": " + kafkas);
    assertThat(mine).as("commit").isEqualTo(kafkas);
    if (mine == ErrorCode.NONE) {
      commits++;
    }
  }

  private void pass(long ms) {
    transcript.add(ms + " ms pass");
    ours.pass(ms);
    theirs.pass(ms);
  }

  private void changeTopics() {
    String name = TOPICS.get(random.nextInt(TOPICS.size()));
    TopicCatalog.Topic topic = ours.topics.topic(name);
    TestTopics now;
    if (topic == null) {
      now = ours.topics.with(name, new Uuid(random.nextLong(), 1), 1 + random.nextInt(6), "r1");
    } else if (random.nextInt(3) == 0) {
      now = ours.topics.without(name);
    } else {
      now =
          ours.topics.with(
              name, topic.id(), topic.partitionCount() + random.nextInt(2), "r2", "r1");
    }
    transcript.add("topics " + now.byName().values());
    ours.topics(now);
    theirs.topics(now);
  }

  private void compare() {
    ours.turn();
    List<String> mine = RecordTexts.of(ours.newRecords());
    List<String> kafkas = RecordTexts.of(theirs.newRecords());
    kafkas.forEach(record -> transcript.add("      " + record));
    assertThat(mine).isEqualTo(kafkas);
    assertThat(described(ours.describe())).isEqualTo(described(theirs.describe(GROUP)));
  }

  private static List<String> described(ConsumerGroupDescribeResponse.DescribedGroup group) {
    Set<String> members = new TreeSet<>();
    for (var member : group.members()) {
      members.add(
          member.memberId()
              + " "
              + member.instanceId()
              + " "
              + member.rackId()
              + " "
              + member.memberEpoch()
              + " "
              + member.clientId()
              + member.clientHost()
              + " "
              + new TreeSet<>(member.subscribedTopicNames())
              + " "
              + member.subscribedTopicRegex()
              + " "
              + described(member.assignment())
              + " "
              + described(member.targetAssignment())
              + " "
              + member.memberType());
    }
    List<String> result = new ArrayList<>(members);
    result.add(
        group.errorCode()
            + " "
            + group.groupId()
            + " "
            + group.groupState()
            + " "
            + group.groupEpoch()
            + " "
            + group.assignmentEpoch()
            + " "
            + group.assignorName());
    return result;
  }

  private static Map<String, Set<Integer>> described(
      ConsumerGroupDescribeResponse.Assignment assignment) {
    Map<String, Set<Integer>> result = new TreeMap<>();
    assignment
        .topicPartitions()
        .forEach(
            topic ->
                result.put(topic.topicName() + topic.topicId(), new TreeSet<>(topic.partitions())));
    return result;
  }
}
