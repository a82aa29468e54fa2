package io.ottla.compat;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.compat.cluster.Cluster;
import io.ottla.compat.cluster.ClusterNode;
import io.ottla.compat.cluster.Pace;
import io.ottla.compat.member.GroupClients;
import io.ottla.compat.member.Member;
import io.ottla.compat.member.Writer;
import io.ottla.history.ownership.Ownership;
import io.ottla.history.ownership.Ownership.Place;
import io.ottla.history.ownership.OwnershipChecker;
import io.ottla.history.ownership.OwnershipChecker.Rules;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * The broker that coordinates a group goes, in anger or in peace, and another takes its groups over
 * as they were: no member loses a partition, no commit is lost.
 */
@Timeout(600) // seconds; the long form takes its time
class CoordinatorMoveIT {
  private static final Duration LIMIT = Cluster.LIMIT;
  private static final String TOPIC = "moving";
  private static final int PARTITIONS = 6;

  @RegisterExtension
  static final Cluster CLUSTER =
      Cluster.of(3)
          .impatient()
          .adapted(
              config ->
                  config
                      .withQuickGroups()
                      .with("offsets.topic.num.partitions", "4")
                      .with("offsets.topic.replication.factor", "3"));

  @Test
  void groupsOfBothProtocolsGoOnWhenTheirCoordinatorGoes() throws Exception {
    CLUSTER.createTopic(TOPIC, PARTITIONS);
    List<Group> groups = List.of(new Group("consumer"), new Group("classic"));
    try (GroupClients clients = new GroupClients(CLUSTER::bootstrapServers);
        Writer writer = new Writer(CLUSTER.bootstrapServers(), TOPIC, PARTITIONS)) {
      for (Group group : groups) {
        group.awaitSettled(writer);
      }
      CLUSTER.awaitInSync("__consumer_offsets", 3);
      for (int round = 0; round < Pace.rounds(1, 8); round++) {
        for (Group group : groups) {
          Map<String, Set<Place>> owners = group.ownership.owners();
          ClusterNode coordinator = CLUSTER.node(clients.describe(group.name).coordinator().id());
          long read = group.ownership.distinctReads();
          if ((round % 2 == 0) == group.name.endsWith("consumer")) {
            coordinator.kill();
          } else {
            coordinator.stop();
          }
          Await.until(
              "another one coordinates " + group.name,
              LIMIT,
              () -> clients.describe(group.name).coordinator().id() != coordinator.id());
          writer.awaitMore(100);
          Await.until(
              group.name + " reads on", LIMIT, () -> group.ownership.distinctReads() > read + 100);
          coordinator.start();
          CLUSTER.awaitAllBrokers();
          CLUSTER.awaitInSync(TOPIC, 3);
          CLUSTER.awaitInSync("__consumer_offsets", 3);
          assertThat(group.ownership.owners()).as("nothing moved").isEqualTo(owners);
        }
      }
      writer.close();
      for (Group group : groups) {
        Await.until(
            "all is read",
            LIMIT,
            () -> OwnershipChecker.unread(group.ownership, writer.ends()).isEmpty());
        group.close();
        assertThat(OwnershipChecker.check(group.ownership, Rules.STRICT)).isEmpty();
      }
    }
  }

  /** Three members of one group. */
  private static final class Group {
    private final String name;
    private final Ownership ownership = new Ownership();
    private final List<Member> members = new ArrayList<>();

    Group(String protocol) {
      name = "moving-" + protocol;
      for (int i = 0; i < 3; i++) {
        members.add(
            new Member(
                protocol + i,
                Map.of(
                    "bootstrap.servers",
                    CLUSTER.bootstrapServers(),
                    "group.id",
                    name,
                    "group.protocol",
                    protocol,
                    "request.timeout.ms",
                    "5000"),
                List.of(TOPIC),
                ownership));
      }
    }

    void awaitSettled(Writer writer) throws Exception {
      Await.until(
          name + " settles",
          LIMIT,
          () -> {
            assertThat(ownership.problems()).isEmpty();
            return ownership.isShared(members.stream().map(Member::name).toList(), writer.places())
                && ownership.owners().size() == members.size();
          });
    }

    void close() throws InterruptedException {
      for (Member member : members) {
        member.close();
      }
    }
  }
}
