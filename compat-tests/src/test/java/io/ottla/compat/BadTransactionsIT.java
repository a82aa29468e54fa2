package io.ottla.compat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.ottla.compat.broker.BrokerKind;
import io.ottla.compat.broker.BrokerProcess;
import io.ottla.compat.broker.Brokers;
import io.ottla.compat.transaction.TransactionClients;
import io.ottla.compat.wire.Batches;
import io.ottla.compat.wire.Calls;
import io.ottla.compat.wire.Frames;
import io.ottla.compat.wire.RawConnection;
import java.nio.ByteBuffer;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.message.AddOffsetsToTxnRequestData;
import org.apache.kafka.common.message.AddOffsetsToTxnResponseData;
import org.apache.kafka.common.message.AddPartitionsToTxnRequestData;
import org.apache.kafka.common.message.AddPartitionsToTxnRequestData.AddPartitionsToTxnTopic;
import org.apache.kafka.common.message.AddPartitionsToTxnRequestData.AddPartitionsToTxnTopicCollection;
import org.apache.kafka.common.message.AddPartitionsToTxnResponseData;
import org.apache.kafka.common.message.EndTxnRequestData;
import org.apache.kafka.common.message.EndTxnResponseData;
import org.apache.kafka.common.message.InitProducerIdRequestData;
import org.apache.kafka.common.message.InitProducerIdResponseData;
import org.apache.kafka.common.message.ListTransactionsRequestData;
import org.apache.kafka.common.message.ListTransactionsResponseData;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceDataCollection;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.message.TxnOffsetCommitRequestData;
import org.apache.kafka.common.message.TxnOffsetCommitRequestData.TxnOffsetCommitRequestPartition;
import org.apache.kafka.common.message.TxnOffsetCommitRequestData.TxnOffsetCommitRequestTopic;
import org.apache.kafka.common.message.TxnOffsetCommitResponseData;
import org.apache.kafka.common.message.WriteTxnMarkersRequestData;
import org.apache.kafka.common.message.WriteTxnMarkersRequestData.WritableTxnMarker;
import org.apache.kafka.common.message.WriteTxnMarkersRequestData.WritableTxnMarkerTopic;
import org.apache.kafka.common.message.WriteTxnMarkersResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.utils.ByteUtils;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * What no transactional producer should send. It gets the error Kafka has for it; nothing of it is
 * ever read, no transaction is left open by it, and those of others are not touched.
 */
class BadTransactionsIT {
  private static final int PRODUCE_VERIFIED = 11;
  private static final int PRODUCE_ADDING = 12;
  private static final int END_WITH_EPOCHS = 5;
  private static final int END_WITHOUT_EPOCHS = 4;
  private static final String TOPIC = "bad";
  private static final String VICTIM = "victim";

  @RegisterExtension static final Brokers BROKERS = new Brokers();

  private static BrokerProcess broker;
  private static TransactionClients clients;
  private static Producer<String, String> healthy;
  private static int healthyRecords;

  private RawConnection raw;
  private long endBefore;

  /** Who produces: a transactional id with what the coordinator gave it. */
  private record Identity(String transactionalId, long producerId, short epoch) {
    Identity withEpoch(int other) {
      return new Identity(transactionalId, producerId, (short) other);
    }

    Identity withProducerId(long other) {
      return new Identity(transactionalId, other, epoch);
    }

    Identity withTransactionalId(String other) {
      return new Identity(other, producerId, epoch);
    }
  }

  @BeforeAll
  static void startBroker() throws Exception {
    broker =
        BROKERS.start(
            BROKERS
                .config()
                .withHeap(
                    "-Xms192m",
                    "-Xmx192m",
                    "-XX:+ExitOnOutOfMemoryError",
                    "-Dio.netty.leakDetection.level=paranoid")
                .with("log.cleaner.dedupe.buffer.size", Integer.toString(4 << 20)));
    clients = new TransactionClients(broker::bootstrapServers);
    clients.groups().createTopic(TOPIC, 1);
    clients.groups().createTopic("healthy", 1);
    clients
        .groups()
        .admin()
        .listConsumerGroupOffsets("bad-group")
        .partitionsToOffsetAndMetadata()
        .get();
    healthy = clients.producer("healthy");
  }

  @AfterAll
  static void closeClients() {
    clients.close();
  }

  @BeforeEach
  void connect() throws Exception {
    raw = RawConnection.to(broker.port());
    endBefore = clients.end(TOPIC, 0, IsolationLevel.READ_UNCOMMITTED);
    healthy.beginTransaction();
    TransactionClients.send(healthy, "healthy", 1, "begun before");
  }

  @AfterEach
  void nothingIsLeft() throws Exception {
    raw.close();
    TransactionClients.send(healthy, "healthy", 1, "and ended after");
    healthy.commitTransaction();
    healthyRecords += 2;
    clients.awaitNothingOpen("healthy", 1);
    assertThat(clients.values("healthy", 1, "read_committed")).hasSize(healthyRecords);
    assertThat(clients.values(TOPIC, 1, "read_committed")).as("of what is bad").isEmpty();
    clients.awaitNothingOpen(TOPIC, 1);
  }

  private long appended() throws Exception {
    return clients.end(TOPIC, 0, IsolationLevel.READ_UNCOMMITTED) - endBefore;
  }

  // ---- Stale and foreign producers

  @Test
  void aStaleEpochIsRefusedWhateverItAsksFor() throws Exception {
    Identity stale = init("stale");
    Identity current = init("stale");
    assertThat(current.producerId()).isEqualTo(stale.producerId());
    assertThat(produce(stale, PRODUCE_ADDING, 0)).isEqualTo(Errors.INVALID_PRODUCER_EPOCH);
    assertThat(produce(stale, PRODUCE_VERIFIED, 0)).isEqualTo(Errors.INVALID_PRODUCER_EPOCH);
    assertThat(add(stale, 3, TOPIC)).containsOnlyKeys(Errors.PRODUCER_FENCED);
    assertThat(add(stale, 1, TOPIC)).containsOnlyKeys(Errors.INVALID_PRODUCER_EPOCH);
    assertThat(addOffsets(stale)).isEqualTo(Errors.PRODUCER_FENCED);
    assertThat(commitOffsets(stale, 5)).isEqualTo(Errors.INVALID_PRODUCER_EPOCH);
    for (boolean isCommit : new boolean[] {true, false}) {
      assertThat(end(stale, isCommit, END_WITH_EPOCHS)).isEqualTo(Errors.PRODUCER_FENCED);
      assertThat(end(stale, isCommit, END_WITHOUT_EPOCHS)).isEqualTo(Errors.PRODUCER_FENCED);
      assertThat(end(stale, isCommit, 1)).isEqualTo(Errors.INVALID_PRODUCER_EPOCH);
    }
    assertThat(initError(stale)).isEqualTo(Errors.PRODUCER_FENCED);
    // One that is yet to come is as bad.
    Identity future = current.withEpoch(current.epoch() + 1);
    assertThat(produce(future, PRODUCE_ADDING, 0)).isEqualTo(Errors.INVALID_PRODUCER_EPOCH);
    assertThat(end(future, false, END_WITH_EPOCHS)).isEqualTo(Errors.PRODUCER_FENCED);
    assertThat(appended()).isZero();
    assertThat(clients.state("stale")).isEqualTo("Empty");
  }

  @Test
  void aTransactionIsEndedByItsProducerAlone() throws Exception {
    Identity victim = init(VICTIM);
    Identity other = init("other");
    assertThat(produce(victim, PRODUCE_ADDING, 0)).isEqualTo(Errors.NONE);
    for (Identity thief :
        List.of(
            other.withTransactionalId(VICTIM),
            victim.withProducerId(victim.producerId() + 1_000_000),
            victim.withTransactionalId("nobody"))) {
      for (int version : new int[] {END_WITH_EPOCHS, END_WITHOUT_EPOCHS}) {
        assertThat(end(thief, true, version)).isEqualTo(Errors.INVALID_PRODUCER_ID_MAPPING);
        assertThat(end(thief, false, version)).isEqualTo(Errors.INVALID_PRODUCER_ID_MAPPING);
      }
      assertThat(add(thief, 3, TOPIC)).containsOnlyKeys(Errors.INVALID_PRODUCER_ID_MAPPING);
      assertThat(addOffsets(thief)).isEqualTo(Errors.INVALID_PRODUCER_ID_MAPPING);
    }
    assertThat(end(victim.withTransactionalId(""), true, END_WITH_EPOCHS))
        .isEqualTo(Errors.INVALID_REQUEST);
    assertThat(end(victim.withEpoch(victim.epoch() + 1), false, END_WITH_EPOCHS))
        .isEqualTo(Errors.PRODUCER_FENCED);
    assertThat(clients.state(VICTIM)).isEqualTo("Ongoing");
    assertThat(end(victim, false, END_WITH_EPOCHS)).isEqualTo(Errors.NONE);
    clients.awaitState(VICTIM, "CompleteAbort");
    assertThat(appended()).isEqualTo(2);
  }

  @Test
  void whatHasNotBegunIsNotCommitted() throws Exception {
    Identity idle = init("idle");
    assertThat(end(idle, true, END_WITH_EPOCHS)).isEqualTo(Errors.INVALID_TXN_STATE);
    assertThat(end(idle, true, END_WITHOUT_EPOCHS)).isEqualTo(Errors.INVALID_TXN_STATE);
    assertThat(end(idle, false, END_WITHOUT_EPOCHS)).isEqualTo(Errors.INVALID_TXN_STATE);
    assertThat(clients.state("idle")).isEqualTo("Empty");
    assertThat(appended()).isZero();
  }

  @Test
  void producerIdsThatDoNotFitAreRefused() throws Exception {
    assertThat(initError(new Identity("half", 5, (short) -1))).isEqualTo(Errors.INVALID_REQUEST);
    assertThat(initError(new Identity("half", -1, (short) 5))).isEqualTo(Errors.INVALID_REQUEST);
    assertThat(initError(new Identity("", -1, (short) -1))).isEqualTo(Errors.INVALID_REQUEST);
    assertThat(clients.state("half")).isEmpty();
    Identity one = init("one");
    assertThat(initError(one.withProducerId(77_777_777))).isEqualTo(Errors.PRODUCER_FENCED);
    assertThat(initError(one.withEpoch(7))).isEqualTo(Errors.PRODUCER_FENCED);
  }

  // ---- Batches that are part of nothing

  @Test
  void aBatchWithoutAddedPartitionIsRefused() throws Exception {
    Identity one = init("unverified");
    assertThat(produce(one, PRODUCE_VERIFIED, 0)).isEqualTo(Errors.TRANSACTION_ABORTABLE);
    assertThat(produce(one, 10, 0)).isEqualTo(Errors.INVALID_TXN_STATE);
    clients.groups().createTopic("elsewhere", 1);
    assertThat(add(one, 3, "elsewhere")).containsOnlyKeys(Errors.NONE);
    assertThat(produce(one, PRODUCE_VERIFIED, 0)).isEqualTo(Errors.TRANSACTION_ABORTABLE);
    assertThat(appended()).isZero();
    assertThat(end(one, false, END_WITHOUT_EPOCHS)).isEqualTo(Errors.NONE);
    clients.awaitState("unverified", "CompleteAbort");
    assertThat(produce(one, PRODUCE_VERIFIED, 0)).isEqualTo(Errors.TRANSACTION_ABORTABLE);
    assertThat(appended()).isZero();
  }

  @Test
  void aBatchThatComesAfterItsTransactionIsRefused() throws Exception {
    Identity late = init("too-late");
    assertThat(produce(late, PRODUCE_ADDING, 0)).isEqualTo(Errors.NONE);
    assertThat(end(late, false, END_WITH_EPOCHS)).isEqualTo(Errors.NONE);
    clients.awaitState("too-late", "CompleteAbort");
    assertThat(produce(late, PRODUCE_ADDING, 1)).isEqualTo(Errors.INVALID_PRODUCER_EPOCH);
    assertThat(produce(late, PRODUCE_VERIFIED, 1)).isEqualTo(Errors.INVALID_PRODUCER_EPOCH);
    assertThat(appended()).isEqualTo(2);
  }

  @Test
  void aBatchThatSkipsTheFirstIsRefused() throws Exception {
    Identity one = init("gap");
    assertThat(produce(one, PRODUCE_ADDING, 7)).isEqualTo(Errors.OUT_OF_ORDER_SEQUENCE_NUMBER);
    assertThat(appended()).isZero();
    assertThat(end(one, false, END_WITH_EPOCHS)).isEqualTo(Errors.NONE);
  }

  @Test
  void aTransactionalBatchInARequestWithoutTransactionalIdIsRefused() throws Exception {
    assumeTrue(BrokerKind.UNDER_TEST == BrokerKind.OTTLA, "Kafka takes it for verified");
    Identity one = init("anonymous");
    assertThat(produce(one.withTransactionalId(null), PRODUCE_ADDING, 0))
        .isEqualTo(Errors.TRANSACTIONAL_ID_AUTHORIZATION_FAILED);
    assertThat(appended()).isZero();
  }

  @Test
  void aBatchOfAProducerThatHasAnotherTransactionalIdIsRefused() throws Exception {
    Identity one = init("one-id");
    Identity two = init("another-id");
    assertThat(produce(one.withTransactionalId("another-id"), PRODUCE_ADDING, 0))
        .isEqualTo(Errors.INVALID_PRODUCER_ID_MAPPING);
    assertThat(produce(two.withTransactionalId("no-id"), PRODUCE_ADDING, 0))
        .isEqualTo(Errors.INVALID_PRODUCER_ID_MAPPING);
    assertThat(appended()).isZero();
    assertThat(clients.state("another-id")).isEqualTo("Empty");
  }

  @Test
  void aControlBatchFromAClientIsRefused() throws Exception {
    Identity one = init("control");
    assertThat(produce(one, PRODUCE_ADDING, 0)).isEqualTo(Errors.NONE);
    ByteBuffer marker = batch(one, -1);
    marker.putShort(Batches.ATTRIBUTES, (short) (marker.getShort(Batches.ATTRIBUTES) | 0x20));
    Batches.withChecksum(marker);
    for (int version : new int[] {PRODUCE_VERIFIED, PRODUCE_ADDING}) {
      assertThat(produce("control", marker.duplicate(), version)).isEqualTo(Errors.INVALID_RECORD);
    }
    assertThat(appended()).isEqualTo(1);
    assertThat(clients.state("control")).isEqualTo("Ongoing");
    assertThat(end(one, false, END_WITH_EPOCHS)).isEqualTo(Errors.NONE);
  }

  @Test
  void aPlainBatchOfAProducerInATransactionIsRefused() throws Exception {
    Identity one = init("plain");
    assertThat(produce(one, PRODUCE_ADDING, 0)).isEqualTo(Errors.NONE);
    ByteBuffer plain = batch(one, 1);
    plain.putShort(Batches.ATTRIBUTES, (short) 0);
    assertThat(produce("plain", Batches.withChecksum(plain), PRODUCE_ADDING))
        .isEqualTo(Errors.INVALID_TXN_STATE);
    assertThat(appended()).isEqualTo(1);
    assertThat(end(one, false, END_WITH_EPOCHS)).isEqualTo(Errors.NONE);
  }

  // ---- Too much, and nonsense

  @Test
  void aHundredThousandPartitionsThatAreNotThereAreRefusedAndLeaveNothing() throws Exception {
    Identity greedy = init("greedy");
    // Kafka's own classes need time by the square of this.
    int count = BrokerKind.UNDER_TEST == BrokerKind.OTTLA ? 100_000 : 2_000;
    raw.send(Frames.of(addRequest(greedy, TOPIC, count), 3, 1));
    ByteBuffer answer = raw.receive();
    answer.position(4 + 1 + 4); // correlation id, no tags, throttle time
    assertThat(ByteUtils.readUnsignedVarint(answer)).as("topics").isEqualTo(1 + 1);
    answer.position(answer.position() + 1 + TOPIC.length());
    assertThat(ByteUtils.readUnsignedVarint(answer)).as("partitions").isEqualTo(count + 1);
    Map<Errors, Integer> answers = new EnumMap<>(Errors.class);
    for (int i = 0; i < count; i++) {
      answer.getInt();
      answers.merge(Errors.forCode(answer.getShort()), 1, Integer::sum);
      assertThat(answer.get()).as("tags").isZero();
    }
    assertThat(answers)
        .isEqualTo(
            Map.of(
                Errors.OPERATION_NOT_ATTEMPTED, 1, Errors.UNKNOWN_TOPIC_OR_PARTITION, count - 1));
    assertThat(clients.state("greedy")).isEqualTo("Empty");
    assertThat(appended()).isZero();
  }

  @Test
  void offsetsOfATransactionThatIsNotOnesOwnAreRefused() throws Exception {
    Identity one = init("offsets");
    assertThat(commitOffsets(one, 4)).isEqualTo(Errors.TRANSACTION_ABORTABLE);
    assertThat(commitOffsets(one, 3)).isEqualTo(Errors.INVALID_TXN_STATE);
    assertThat(commitOffsets(one.withTransactionalId("not-there"), 5))
        .isEqualTo(Errors.INVALID_PRODUCER_ID_MAPPING);
    assertThat(clients.state("offsets")).isEqualTo("Empty");
    assertThat(
            clients
                .groups()
                .admin()
                .listConsumerGroupOffsets("bad-group")
                .partitionsToOffsetAndMetadata()
                .get())
        .isEmpty();
  }

  @Test
  void markersForWhatIsNotThereAreRefused() throws Exception {
    WriteTxnMarkersResponseData response =
        Calls.call(
            raw,
            new WriteTxnMarkersRequestData()
                .setMarkers(
                    List.of(
                        new WritableTxnMarker()
                            .setProducerId(1)
                            .setProducerEpoch((short) 0)
                            .setTransactionResult(true)
                            .setTopics(
                                List.of(
                                    new WritableTxnMarkerTopic()
                                        .setName(TOPIC)
                                        .setPartitionIndexes(List.of(1, -1)),
                                    new WritableTxnMarkerTopic()
                                        .setName("not there")
                                        .setPartitionIndexes(List.of(0)))))),
            1,
            WriteTxnMarkersResponseData.class);
    assertThat(response.markers().getFirst().topics())
        .flatExtracting(WriteTxnMarkersResponseData.WritableTxnMarkerTopicResult::partitions)
        .extracting(one -> Errors.forCode(one.errorCode()))
        .containsOnly(Errors.UNKNOWN_TOPIC_OR_PARTITION)
        .hasSize(3);
    assertThat(appended()).isZero();
  }

  @Test
  void anExpressionThatWouldBlowUpDoesNot() throws Exception {
    assumeTrue(BrokerKind.UNDER_TEST == BrokerKind.OTTLA, "Kafka runs out of memory");
    for (String bad : List.of("((a{1,1000}){1,1000}){1,1000}", "(")) {
      assertThat(
              Errors.forCode(
                  Calls.call(
                          raw,
                          new ListTransactionsRequestData().setTransactionalIdPattern(bad),
                          2,
                          ListTransactionsResponseData.class)
                      .errorCode()))
          .isEqualTo(Errors.INVALID_REGULAR_EXPRESSION);
    }
  }

  // ---- Requests

  private Identity init(String transactionalId) throws Exception {
    InitProducerIdResponseData[] answer = new InitProducerIdResponseData[1];
    Await.until(
        "the coordinator of " + transactionalId + " is there",
        TransactionClients.LIMIT,
        () -> {
          answer[0] = init(new Identity(transactionalId, -1, (short) -1));
          return answer[0].errorCode() == 0;
        });
    return new Identity(transactionalId, answer[0].producerId(), answer[0].producerEpoch());
  }

  private InitProducerIdResponseData init(Identity identity) throws Exception {
    return Calls.call(
        raw,
        new InitProducerIdRequestData()
            .setTransactionalId(identity.transactionalId())
            .setTransactionTimeoutMs(60_000)
            .setProducerId(identity.producerId())
            .setProducerEpoch(identity.epoch()),
        5,
        InitProducerIdResponseData.class);
  }

  private Errors initError(Identity identity) throws Exception {
    return Errors.forCode(init(identity).errorCode());
  }

  private static ByteBuffer batch(Identity identity, int sequence) {
    return Batches.changed(
        1,
        batch ->
            batch
                .putShort(Batches.ATTRIBUTES, (short) 0x10)
                .putLong(Batches.PRODUCER_ID, identity.producerId())
                .putShort(Batches.PRODUCER_EPOCH, identity.epoch())
                .putInt(Batches.BASE_SEQUENCE, sequence));
  }

  private Errors produce(Identity identity, int version, int sequence) throws Exception {
    return produce(identity.transactionalId(), batch(identity, sequence), version);
  }

  private Errors produce(String transactionalId, ByteBuffer batch, int version) throws Exception {
    ProduceRequestData request =
        new ProduceRequestData()
            .setTransactionalId(transactionalId)
            .setAcks((short) -1)
            .setTimeoutMs(10_000)
            .setTopicData(
                new TopicProduceDataCollection(
                    List.of(
                            new TopicProduceData()
                                .setName(TOPIC)
                                .setPartitionData(
                                    List.of(
                                        new PartitionProduceData()
                                            .setIndex(0)
                                            .setRecords(MemoryRecords.readableRecords(batch)))))
                        .iterator()));
    return Errors.forCode(
        Calls.call(raw, request, version, ProduceResponseData.class)
            .responses()
            .iterator()
            .next()
            .partitionResponses()
            .getFirst()
            .errorCode());
  }

  /** Adds a topic's first partition; which answer came how often. */
  private Map<Errors, Integer> add(Identity identity, int version, String topic) throws Exception {
    return answers(addRequest(identity, topic, 1), version);
  }

  private static AddPartitionsToTxnRequestData addRequest(
      Identity identity, String topic, int partitions) {
    return new AddPartitionsToTxnRequestData()
        .setV3AndBelowTransactionalId(identity.transactionalId())
        .setV3AndBelowProducerId(identity.producerId())
        .setV3AndBelowProducerEpoch(identity.epoch())
        .setV3AndBelowTopics(
            new AddPartitionsToTxnTopicCollection(
                List.of(
                        new AddPartitionsToTxnTopic()
                            .setName(topic)
                            .setPartitions(IntStream.range(0, partitions).boxed().toList()))
                    .iterator()));
  }

  private Map<Errors, Integer> answers(AddPartitionsToTxnRequestData request, int version)
      throws Exception {
    Map<Errors, Integer> answers = new EnumMap<>(Errors.class);
    Calls.call(raw, request, version, AddPartitionsToTxnResponseData.class)
        .resultsByTopicV3AndBelow()
        .forEach(
            result ->
                result
                    .resultsByPartition()
                    .forEach(
                        one ->
                            answers.merge(
                                Errors.forCode(one.partitionErrorCode()), 1, Integer::sum)));
    return answers;
  }

  private Errors addOffsets(Identity identity) throws Exception {
    return Errors.forCode(
        Calls.call(
                raw,
                new AddOffsetsToTxnRequestData()
                    .setTransactionalId(identity.transactionalId())
                    .setProducerId(identity.producerId())
                    .setProducerEpoch(identity.epoch())
                    .setGroupId("bad-group"),
                3,
                AddOffsetsToTxnResponseData.class)
            .errorCode());
  }

  private Errors commitOffsets(Identity identity, int version) throws Exception {
    Errors[] error = new Errors[1];
    Await.until(
        "the group's coordinator is there",
        TransactionClients.LIMIT,
        () -> {
          error[0] = commitOffsetsOnce(identity, version);
          return error[0] != Errors.NOT_COORDINATOR
              && error[0] != Errors.COORDINATOR_NOT_AVAILABLE
              && error[0] != Errors.COORDINATOR_LOAD_IN_PROGRESS;
        });
    return error[0];
  }

  private Errors commitOffsetsOnce(Identity identity, int version) throws Exception {
    return Errors.forCode(
        Calls.call(
                raw,
                new TxnOffsetCommitRequestData()
                    .setTransactionalId(identity.transactionalId())
                    .setProducerId(identity.producerId())
                    .setProducerEpoch(identity.epoch())
                    .setGroupId("bad-group")
                    .setTopics(
                        List.of(
                            new TxnOffsetCommitRequestTopic()
                                .setName(TOPIC)
                                .setPartitions(
                                    List.of(
                                        new TxnOffsetCommitRequestPartition()
                                            .setPartitionIndex(0)
                                            .setCommittedOffset(1))))),
                version,
                TxnOffsetCommitResponseData.class)
            .topics()
            .getFirst()
            .partitions()
            .getFirst()
            .errorCode());
  }

  private Errors end(Identity identity, boolean isCommit, int version) throws Exception {
    return Errors.forCode(
        Calls.call(
                raw,
                new EndTxnRequestData()
                    .setTransactionalId(identity.transactionalId())
                    .setProducerId(identity.producerId())
                    .setProducerEpoch(identity.epoch())
                    .setCommitted(isCommit),
                version,
                EndTxnResponseData.class)
            .errorCode());
  }
}
