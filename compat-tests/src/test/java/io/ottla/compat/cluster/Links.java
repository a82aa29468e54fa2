package io.ottla.compat.cluster;

import io.ottla.compat.broker.FreePorts;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A TCP proxy before every listener of a cluster, which can be told to let nothing pass between two
 * nodes, or between a node and the clients. Nodes are told apart by {@link PeerIdentity}; what a
 * node sends to itself always passes. Any thread may use it.
 */
final class Links implements AutoCloseable {
  private static final int BUFFER_BYTES = 64 * 1024;
  private static final int CONNECT_TIMEOUT_MS = 5_000;

  private record Way(int from, int to) {}

  private final PeerIdentity identity;
  private final Map<Way, Link> links = new ConcurrentHashMap<>();
  private final List<ServerSocket> listeners = new ArrayList<>();
  private volatile RequestFaults requestFaults;
  private volatile boolean closed;

  Links(PeerIdentity identity) {
    this.identity = identity;
  }

  /** Stands before this port of this node; returns the port to be shown to others. */
  int standBefore(int nodeId, int targetPort) throws IOException {
    ServerSocket listener = new ServerSocket();
    listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), FreePorts.next()), 200);
    listeners.add(listener);
    Thread.ofVirtual().name("proxy-" + nodeId).start(() -> accept(listener, nodeId, targetPort));
    return listener.getLocalPort();
  }

  /** Nothing gets from one to the other, either way. */
  void cut(int one, int other) {
    link(one, other).cut();
    link(other, one).cut();
  }

  /** What one sends does not reach the other. */
  void cutOneWay(int from, int to) {
    link(from, to).cut();
  }

  /** Everything gets from one to the other again, both ways. */
  void mend(int one, int other) {
    link(one, other).mend();
    link(other, one).mend();
  }

  /** From now on everything takes so long on its way between these two, each way. */
  void slowDown(int one, int other, int milliseconds) {
    link(one, other).slowDown(milliseconds);
    link(other, one).slowDown(milliseconds);
  }

  /** How often something took longer than it should, on all ways. */
  long delayed() {
    return links.values().stream().mapToLong(Link::delayed).sum();
  }

  /** All is as it was before any cut. */
  void mendAll() {
    links
        .values()
        .forEach(
            link -> {
              link.slowDown(0);
              link.mend();
            });
  }

  /** How often something had to wait on the way between the two, either way. */
  long held(int one, int other) {
    return link(one, other).held() + link(other, one).held();
  }

  /** From now on new connections of clients are open to these faults. */
  void disturbWith(RequestFaults faults) {
    requestFaults = faults;
  }

  private Link link(int from, int to) {
    return links.computeIfAbsent(new Way(from, to), way -> new Link());
  }

  private void accept(ServerSocket listener, int nodeId, int targetPort) {
    while (!closed) {
      try {
        Socket socket = listener.accept();
        Thread.ofVirtual().name("link-" + nodeId).start(() -> connect(socket, nodeId, targetPort));
      } catch (IOException e) {
        if (!closed) {
          System.err.println("proxy before node " + nodeId + ": " + e);
        }
      }
    }
  }

  private void connect(Socket near, int nodeId, int targetPort) {
    Socket far = new Socket();
    try {
      near.setTcpNoDelay(true);
      int from = identity.of(near.getPort(), near.getLocalPort());
      Link there = from == nodeId ? new Link() : link(from, nodeId);
      Link back = from == nodeId ? new Link() : link(nodeId, from);
      there.pass();
      back.pass();
      far.setTcpNoDelay(true);
      far.connect(
          new InetSocketAddress(InetAddress.getLoopbackAddress(), targetPort), CONNECT_TIMEOUT_MS);
      RequestFaults faults = requestFaults;
      if (faults != null && from == PeerIdentity.CLIENT) {
        DisturbedConnection both = new DisturbedConnection(near, far, there, back, faults);
        Thread answers = Thread.ofVirtual().name("link-back-" + nodeId).start(both::carryAnswers);
        both.carryRequests();
        answers.join();
        return;
      }
      Thread answers =
          Thread.ofVirtual().name("link-back-" + nodeId).start(() -> pump(far, near, back));
      pump(near, far, there);
      answers.join();
    } catch (IOException refused) {
      reset(near);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      reset(far);
      reset(near);
    }
  }

  /** Carries bytes until either end is gone; the end of a stream is news that can be held too. */
  private static void pump(Socket from, Socket to, Link link) {
    byte[] buffer = new byte[BUFFER_BYTES];
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      int count;
      while ((count = in.read(buffer)) >= 0) {
        link.pass();
        out.write(buffer, 0, count);
      }
      link.pass();
      to.shutdownOutput();
    } catch (IOException gone) {
      passQuietly(link);
      reset(to);
      reset(from);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void passQuietly(Link link) {
    try {
      link.pass();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  static void reset(Socket socket) {
    try {
      if (!socket.isClosed()) {
        socket.setSoLinger(true, 0);
      }
      socket.close();
    } catch (IOException alreadyGone) {
      // Then there is nothing left to close.
    }
  }

  @Override
  public void close() throws IOException {
    closed = true;
    mendAll();
    for (ServerSocket listener : listeners) {
      listener.close();
    }
  }
}
