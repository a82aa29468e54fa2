package io.ottla.compat;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.compat.broker.BrokerProcess;
import io.ottla.compat.broker.Brokers;
import io.ottla.compat.wire.Batches;
import io.ottla.compat.wire.Frames;
import io.ottla.compat.wire.RawConnection;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.kafka.common.message.CreateTopicsResponseData;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataRequestData.MetadataRequestTopic;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.message.ProduceResponseData.PartitionProduceResponse;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What no client sends. After each of these a connection that was there before still answers, a
 * producer and a consumer that were there before still work, and the broker, which has a small heap
 * and ends when that is exhausted, has not grown.
 */
class BadInputIT {
  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final long MAY_GROW_BYTES = 200L << 20;
  private static final int MAX_REQUEST_BYTES = 32 << 20;
  private static final short PRODUCE_VERSION = 8;
  private static final String NORMAL = "normal";
  private static final String ATTACKED = "attacked";

  @RegisterExtension static final Brokers BROKERS = new Brokers();

  private static BrokerProcess broker;
  private static RawConnection bystander;
  private static KafkaProducer<String, String> producer;
  private static KafkaConsumer<String, String> consumer;
  private static long residentBytesBefore;
  private static int sent;

  @BeforeAll
  static void startBroker() throws Exception {
    broker =
        BROKERS.start(
            BROKERS
                .config()
                .withHeap(
                    "-Xms192m",
                    "-Xmx192m",
                    "-XX:+AlwaysPreTouch",
                    "-XX:+ExitOnOutOfMemoryError",
                    "-Dio.netty.leakDetection.level=paranoid")
                .with("log.cleaner.dedupe.buffer.size", Integer.toString(4 << 20))
                .with("socket.request.max.bytes", Integer.toString(MAX_REQUEST_BYTES))
                .with("queued.max.request.bytes", Integer.toString(MAX_REQUEST_BYTES)));
    Map<String, Object> server = Map.of("bootstrap.servers", broker.bootstrapServers());
    try (Admin admin = Admin.create(server)) {
      admin
          .createTopics(
              List.of(new NewTopic(NORMAL, 1, (short) 1), new NewTopic(ATTACKED, 4, (short) 1)))
          .all()
          .get();
      for (int partition = 0; partition < 4; partition++) {
        admin
            .listOffsets(Map.of(new TopicPartition(ATTACKED, partition), OffsetSpec.latest()))
            .all()
            .get();
      }
      admin.listOffsets(Map.of(new TopicPartition(NORMAL, 0), OffsetSpec.latest())).all().get();
    }
    bystander = RawConnection.to(broker.port());
    producer = new KafkaProducer<>(server, new StringSerializer(), new StringSerializer());
    consumer = new KafkaConsumer<>(server, new StringDeserializer(), new StringDeserializer());
    consumer.assign(List.of(new TopicPartition(NORMAL, 0)));
    consumer.seekToBeginning(consumer.assignment());
    for (int i = 0; i < 20; i++) {
      checkThatClientsWork();
    }
    residentBytesBefore = broker.residentBytes();
  }

  @AfterEach
  void checkThatNobodyNoticed() throws Exception {
    assertThat(broker.isAlive()).isTrue();
    assertThat(bystander.answersApiVersions()).as("a connection made before").isTrue();
    checkThatClientsWork();
    assertThat(broker.residentBytes() - residentBytesBefore)
        .as("growth of the broker")
        .isLessThan(MAY_GROW_BYTES);
  }

  @AfterAll
  static void closeClients() throws IOException {
    consumer.close();
    producer.close();
    bystander.close();
  }

  private static void checkThatClientsWork() throws Exception {
    String value = "value " + sent;
    RecordMetadata metadata =
        producer.send(new ProducerRecord<>(NORMAL, 0, null, value)).get(20, TimeUnit.SECONDS);
    assertThat(metadata.offset()).isEqualTo(sent++);
    List<ConsumerRecord<String, String>> records = new ArrayList<>();
    Await.until(
        "the record is read",
        LIMIT,
        () -> {
          consumer.poll(Duration.ofMillis(100)).forEach(records::add);
          return !records.isEmpty();
        });
    assertThat(records).singleElement().satisfies(r -> assertThat(r.value()).isEqualTo(value));
  }

  // ---- Frames

  static Stream<Named<byte[]>> garbage() {
    byte[] random = new byte[4_000];
    new Random(3).nextBytes(random);
    random[0] = (byte) 0x80; // a negative length
    return Stream.of(
        Named.of("random bytes", random),
        Named.of(
            "an HTTP request",
            "GET / HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(StandardCharsets.US_ASCII)),
        Named.of("a TLS client hello", new byte[] {22, 3, 1, 2, 0, 1, 0, 1, (byte) 0xfc, 3, 3}),
        Named.of("a length of -1", intBytes(-1)),
        Named.of("a length of 0", intBytes(0)),
        Named.of("a length of 3 and what it announces", new byte[] {0, 0, 0, 3, 0, 18, 0}),
        Named.of("a length of 2 GiB less one", intBytes(Integer.MAX_VALUE)),
        Named.of("a length just above socket.request.max.bytes", intBytes(MAX_REQUEST_BYTES + 1)),
        Named.of("an unknown api key", Frames.headerOnly(999, 0, 1)),
        Named.of("a negative api key", Frames.headerOnly(-7, 0, 1)),
        Named.of("an api key that is gone", Frames.headerOnly(4, 1, 1)),
        Named.of("a version of Metadata to come", Frames.headerOnly(ApiKeys.METADATA.id, 99, 1)),
        Named.of("a version of Produce that is gone", Frames.headerOnly(ApiKeys.PRODUCE.id, 1, 1)),
        Named.of("a negative version", Frames.headerOnly(ApiKeys.METADATA.id, -1, 1)),
        Named.of("a header without its body", Frames.headerOnly(ApiKeys.METADATA.id, 8, 1)),
        Named.of("an array longer than its frame", endless(ApiKeys.METADATA, 8, Integer.MAX_VALUE)),
        Named.of("an array of a negative length", endless(ApiKeys.OFFSET_COMMIT, 2, -5)),
        Named.of("a client id longer than its frame", longClientId()));
  }

  private static byte[] intBytes(int value) {
    return ByteBuffer.allocate(4).putInt(value).array();
  }

  /** A header and an array's length, and a few bytes that are not that many elements. */
  private static byte[] endless(ApiKeys api, int version, int count) {
    byte[] header = Frames.headerOnly(api.id, version, 1);
    ByteBuffer frame = ByteBuffer.allocate(header.length + 4 + 20).put(header);
    if (api == ApiKeys.OFFSET_COMMIT) {
      frame.putShort((short) 1).put((byte) 'g').putInt(1).putShort((short) 0).putLong(0);
    }
    frame.putInt(count);
    return frame.putInt(0, frame.capacity() - 4).array();
  }

  private static byte[] longClientId() {
    byte[] frame = Frames.headerOnly(ApiKeys.METADATA.id, 8, 1);
    ByteBuffer.wrap(frame).putShort(12, Short.MAX_VALUE);
    return frame;
  }

  @ParameterizedTest
  @MethodSource("garbage")
  void closesTheConnectionThatSends(byte[] bytes) throws Exception {
    try (RawConnection connection = RawConnection.to(broker.port())) {
      connection.send(bytes);
      assertThat(connection.isClosedByBroker(LIMIT)).as("closed").isTrue();
    }
  }

  @Test
  void forgetsAConnectionThatEndsInTheMiddleOfAFrame() throws Exception {
    byte[] frame = Frames.apiVersions(0, 1);
    for (int cut = 1; cut < frame.length; cut++) {
      try (RawConnection connection = RawConnection.to(broker.port())) {
        connection.send(Arrays.copyOf(frame, cut));
        connection.finishSending();
        assertThat(connection.isClosedByBroker(LIMIT)).as("closed after %d bytes", cut).isTrue();
      }
      RawConnection connection = RawConnection.to(broker.port());
      connection.send(Arrays.copyOf(frame, cut));
      connection.reset();
    }
  }

  @Test
  void answersAFrameThatComesByteByByte() throws Exception {
    try (RawConnection connection = RawConnection.to(broker.port())) {
      for (byte one : Frames.apiVersions(0, 5)) {
        connection.send(one);
      }
      assertThat(connection.receive().getInt()).isEqualTo(5);
    }
  }

  @Test
  void answersApiVersionsOfAVersionToComeInVersionZero() throws Exception {
    try (RawConnection connection = RawConnection.to(broker.port())) {
      connection.send(Frames.apiVersionsToCome(99, 42));
      ByteBuffer answer = connection.receive();
      assertThat(answer.getInt()).as("correlation id").isEqualTo(42);
      ApiVersionsResponseData data =
          new ApiVersionsResponseData(new ByteBufferAccessor(answer), (short) 0);
      assertThat(data.errorCode()).isEqualTo(Errors.UNSUPPORTED_VERSION.code());
      assertThat(answer.remaining()).as("bytes left over").isZero();
      assertThat(data.apiKeys().find(ApiKeys.API_VERSIONS.id).maxVersion())
          .isGreaterThanOrEqualTo((short) 3);
      assertThat(connection.answersApiVersions()).as("the same connection goes on").isTrue();
    }
  }

  @Test
  void doesNotSetMemoryAsideForFramesThatAreOnlyAnnounced() throws Exception {
    List<RawConnection> connections = new ArrayList<>();
    try {
      for (int i = 0; i < 100; i++) {
        RawConnection connection = RawConnection.to(broker.port());
        connections.add(connection);
        connection.send(intBytes(MAX_REQUEST_BYTES));
        connection.send(new byte[20_000]);
      }
      long untilNs = System.nanoTime() + Duration.ofSeconds(1).toNanos();
      do {
        assertThat(broker.residentBytes() - residentBytesBefore).isLessThan(MAY_GROW_BYTES);
        LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
      } while (System.nanoTime() - untilNs < 0);
    } finally {
      for (RawConnection connection : connections) {
        connection.close();
      }
    }
  }

  @Test
  void servesOthersWhileManyConnectionsHaveSentHalfAHeader() throws Exception {
    List<RawConnection> connections = new ArrayList<>();
    try {
      for (int i = 0; i < 300; i++) {
        RawConnection connection = RawConnection.to(broker.port());
        connections.add(connection);
        connection.send((byte) 0, (byte) 0, (byte) 0, (byte) 30, (byte) 0, (byte) 18);
      }
      checkThatClientsWork();
      assertThat(RawConnection.answersApiVersions(broker.port())).as("a new connection").isTrue();
    } finally {
      for (RawConnection connection : connections) {
        connection.reset();
      }
    }
  }

  @Test
  void waitsWithFurtherRequestsWhileNobodyReadsTheAnswers() throws Exception {
    int requests = 20_000;
    int portion = 100;
    try (RawConnection connection = RawConnection.to(broker.port())) {
      CompletableFuture<Void> sender =
          CompletableFuture.runAsync(
              () -> {
                for (int first = 0; first < requests; first += portion) {
                  ByteBuffer frames = ByteBuffer.allocate(portion * 64);
                  for (int i = first; i < first + portion; i++) {
                    frames.put(Frames.of(new MetadataRequestData().setTopics(null), 8, i));
                  }
                  try {
                    connection.send(frames.flip());
                  } catch (IOException e) {
                    throw new UncheckedIOException(e);
                  }
                }
              });
      checkThatClientsWork();
      assertThat(broker.residentBytes() - residentBytesBefore).isLessThan(MAY_GROW_BYTES);
      for (int i = 0; i < requests; i++) {
        assertThat(connection.receive().getInt()).as("correlation id").isEqualTo(i);
      }
      sender.get(20, TimeUnit.SECONDS);
    }
  }

  // ---- Batches

  static Stream<Named<ByteBuffer>> badBatches() {
    ByteBuffer wrongChecksum = Batches.good(3);
    wrongChecksum.put(wrongChecksum.limit() - 3, (byte) 'X');
    ByteBuffer twoBatches = ByteBuffer.allocate(2 * Batches.good(3).remaining());
    twoBatches.put(Batches.good(3)).put(Batches.good(3)).flip();
    return Stream.of(
        Named.of("a wrong checksum", wrongChecksum),
        changed("more records than there are", b -> b.putInt(Batches.RECORD_COUNT, 4)),
        changed("fewer records than there are", b -> b.putInt(Batches.RECORD_COUNT, 2)),
        changed("no records", b -> b.putInt(Batches.RECORD_COUNT, 0)),
        changed("a negative number of records", b -> b.putInt(Batches.RECORD_COUNT, -2)),
        changed(
            "two billion records",
            b ->
                b.putInt(Batches.RECORD_COUNT, Integer.MAX_VALUE)
                    .putInt(Batches.LAST_OFFSET_DELTA, Integer.MAX_VALUE - 1)),
        changed("a last offset that does not fit", b -> b.putInt(Batches.LAST_OFFSET_DELTA, 7)),
        changed("a negative last offset", b -> b.putInt(Batches.LAST_OFFSET_DELTA, -1)),
        changed("a length beyond its end", b -> b.putInt(Batches.LENGTH, b.limit())),
        changed("a length before its end", b -> b.putInt(Batches.LENGTH, b.limit() - 20)),
        changed("a negative length", b -> b.putInt(Batches.LENGTH, -1)),
        changed("a length less than a header", b -> b.putInt(Batches.LENGTH, 10)),
        changed("magic 0", b -> b.put(Batches.MAGIC, (byte) 0)),
        changed("magic 1", b -> b.put(Batches.MAGIC, (byte) 1)),
        changed("magic 3", b -> b.put(Batches.MAGIC, (byte) 3)),
        changed("a codec there is not", b -> b.putShort(Batches.ATTRIBUTES, (short) 6)),
        changed("gzip that is none", b -> b.putShort(Batches.ATTRIBUTES, (short) 1)),
        changed("snappy that is none", b -> b.putShort(Batches.ATTRIBUTES, (short) 2)),
        changed("lz4 that is none", b -> b.putShort(Batches.ATTRIBUTES, (short) 3)),
        changed("zstd that is none", b -> b.putShort(Batches.ATTRIBUTES, (short) 4)),
        changed("the mark of a control batch", b -> b.putShort(Batches.ATTRIBUTES, (short) 0x20)),
        changed("a record that is longer than the batch", b -> b.put(Batches.RECORDS, (byte) 0x7e)),
        changed(
            "a record of a length that has no end",
            b -> b.putLong(Batches.RECORDS, -1).putInt(Batches.RECORDS + 8, -1)),
        changed("a key longer than its record", b -> b.put(Batches.RECORDS + 4, (byte) 0x7c)),
        changed(
            "a sequence that does not begin at 0 for a producer id nobody gave",
            b ->
                b.putLong(Batches.PRODUCER_ID, 77)
                    .putShort(Batches.PRODUCER_EPOCH, (short) 0)
                    .putInt(Batches.BASE_SEQUENCE, -1)),
        Named.of("two batches", twoBatches),
        Named.of("nothing", ByteBuffer.allocate(0)),
        Named.of("half a header", Batches.good(1).limit(30)));
  }

  private static Named<ByteBuffer> changed(String what, Consumer<ByteBuffer> change) {
    return Named.of(what, Batches.changed(3, change));
  }

  @ParameterizedTest
  @MethodSource("badBatches")
  void refusesABatchWith(ByteBuffer batch) throws Exception {
    try (RawConnection connection = RawConnection.to(broker.port())) {
      long end = endOffset(connection, 0);
      connection.send(produce(Map.of(0, batch)));
      List<PartitionProduceResponse> answers = answersOrClosed(connection);
      if (answers != null) {
        assertThat(answers.get(0).errorCode()).as("%s", answers).isNotZero();
      }
      assertThat(endOffset(bystander, 0)).as("end offset").isEqualTo(end);
    }
  }

  @Test
  void takesTheGoodBatchesOfARequestThatHasABadOne() throws Exception {
    ByteBuffer bad = Batches.good(3);
    bad.put(bad.limit() - 3, (byte) 'X');
    try (RawConnection connection = RawConnection.to(broker.port())) {
      long end = endOffset(connection, 2);
      connection.send(produce(Map.of(1, bad, 2, Batches.good(5))));
      for (PartitionProduceResponse answer : answersOrClosed(connection)) {
        assertThat(Errors.forCode(answer.errorCode()))
            .isEqualTo(answer.index() == 1 ? Errors.CORRUPT_MESSAGE : Errors.NONE);
      }
      assertThat(endOffset(connection, 2)).isEqualTo(end + 5);
    }
  }

  @ParameterizedTest
  @CsvSource({"GZIP, 300", "SNAPPY, 15", "LZ4, 150", "ZSTD, 1000"})
  void survivesARecordThatUnpacksTo(CompressionType codec, int megabytes) throws Exception {
    ByteBuffer bomb = Batches.bomb(codec, megabytes << 20);
    assertThat(bomb.remaining()).as("bytes to send").isLessThan(1_048_588);
    try (RawConnection connection = RawConnection.to(broker.port())) {
      connection.send(produce(Map.of(3, bomb)));
      answersOrClosed(connection); // taken or not
    }
  }

  @ParameterizedTest
  @EnumSource(CompressionType.class)
  void survivesAHundredThousandEmptyRecords(CompressionType codec) throws Exception {
    ByteBuffer batch = Batches.empties(codec, 100_000);
    try (RawConnection connection = RawConnection.to(broker.port())) {
      connection.send(produce(Map.of(3, batch)));
      assertThat(answersOrClosed(connection)).isNotNull();
    }
  }

  private static byte[] produce(Map<Integer, ByteBuffer> batches) {
    TopicProduceData topic = new TopicProduceData().setName(ATTACKED);
    batches.forEach(
        (partition, batch) ->
            topic
                .partitionData()
                .add(
                    new PartitionProduceData()
                        .setIndex(partition)
                        .setRecords(MemoryRecords.readableRecords(batch.duplicate()))));
    return Frames.of(produceRequest(List.of(topic)), PRODUCE_VERSION, 9);
  }

  private static ProduceRequestData produceRequest(List<TopicProduceData> topics) {
    return new ProduceRequestData()
        .setAcks((short) -1)
        .setTimeoutMs(10_000)
        .setTopicData(new ProduceRequestData.TopicProduceDataCollection(topics.iterator()));
  }

  /** The answers for the partitions, or null if the broker closed the connection. */
  private static List<PartitionProduceResponse> answersOrClosed(RawConnection connection)
      throws IOException {
    try {
      ByteBuffer answer = connection.receive();
      assertThat(answer.getInt()).isEqualTo(9);
      List<PartitionProduceResponse> answers = new ArrayList<>();
      new ProduceResponseData(new ByteBufferAccessor(answer), PRODUCE_VERSION)
          .responses()
          .forEach(topic -> answers.addAll(topic.partitionResponses()));
      return answers;
    } catch (EOFException | SocketException closed) {
      return null;
    }
  }

  private static long endOffset(RawConnection connection, int partition) throws IOException {
    FetchTopic topic =
        new FetchTopic()
            .setTopic(ATTACKED)
            .setPartitions(List.of(new FetchPartition().setPartition(partition)));
    connection.send(
        Frames.of(new FetchRequestData().setMaxBytes(1).setTopics(List.of(topic)), 11, 3));
    ByteBuffer answer = connection.receive();
    assertThat(answer.getInt()).isEqualTo(3);
    return new FetchResponseData(new ByteBufferAccessor(answer), (short) 11)
        .responses()
        .get(0)
        .partitions()
        .get(0)
        .highWatermark();
  }

  // ---- Requests

  @Test
  void answersMetadataForTenThousandTopicsThereAreNot() throws Exception {
    MetadataRequestData request = new MetadataRequestData().setAllowAutoTopicCreation(false);
    names().forEach(name -> request.topics().add(new MetadataRequestTopic().setName(name)));
    try (RawConnection connection = RawConnection.to(broker.port())) {
      connection.send(Frames.of(request, 8, 1));
      ByteBuffer answer = connection.receive();
      assertThat(answer.getInt()).isEqualTo(1);
      assertThat(new MetadataResponseData(new ByteBufferAccessor(answer), (short) 8).topics())
          .hasSize(10_000)
          .allMatch(topic -> topic.errorCode() == Errors.UNKNOWN_TOPIC_OR_PARTITION.code());
    }
  }

  @Test
  void answersAProduceRequestToTenThousandTopicsThereAreNot() throws Exception {
    List<TopicProduceData> topics =
        names()
            .map(
                name ->
                    new TopicProduceData()
                        .setName(name)
                        .setPartitionData(
                            List.of(
                                new PartitionProduceData()
                                    .setRecords(MemoryRecords.readableRecords(Batches.good(1))))))
            .toList();
    try (RawConnection connection = RawConnection.to(broker.port())) {
      connection.send(Frames.of(produceRequest(topics), PRODUCE_VERSION, 9));
      assertThat(answersOrClosed(connection))
          .hasSize(10_000)
          .allMatch(answer -> answer.errorCode() == Errors.UNKNOWN_TOPIC_OR_PARTITION.code());
    }
  }

  @Test
  void answersAFetchOfTenThousandTopicsThereAreNot() throws Exception {
    List<FetchTopic> topics =
        names()
            .map(
                name ->
                    new FetchTopic().setTopic(name).setPartitions(List.of(new FetchPartition())))
            .toList();
    try (RawConnection connection = RawConnection.to(broker.port())) {
      connection.send(Frames.of(new FetchRequestData().setTopics(topics), 11, 1));
      ByteBuffer answer = connection.receive();
      assertThat(answer.getInt()).isEqualTo(1);
      assertThat(new FetchResponseData(new ByteBufferAccessor(answer), (short) 11).responses())
          .hasSize(10_000);
    }
  }

  private static Stream<String> names() {
    return IntStream.range(0, 10_000).mapToObj(i -> "no-such-topic-" + i);
  }

  static Stream<String> illegalNames() {
    return Stream.of(
        "",
        ".",
        "..",
        "../../escaped",
        "/tmp/escaped",
        "a".repeat(250),
        "nul\0byte",
        "line\r\nbreak",
        "blank here",
        "smile\uD83D\uDE00",
        "\u202Eright to left",
        "colon:",
        "percent%");
  }

  @ParameterizedTest
  @MethodSource("illegalNames")
  void refusesToCreateATopicNamed(String name) throws Exception {
    CreateTopicsRequestData create = new CreateTopicsRequestData().setTimeoutMs(10_000);
    create
        .topics()
        .add(
            new CreatableTopic().setName(name).setNumPartitions(1).setReplicationFactor((short) 1));
    try (RawConnection connection = RawConnection.to(broker.port())) {
      connection.send(Frames.of(create, 4, 1));
      ByteBuffer answer = connection.receive();
      assertThat(answer.getInt()).isEqualTo(1);
      CreateTopicsResponseData created =
          new CreateTopicsResponseData(new ByteBufferAccessor(answer), (short) 4);
      assertThat(Errors.forCode(created.topics().iterator().next().errorCode()))
          .isEqualTo(Errors.INVALID_TOPIC_EXCEPTION);

      MetadataRequestData metadata = new MetadataRequestData().setAllowAutoTopicCreation(true);
      metadata.topics().add(new MetadataRequestTopic().setName(name));
      connection.send(Frames.of(metadata, 8, 2));
      answer = connection.receive();
      assertThat(answer.getInt()).isEqualTo(2);
      assertThat(
              Errors.forCode(
                  new MetadataResponseData(new ByteBufferAccessor(answer), (short) 8)
                      .topics()
                      .iterator()
                      .next()
                      .errorCode()))
          .isIn(Errors.INVALID_TOPIC_EXCEPTION, Errors.UNKNOWN_TOPIC_OR_PARTITION);
    }
    try (Stream<Path> files = Files.walk(broker.config().directory())) {
      assertThat(files.map(path -> path.getFileName().toString()))
          .noneMatch(file -> file.contains("escaped"));
    }
    assertThat(Path.of("/tmp/escaped-0")).doesNotExist();
  }

  @Test
  void closesTheConnectionThatSendsARequestCutShortAtAnyByte() throws Exception {
    // The frame is whole and says so; what is in it is not.
    MetadataRequestData request = new MetadataRequestData();
    request.topics().add(new MetadataRequestTopic().setName(ATTACKED));
    request.topics().add(new MetadataRequestTopic().setName(NORMAL));
    byte[] frame = Frames.of(request, 8, 1);
    for (int cut = 5; cut < frame.length; cut++) {
      byte[] shorter = Arrays.copyOf(frame, cut);
      ByteBuffer.wrap(shorter).putInt(0, cut - 4);
      try (RawConnection connection = RawConnection.to(broker.port())) {
        connection.send(shorter);
        assertThat(connection.isClosedByBroker(LIMIT)).as("closed, cut at %d", cut).isTrue();
      }
    }
  }
}
