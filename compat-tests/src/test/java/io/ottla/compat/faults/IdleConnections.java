package io.ottla.compat.faults;

import io.ottla.compat.cluster.ClusterNode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Connections on which nothing is ever sent. The test's thread owns it. */
final class IdleConnections implements AutoCloseable {
  private static final int CONNECT_LIMIT_MS = 5_000;

  private final Map<ClusterNode, List<SocketChannel>> byNode = new HashMap<>();

  /** Connects so many times. One that is not even accepted counts as closed. */
  void open(ClusterNode node, int count) throws IOException {
    List<SocketChannel> channels = byNode.computeIfAbsent(node, _ -> new ArrayList<>());
    for (int i = 0; i < count; i++) {
      SocketChannel channel = SocketChannel.open();
      channels.add(channel);
      try {
        channel
            .socket()
            .connect(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), node.directPort()),
                CONNECT_LIMIT_MS);
        channel.configureBlocking(false);
      } catch (SocketTimeoutException e) {
        channel.close();
      }
    }
  }

  int opened() {
    return byNode.values().stream().mapToInt(List::size).sum();
  }

  /** How many the broker has kept until now. */
  int stillOpen(ClusterNode node) {
    return (int) byNode.get(node).stream().filter(IdleConnections::isKept).count();
  }

  int closed(ClusterNode node) {
    return byNode.get(node).size() - stillOpen(node);
  }

  private static boolean isKept(SocketChannel channel) {
    try {
      return channel.isOpen() && channel.read(ByteBuffer.allocate(1)) == 0;
    } catch (IOException e) {
      return false; // reset
    }
  }

  @Override
  public void close() throws IOException {
    for (List<SocketChannel> channels : byNode.values()) {
      for (SocketChannel channel : channels) {
        channel.close();
      }
    }
  }
}
