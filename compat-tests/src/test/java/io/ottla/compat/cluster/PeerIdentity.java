package io.ottla.compat.cluster;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * Tells which node a local TCP connection comes from by asking the system which process owns its
 * other end, so that a proxy can treat the nodes differently though all of them are 127.0.0.1, and
 * without any of them having to say who it is. Needs Linux's /proc. Any thread may ask.
 */
final class PeerIdentity {
  /** What stands for everyone who is not a node of the cluster. */
  static final int CLIENT = 0;

  private final Map<Integer, LongSupplier> pids = new ConcurrentHashMap<>();

  /** Whether this system can answer. */
  static boolean isAvailable() {
    return Files.isReadable(Path.of("/proc/net/tcp"));
  }

  /** From now on connections of this process (-1: none) are this node's. */
  void register(int nodeId, LongSupplier pid) {
    pids.put(nodeId, pid);
  }

  /** The node that has a connection from this local port to that one, or {@link #CLIENT}. */
  int of(int fromPort, int toPort) throws IOException {
    String inode = inode(fromPort, toPort);
    if (inode != null) {
      String target = "socket:[" + inode + "]";
      for (Map.Entry<Integer, LongSupplier> node : pids.entrySet()) {
        if (holds(node.getValue().getAsLong(), target)) {
          return node.getKey();
        }
      }
    }
    return CLIENT;
  }

  private static String inode(int fromPort, int toPort) throws IOException {
    String from = String.format(Locale.ROOT, ":%04X", fromPort);
    String to = String.format(Locale.ROOT, ":%04X", toPort);
    for (String table : new String[] {"/proc/net/tcp6", "/proc/net/tcp"}) {
      if (!Files.isReadable(Path.of(table))) {
        continue;
      }
      for (String line : Files.readAllLines(Path.of(table))) {
        String[] fields = line.trim().split("\\s+");
        if (fields.length > 9 && fields[1].endsWith(from) && fields[2].endsWith(to)) {
          return fields[9];
        }
      }
    }
    return null;
  }

  private static boolean holds(long pid, String target) {
    if (pid <= 0) {
      return false;
    }
    Path descriptors = Path.of("/proc", Long.toString(pid), "fd");
    try (DirectoryStream<Path> all = Files.newDirectoryStream(descriptors)) {
      for (Path descriptor : all) {
        try {
          if (Files.readSymbolicLink(descriptor).toString().equals(target)) {
            return true;
          }
        } catch (IOException closedMeanwhile) {
          continue;
        }
      }
    } catch (IOException ended) {
      return false;
    }
    return false;
  }
}
