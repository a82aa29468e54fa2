package io.ottla.compat.wire;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;

/** A connection that sends whatever bytes it is given, well formed or not. */
public final class RawConnection implements AutoCloseable {
  private static final Duration READ_LIMIT = Duration.ofSeconds(20);

  private final Socket socket;
  private final DataInputStream in;
  private final OutputStream out;

  private RawConnection(Socket socket) throws IOException {
    this.socket = socket;
    this.in = new DataInputStream(socket.getInputStream());
    this.out = socket.getOutputStream();
  }

  /** Connects to a port of 127.0.0.1. */
  public static RawConnection to(int port) throws IOException {
    Socket socket = new Socket();
    try {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 5_000);
      socket.setTcpNoDelay(true);
      socket.setSoTimeout((int) READ_LIMIT.toMillis());
      return new RawConnection(socket);
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  /** Whether anyone accepts connections on this port. */
  public static boolean isAccepted(int port) {
    try (RawConnection connection = to(port)) {
      return connection.socket.isConnected();
    } catch (IOException notYet) {
      return false;
    }
  }

  /** Whether a broker on this port answers ApiVersions v0 without an error. */
  public static boolean answersApiVersions(int port) {
    try (RawConnection connection = to(port)) {
      return connection.answersApiVersions();
    } catch (IOException notYet) {
      return false;
    }
  }

  /** Whether the broker answers ApiVersions v0 on this connection without an error. */
  public boolean answersApiVersions() throws IOException {
    send(Frames.apiVersions(0, 7));
    ByteBuffer answer = receive();
    return answer.getInt() == 7 && answer.getShort() == 0;
  }

  /** The keys of the APIs that the broker on this port offers. */
  public static Set<Integer> offeredApis(int port) throws IOException {
    try (RawConnection connection = to(port)) {
      connection.send(Frames.apiVersions(0, 7));
      ByteBuffer answer = connection.receive().position(Integer.BYTES + Short.BYTES);
      Set<Integer> keys = new HashSet<>();
      for (int left = answer.getInt(); left > 0; left--) {
        keys.add((int) answer.getShort());
        answer.position(answer.position() + 2 * Short.BYTES);
      }
      return keys;
    }
  }

  /** Sends bytes as they are. */
  public void send(byte... bytes) throws IOException {
    out.write(bytes);
    out.flush();
  }

  /** Sends the remaining bytes of a buffer as they are. */
  public void send(ByteBuffer bytes) throws IOException {
    byte[] copy = new byte[bytes.remaining()];
    bytes.duplicate().get(copy);
    send(copy);
  }

  /** The next response, without its length; positioned at the correlation id. */
  public ByteBuffer receive() throws IOException {
    byte[] body = new byte[in.readInt()];
    in.readFully(body);
    return ByteBuffer.wrap(body);
  }

  /** Says that nothing more will be sent. */
  public void finishSending() throws IOException {
    socket.shutdownOutput();
  }

  /**
   * Whether the broker closes the connection within the limit without sending anything. Having been
   * reset counts as closed.
   */
  public boolean isClosedByBroker(Duration limit) throws IOException {
    socket.setSoTimeout((int) limit.toMillis());
    try {
      return in.read() == -1;
    } catch (SocketTimeoutException stillOpen) {
      return false;
    } catch (SocketException | EOFException reset) {
      return true;
    } finally {
      if (!socket.isClosed()) {
        socket.setSoTimeout((int) READ_LIMIT.toMillis());
      }
    }
  }

  /** Ends the connection with a reset instead of a farewell. */
  public void reset() throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
