package io.ottla.broker.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;

/**
 * Cuts a connection's bytes into frames: a 4-byte length, then that many bytes. A frame is made of
 * slices of what was read; its bytes are not copied, however many reads it took.
 *
 * <p>Stops in the middle of what was read when the connection's gate closes, and goes on from there
 * when it opens. Runs on the connection's event loop.
 */
public final class FrameDecoder extends ChannelInboundHandlerAdapter {

  /** From this many missing bytes on, a frame gets memory of its own to be read into. */
  static final int DIRECT_READ_FROM = 16 * 1024;

  /** Where complete frames go. */
  public interface FrameHandler {

    /** Bytes came; channelReadComplete will follow. */
    void onRead();

    /** Takes over a frame; must release it. */
    void onFrame(Frame frame);

    /** A frame was announced that is too long or empty; the channel is closed after this. */
    void onBadLength(int length, int maxLength);
  }

  private enum State {
    LENGTH,
    ADMISSION,
    BODY
  }

  private final int maxFrameBytes;
  private final RequestMemory memory;
  private final ReceiveBuffers receiveBuffers;
  private final ReadGate gate;
  private final FrameHandler frames;

  private final Queue<ByteBuf> chunks = new ArrayDeque<>();
  private final List<ByteBuf> parts = new ArrayList<>();
  private ChannelHandlerContext context;
  private State state = State.LENGTH;
  private int lengthBytes;
  private int length;
  private int missing;

  /** Bytes of the frame under way that count against the memory; 0 for none. */
  private int admittedBytes;

  private boolean waitingForMemory;
  private boolean decoding;
  private boolean closed;

  FrameDecoder(
      int maxFrameBytes,
      RequestMemory memory,
      ReceiveBuffers receiveBuffers,
      ReadGate gate,
      FrameHandler frames) {
    this.maxFrameBytes = maxFrameBytes;
    this.memory = memory;
    this.receiveBuffers = receiveBuffers;
    this.gate = gate;
    this.frames = frames;
  }

  /**
   * For a connection to another node: it is always read, and its frames count against nothing.
   *
   * @param directReads whether the channel may be read straight into a frame's memory: not if
   *     another handler changes the bytes on the way
   */
  public static FrameDecoder ofAnswers(
      Channel channel, int maxFrameBytes, boolean directReads, FrameHandler frames) {
    ReceiveBuffers buffers = new ReceiveBuffers();
    if (directReads) {
      channel.config().setRecvByteBufAllocator(buffers);
    }
    return new FrameDecoder(
        maxFrameBytes, new RequestMemory(0), buffers, new ReadGate(channel, () -> {}), frames);
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object msg) {
    ByteBuf read = (ByteBuf) msg;
    if (closed) {
      read.release();
      return;
    }
    frames.onRead();
    int bytes = read.readableBytes();
    if (receiveBuffers.take(read)) {
      missing -= bytes;
      ByteBuf piece = receiveBuffers.fullPiece();
      if (piece != null) {
        parts.add(piece);
      }
    } else {
      chunks.add(read);
    }
    decode();
  }

  /** Goes on with what was read before the gate closed. */
  void resume() {
    decode();
  }

  private void decode() {
    if (decoding) {
      return;
    }
    decoding = true;
    try {
      while (gate.isOpen() && !closed && step()) {
        // each step consumes input or completes a frame
      }
    } finally {
      decoding = false;
    }
    boolean frameReadsOn =
        state == State.BODY
            && chunks.isEmpty()
            && (missing >= DIRECT_READ_FROM || receiveBuffers.hasPiece());
    receiveBuffers.expect(frameReadsOn ? missing : 0);
  }

  /**
   * @return false if nothing more can be done with what is there
   */
  private boolean step() {
    return switch (state) {
      case LENGTH -> readLength();
      case ADMISSION -> admit();
      case BODY -> readBody();
    };
  }

  private boolean readLength() {
    for (ByteBuf chunk = readableChunk(); chunk != null; chunk = readableChunk()) {
      while (lengthBytes < Integer.BYTES && chunk.isReadable()) {
        length = (length << Byte.SIZE) | chunk.readUnsignedByte();
        lengthBytes++;
      }
      if (lengthBytes == Integer.BYTES) {
        lengthBytes = 0;
        if (length <= 0 || length > maxFrameBytes) {
          refuse();
          return false;
        }
        state = State.ADMISSION;
        return true;
      }
    }
    return false;
  }

  private void refuse() {
    closed = true;
    frames.onBadLength(length, maxFrameBytes);
    context.close();
  }

  private boolean admit() {
    if (waitingForMemory) {
      return false;
    }
    if (!memory.admitOrWait(length, context.executor(), this::onMemoryFree)) {
      waitingForMemory = true;
      gate.close(ReadGate.Reason.MEMORY);
      return false;
    }
    admittedBytes = length;
    missing = length;
    length = 0;
    state = State.BODY;
    return true;
  }

  private void onMemoryFree() {
    waitingForMemory = false;
    if (!closed) {
      gate.open(ReadGate.Reason.MEMORY);
    }
    // Whatever is free still is the next one's: this connection may be unread for another reason.
    memory.passOn();
  }

  private boolean readBody() {
    if (missing > 0) {
      ByteBuf chunk = readableChunk();
      if (chunk == null) {
        return false;
      }
      int count = Math.min(missing, chunk.readableBytes());
      parts.add(chunk.readRetainedSlice(count));
      missing -= count;
      if (missing > 0) {
        return true;
      }
    }
    Frame frame = new Frame(joinParts(), memory);
    admittedBytes = 0;
    state = State.LENGTH;
    frames.onFrame(frame);
    return true;
  }

  private ByteBuf joinParts() {
    ByteBuf joined;
    if (parts.size() == 1) {
      joined = parts.get(0);
    } else {
      CompositeByteBuf composite = context.alloc().compositeBuffer(parts.size());
      composite.addComponents(true, parts);
      joined = composite;
    }
    parts.clear();
    return joined;
  }

  /** The first chunk with unread bytes; empty ones are released on the way. */
  private ByteBuf readableChunk() {
    for (ByteBuf chunk = chunks.peek(); chunk != null; chunk = chunks.peek()) {
      if (chunk.isReadable()) {
        return chunk;
      }
      chunks.poll().release();
    }
    return null;
  }

  /** Whether a frame has begun to arrive and is not complete. */
  boolean isInsideFrame() {
    return state != State.LENGTH || lengthBytes > 0;
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    release();
    ctx.fireChannelInactive();
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    release();
  }

  private void release() {
    closed = true;
    chunks.forEach(ByteBuf::release);
    chunks.clear();
    parts.forEach(ByteBuf::release);
    parts.clear();
    receiveBuffers.release();
    memory.release(admittedBytes);
    admittedBytes = 0;
  }
}
