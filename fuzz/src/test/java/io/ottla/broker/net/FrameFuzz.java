package io.ottla.broker.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import io.ottla.fuzz.Allocations;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A connection's bytes, in whatever pieces they come, and whatever becomes of the frames meanwhile.
 * The input is a script: each step is a byte that says what happens and how much of it.
 *
 * <p>The frames are those that a few lines of code find in all bytes together; none comes after a
 * bad length; in the end no memory is taken.
 */
public final class FrameFuzz implements FrameDecoder.FrameHandler {

  private static final int MAX_FRAME = 60_000;
  private static final int MAX_STREAM = 400_000;
  private static final int FILLER = 512;
  private static final int MEMORY = 20_000;

  /** Also what the harness takes: it has the stream several times over. */
  private static final long MOST_HEAP = 16L << 20;

  private final byte[] script;
  private int at;

  private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false);
  private final ReceiveBuffers buffers = new ReceiveBuffers();
  private final RequestMemory memory;
  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final FrameDecoder decoder;
  private final boolean directReads;

  private final ByteArrayOutputStream stream = new ByteArrayOutputStream();
  private final List<byte[]> frames = new ArrayList<>();
  private final Deque<Frame> held = new ArrayDeque<>();
  private boolean holds;
  private boolean refused;

  private FrameFuzz(byte[] script) {
    this.script = script;
    int flags = script.length == 0 ? 0 : script[at++];
    this.memory = new RequestMemory((flags & 1) == 0 ? 0 : MEMORY);
    this.directReads = (flags & 2) != 0;
    this.holds = (flags & 4) != 0;
    FrameDecoder[] made = new FrameDecoder[1];
    ReadGate gate = new ReadGate(channel, () -> made[0].resume());
    made[0] = new FrameDecoder(MAX_FRAME, memory, buffers, gate, this);
    this.decoder = made[0];
    channel.config().setAllocator(allocator);
    channel.pipeline().addLast(decoder);
  }

  public static void fuzzerTestOneInput(byte[] data) {
    Allocations.within(MOST_HEAP, () -> new FrameFuzz(data).play());
  }

  /** Where the corpus began. */
  public static Map<String, byte[]> seeds() {
    Map<String, byte[]> seeds = new TreeMap<>();
    byte[] frame = {0, 0, 0, 5, 'h', 'e', 'l', 'l', 'o'};
    seeds.put("one-frame", script(0, write(frame)));
    seeds.put("held", script(5, write(frame), write(frame), new byte[] {(byte) 0x80}));
    byte[] half = Arrays.copyOf(frame, 6);
    seeds.put("in-pieces", script(2, write(half), write(Arrays.copyOfRange(frame, 6, 9))));
    seeds.put(
        "long", script(7, write(new byte[] {0, 0, (byte) 0x90, 0}), new byte[] {0x7f, 0x7f, 0x50}));
    seeds.put("bad-length", script(0, write(new byte[] {-1, -1, -1, -1, 9})));
    return seeds;
  }

  private static byte[] write(byte[] bytes) {
    return ByteBuffer.allocate(1 + bytes.length).put((byte) bytes.length).put(bytes).array();
  }

  private static byte[] script(int flags, byte[]... steps) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(flags);
    for (byte[] step : steps) {
      out.writeBytes(step);
    }
    return out.toByteArray();
  }

  private void play() {
    while (at < script.length && stream.size() < MAX_STREAM) {
      int step = script[at++] & 0xff;
      int count = step & 0x3f;
      switch (step >>> 6) {
        case 0 -> arrive(Arrays.copyOfRange(script, at, at += Math.min(count, script.length - at)));
        case 1 -> arrive(new byte[count * FILLER]);
        case 2 -> releaseHeld(1 + count);
        default -> holds = !holds;
      }
    }
    holds = false;
    releaseHeld(Integer.MAX_VALUE);
    check();
    channel.close();
    channel.runPendingTasks();
    releaseHeld(Integer.MAX_VALUE);
    channel.finishAndReleaseAll();
    expect(memory.usedBytes() == 0, "memory is still taken: " + memory.usedBytes());
    expect(
        allocator.metric().usedHeapMemory() == 0 && allocator.metric().usedDirectMemory() == 0,
        "buffers were not released");
  }

  private void arrive(byte[] bytes) {
    if (!channel.isOpen()) {
      return;
    }
    stream.writeBytes(bytes);
    ByteBuffer rest = ByteBuffer.wrap(bytes);
    while (rest.hasRemaining() && channel.isOpen()) {
      ByteBuf read = buffer(rest.remaining());
      ByteBuffer part = rest.slice();
      part.limit(Math.min(part.remaining(), read.writableBytes()));
      rest.position(rest.position() + part.remaining());
      read.writeBytes(part);
      channel.writeInbound(read);
    }
  }

  /** What the channel would read into. */
  private ByteBuf buffer(int count) {
    if (!directReads) {
      return allocator.heapBuffer(count, count);
    }
    RecvByteBufAllocator.Handle handle = buffers.newHandle();
    handle.reset(channel.config());
    return handle.allocate(allocator);
  }

  private void releaseHeld(int count) {
    for (int i = 0; i < count && !held.isEmpty(); i++) {
      held.poll().release();
      channel.runPendingTasks();
    }
  }

  @Override
  public void onRead() {}

  @Override
  public void onFrame(Frame frame) {
    expect(!refused, "a frame after a bad length");
    frames.add(ByteBufUtil.getBytes(frame.bytes()));
    if (holds) {
      held.add(frame);
    } else {
      frame.release();
    }
  }

  @Override
  public void onBadLength(int length, int maxLength) {
    expect(length <= 0 || length > MAX_FRAME, "a good length was refused: " + length);
    refused = true;
  }

  private void check() {
    ByteBuffer all = ByteBuffer.wrap(stream.toByteArray());
    int found = 0;
    while (all.remaining() >= Integer.BYTES) {
      int length = all.getInt();
      if (length <= 0 || length > MAX_FRAME) {
        expect(refused && !channel.isOpen(), "length " + length + " was not refused");
        break;
      }
      if (length > all.remaining()) {
        break;
      }
      byte[] frame = new byte[length];
      all.get(frame);
      expect(found < frames.size(), "frame " + found + " is missing");
      expect(Arrays.equals(frame, frames.get(found)), "frame " + found + " is another");
      found++;
    }
    expect(found == frames.size(), "frames that nobody sent");
  }

  private static void expect(boolean condition, String what) {
    if (!condition) {
      throw new AssertionError(what);
    }
  }
}
