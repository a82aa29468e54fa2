package io.ottla.compat;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.compat.broker.BrokerProcess;
import io.ottla.compat.cluster.Cluster;
import io.ottla.compat.cluster.ClusterNode;
import io.ottla.compat.transaction.FaultPlan;
import io.ottla.compat.transaction.TransactionFaults;
import io.ottla.compat.transaction.TransactionLoad;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Transactions of stock clients while one broker after the other of three is killed and started
 * again, paused and resumed: partitions and coordinators change hands in the middle of
 * transactions. Only with the profile {@code faults}.
 */
@EnabledIfSystemProperty(named = "compat.faults", matches = "long")
@Timeout(1_200) // seconds; the long form takes its time
class TransactionClusterFaultsIT {
  private static final Duration DURATION =
      Duration.ofSeconds(Integer.getInteger("compat.seconds", 600));

  @RegisterExtension
  static final Cluster CLUSTER =
      Cluster.of(3)
          .impatient()
          .with("transaction.abort.timed.out.transaction.cleanup.interval.ms", "1000");

  @AfterEach
  void makeWhole() throws Exception {
    CLUSTER.makeWhole();
  }

  @Test
  void transactionsStayWholeWhileBrokersAreKilledAndPaused() throws Exception {
    long seed = TransactionFaults.seed();
    CLUSTER.createTopic(TransactionLoad.INPUT, TransactionLoad.PARTITIONS);
    CLUSTER.createTopic(TransactionLoad.OUTPUT, TransactionLoad.PARTITIONS);
    try (TransactionLoad load = TransactionLoad.start(CLUSTER.bootstrapServers(), seed)) {
      load.orTell(
          () -> {
            load.awaitProgress(3);
            TransactionFaults faults =
                new TransactionFaults(
                    load, new FaultPlan(seed, 3), number -> new OneOfThree(number + 1));
            faults.runFor(DURATION);
            CLUSTER.awaitInSync(TransactionLoad.INPUT, 3);
            CLUSTER.awaitInSync(TransactionLoad.OUTPUT, 3);
            load.finish();
            assertThat(faults.disturbed()).as("transactions open during a fault").isPositive();
          });
    }
  }

  private record OneOfThree(ClusterNode node) implements TransactionFaults.Victim {
    OneOfThree(int id) {
      this(CLUSTER.node(id));
    }

    @Override
    public BrokerProcess process() {
      return node.process();
    }

    @Override
    public void restart() throws Exception {
      node.start();
      CLUSTER.awaitAllBrokers();
      CLUSTER.awaitInSync(TransactionLoad.INPUT, 3);
      CLUSTER.awaitInSync(TransactionLoad.OUTPUT, 3);
    }

    @Override
    public boolean isOnly() {
      return false;
    }
  }
}
