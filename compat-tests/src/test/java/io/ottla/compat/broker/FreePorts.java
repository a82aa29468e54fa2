package io.ottla.compat.broker;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;

/**
 * Ports nobody listens on. They are taken from below the range the system gives to outgoing
 * connections, so that no client can sit on a broker's port while the broker is being restarted.
 */
public final class FreePorts {
  private static final int FIRST = 12_000;
  private static final int END = 32_000;
  private static final Set<Integer> GIVEN = new HashSet<>();
  private static final Random RANDOM = new Random();

  private FreePorts() {}

  /** A port that is free now and was not given before. */
  public static synchronized int next() {
    while (true) {
      int port = FIRST + RANDOM.nextInt(END - FIRST);
      if (GIVEN.add(port) && isFree(port)) {
        return port;
      }
    }
  }

  private static boolean isFree(int port) {
    try (ServerSocket socket = new ServerSocket()) {
      socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      return true;
    } catch (IOException taken) {
      return false;
    }
  }
}
