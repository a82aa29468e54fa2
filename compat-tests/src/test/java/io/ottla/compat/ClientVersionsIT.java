package io.ottla.compat;

import io.ottla.compat.broker.BrokerProcess;
import io.ottla.compat.broker.Brokers;
import io.ottla.compat.workload.Administration;
import io.ottla.compat.workload.CommitAndResume;
import io.ottla.compat.workload.EveryCodecAndAcks;
import io.ottla.compat.workload.OffsetsAndSeek;
import io.ottla.compat.workload.Rebalance;
import io.ottla.compat.workload.StockClient;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Stock kafka-clients from 2.8 to 4.4 do their daily work, unchanged. */
class ClientVersionsIT {
  @RegisterExtension static final Brokers BROKERS = new Brokers();

  private static final Map<String, StockClient> CLIENTS = new HashMap<>();
  private static BrokerProcess broker;

  @BeforeAll
  static void startBroker() throws Exception {
    broker = BROKERS.start();
  }

  @AfterAll
  static void closeClients() throws IOException {
    for (StockClient client : CLIENTS.values()) {
      client.close();
    }
  }

  @ParameterizedTest(name = "kafka-clients {0}")
  @ValueSource(strings = {"4.4.0", "4.3.1", "3.9.2", "2.8.2"})
  void producesAndConsumesWithEveryCodecAndAcks(String version) throws Exception {
    run(version, EveryCodecAndAcks.class);
  }

  @ParameterizedTest(name = "kafka-clients {0}")
  @ValueSource(strings = {"4.4.0", "4.3.1", "3.9.2", "2.8.2"})
  void findsOffsetsAndSeeks(String version) throws Exception {
    run(version, OffsetsAndSeek.class);
  }

  @ParameterizedTest(name = "kafka-clients {0}")
  @ValueSource(strings = {"4.4.0", "4.3.1", "3.9.2", "2.8.2"})
  void resumesWhereItCommitted(String version) throws Exception {
    run(version, CommitAndResume.class);
  }

  @ParameterizedTest(name = "kafka-clients {0}")
  @ValueSource(strings = {"4.4.0", "4.3.1", "3.9.2", "2.8.2"})
  void rebalancesThreeConsumersEagerly(String version) throws Exception {
    run(version, Rebalance.Eager.class);
  }

  @ParameterizedTest(name = "kafka-clients {0}")
  @ValueSource(strings = {"4.4.0", "4.3.1", "3.9.2", "2.8.2"})
  void rebalancesThreeConsumersCooperatively(String version) throws Exception {
    run(version, Rebalance.Cooperative.class);
  }

  @ParameterizedTest(name = "kafka-clients {0}")
  @ValueSource(strings = {"4.4.0", "4.3.1", "3.9.2", "2.8.2"})
  void administersTopicsConfigsAndGroups(String version) throws Exception {
    run(version, Administration.class);
  }

  private static void run(String version, Class<?> workload) throws Exception {
    StockClient client = CLIENTS.get(version);
    if (client == null) {
      client = new StockClient(version);
      CLIENTS.put(version, client);
    }
    client.run(workload, broker.bootstrapServers(), workload.getSimpleName() + "-" + version);
  }
}
