package io.ottla.broker.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.ottla.broker.admin.TestRequest;
import io.ottla.broker.replica.HostedPartitions;
import io.ottla.broker.replica.ReplicaSelection;
import io.ottla.log.LogConfig;
import io.ottla.log.LogSlice;
import io.ottla.log.MemoryFileSystem;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.replication.LogDirectories;
import io.ottla.replication.ReplicationQuota;
import io.ottla.replication.TestReplicas;
import io.ottla.runtime.ManualClock;
import io.ottla.runtime.ManualShard;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.FetchRequest;
import io.ottla.wire.message.FetchResponse;
import io.ottla.wire.record.RecordBatchBuilder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Fetches of what is not in memory. The disk here is one that knows: bytes are in memory once the
 * read-ahead thread has read them, or if they were appended a moment ago; an event loop that reads
 * others, or sends them, fails the test.
 */
class ColdFetchTest {

  private static final Path DIRECTORY = Path.of("/logs");
  private static final LogConfig SMALL =
      LogConfig.defaults().withSegmentBytes(15_000).withIndex(100, 240);
  private static final int BATCH_BYTES = 1_000;
  private static final int BATCHES = 40;

  private final ManualClock clock = new ManualClock(1_000_000);
  private final ManualShard shard = new ManualShard(clock);
  private final MemoryFileSystem disk = new MemoryFileSystem();
  private final Deque<Runnable> queue = new ArrayDeque<>();
  private final Map<String, BitSet> inMemory = new HashMap<>();
  private ReadAhead readAhead = new ReadAhead(queue::add, clock);
  private boolean onReadAheadThread;
  private boolean checked;
  private TestReplicas replicas;
  private LogDirectories directories;
  private int ranAhead;

  @BeforeEach
  void open() {
    replicas = new TestReplicas(disk, DIRECTORY, SMALL, shard, clock, 2);
    directories = replicas.directories();
    for (int i = 0; i < BATCHES; i++) {
      append(0);
    }
    turn();
    clock.advanceMs(60_000);
    disk.whenRead(this::onRead);
    checked = true;
  }

  @AfterEach
  void close() {
    checked = false;
    while (!queue.isEmpty()) {
      queue.removeFirst().run();
    }
    replicas.close();
    assertThat(disk.handles()).as("files that somebody still holds").isZero();
  }

  private void onRead(Path file, long position, int count) {
    if (onReadAheadThread) {
      inMemory
          .computeIfAbsent(file.toString(), _ -> new BitSet())
          .set((int) position, (int) position + count);
    } else if (checked) {
      assertThat(isInMemory(file.toString(), position, position + count))
          .as("in memory what the event loop reads")
          .isTrue();
    }
  }

  private boolean isInMemory(String file, long from, long to) {
    return inMemory.getOrDefault(file, new BitSet()).nextClearBit((int) from) >= to;
  }

  private void turn() {
    int unused = shard.turn();
  }

  private void append(int partition) {
    try (RecordBatchBuilder builder = new RecordBatchBuilder(Unpooled.buffer())) {
      byte[] value = "x".repeat(BATCH_BYTES - 75).getBytes(StandardCharsets.UTF_8);
      builder.append(clock.wallMs(), (byte[]) null, value);
      replicas.append(partition, builder.build());
    }
    turn();
  }

  private void runReadAhead() {
    onReadAheadThread = true;
    try {
      queue.removeFirst().run();
    } finally {
      onReadAheadThread = false;
    }
    ranAhead++;
  }

  private void onEventLoop(Runnable task) {
    boolean was = onReadAheadThread;
    onReadAheadThread = false;
    try {
      task.run();
    } finally {
      onReadAheadThread = was;
    }
  }

  private TestRequest<FetchRequest, FetchResponse> send(FetchRequest body) {
    FetchHandler handler =
        new FetchHandler(
            new HostedPartitions(replicas.partitions(), () -> MetadataImage.empty("test")),
            ReplicaSelection.LEADER,
            TestReplicas.quota(clock, ReplicationQuota.UNLIMITED),
            new FetchSessions(10, new Random(1)::nextInt),
            readAhead,
            clock,
            Integer.MAX_VALUE);
    return TestRequest.send(handler, body, 18, this::onEventLoop);
  }

  private static FetchRequest request(int partition, long offset, int maxBytes) {
    FetchRequest request =
        new FetchRequest().sessionEpoch(-1).minBytes(1).maxWaitMs(500).maxBytes(1 << 20);
    FetchRequest.FetchTopic topic = new FetchRequest.FetchTopic().topicId(TestReplicas.TOPIC_ID);
    topic
        .partitions()
        .add(
            new FetchRequest.FetchPartition()
                .partition(partition)
                .fetchOffset(offset)
                .partitionMaxBytes(maxBytes));
    request.topics().add(topic);
    return request;
  }

  private static FetchRequest cold(long offset) {
    return request(0, offset, 12 * BATCH_BYTES); // More than a lookup reads.
  }

  private static FetchResponse.PartitionData data(
      TestRequest<FetchRequest, FetchResponse> answered) {
    return answered.given().responses().getFirst().partitions().getFirst();
  }

  /** Checks that all of it is in memory, and gives it back. */
  private int taken(TestRequest<FetchRequest, FetchResponse> answered) {
    LogSlice slice = (LogSlice) data(answered).records();
    String file = slice.toString().replaceAll("LogSlice\\[(.*\\.log) .*", "$1");
    assertThat(isInMemory(file, slice.position(), slice.end()))
        .as("in memory what is sent")
        .isTrue();
    int bytes = slice.sizeInBytes();
    slice.release();
    return bytes;
  }

  @Test
  void areReadOnAReadAheadThreadBeforeTheyAreAnswered() {
    for (int offset = 0; offset < BATCHES; offset++) {
      TestRequest<FetchRequest, FetchResponse> request = send(cold(offset));
      assertThat(request.isAnswered()).as("before the disk was read").isFalse();
      runReadAhead();
      assertThat(request.isAnswered()).isTrue();
      assertThat(taken(request)).isPositive();
      queue.clear();
    }
  }

  @Test
  void doNotHoldUpThoseOfWhatWasJustAppended() {
    TestRequest<FetchRequest, FetchResponse> waiting = send(cold(0));
    append(1);
    checked = false; // Nobody has told which bytes an append leaves in memory.

    TestRequest<FetchRequest, FetchResponse> hot = send(request(1, 0, 2_000));

    assertThat(data(hot).records().sizeInBytes()).isPositive();
    data(hot).records().release();
    assertThat(queue).as("hot ones never go there").hasSize(1);
    assertThat(waiting.isAnswered()).isFalse();
    runReadAhead();
    assertThat(taken(waiting)).isPositive();
  }

  @Test
  void ofSeveralPartitionsWaitOnceForAllThatAreCold() {
    append(1);
    clock.advanceMs(60_000);
    FetchRequest both = cold(0);
    both.topics()
        .getFirst()
        .partitions()
        .add(
            new FetchRequest.FetchPartition().partition(1).fetchOffset(0).partitionMaxBytes(2_000));
    TestRequest<FetchRequest, FetchResponse> request = send(both);
    assertThat(queue).hasSize(1);
    runReadAhead();
    assertThat(request.given().responses().getFirst().partitions())
        .allSatisfy(data -> assertThat(data.records().sizeInBytes()).isPositive())
        .allSatisfy(data -> data.records().release())
        .hasSize(2);
  }

  @Test
  void areLeftAloneByTheirDeadline() {
    TestRequest<FetchRequest, FetchResponse> request = send(cold(0));
    request.pass(500);
    assertThat(request.isAnswered()).isFalse();
    runReadAhead();
    assertThat(taken(request)).isPositive();
  }

  @Test
  void giveTheirSegmentsBackIfTheConnectionClosesMeanwhile() {
    TestRequest<FetchRequest, FetchResponse> request = send(cold(0));
    request.close();
    inMemory.clear();
    checked = false;
    runReadAhead();
    assertThat(inMemory).as("nobody wants it any more").isEmpty();
    data(request).records().release(); // What a connection that is closed does with it.
  }

  @Test
  void stopTheConnectionFromBeingReadWhileTooManyWait() {
    readAhead = new ReadAhead(queue::add, clock, true, 2);
    final TestRequest<FetchRequest, FetchResponse> first = send(cold(0));
    final TestRequest<FetchRequest, FetchResponse> second = send(cold(4));
    TestRequest<FetchRequest, FetchResponse> third = send(cold(8));
    assertThat(queue).hasSize(2);
    assertThat(third.retryStalled()).isEqualTo(1);

    runReadAhead();
    assertThat(third.retryStalled()).isZero();
    runReadAhead();
    runReadAhead();
    assertThat(taken(first)).isPositive();
    assertThat(taken(second)).isPositive();
    assertThat(taken(third)).isPositive();
  }

  @Test
  void tellThatTheDiskFailedBeforeAnythingIsSent() {
    TestRequest<FetchRequest, FetchResponse> request = send(cold(0));
    disk.setUnreadable(DIRECTORY, true);
    runReadAhead();
    disk.setUnreadable(DIRECTORY, false);

    assertThat(data(request).errorCode()).isEqualTo(ErrorCode.KAFKA_STORAGE_ERROR.code());
    assertThat(data(request).records().sizeInBytes()).isZero();
    assertThat(directories.isFailed(directories.all().getFirst())).isTrue();
  }

  @Test
  void thatGoOnWhereTheyWereFindTheNextBytesThere() throws IOException {
    SequentialReads reads = new SequentialReads();
    FetchKey key = new FetchKey(TestReplicas.TOPIC_ID, null, 0);
    checked = false;
    LogSlice first = replicas.view(0).read(0, BATCH_BYTES, true, BATCHES);
    LogSlice second = replicas.view(0).read(1, BATCH_BYTES, true, BATCHES);
    onReadAheadThread = true;
    reads.onRead(key, first, readAhead);
    assertThat(queue).as("one read is no sequence").isEmpty();
    reads.onRead(key, second, readAhead);
    onReadAheadThread = false;
    assertThat(queue).hasSize(1);
    runReadAhead();
    LogSlice rest = second.behind(second.end(), 2 * BATCH_BYTES);
    assertThat(rest.sizeInBytes()).isEqualTo(2 * BATCH_BYTES);
    String file = DIRECTORY.resolve("orders-0/00000000000000000000.log").toString();
    assertThat(isInMemory(file, rest.position(), rest.end())).isTrue();

    reads.onRead(key, second, readAhead);
    assertThat(queue).as("a read of the same place goes on nowhere").isEmpty();
    first.release();
    second.release();
    rest.release();
  }

  @Test
  void readNothingUnaskedWhileOthersWait() {
    for (int i = 0; i < ReadAhead.MAX_WAITING_FOR_GUESSES; i++) {
      assertThat(readAhead.offerGuess(() -> {})).isTrue();
    }
    assertThat(readAhead.offerGuess(() -> {})).isFalse();
    assertThat(readAhead.offer(() -> {})).isTrue();
  }

  @Test
  void areReadByTheEventLoopIfThereAreNoThreads() {
    readAhead = ReadAhead.off(clock);
    checked = false;
    TestRequest<FetchRequest, FetchResponse> request = send(cold(0));
    assertThat(data(request).records().sizeInBytes()).isPositive();
    data(request).records().release();
    assertThat(queue).isEmpty();
  }

  @Test
  void thatCouldNotBeSentToTheirEndTellWhetherTheFileIsToBlame() {
    checked = false;
    readAhead.examine(replicas.view(0).read(0, BATCH_BYTES, true, BATCHES), 100);
    runReadAhead();
    assertThat(directories.failed()).as("the socket was").isEmpty();

    readAhead.examine(replicas.view(0).read(0, BATCH_BYTES, true, BATCHES), 100);
    disk.setUnreadable(DIRECTORY, true);
    runReadAhead();
    disk.setUnreadable(DIRECTORY, false);
    assertThat(directories.failed()).as("the file is").hasSize(1);
  }
}
