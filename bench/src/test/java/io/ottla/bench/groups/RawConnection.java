package io.ottla.bench.groups;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.RequestHeader;

/**
 * A connection with one request under way at a time, for loads of more clients than there can be
 * stock ones. Owned by the thread of its selector.
 */
final class RawConnection implements AutoCloseable {

  private static final String CLIENT_ID = "bench";

  private final SocketChannel channel;
  private final SelectionKey key;
  private final ByteBuffer size = ByteBuffer.allocate(4);
  private ByteBuffer out = ByteBuffer.allocate(0);
  private ByteBuffer in;
  private RequestHeader underWay;
  private int correlationId;

  /** Connects. */
  RawConnection(InetSocketAddress broker, Selector selector, Object attachment) throws IOException {
    this.channel = SocketChannel.open(broker);
    channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    channel.configureBlocking(false);
    this.key = channel.register(selector, SelectionKey.OP_READ, attachment);
  }

  /** Whether an answer is still to come. */
  boolean isBusy() {
    return underWay != null;
  }

  /** Sends a request in the latest version of its kind. */
  void send(AbstractRequest.Builder<?> builder) throws IOException {
    if (isBusy()) {
      throw new IllegalStateException("no answer yet to " + underWay);
    }
    AbstractRequest request = builder.build();
    underWay = new RequestHeader(request.apiKey(), request.version(), CLIENT_ID, correlationId++);
    ByteBuffer bytes = request.serializeWithHeader(underWay);
    out = ByteBuffer.allocate(Integer.BYTES + bytes.remaining());
    out.putInt(bytes.remaining()).put(bytes).flip();
    write();
  }

  /** To be called when the channel takes more. */
  void write() throws IOException {
    channel.write(out);
    key.interestOps(
        out.hasRemaining() ? SelectionKey.OP_READ | SelectionKey.OP_WRITE : SelectionKey.OP_READ);
  }

  /**
   * To be called when the channel has something.
   *
   * @return the answer, or null while it is not complete
   */
  AbstractResponse read() throws IOException {
    if (in == null) {
      fill(size);
      if (size.hasRemaining()) {
        return null;
      }
      in = ByteBuffer.allocate(size.flip().getInt());
      size.clear();
    }
    fill(in);
    if (in.hasRemaining()) {
      return null;
    }
    AbstractResponse response = AbstractResponse.parseResponse(in.flip(), underWay);
    in = null;
    underWay = null;
    return response;
  }

  private void fill(ByteBuffer buffer) throws IOException {
    if (channel.read(buffer) < 0) {
      throw new EOFException("the broker has closed the connection during " + underWay);
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
