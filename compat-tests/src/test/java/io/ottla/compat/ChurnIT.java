package io.ottla.compat;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.compat.broker.BrokerProcess;
import io.ottla.compat.broker.Brokers;
import io.ottla.compat.cluster.Pace;
import io.ottla.compat.member.GroupClients;
import io.ottla.compat.member.Member;
import io.ottla.compat.member.Writer;
import io.ottla.history.ownership.Ownership;
import io.ottla.history.ownership.OwnershipChecker;
import io.ottla.history.ownership.OwnershipChecker.Rules;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Up to fifty consumers of one group come and go while a producer writes: no record is lost, no
 * partition has two owners, and every rebalance comes to its end.
 */
@Timeout(600) // seconds; the long form takes its time
class ChurnIT {
  private static final int PARTITIONS = 60;
  private static final int MEMBERS = 50;
  private static final Duration SETTLE_LIMIT = Duration.ofSeconds(60);

  @RegisterExtension static final Brokers BROKERS = new Brokers();

  private static BrokerProcess broker;

  @BeforeAll
  static void startBroker() throws Exception {
    broker = BROKERS.start(BROKERS.config().withQuickGroups());
  }

  @ParameterizedTest
  @CsvSource({
    "consumer,",
    "classic,org.apache.kafka.clients.consumer.RangeAssignor",
    "classic,org.apache.kafka.clients.consumer.CooperativeStickyAssignor",
  })
  void nothingIsLostAndNobodyDisturbedWhileMembersComeAndGo(String protocol, String assignor)
      throws Exception {
    String name = assignor == null ? protocol : protocol + assignor.replaceAll(".*\\.", "-");
    long seed = new Random().nextLong();
    System.out.printf("churn of %s, seed %d%n", name, seed);
    Random random = new Random(seed);
    Map<String, String> config = new HashMap<>();
    config.put("bootstrap.servers", broker.bootstrapServers());
    config.put("group.id", "churn-" + name);
    config.put("group.protocol", protocol);
    if (assignor != null) {
      config.put("partition.assignment.strategy", assignor);
      config.put("heartbeat.interval.ms", "300");
      config.put("session.timeout.ms", "6000"); // who leaves while it joins is missed only then
    }
    try (GroupClients clients = new GroupClients(() -> broker.bootstrapServers())) {
      clients.createTopic("churn-" + name, PARTITIONS);
    }
    Ownership ownership = new Ownership();
    List<Member> members = new ArrayList<>();
    List<Member> leaving = new ArrayList<>();
    int number = 0;
    int rounds = 0;
    long slowestNs = 0;
    Writer writer = new Writer(broker.bootstrapServers(), "churn-" + name, PARTITIONS);
    try (writer) {
      long sinceNs = System.nanoTime();
      long endNs = sinceNs + Pace.seconds(5, 120).toNanos();
      do {
        int wanted = rounds == 0 ? MEMBERS : 1 + random.nextInt(MEMBERS);
        int replaced = rounds == 0 ? 0 : random.nextInt(Math.min(wanted, members.size()) + 1);
        for (int i = Math.max(replaced, members.size() - wanted); i > 0; i--) {
          Member leaver = members.remove(random.nextInt(members.size()));
          leaver.beginLeaving();
          leaving.add(leaver);
        }
        while (members.size() < wanted) {
          members.add(new Member("m" + number++, config, List.of("churn-" + name), ownership));
        }
        if (rounds > 0 && random.nextInt(3) == 0) { // the next ones come before these have settled
          writer.awaitMore(200);
        } else {
          slowestNs = Math.max(slowestNs, settle(ownership, members, writer));
        }
        rounds++;
      } while (rounds < 4 || System.nanoTime() - endNs < 0);
      slowestNs = Math.max(slowestNs, settle(ownership, members, writer));
      writer.awaitMore(500);
    }
    Await.until(
        "all is read",
        SETTLE_LIMIT,
        () ->
            writer.ends().entrySet().stream()
                .allMatch(
                    end ->
                        ownership.distinctReads(end.getKey().topic(), end.getKey().partition())
                            >= end.getValue()));
    for (Member member : members) {
      member.beginLeaving();
    }
    leaving.addAll(members);
    for (Member member : leaving) {
      member.close();
    }
    System.out.printf(
        "%s: %d members came and went in %d rounds, the slowest settled in %,d ms; %,d records, %,d"
            + " read again%n",
        name,
        number,
        rounds,
        Duration.ofNanos(slowestNs).toMillis(),
        writer.acknowledged(),
        ownership.reads() - ownership.distinctReads());
    assertThat(OwnershipChecker.check(ownership, Rules.STRICT)).as("seed %d", seed).isEmpty();
    assertThat(OwnershipChecker.unread(ownership, writer.ends())).as("seed %d", seed).isEmpty();
    assertThat(ownership.owners()).isEmpty();
  }

  /** Waits until those who are to stay have all partitions, evenly, and says how long it took. */
  private static long settle(Ownership ownership, List<Member> members, Writer writer)
      throws Exception {
    long sinceNs = System.nanoTime();
    List<String> names = members.stream().map(Member::name).toList();
    Await.until(
        "the group of " + names.size() + " settles",
        SETTLE_LIMIT,
        () -> {
          assertThat(ownership.problems()).isEmpty();
          return ownership.isShared(names, writer.places());
        });
    return System.nanoTime() - sinceNs;
  }
}
