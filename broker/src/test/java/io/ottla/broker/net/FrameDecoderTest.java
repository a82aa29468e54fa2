package io.ottla.broker.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class FrameDecoderTest {

  private static final int MAX_FRAME = 100_000;

  private final List<byte[]> frames = new ArrayList<>();
  private final List<Frame> held = new ArrayList<>();
  private final RequestMemory memory = new RequestMemory(0);
  private boolean hold;
  private ReadGate lastGate;

  private final class Receiver implements FrameDecoder.FrameHandler {

    @Override
    public void onRead() {}

    @Override
    public void onFrame(Frame frame) {
      frames.add(ByteBufUtil.getBytes(frame.bytes()));
      if (hold) {
        held.add(frame);
      } else {
        frame.release();
      }
    }

    @Override
    public void onBadLength(int length, int maxLength) {}
  }

  private static byte[] framed(byte[]... bodies) {
    ByteBuf out = Unpooled.buffer();
    for (byte[] body : bodies) {
      out.writeInt(body.length).writeBytes(body);
    }
    return ByteBufUtil.getBytes(out);
  }

  private EmbeddedChannel channel(RequestMemory withMemory) {
    EmbeddedChannel channel = new EmbeddedChannel();
    FrameDecoder[] decoder = new FrameDecoder[1];
    ReadGate gate = new ReadGate(channel, () -> decoder[0].resume());
    lastGate = gate;
    decoder[0] =
        new FrameDecoder(MAX_FRAME, withMemory, new ReceiveBuffers(), gate, new Receiver());
    channel.pipeline().addLast(decoder[0]);
    return channel;
  }

  private static byte[] bytes(int count, int seed) {
    byte[] bytes = new byte[count];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  @Test
  void cutsSeveralFramesOutOfOneRead() {
    EmbeddedChannel channel = channel(memory);

    channel.writeInbound(Unpooled.wrappedBuffer(framed(bytes(10, 1), bytes(20, 2))));

    assertThat(frames).containsExactly(bytes(10, 1), bytes(20, 2));
    assertThat(memory.usedBytes()).isZero();
  }

  @Test
  void putsAFrameTogetherFromSingleBytes() {
    EmbeddedChannel channel = channel(memory);

    for (byte b : framed(bytes(50, 3))) {
      channel.writeInbound(Unpooled.wrappedBuffer(new byte[] {b}));
    }

    assertThat(frames).containsExactly(bytes(50, 3));
  }

  @Test
  void cutsFramesWhereverTheReadsEnd() {
    for (int seed = 0; seed < 200; seed++) {
      frames.clear();
      Random random = new Random(seed);
      EmbeddedChannel channel = channel(memory);
      List<byte[]> sent = new ArrayList<>();
      for (int i = 0; i < 1 + random.nextInt(10); i++) {
        sent.add(bytes(1 + random.nextInt(random.nextBoolean() ? 100 : 50_000), i));
      }
      byte[] stream = framed(sent.toArray(byte[][]::new));
      for (int at = 0; at < stream.length; ) {
        int count = Math.min(stream.length - at, 1 + random.nextInt(20_000));
        channel.writeInbound(Unpooled.copiedBuffer(stream, at, count));
        at += count;
      }
      assertThat(frames).as("seed %d", seed).containsExactlyElementsOf(sent);
      assertThat(memory.usedBytes()).isZero();
    }
  }

  @Test
  void closesAConnectionThatAnnouncesALengthThatIsNone() {
    for (int length : new int[] {0, -1, Integer.MIN_VALUE, MAX_FRAME + 1, Integer.MAX_VALUE}) {
      EmbeddedChannel channel = channel(memory);

      channel.writeInbound(Unpooled.buffer().writeInt(length));

      assertThat(channel.isOpen()).as("length %d", length).isFalse();
      assertThat(frames).isEmpty();
    }
  }

  @Test
  void doesNotReadAFrameBeforeItsMemoryIsFree() {
    RequestMemory small = new RequestMemory(10);
    hold = true;
    EmbeddedChannel channel = channel(small);

    channel.writeInbound(Unpooled.wrappedBuffer(framed(bytes(10, 1), bytes(10, 2))));

    assertThat(frames).hasSize(1);
    assertThat(channel.config().isAutoRead()).isFalse();
    held.get(0).release();
    channel.runPendingTasks();
    assertThat(frames).hasSize(2);
    assertThat(channel.config().isAutoRead()).isTrue();
    held.get(1).release();
    assertThat(small.usedBytes()).isZero();
  }

  @Test
  void letsAFrameThroughThatIsLargerThanAllMemory() {
    EmbeddedChannel channel = channel(new RequestMemory(10));

    channel.writeInbound(Unpooled.wrappedBuffer(framed(bytes(5_000, 1))));

    assertThat(frames).containsExactly(bytes(5_000, 1));
  }

  @Test
  void givesTheMemoryOfAHalfReadFrameBackWhenTheConnectionCloses() {
    EmbeddedChannel channel = channel(memory);
    channel.writeInbound(Unpooled.buffer().writeInt(1000).writeBytes(new byte[500]));
    assertThat(memory.usedBytes()).isEqualTo(1000);

    channel.close();

    assertThat(memory.usedBytes()).isZero();
  }

  @Test
  void passesFreeMemoryOnWhenTheOneItWasMeantForIsGone() {
    RequestMemory small = new RequestMemory(10);
    hold = true;
    EmbeddedChannel first = channel(small);
    EmbeddedChannel gone = channel(small);
    EmbeddedChannel waiting = channel(small);
    first.writeInbound(Unpooled.wrappedBuffer(framed(bytes(10, 1))));
    gone.writeInbound(Unpooled.wrappedBuffer(framed(bytes(10, 2))));
    waiting.writeInbound(Unpooled.wrappedBuffer(framed(bytes(10, 3))));
    gone.close();

    held.get(0).release();
    gone.runPendingTasks();
    waiting.runPendingTasks();

    assertThat(frames).containsExactly(bytes(10, 1), bytes(10, 3));
    held.get(1).release();
  }

  @Test
  void passesFreeMemoryOnWhenTheOneItWasMeantForIsUnreadForAnotherReason() {
    RequestMemory small = new RequestMemory(10);
    hold = true;
    EmbeddedChannel first = channel(small);
    EmbeddedChannel stuck = channel(small);
    ReadGate gateOfStuck = lastGate;
    EmbeddedChannel waiting = channel(small);
    first.writeInbound(Unpooled.wrappedBuffer(framed(bytes(10, 1))));
    stuck.writeInbound(Unpooled.wrappedBuffer(framed(bytes(10, 2))));
    waiting.writeInbound(Unpooled.wrappedBuffer(framed(bytes(10, 3))));
    gateOfStuck.close(ReadGate.Reason.UNWRITABLE);

    held.get(0).release();
    stuck.runPendingTasks();
    waiting.runPendingTasks();

    assertThat(frames).containsExactly(bytes(10, 1), bytes(10, 3));
    gateOfStuck.open(ReadGate.Reason.UNWRITABLE);
    held.get(1).release();
    stuck.runPendingTasks();
    assertThat(frames).hasSize(3);
    held.get(2).release();
    assertThat(small.usedBytes()).isZero();
  }

  @Test
  void readsAllThatFitIntoTheMemoryOfOneThatIsDone() {
    RequestMemory small = new RequestMemory(10);
    hold = true;
    EmbeddedChannel first = channel(small);
    EmbeddedChannel second = channel(small);
    EmbeddedChannel third = channel(small);
    first.writeInbound(Unpooled.wrappedBuffer(framed(bytes(10, 1))));
    second.writeInbound(Unpooled.wrappedBuffer(framed(bytes(3, 2))));
    third.writeInbound(Unpooled.wrappedBuffer(framed(bytes(3, 3))));

    held.get(0).release();
    second.runPendingTasks();
    third.runPendingTasks();

    assertThat(frames).containsExactly(bytes(10, 1), bytes(3, 2), bytes(3, 3));
    held.get(1).release();
    held.get(2).release();
  }
}
