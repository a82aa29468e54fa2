package io.ottla.broker.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.stream.ChunkedWriteHandler;
import io.ottla.broker.fetch.FetchHandler;
import io.ottla.log.AppendOrigin;
import io.ottla.log.LogSlice;
import io.ottla.replication.Partition;
import io.ottla.replication.TestReplicas;
import io.ottla.runtime.ManualClock;
import io.ottla.runtime.ManualShard;
import io.ottla.wire.message.FetchRequest;
import io.ottla.wire.message.FetchResponse;
import io.ottla.wire.record.RecordBatchBuilder;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Record bytes of files on their way to a connection that encrypts. */
class LogSliceChunksTest {

  private static final int RECORD_BYTES = 3 * LogSliceChunks.CHUNK_BYTES + 1;

  @TempDir Path directory;

  private final ManualClock clock = new ManualClock(1_000_000);
  private final ManualShard shard = new ManualShard(clock);
  private final EmbeddedChannel channel = new EmbeddedChannel(new ChunkedWriteHandler());
  private TestReplicas replicas;
  private Partition partition;

  @BeforeEach
  void append() {
    replicas = new TestReplicas(directory, shard, clock, 1);
    partition = replicas.partitions().get(TestReplicas.TOPIC, 0);
    byte[] value = new byte[RECORD_BYTES];
    new Random(1).nextBytes(value);
    try (RecordBatchBuilder builder = new RecordBatchBuilder(Unpooled.buffer())) {
      ByteBuf batch = builder.append(1_000L, (byte[]) null, value).build();
      shard.submit(() -> partition.append(batch, AppendOrigin.CLIENT, (short) 1));
      shard.turn();
    }
  }

  @AfterEach
  void close() {
    channel.finishAndReleaseAll();
    replicas.close();
  }

  private LogSlice slice() {
    return partition.view().read(0, 1_000_000, true, Long.MAX_VALUE);
  }

  @Test
  void sendsTheBytesOfTheFileInPieces() throws Exception {
    LogSlice whole = slice();
    ByteBuf expected = Unpooled.buffer();
    whole.copyTo(expected);
    whole.release();
    channel.writeOutbound(new LogSliceChunks(slice()));
    ByteBuf sent = Unpooled.buffer();
    int pieces = 0;
    for (ByteBuf piece = channel.readOutbound(); piece != null; piece = channel.readOutbound()) {
      assertThat(piece.readableBytes()).isLessThanOrEqualTo(LogSliceChunks.CHUNK_BYTES);
      sent.writeBytes(piece);
      piece.release();
      pieces++;
    }
    assertThat(pieces).isEqualTo(4);
    assertThat(ByteBufUtil.getBytes(sent)).isEqualTo(ByteBufUtil.getBytes(expected));
  }

  @Test
  void aFileThatCannotBeReadClosesTheConnectionInTheMiddleOfTheAnswer() throws IOException {
    LogSlice broken = slice();
    FetchResponse.PartitionData data = new FetchResponse.PartitionData().records(broken);
    FetchResponse.FetchableTopicResponse topic = new FetchResponse.FetchableTopicResponse();
    topic.topic(TestReplicas.TOPIC).partitions().add(data);
    FetchResponse response = new FetchResponse();
    response.responses().add(topic);
    FetchHandler handler = new FetchHandler(null, null, null, null, null, clock, 0);
    InFlightRequest<FetchRequest> request =
        new InFlightRequest<>(null, handler, (short) 12, 1, "test", null, null);
    assertThat(broken.channel().truncate(broken.position() + 100).size()).isPositive();

    new ResponseEncoder(true, UnsentSlices.IGNORED)
        .write(
            channel,
            request,
            new InFlightRequest.Outcome.Response(response, broken.sizeInBytes(), () -> {}));
    channel.flush();
    channel.runPendingTasks();

    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void aSliceThatIsNotSentToItsEndIsLookedInto() throws IOException {
    List<Long> looked = new ArrayList<>();
    UnsentSlices unsent =
        (slice, sent) -> {
          looked.add(sent);
          slice.release();
        };
    LogSliceRegion whole = new LogSliceRegion(slice(), unsent);
    WritableByteChannel socket = Channels.newChannel(new ByteArrayOutputStream());
    while (whole.transferred() < whole.count()) {
      assertThat(whole.transferTo(socket, whole.transferred())).isPositive();
    }
    assertThat(whole.release()).isTrue();
    assertThat(looked).isEmpty();

    LogSliceRegion part = new LogSliceRegion(slice(), unsent);
    assertThat(part.release()).isTrue();
    assertThat(looked).containsExactly(0L);
  }

  @Test
  void givesTheSliceBackOnceWhenTheConnectionIsGone() {
    channel.unsafe().outboundBuffer().setUserDefinedWritability(1, false);
    LogSliceChunks chunks = new LogSliceChunks(slice());
    channel.write(chunks);
    channel.flush();
    assertThat(chunks.progress()).as("nothing is read for a peer that takes nothing").isZero();
    channel.close();
    channel.runPendingTasks();
    // A second release would trip the segment's own check.
    chunks.close();
  }
}
