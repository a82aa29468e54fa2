package io.ottla.compat;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.compat.broker.BrokerKind;
import io.ottla.compat.cluster.Cluster;
import io.ottla.compat.cluster.ClusterNode;
import io.ottla.compat.cluster.Pace;
import io.ottla.compat.transaction.CommitLoop;
import io.ottla.compat.transaction.TransactionClients;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.errors.RetriableException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Transactions over partitions of several brokers, while brokers go, in anger or in peace: each
 * commits as a whole or not at all, as its producer was told, and none is left open.
 */
class TransactionClusterIT {
  private static final int PARTITIONS = 6;
  private static final int LOOPS = 4;

  @RegisterExtension
  static final Cluster CLUSTER =
      Cluster.of(3)
          .impatient()
          .adapted(
              config ->
                  config
                      .with("transaction.state.log.num.partitions", "4")
                      .with("transaction.state.log.replication.factor", "3")
                      .with("transaction.state.log.min.isr", "2")
                      .with("transaction.abort.timed.out.transaction.cleanup.interval.ms", "500")
                      .with("offsets.topic.num.partitions", "4")
                      .with("offsets.topic.replication.factor", "3"));

  private final TransactionClients clients = new TransactionClients(CLUSTER::bootstrapServers);

  @AfterEach
  void close() {
    clients.close();
  }

  private static List<CommitLoop> startLoops(String topic) throws Exception {
    CLUSTER.createTopic(topic, PARTITIONS);
    List<CommitLoop> loops = new ArrayList<>();
    for (int i = 0; i < LOOPS; i++) {
      loops.add(new CommitLoop(CLUSTER::bootstrapServers, topic + "-" + i, topic, PARTITIONS));
    }
    awaitEnds(loops, 5);
    CLUSTER.awaitInSync("__transaction_state", 3);
    return loops;
  }

  private static void awaitEnds(List<CommitLoop> loops, int each) throws Exception {
    for (CommitLoop loop : loops) {
      loop.awaitEnds(each);
    }
  }

  private void finish(List<CommitLoop> loops, String topic) throws Exception {
    for (CommitLoop loop : loops) {
      loop.stop();
    }
    clients.awaitNothingOpen(topic, PARTITIONS);
    List<String> seen = clients.values(topic, PARTITIONS, "read_committed");
    assertThat(seen).doesNotHaveDuplicates();
    for (CommitLoop loop : loops) {
      loop.check(seen);
      System.out.printf(
          "%d transactions, %d of unknown outcome, the longest %,d ms%n",
          loop.ends() + loop.unknown(), loop.unknown(), loop.longest().toMillis());
    }
  }

  private static void takeBack(ClusterNode node, String topic) throws Exception {
    node.start();
    CLUSTER.awaitAllBrokers();
    CLUSTER.awaitInSync(topic, 3);
    CLUSTER.awaitInSync("__transaction_state", 3);
  }

  private ClusterNode coordinatorOf(String transactionalId) throws Exception {
    return CLUSTER.node(
        clients
            .groups()
            .admin()
            .describeTransactions(List.of(transactionalId))
            .description(transactionalId)
            .get()
            .coordinatorId());
  }

  @Test
  void transactionsGoOnWhenTheirCoordinatorOrALeaderIsKilled() throws Exception {
    String topic = "killed";
    List<CommitLoop> loops = startLoops(topic);
    for (int round = 0; round < Pace.rounds(1, 6); round++) {
      ClusterNode coordinator = coordinatorOf(topic + "-0");
      coordinator.kill();
      awaitEnds(loops, 10);
      takeBack(coordinator, topic);
      ClusterNode leader = CLUSTER.leaderOf(topic, 0);
      leader.kill();
      awaitEnds(loops, 10);
      takeBack(leader, topic);
    }
    finish(loops, topic);
  }

  @Test
  void noTransactionFailsWhenNodesAreRestartedOneAfterTheOther() throws Exception {
    String topic = "rolling";
    List<CommitLoop> loops = startLoops(topic);
    List<ClusterNode> restarted = new ArrayList<>();
    restarted.add(coordinatorOf(topic + "-0"));
    if (Pace.isLong()) {
      CLUSTER.nodes().stream().filter(node -> !restarted.contains(node)).forEach(restarted::add);
    }
    for (ClusterNode node : restarted) {
      node.stop();
      takeBack(node, topic);
      awaitEnds(loops, 5);
    }
    finish(loops, topic);
    if (BrokerKind.UNDER_TEST == BrokerKind.OTTLA) {
      assertThat(loops).allMatch(loop -> loop.unknown() == 0);
    }
  }

  @Test
  void whatIsCommittedWhileALeaderIsAwayIsFinishedByWhoeverCoordinatesWhenItIsBack()
      throws Exception {
    CLUSTER.createTopic("present", 1);
    ClusterNode away = CLUSTER.node(1);
    clients
        .groups()
        .admin()
        .createTopics(Set.of(new NewTopic("away", Map.of(0, List.of(away.id())))))
        .all()
        .get();
    clients.groups().awaitTopic("away", 1);
    // One whose coordinator stays.
    String id = null;
    Producer<String, String> producer = null;
    for (int i = 0; id == null; i++) {
      producer = clients.producer("half-" + i);
      if (coordinatorOf("half-" + i).id() != away.id()) {
        id = "half-" + i;
      }
    }
    CLUSTER.awaitInSync("__transaction_state", 3);
    producer.beginTransaction();
    TransactionClients.send(producer, "present", 1, "a");
    TransactionClients.send(producer, "away", 1, "b");
    away.kill();
    producer.commitTransaction();
    assertThat(clients.state(id)).isEqualTo("PrepareCommit");
    ClusterNode coordinator = coordinatorOf(id);
    coordinator.kill();
    away.start();
    coordinator.start();
    CLUSTER.awaitAllBrokers();
    awaitCompleteCommit(id);
    clients.awaitNothingOpen("present", 1);
    clients.awaitNothingOpen("away", 1);
    assertThat(clients.values("present", 1, "read_committed")).containsExactly("a");
    assertThat(clients.values("away", 1, "read_committed")).containsExactly("b");
  }

  private void awaitCompleteCommit(String id) throws Exception {
    Await.until(
        id + " is complete",
        Cluster.LIMIT,
        () -> {
          try {
            return clients.state(id).equals("CompleteCommit");
          } catch (ExecutionException e) {
            if (e.getCause() instanceof RetriableException) {
              return false;
            }
            throw e;
          }
        });
  }
}
