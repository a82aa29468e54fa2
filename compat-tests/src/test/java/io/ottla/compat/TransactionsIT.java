package io.ottla.compat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ottla.compat.broker.BrokerProcess;
import io.ottla.compat.broker.Brokers;
import io.ottla.compat.transaction.CommitLoop;
import io.ottla.compat.transaction.TransactionClients;
import io.ottla.compat.wire.Calls;
import io.ottla.compat.wire.RawConnection;
import io.ottla.compat.workload.StockClient;
import io.ottla.compat.workload.Transactions;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.FeatureUpdate;
import org.apache.kafka.clients.admin.ProducerState;
import org.apache.kafka.clients.admin.UpdateFeaturesOptions;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.OffsetFetchRequestData;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestTopics;
import org.apache.kafka.common.message.OffsetFetchResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Transactions of stock clients, old and new, on one broker. */
class TransactionsIT {
  @RegisterExtension static final Brokers BROKERS = new Brokers();

  private static final Map<String, StockClient> CLIENTS = new HashMap<>();
  private static BrokerProcess broker;

  private final TransactionClients clients =
      new TransactionClients(() -> broker.bootstrapServers());

  @BeforeAll
  static void startBroker() throws Exception {
    broker =
        BROKERS.start(
            BROKERS
                .config()
                .withQuickGroups()
                .with("transaction.abort.timed.out.transaction.cleanup.interval.ms", "200"));
  }

  @AfterEach
  void close() {
    clients.close();
  }

  @AfterAll
  static void closeClients() throws IOException {
    for (StockClient client : CLIENTS.values()) {
      client.close();
    }
  }

  // ---- Clients of all ages

  @ParameterizedTest(name = "kafka-clients {0}")
  @ValueSource(strings = {"4.3.1", "3.9.2", "2.8.2"})
  void commitsAndAborts(String version) throws Exception {
    run(version, Transactions.Outcomes.class, "");
  }

  @ParameterizedTest(name = "kafka-clients {0}")
  @ValueSource(strings = {"4.3.1", "2.8.2"})
  void aSecondProducerFencesTheFirst(String version) throws Exception {
    run(version, Transactions.Fencing.class, "");
  }

  @ParameterizedTest(name = "kafka-clients {0}")
  @ValueSource(strings = {"4.3.1", "2.8.2"})
  void readsProcessesAndWrites(String version) throws Exception {
    run(version, Transactions.Offsets.class, "");
  }

  private static void run(String version, Class<?> workload, String suffix) throws Exception {
    StockClient client = CLIENTS.get(version);
    if (client == null) {
      client = new StockClient(version);
      CLIENTS.put(version, client);
    }
    client.run(
        workload, broker.bootstrapServers(), workload.getSimpleName() + "-" + version + suffix);
  }

  // ---- What is visible when

  @Test
  void whatIsOpenIsSeenByThoseAloneWhoReadUncommitted() throws Exception {
    clients.groups().createTopic("open", 1);
    Producer<String, String> producer = clients.producer("open");
    producer.beginTransaction();
    TransactionClients.send(producer, "open", 1, "a", "b");
    producer.commitTransaction();
    producer.beginTransaction();
    TransactionClients.send(producer, "open", 1, "c");

    assertThat(clients.values("open", 1, "read_committed")).containsExactly("a", "b");
    assertThat(clients.values("open", 1, "read_uncommitted")).containsExactly("a", "b", "c");
    assertThat(clients.end("open", 0, IsolationLevel.READ_COMMITTED)).isEqualTo(3);
    assertThat(clients.end("open", 0, IsolationLevel.READ_UNCOMMITTED)).isEqualTo(4);
    assertThat(clients.state("open")).isEqualTo("Ongoing");

    producer.abortTransaction();
    clients.awaitState("open", "CompleteAbort");
    assertThat(clients.end("open", 0, IsolationLevel.READ_COMMITTED)).isEqualTo(5);
    assertThat(clients.values("open", 1, "read_committed")).containsExactly("a", "b");
  }

  @Test
  void committedRecordsBehindAnOpenTransactionWaitForIt() throws Exception {
    clients.groups().createTopic("behind", 1);
    Producer<String, String> slow = clients.producer("slow");
    Producer<String, String> quick = clients.producer("quick");
    slow.beginTransaction();
    TransactionClients.send(slow, "behind", 1, "slow 1");
    quick.beginTransaction();
    TransactionClients.send(quick, "behind", 1, "quick");
    quick.commitTransaction();
    clients.awaitState("quick", "CompleteCommit");
    assertThat(clients.values("behind", 1, "read_committed")).isEmpty();
    TransactionClients.send(slow, "behind", 1, "slow 2");
    slow.abortTransaction();
    clients.awaitState("slow", "CompleteAbort");
    assertThat(clients.values("behind", 1, "read_committed")).containsExactly("quick");
  }

  // ---- Time

  @Test
  void aTransactionThatIsOpenForTooLongIsAbortedAndItsProducerToldSo() throws Exception {
    clients.groups().createTopic("late", 1);
    Producer<String, String> producer = clients.producer("late", "transaction.timeout.ms", "500");
    producer.beginTransaction();
    TransactionClients.send(producer, "late", 1, "never seen");
    clients.awaitState("late", "CompleteAbort");
    clients.awaitNothingOpen("late", 1);
    assertThatThrownBy(
            () -> {
              TransactionClients.send(producer, "late", 1, "too late");
              producer.commitTransaction();
            })
        .isInstanceOfAny(KafkaException.class, ExecutionException.class);
    assertThat(clients.values("late", 1, "read_committed")).isEmpty();
    Producer<String, String> next = clients.producer("late", "transaction.timeout.ms", "500");
    next.beginTransaction();
    TransactionClients.send(next, "late", 1, "in time");
    next.commitTransaction();
    clients.awaitNothingOpen("late", 1);
    assertThat(clients.values("late", 1, "read_committed")).containsExactly("in time");
  }

  @Test
  void aTimeoutBeyondWhatTheBrokerAllowsIsRefused() {
    Producer<String, String> producer =
        clients.uninitialized("timeout", "transaction.timeout.ms", "900001");
    assertThatThrownBy(producer::initTransactions)
        .hasMessageContaining("transaction.max.timeout.ms");
  }

  // ---- Epochs

  @Test
  void eachTransactionOfTodaysClientsHasAnEpochOfItsOwn() throws Exception {
    clients.groups().createTopic("epochs", 1);
    Producer<String, String> producer = clients.producer("epochs");
    for (int i = 0; i < 5; i++) {
      producer.beginTransaction();
      TransactionClients.send(producer, "epochs", 1, "record " + i);
      assertThat(producerState("epochs").producerEpoch()).isEqualTo(i);
      assertThat(producerState("epochs").currentTransactionStartOffset()).hasValue(2L * i);
      if (i % 2 == 0) {
        producer.commitTransaction();
      } else {
        producer.abortTransaction();
      }
    }
    clients.awaitNothingOpen("epochs", 1);
    assertThat(clients.values("epochs", 1, "read_committed"))
        .containsExactly("record 0", "record 2", "record 4");
  }

  private ProducerState producerState(String topic) throws Exception {
    TopicPartition partition = new TopicPartition(topic, 0);
    return clients
        .groups()
        .admin()
        .describeProducers(Set.of(partition))
        .partitionResult(partition)
        .get()
        .activeProducers()
        .getFirst();
  }

  // ---- Offsets

  @ParameterizedTest
  @ValueSource(strings = {"classic", "consumer"})
  void offsetsCountWhenTheirTransactionCommits(String protocol) throws Exception {
    String name = "offsets-" + protocol;
    TopicPartition in = new TopicPartition(name, 0);
    clients.groups().createTopic(name, 1);
    clients.groups().produce(name, 1, 10);
    Consumer<String, String> consumer = consumer(protocol, name);
    consumer.subscribe(List.of(name));
    clients.groups().poll("it reads", () -> consumer.assignment().contains(in), consumer);
    // A poll may leave a question for committed offsets open; whoever asks next gets its answer.
    var _ = consumer.position(in);
    Producer<String, String> producer = clients.producer(name);

    producer.beginTransaction();
    producer.sendOffsetsToTransaction(
        Map.of(in, new OffsetAndMetadata(4)), consumer.groupMetadata());
    assertThat(offset(name, in)).as("not yet").isNull();
    assertThat(stableOffsetError(name, in)).isEqualTo(Errors.UNSTABLE_OFFSET_COMMIT);
    producer.commitTransaction();
    clients.awaitState(name, "CompleteCommit"); // Reads of what is not stable do not wait for it.
    assertThat(consumer.committed(Set.of(in)).get(in).offset()).isEqualTo(4);

    producer.beginTransaction();
    producer.sendOffsetsToTransaction(
        Map.of(in, new OffsetAndMetadata(8)), consumer.groupMetadata());
    producer.abortTransaction();
    clients.awaitState(name, "CompleteAbort");
    assertThat(consumer.committed(Set.of(in)).get(in).offset()).isEqualTo(4);
  }

  private Consumer<String, String> consumer(String protocol, String group) {
    return protocol.equals("classic")
        ? clients.groups().classic(group)
        : clients.groups().consumer(group);
  }

  private Long offset(String group, TopicPartition partition) throws Exception {
    OffsetAndMetadata offset =
        clients
            .groups()
            .admin()
            .listConsumerGroupOffsets(group)
            .partitionsToOffsetAndMetadata()
            .get()
            .get(partition);
    return offset == null ? null : offset.offset();
  }

  private static Errors stableOffsetError(String group, TopicPartition partition)
      throws IOException {
    try (RawConnection connection = RawConnection.to(broker.port())) {
      return Errors.forCode(
          Calls.call(
                  connection,
                  new OffsetFetchRequestData()
                      .setRequireStable(true)
                      .setGroups(
                          List.of(
                              new OffsetFetchRequestGroup()
                                  .setGroupId(group)
                                  .setTopics(
                                      List.of(
                                          new OffsetFetchRequestTopics()
                                              .setName(partition.topic())
                                              .setPartitionIndexes(
                                                  List.of(partition.partition())))))),
                  9,
                  OffsetFetchResponseData.class)
              .groups()
              .getFirst()
              .topics()
              .getFirst()
              .partitions()
              .getFirst()
              .errorCode());
    }
  }

  @ParameterizedTest
  @CsvSource({"classic, member", "classic, generation", "consumer, member", "consumer, generation"})
  void whoIsNoMemberOfTheGroupAnyMoreCommitsNothing(String protocol, String what) throws Exception {
    String name = "fenced-" + protocol + "-" + what;
    TopicPartition in = new TopicPartition(name, 0);
    clients.groups().createTopic(name, 1);
    Consumer<String, String> consumer = consumer(protocol, name);
    consumer.subscribe(List.of(name));
    clients.groups().poll("it reads", () -> consumer.assignment().contains(in), consumer);
    ConsumerGroupMetadata now = consumer.groupMetadata();
    ConsumerGroupMetadata stale =
        what.equals("member")
            ? new ConsumerGroupMetadata(name, now.generationId(), "nobody", now.groupInstanceId())
            : new ConsumerGroupMetadata(
                name,
                now.generationId() + (protocol.equals("classic") ? -1 : 1),
                now.memberId(),
                now.groupInstanceId());
    Producer<String, String> producer = clients.producer(name);
    producer.beginTransaction();
    producer.send(new ProducerRecord<>(name, "not to be seen"));
    assertThatThrownBy(
            () -> producer.sendOffsetsToTransaction(Map.of(in, new OffsetAndMetadata(4)), stale))
        .isInstanceOf(CommitFailedException.class);
    producer.abortTransaction();
    producer.beginTransaction();
    producer.sendOffsetsToTransaction(Map.of(in, new OffsetAndMetadata(5)), now);
    producer.commitTransaction();
    clients.awaitState(name, "CompleteCommit");
    assertThat(offset(name, in)).isEqualTo(5);
    assertThat(clients.values(name, 1, "read_committed")).isEmpty();
  }

  // ---- Crashes

  @Test
  void anOpenTransactionOutlivesTheBroker() throws Exception {
    clients.groups().createTopic("outlives", 2);
    Producer<String, String> producer = clients.producer("outlives");
    Producer<String, String> other =
        clients.producer("outlives-not", "transaction.timeout.ms", "3000");
    producer.beginTransaction();
    TransactionClients.send(producer, "outlives", 2, "a", "b");
    producer.sendOffsetsToTransaction(
        Map.of(new TopicPartition("outlives", 0), new OffsetAndMetadata(7)),
        new ConsumerGroupMetadata("outlives"));
    other.beginTransaction();
    TransactionClients.send(other, "outlives", 2, "never seen", "never seen");
    crash();
    TransactionClients.send(producer, "outlives", 2, "c", "d");
    producer.commitTransaction();
    // The other one says no more.
    clients.awaitState("outlives-not", "CompleteAbort");
    clients.awaitNothingOpen("outlives", 2);
    assertThat(clients.values("outlives", 2, "read_committed"))
        .containsExactlyInAnyOrder("a", "b", "c", "d");
    assertThat(offset("outlives", new TopicPartition("outlives", 0))).isEqualTo(7);
  }

  @Test
  void whatWasCommittedOrAbortedWhenTheBrokerDiedStaysSo() throws Exception {
    int partitions = 4;
    clients.groups().createTopic("dies", partitions);
    List<CommitLoop> loops = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      loops.add(new CommitLoop(broker::bootstrapServers, "dies-" + i, "dies", partitions));
    }
    for (int round = 0; round < 2; round++) {
      for (CommitLoop loop : loops) {
        loop.awaitEnds(round == 0 ? 5 : 20);
      }
      crash();
    }
    for (CommitLoop loop : loops) {
      loop.awaitEnds(5);
    }
    for (CommitLoop loop : loops) {
      loop.stop();
    }
    clients.awaitNothingOpen("dies", partitions);
    List<String> seen = clients.values("dies", partitions, "read_committed");
    assertThat(seen).doesNotHaveDuplicates();
    for (CommitLoop loop : loops) {
      loop.check(seen);
    }
  }

  private void crash() throws Exception {
    broker.kill();
    broker = BROKERS.restart(broker);
  }

  // ---- Older transaction versions

  @ParameterizedTest
  @ValueSource(shorts = {1, 0})
  void clientsFollowAnOlderTransactionVersion(short level) throws Exception {
    setTransactionVersion(level, FeatureUpdate.UpgradeType.SAFE_DOWNGRADE);
    try {
      for (String version : level == 1 ? List.of("4.3.1", "2.8.2") : List.of("4.3.1")) {
        run(version, Transactions.Outcomes.class, "-tv" + level);
        run(version, Transactions.Fencing.class, "-tv" + level);
        run(version, Transactions.Offsets.class, "-tv" + level);
      }
      String topic = "epochs-tv" + level;
      clients.groups().createTopic(topic, 1);
      Producer<String, String> producer = clients.producer(topic);
      for (int i = 0; i < 3; i++) {
        producer.beginTransaction();
        TransactionClients.send(producer, topic, 1, "record " + i);
        assertThat(producerState(topic).producerEpoch()).as("stays").isZero();
        producer.commitTransaction();
      }
      assertThat(clients.values(topic, 1, "read_uncommitted"))
          .isEqualTo(IntStream.range(0, 3).mapToObj(i -> "record " + i).toList());
    } finally {
      setTransactionVersion((short) 2, FeatureUpdate.UpgradeType.UPGRADE);
    }
  }

  private void setTransactionVersion(short level, FeatureUpdate.UpgradeType type) throws Exception {
    clients
        .groups()
        .admin()
        .updateFeatures(
            Map.of("transaction.version", new FeatureUpdate(level, type)),
            new UpdateFeaturesOptions())
        .all()
        .get();
  }
}
