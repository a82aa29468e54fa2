package io.ottla.compat.broker;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;

/**
 * Ports nobody listens on. They are taken from below the range the system gives to outgoing
 * connections, so that no client can sit on a broker's port while the broker is being restarted.
 * Test processes that run at the same time have ranges of their own ({@code compat.fork}, from 1),
 * so that none takes the port of another's broker that is down for a moment.
 */
public final class FreePorts {
  private static final int RANGES = 2;
  private static final int SIZE = 10_000;
  private static final int FIRST =
      12_000 + (Integer.getInteger("compat.fork", 1) - 1) % RANGES * SIZE;
  private static final Set<Integer> GIVEN = new HashSet<>();
  private static final Random RANDOM = new Random();

  private FreePorts() {}

  /** A port that is free now and was not given before. */
  public static synchronized int next() {
    while (true) {
      int port = FIRST + RANDOM.nextInt(SIZE);
      if (give(port)) {
        return port;
      }
    }
  }

  /** A port that {@link #next} could give, as could be those that are the offsets higher. */
  public static synchronized int base(int... offsets) {
    int highest = Arrays.stream(offsets).max().orElse(0);
    while (true) {
      int base = FIRST + RANDOM.nextInt(SIZE - highest);
      if (give(base) && Arrays.stream(offsets).allMatch(offset -> give(base + offset))) {
        return base;
      }
    }
  }

  private static boolean give(int port) {
    return GIVEN.add(port) && isFree(port);
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
