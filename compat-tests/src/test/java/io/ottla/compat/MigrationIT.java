package io.ottla.compat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.ottla.compat.broker.BrokerProcess;
import io.ottla.compat.broker.Brokers;
import io.ottla.compat.cluster.Pace;
import io.ottla.compat.member.GroupClients;
import io.ottla.compat.member.Writer;
import io.ottla.compat.workload.StockClient;
import io.ottla.history.ownership.Ownership;
import io.ottla.history.ownership.Ownership.Place;
import io.ottla.history.ownership.OwnershipChecker;
import io.ottla.history.ownership.OwnershipChecker.Rules;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.GroupType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A group goes from the classic to the consumer protocol and back, member by member, while records
 * flow: none is lost, and no partition has two owners.
 */
@Timeout(600) // seconds; the long form takes its time
class MigrationIT {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final int PARTITIONS = 6;
  private static final String RANGE = "org.apache.kafka.clients.consumer.RangeAssignor";
  private static final String COOPERATIVE =
      "org.apache.kafka.clients.consumer.CooperativeStickyAssignor";

  @RegisterExtension static final Brokers BROKERS = new Brokers();

  private static final Map<String, StockClient> CLIENTS = new HashMap<>();
  private static BrokerProcess broker;

  @BeforeAll
  static void startBroker() throws Exception {
    broker = BROKERS.start(BROKERS.config().withQuickGroups());
  }

  @AfterAll
  static void closeClients() throws IOException {
    for (StockClient client : CLIENTS.values()) {
      client.close();
    }
  }

  @ParameterizedTest(name = "{0} and kafka-clients {1}")
  @CsvSource({
    "range, 4.3.1",
    "cooperative, 4.3.1",
    "range, 3.9.2",
    "cooperative, 3.9.2",
    "range, 2.8.2",
  })
  void aGroupIsRolledToTheConsumerProtocolAndBack(String assignor, String version)
      throws Exception {
    assumeTrue(Pace.isLong() || !version.equals("3.9.2"), "left out for time");
    try (Group group = new Group("rolled-" + assignor + "-" + version, assignor)) {
      for (int i = 0; i < 3; i++) {
        group.addClassic(version);
      }
      group.settle(GroupType.CLASSIC);
      for (int round = 0; round < Pace.rounds(1, 4); round++) {
        for (int i = 0; i < 3; i++) {
          group.removeOldest();
          group.addModern();
          group.settle(GroupType.CONSUMER);
          assertThat(group.upgraded()).as("members of the consumer protocol").isEqualTo(i + 1);
        }
        for (int i = 0; i < 3; i++) {
          group.removeOldest();
          group.addClassic(version);
          group.settle(i < 2 ? GroupType.CONSUMER : GroupType.CLASSIC);
        }
      }
      group.finish();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"range", "cooperative"})
  void staticMembersKeepTheirPartitionsOverAChangeOfProtocol(String assignor) throws Exception {
    try (Group group = new Group("static-" + assignor, assignor)) {
      for (int i = 0; i < 3; i++) {
        group.addStatic(false, "instance" + i);
      }
      group.settle(GroupType.CLASSIC);
      for (boolean modern : new boolean[] {true, false}) {
        for (int i = 0; i < 3; i++) {
          String member = group.order.getFirst();
          Map<String, Set<Place>> owners = group.ownership.owners();
          group.removeOldest();
          group.addStatic(modern, member);
          group.settle(modern || i < 2 ? GroupType.CONSUMER : GroupType.CLASSIC);
          assertThat(group.ownership.owners()).as("nothing moved").isEqualTo(owners);
        }
      }
      group.finish(Rules.STRICT);
    }
  }

  @Test
  void membersOfFourVersionsAndBothProtocolsMakeOneGroup() throws Exception {
    try (Group group = new Group("of-all-sorts", "range")) {
      group.addModern();
      group.settle(GroupType.CONSUMER);
      group.addClassic("2.8.2");
      group.addClassic("3.9.2");
      group.settle(GroupType.CONSUMER);
      group.addClassic("4.4.0");
      group.addModern();
      group.addModern();
      group.settle(GroupType.CONSUMER);
      assertThat(group.upgraded()).isEqualTo(3);
      group.removeOldest();
      group.removeOldest();
      group.settle(GroupType.CONSUMER);
      group.finish();
    }
  }

  @Test
  void anEmptyGroupChangesItsProtocolAndKeepsItsOffsets() throws Exception {
    try (Group group = new Group("empty-between", "range")) {
      for (int round = 0; round < 2; round++) {
        group.addClassic("4.3.1");
        group.settle(GroupType.CLASSIC);
        group.removeOldest();
        group.awaitEmpty();
        group.addModern();
        group.settle(GroupType.CONSUMER);
        group.removeOldest();
        group.awaitEmpty();
      }
      group.addClassic("3.9.2");
      group.settle(GroupType.CLASSIC);
      group.finish(Rules.EPOCHS_MAY_RESTART); // a new group with the old one's offsets
    }
  }

  /** One group, the topic it reads, and who writes there. */
  private static final class Group implements AutoCloseable {
    private final String name;
    private final String assignor;
    private final GroupClients clients = new GroupClients(() -> broker.bootstrapServers());
    private final Ownership ownership = new Ownership();
    private final Map<String, AutoCloseable> members = new HashMap<>();
    private final List<String> order = new ArrayList<>();
    private final Writer writer;
    private int count;

    Group(String name, String assignor) throws Exception {
      this.name = name;
      this.assignor = assignor.equals("range") ? RANGE : COOPERATIVE;
      clients.createTopic(name, PARTITIONS);
      writer = new Writer(broker.bootstrapServers(), name, PARTITIONS);
    }

    void addClassic(String version) throws Exception {
      add(
          version,
          "classic-" + version,
          Map.of("partition.assignment.strategy", assignor, "heartbeat.interval.ms", "200"));
    }

    void addModern() throws Exception {
      add("4.3.1", "modern", Map.of("group.protocol", "consumer"));
    }

    void addStatic(boolean modern, String instance) throws Exception {
      Map<String, String> config =
          modern
              ? Map.of("group.protocol", "consumer", "group.instance.id", instance)
              : Map.of(
                  "partition.assignment.strategy",
                  assignor,
                  "heartbeat.interval.ms",
                  "200",
                  "group.instance.id",
                  instance);
      start("4.3.1", instance, config);
    }

    private void add(String version, String kind, Map<String, String> more) throws Exception {
      start(version, kind + "#" + count++, more);
    }

    private void start(String version, String member, Map<String, String> more) throws Exception {
      StockClient client = CLIENTS.get(version);
      if (client == null) {
        client = new StockClient(version);
        CLIENTS.put(version, client);
      }
      Map<String, String> config = new HashMap<>(more);
      config.put("bootstrap.servers", broker.bootstrapServers());
      config.put("group.id", name);
      order.add(member);
      members.put(member, client.member(member, config, List.of(name), ownership));
    }

    void removeOldest() throws Exception {
      members.remove(order.removeFirst()).close();
    }

    /** Waits until the members share all, and then some time while records flow. */
    void settle(GroupType type) throws Exception {
      Await.until(
          order + " settle",
          LIMIT,
          () -> {
            assertThat(ownership.problems()).isEmpty();
            return ownership.isShared(order, writer.places())
                && order.stream().noneMatch(member -> ownership.ownedBy(member).isEmpty());
          });
      Await.until(
          "the group is " + type,
          LIMIT,
          () -> {
            ConsumerGroupDescription described = clients.describe(name);
            return described.type() == type && described.groupState() == GroupState.STABLE;
          });
      writer.awaitMore(60);
    }

    long upgraded() throws Exception {
      int upgraded = 0;
      for (MemberDescription member : clients.describe(name).members()) {
        if (member.upgraded().orElse(false)) {
          upgraded++;
        }
      }
      return upgraded;
    }

    void awaitEmpty() throws Exception {
      Await.until(
          "the group is empty",
          LIMIT,
          () -> clients.describe(name).groupState() == GroupState.EMPTY);
    }

    void finish() throws Exception {
      finish(Rules.STRICT);
    }

    void finish(Rules rules) throws Exception {
      writer.close();
      Await.until(
          "all is read", LIMIT, () -> OwnershipChecker.unread(ownership, writer.ends()).isEmpty());
      while (!order.isEmpty()) {
        removeOldest();
      }
      System.out.printf(
          "%s: %,d records, %,d read again%n",
          name, writer.acknowledged(), ownership.reads() - ownership.distinctReads());
      assertThat(OwnershipChecker.check(ownership, rules)).isEmpty();
      assertThat(ownership.owners()).isEmpty();
    }

    @Override
    public void close() throws Exception {
      writer.close();
      while (!order.isEmpty()) {
        removeOldest();
      }
      clients.close();
    }
  }
}
