package io.ottla.broker.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.FileRegion;
import io.netty.channel.embedded.EmbeddedChannel;
import io.ottla.broker.api.HandlerTable;
import io.ottla.broker.fetch.FetchHandler;
import io.ottla.broker.fetch.FetchSessions;
import io.ottla.broker.fetch.ReadAhead;
import io.ottla.broker.produce.ProduceHandler;
import io.ottla.broker.replica.HostedPartitions;
import io.ottla.broker.replica.ReplicaSelection;
import io.ottla.broker.transaction.TransactionJoins;
import io.ottla.log.LogSlice;
import io.ottla.log.TransactionMarker;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.replication.Partition;
import io.ottla.replication.PartitionTransactions;
import io.ottla.replication.ReplicationQuota;
import io.ottla.replication.TestReplicas;
import io.ottla.runtime.Clock;
import io.ottla.runtime.ManualClock;
import io.ottla.runtime.ManualShard;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.BufferRecords;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.ProtocolReader;
import io.ottla.wire.ProtocolWriter;
import io.ottla.wire.TopicPartition;
import io.ottla.wire.message.FetchRequest;
import io.ottla.wire.message.FetchResponse;
import io.ottla.wire.message.ProduceRequest;
import io.ottla.wire.message.ProduceResponse;
import io.ottla.wire.message.RequestHeader;
import io.ottla.wire.message.ResponseHeader;
import io.ottla.wire.record.BatchHeader;
import io.ottla.wire.record.Compression;
import io.ottla.wire.record.RecordBatch;
import io.ottla.wire.record.RecordBatchBuilder;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Produce and fetch from the bytes of a frame to the bytes of the answer, with one turned shard.
 */
class PipelineTest {

  private static final short PRODUCE = 13;
  private static final short FETCH = 18;

  @TempDir Path directory;

  private final BrittleClock clock = new BrittleClock();
  private final ManualShard shard = new ManualShard(clock);
  private final ReplicationQuota quota = new ReplicationQuota(clock, 11, 1);
  private final RequestMemory memory = new RequestMemory(0);
  private final List<Runnable> workers = new ArrayList<>();
  private final List<Runnable> reads = new ArrayList<>();
  private final List<Question> questions = new ArrayList<>();
  private final TransactionJoins transactions =
      (ask, transactionalId, producerId, epoch, partitions) -> {
        Question question =
            new Question(ask, transactionalId, partitions, new CompletableFuture<>());
        questions.add(question);
        return question.answer;
      };

  /** What a coordinator of transactions was asked. */
  private record Question(
      TransactionJoins.Ask ask,
      String transactionalId,
      Set<TopicPartition> partitions,
      CompletableFuture<Map<TopicPartition, ErrorCode>> answer) {

    void answer(ErrorCode error) {
      answer.complete(
          partitions.stream().collect(Collectors.toMap(Function.identity(), _ -> error)));
    }
  }

  private TestReplicas replicas;
  private EmbeddedChannel channel;
  private int nextCorrelationId;

  @BeforeEach
  void open() {
    replicas = new TestReplicas(directory, shard, clock, 2);
    channel =
        new EmbeddedChannel() {
          @Override
          protected SocketAddress remoteAddress0() {
            return new InetSocketAddress("127.0.0.1", 40_000);
          }
        };
    HostedPartitions hosted =
        new HostedPartitions(replicas.partitions(), () -> MetadataImage.empty("cluster"));
    HandlerTable table =
        new HandlerTable(
            List.of(
                new ProduceHandler(hosted, transactions, workers::add, clock),
                new FetchHandler(
                    hosted,
                    ReplicaSelection.LEADER,
                    quota,
                    new FetchSessions(10, new Random(1)::nextInt),
                    new ReadAhead(reads::add, clock),
                    clock,
                    Integer.MAX_VALUE)));
    Connection connection =
        new Connection(
            channel,
            "PLAINTEXT",
            10_000_000,
            memory,
            new ReceiveBuffers(),
            new RequestDecoder(table),
            new ResponseEncoder(false, UnsentSlices.IGNORED));
    channel.pipeline().addLast(connection.frameDecoder(), connection);
  }

  @AfterEach
  void close() {
    channel.close();
    turn();
    assertThat(memory.usedBytes()).as("request memory given back").isZero();
    replicas.close();
  }

  private void turn() {
    shard.turn();
    channel.runPendingTasks();
  }

  private void runWorkers() {
    List<Runnable> now = List.copyOf(workers);
    workers.clear();
    now.forEach(Runnable::run);
    channel.runPendingTasks();
  }

  private void send(ApiKey api, ApiMessage body, short version) {
    RequestHeader header =
        new RequestHeader()
            .requestApiKey(api.id())
            .requestApiVersion(version)
            .correlationId(nextCorrelationId++)
            .clientId("test");
    short headerVersion = api.requestHeaderVersion(version);
    int size = header.size(headerVersion) + body.size(version);
    ByteBuf out = Unpooled.buffer().writeInt(size);
    ProtocolWriter writer = new ProtocolWriter(out);
    header.write(writer, headerVersion);
    body.write(writer, version);
    channel.writeInbound(out);
  }

  /** All bytes the channel has sent so far. */
  private ByteBuf sent() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (Object part = channel.readOutbound(); part != null; part = channel.readOutbound()) {
      try {
        if (part instanceof FileRegion region) {
          while (region.transferred() < region.count()) {
            region.transferTo(Channels.newChannel(bytes), region.transferred());
          }
          region.release();
        } else {
          ByteBuf buffer = (ByteBuf) part;
          bytes.writeBytes(ByteBufUtil.getBytes(buffer));
          buffer.release();
        }
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }
    return Unpooled.wrappedBuffer(bytes.toByteArray());
  }

  private static int read(ByteBuf from, ApiMessage into, ApiKey api, short version) {
    int size = from.readInt();
    ByteBuf frame = from.readSlice(size);
    ProtocolReader reader = new ProtocolReader(frame);
    ResponseHeader header = new ResponseHeader();
    header.read(reader, api.responseHeaderVersion(version));
    into.read(reader, version);
    assertThat(reader.remaining()).isZero();
    return header.correlationId();
  }

  private ProduceResponse.PartitionProduceResponse produced(ByteBuf from, int partition) {
    ProduceResponse response = new ProduceResponse();
    int unused = read(from, response, ApiKey.PRODUCE, PRODUCE);
    return response.responses().get(0).partitionResponses().get(partition);
  }

  private FetchResponse.PartitionData fetched(ByteBuf from) {
    FetchResponse response = new FetchResponse();
    int unused = read(from, response, ApiKey.FETCH, FETCH);
    return response.responses().get(0).partitions().get(0);
  }

  private static ByteBuf batch(Compression compression, String... values) {
    return batch(compression, -1, -1, values);
  }

  private static ByteBuf batch(
      Compression compression, long producerId, int sequence, String... values) {
    try (RecordBatchBuilder builder = new RecordBatchBuilder(Unpooled.buffer())) {
      builder.compression(compression);
      if (producerId >= 0) {
        builder.producer(producerId, (short) 0, sequence);
      }
      for (String value : values) {
        builder.append(1_000L, (byte[]) null, value.getBytes(StandardCharsets.UTF_8));
      }
      return builder.build();
    }
  }

  private static ByteBuf transactional(int sequence, String value) {
    try (RecordBatchBuilder builder = new RecordBatchBuilder(Unpooled.buffer())) {
      return builder
          .producer(7, (short) 0, sequence)
          .transactional(true)
          .append(1_000L, (byte[]) null, value.getBytes(StandardCharsets.UTF_8))
          .build();
    }
  }

  private void produce(int acks, ByteBuf... batches) {
    produce(null, acks, batches);
  }

  private void produce(String transactionalId, int acks, ByteBuf... batches) {
    ProduceRequest.TopicProduceData topic =
        new ProduceRequest.TopicProduceData().topicId(TestReplicas.TOPIC_ID);
    for (int i = 0; i < batches.length; i++) {
      topic
          .partitionData()
          .add(
              new ProduceRequest.PartitionProduceData()
                  .index(i)
                  .records(new BufferRecords(batches[i])));
    }
    ProduceRequest request =
        new ProduceRequest().transactionalId(transactionalId).acks((short) acks).timeoutMs(1_000);
    request.topicData().add(topic);
    send(ApiKey.PRODUCE, request, PRODUCE);
  }

  private void fetch(long offset, int minBytes, int maxWaitMs) {
    FetchRequest.FetchTopic topic = new FetchRequest.FetchTopic().topicId(TestReplicas.TOPIC_ID);
    topic
        .partitions()
        .add(
            new FetchRequest.FetchPartition()
                .partition(0)
                .fetchOffset(offset)
                .partitionMaxBytes(1_000_000));
    FetchRequest request =
        new FetchRequest().minBytes(minBytes).maxWaitMs(maxWaitMs).maxBytes(10_000_000);
    request.topics().add(topic);
    send(ApiKey.FETCH, request, FETCH);
  }

  @Test
  void servesTheBytesThatWereProduced() {
    ByteBuf batch = batch(Compression.NONE, "a", "b");
    byte[] body =
        ByteBufUtil.getBytes(batch, BatchHeader.MAGIC, batch.readableBytes() - BatchHeader.MAGIC);
    produce(-1, batch);
    turn();
    assertThat(produced(sent(), 0).baseOffset()).isZero();

    fetch(0, 1, 0);

    ByteBuf records = ((BufferRecords) fetched(sent()).records()).buffer();
    assertThat(
            ByteBufUtil.getBytes(records, records.readerIndex() + BatchHeader.MAGIC, body.length))
        .isEqualTo(body);
  }

  @Test
  void answersAcksAllNotBeforeTheEndOfTheShardsBatch() {
    produce(-1, batch(Compression.NONE, "a"));
    channel.runPendingTasks();
    assertThat(sent().isReadable()).isFalse();

    turn();

    assertThat(produced(sent(), 0).errorCode()).isEqualTo(ErrorCode.NONE.code());
  }

  @Test
  void answersAcksOneNotBeforeTheDiskHasWhatTheTopicWantsThere() {
    List<Runnable> forces = new ArrayList<>();
    replicas.forceEachAppend(0, forces::add);
    produce(1, batch(Compression.NONE, "a"));
    produce(1, batch(Compression.NONE, "b"));
    turn();
    assertThat(sent().isReadable()).isFalse();

    assertThat(forces).as("one for both").hasSize(1);
    forces.removeFirst().run();
    turn();
    assertThat(sent().isReadable()).isTrue();
  }

  @Test
  void aFetchThatWaitsForTheDiskKeepsItsPlaceAmongTheAnswers() {
    produce(-1, batch(Compression.NONE, "old"));
    turn();
    clock.advanceMs(60_000);
    produce(-1, batch(Compression.NONE, "new"));
    turn();
    assertThat(sent().isReadable()).isTrue();

    fetch(0, 1, 0);
    fetch(1, 1, 0);
    assertThat(sent().isReadable()).as("the second does not pass the first").isFalse();
    assertThat(reads).as("what is at the tail is not read ahead").hasSize(1);
    reads.removeFirst().run();
    channel.runPendingTasks();

    ByteBuf answers = sent();
    FetchResponse.PartitionData first = fetched(answers);
    FetchResponse.PartitionData second = fetched(answers);
    assertThat(first.records().sizeInBytes()).isGreaterThan(second.records().sizeInBytes());
    assertThat(second.records().sizeInBytes()).isPositive();
  }

  @Test
  void aConnectionThatClosesWhileTheDiskIsReadTakesNothingAlong() {
    produce(-1, batch(Compression.NONE, "old"));
    turn();
    assertThat(sent().isReadable()).isTrue();
    clock.advanceMs(60_000);
    fetch(0, 1, 10_000);
    LogSlice probe = replicas.view(0).read(0, 1_000, true, 1);
    FileChannel file = probe.channel();
    probe.release();
    channel.close();
    channel.runPendingTasks();
    reads.removeFirst().run();
    channel.runPendingTasks();

    replicas.close();
    assertThat(file.isOpen()).as("somebody still holds the segment").isFalse();
    replicas = new TestReplicas(directory, shard, clock, 2);
  }

  @Test
  void letsAFetchWaitUntilThereIsData() {
    fetch(0, 1, 10_000);
    turn();
    assertThat(sent().isReadable()).isFalse();

    // Over another connection it would be answered first; on this one, the fetch goes first.
    produce(1, batch(Compression.NONE, "a"));
    turn();
    turn();

    ByteBuf sent = sent();
    assertThat(fetched(sent).records().sizeInBytes()).isPositive();
    assertThat(produced(sent, 0).errorCode()).isEqualTo(ErrorCode.NONE.code());
  }

  @Test
  void answersAFetchWithNothingWhenItsTimeIsUp() {
    fetch(0, 1, 500);
    turn();
    assertThat(sent().isReadable()).isFalse();

    channel.advanceTimeBy(500, TimeUnit.MILLISECONDS);
    channel.runScheduledPendingTasks();

    assertThat(fetched(sent()).records().sizeInBytes()).isZero();
  }

  @Test
  void letsAFetchWaitUntilThereIsEnough() {
    produce(1, batch(Compression.NONE, "a"));
    turn();
    int unused = sent().readableBytes();
    fetch(0, 200, 10_000);
    turn();
    assertThat(sent().isReadable()).isFalse();

    replicas.append(0, batch(Compression.NONE, "x".repeat(200)));
    turn();

    assertThat(fetched(sent()).records().sizeInBytes()).isGreaterThan(200);
  }

  @Test
  void forgetsAWaitingFetchWhenItsConnectionCloses() {
    fetch(0, 1, Integer.MAX_VALUE);
    turn();

    channel.close();
    replicas.append(0, batch(Compression.NONE, "a"));
    turn();

    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void refusesABrokenBatchAndTakesItsNeighbour() {
    ByteBuf broken = batch(Compression.NONE, "broken");
    broken.setByte(BatchHeader.SIZE + 3, 77);

    produce(-1, broken, batch(Compression.NONE, "whole"));
    turn();

    ByteBuf sent = sent();
    ProduceResponse response = new ProduceResponse();
    int unused = read(sent, response, ApiKey.PRODUCE, PRODUCE);
    var partitions = response.responses().get(0).partitionResponses();
    assertThat(partitions.get(0).errorCode()).isEqualTo(ErrorCode.CORRUPT_MESSAGE.code());
    assertThat(partitions.get(1).errorCode()).isEqualTo(ErrorCode.NONE.code());
    assertThat(replicas.view(0).logEndOffset()).isZero();
    assertThat(replicas.view(1).logEndOffset()).isEqualTo(1);
  }

  @Test
  void failsAProduceWhoseCheckFailsAndServesThoseBehindIt() {
    clock.isBroken = true;
    produce(-1, batch(Compression.GZIP, "a", "b"));
    produce(-1, batch(Compression.GZIP, "c"));
    List<Runnable> both = List.copyOf(workers);
    workers.clear();
    both.get(0).run();
    clock.isBroken = false;
    both.get(1).run();
    channel.runPendingTasks();
    turn();

    ByteBuf sent = sent();
    assertThat(produced(sent, 0).errorCode()).isEqualTo(ErrorCode.UNKNOWN_SERVER_ERROR.code());
    assertThat(produced(sent, 0).errorCode()).isEqualTo(ErrorCode.NONE.code());
    assertThat(memory.usedBytes()).isZero();
  }

  @Test
  void answersARepeatedBatchWithItsFirstOffset() {
    produce(-1, batch(Compression.NONE, 7, 0, "a", "b"));
    produce(-1, batch(Compression.NONE, 7, 2, "c"));
    produce(-1, batch(Compression.NONE, 7, 0, "a", "b"));
    turn();

    ByteBuf sent = sent();
    assertThat(produced(sent, 0).baseOffset()).isZero();
    assertThat(produced(sent, 0).baseOffset()).isEqualTo(2);
    var repeated = produced(sent, 0);
    assertThat(repeated.errorCode()).isEqualTo(ErrorCode.NONE.code());
    assertThat(repeated.baseOffset()).isZero();
    assertThat(replicas.view(0).logEndOffset()).isEqualTo(3);
  }

  @Test
  void keepsTheOrderOfAppendsWhileAWorkerLooksIntoOne() {
    produce(-1, batch(Compression.GZIP, 7, 0, "compressed"));
    produce(-1, batch(Compression.NONE, 7, 1, "plain"));
    turn();
    assertThat(replicas.view(0).logEndOffset()).as("both wait").isZero();

    runWorkers();
    turn();

    ByteBuf sent = sent();
    assertThat(produced(sent, 0).baseOffset()).isZero();
    assertThat(produced(sent, 0).baseOffset()).isEqualTo(1);
  }

  @Test
  void saysNothingToAcksNoneUnlessItFails() {
    produce(0, batch(Compression.NONE, "a"));
    turn();
    assertThat(sent().isReadable()).isFalse();
    assertThat(channel.isOpen()).isTrue();
    assertThat(replicas.view(0).logEndOffset()).isEqualTo(1);

    ByteBuf broken = batch(Compression.NONE, "broken");
    broken.setByte(BatchHeader.SIZE + 3, 77);
    produce(0, broken);
    turn();

    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void refusesAcksThatAreNone() {
    produce(2, batch(Compression.NONE, "a"));

    assertThat(produced(sent(), 0).errorCode()).isEqualTo(ErrorCode.INVALID_REQUIRED_ACKS.code());
  }

  @Test
  void givesAtLeastOneBatchHoweverSmallTheLimit() {
    produce(-1, batch(Compression.NONE, "x".repeat(1_000)));
    produce(-1, batch(Compression.NONE, "y"));
    turn();
    int unused = sent().readableBytes();
    FetchRequest request = new FetchRequest().minBytes(1).maxWaitMs(0).maxBytes(1);
    FetchRequest.FetchTopic topic = new FetchRequest.FetchTopic().topicId(TestReplicas.TOPIC_ID);
    topic
        .partitions()
        .add(new FetchRequest.FetchPartition().partition(0).fetchOffset(0).partitionMaxBytes(1));
    request.topics().add(topic);
    send(ApiKey.FETCH, request, FETCH);

    ByteBuf records = ((BufferRecords) fetched(sent()).records()).buffer();
    RecordBatch batch = new RecordBatch().wrap(records, records.readerIndex());
    assertThat(records.readableBytes()).isEqualTo(batch.sizeInBytes());
    assertThat(batch.baseOffset()).isZero();
  }

  @Test
  void tellsOfAnOffsetThatIsNotInTheLog() {
    fetch(5, 1, 10_000);

    assertThat(fetched(sent()).errorCode()).isEqualTo(ErrorCode.OFFSET_OUT_OF_RANGE.code());
  }

  /** A clock that can fail, and with it what asks it for the time. */
  private static final class BrittleClock implements Clock {

    private final ManualClock clock = new ManualClock(1_000_000);
    private boolean isBroken;

    void advanceMs(long ms) {
      clock.advanceMs(ms);
    }

    @Override
    public long nowNs() {
      return clock.nowNs();
    }

    @Override
    public long wallMs() {
      if (isBroken) {
        throw new IllegalStateException("broken on purpose");
      }
      return clock.wallMs();
    }
  }

  private ErrorCode errorOf(ByteBuf sent) {
    return ErrorCode.forCode(produced(sent, 0).errorCode());
  }

  @Test
  void asksForATransactionBeforeItsFirstBatchAndKeepsTheOrder() {
    produce("id", -1, transactional(0, "a"));
    produce("id", -1, transactional(1, "b"));
    produce(-1, batch(Compression.NONE, "c"));
    turn();
    assertThat(sent().isReadable()).isFalse();
    assertThat(questions).hasSize(2);
    assertThat(questions.get(0).ask).isEqualTo(TransactionJoins.Ask.ADD);
    assertThat(questions.get(0).transactionalId).isEqualTo("id");

    questions.get(1).answer(ErrorCode.NONE);
    turn();
    assertThat(sent().isReadable()).isFalse();
    questions.get(0).answer(ErrorCode.NONE);
    turn();
    turn();
    ByteBuf answers = sent();
    assertThat(produced(answers, 0).baseOffset()).isZero();
    assertThat(produced(answers, 0).baseOffset()).isEqualTo(1);
    assertThat(produced(answers, 0).baseOffset()).isEqualTo(2);

    // It is open now: nobody is asked any more.
    produce("id", -1, transactional(2, "d"));
    turn();
    assertThat(produced(sent(), 0).baseOffset()).isEqualTo(3);
    assertThat(questions).hasSize(2);
  }

  @Test
  void writesNothingOfATransactionThatItsCoordinatorDoesNotKnow() {
    produce("id", -1, transactional(0, "a"));
    questions.get(0).answer(ErrorCode.TRANSACTION_ABORTABLE);
    turn();
    assertThat(errorOf(sent())).isEqualTo(ErrorCode.TRANSACTION_ABORTABLE);
    for (ErrorCode retried :
        List.of(
            ErrorCode.NOT_COORDINATOR,
            ErrorCode.NETWORK_EXCEPTION,
            ErrorCode.OPERATION_NOT_ATTEMPTED)) {
      produce("id", -1, transactional(0, "a"));
      questions.getLast().answer(retried);
      turn();
      assertThat(errorOf(sent())).isEqualTo(ErrorCode.NOT_ENOUGH_REPLICAS);
    }
    assertThat(partition().view().logEndOffset()).isZero();
  }

  @Test
  void aQuestionThatFailsHoldsUpNobody() {
    produce("id", -1, transactional(0, "a"));
    produce(-1, batch(Compression.NONE, "b"));
    questions.get(0).answer.completeExceptionally(new IllegalStateException("broken on purpose"));
    turn();
    turn();
    ByteBuf answers = sent();
    assertThat(errorOf(answers)).isEqualTo(ErrorCode.UNKNOWN_SERVER_ERROR);
    assertThat(produced(answers, 0).baseOffset()).isZero();
  }

  @Test
  void writesNothingOfATransactionThatHasEndedSinceItsCoordinatorWasAsked() {
    produce("id", -1, transactional(0, "a"));
    shard.submit(
        () ->
            new PartitionTransactions(partition())
                .append(new TransactionMarker(true, 0), 7, (short) 1, (short) 2));
    turn();
    questions.get(0).answer(ErrorCode.NONE);
    channel.runPendingTasks();
    turn();
    assertThat(errorOf(sent())).isEqualTo(ErrorCode.INVALID_PRODUCER_EPOCH);
    assertThat(partition().view().logEndOffset()).isEqualTo(1);
  }

  @Test
  void refusesATransactionWithoutATransactionalId() {
    produce(-1, transactional(0, "a"));
    turn();
    assertThat(errorOf(sent())).isEqualTo(ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED);
    assertThat(questions).isEmpty();
  }

  private Partition partition() {
    return replicas.partitions().get(TestReplicas.TOPIC_ID, 0);
  }
}
