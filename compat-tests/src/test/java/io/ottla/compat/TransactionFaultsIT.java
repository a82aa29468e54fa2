package io.ottla.compat;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.compat.broker.BrokerConfig;
import io.ottla.compat.broker.BrokerProcess;
import io.ottla.compat.broker.Brokers;
import io.ottla.compat.cluster.Pace;
import io.ottla.compat.transaction.FaultPlan;
import io.ottla.compat.transaction.TransactionFaults;
import io.ottla.compat.transaction.TransactionLoad;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Transactions of stock clients while their only broker is killed and started again, paused and
 * resumed: for half a minute, ten minutes with the profile {@code faults}, or as long as {@code
 * -Dcompat.seconds=} says. A failure names its seed, to be repeated with {@code -Dcompat.seed=}; it
 * decides what clients and faults do, not in which turns.
 */
@Timeout(1_200) // seconds; the long form takes its time
class TransactionFaultsIT {
  private static final int SECONDS = Pace.rounds(35, 600);

  @RegisterExtension static final Brokers BROKERS = new Brokers();

  private BrokerProcess broker;

  @Test
  void transactionsStayWholeWhileTheBrokerIsKilledAndPaused() throws Exception {
    long seed = TransactionFaults.seed();
    BrokerConfig config =
        BROKERS
            .config()
            .with("transaction.abort.timed.out.transaction.cleanup.interval.ms", "1000");
    broker = BROKERS.start(config);
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
      admin
          .createTopics(
              List.of(
                  new NewTopic(TransactionLoad.INPUT, TransactionLoad.PARTITIONS, (short) 1),
                  new NewTopic(TransactionLoad.OUTPUT, TransactionLoad.PARTITIONS, (short) 1)))
          .all()
          .get();
    }
    try (TransactionLoad load = TransactionLoad.start(broker.bootstrapServers(), seed)) {
      load.orTell(
          () -> {
            load.awaitProgress(3);
            TransactionFaults faults =
                new TransactionFaults(load, new FaultPlan(seed, 1), some -> new OnlyBroker());
            faults.runFor(Duration.ofSeconds(Integer.getInteger("compat.seconds", SECONDS)));
            load.finish();
            assertThat(faults.disturbed()).as("transactions open during a fault").isPositive();
          });
    }
    broker.stop();
  }

  private final class OnlyBroker implements TransactionFaults.Victim {
    @Override
    public BrokerProcess process() {
      return broker;
    }

    @Override
    public void restart() throws Exception {
      broker = BROKERS.restart(broker);
    }

    @Override
    public boolean isOnly() {
      return true;
    }
  }
}
