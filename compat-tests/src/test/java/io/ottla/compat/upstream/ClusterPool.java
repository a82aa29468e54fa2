package io.ottla.compat.upstream;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;

/**
 * The clusters that no test has at the moment but that the next one with equal settings may take
 * over, the last used first. What a test has left in them is removed when the next one takes them,
 * for by then all its clients are closed. One thread uses it: tests run one after the other.
 */
final class ClusterPool {
  /** The one of this JVM. */
  static final ClusterPool SHARED = new ClusterPool();

  private static final int MOST_KEPT = 3;

  private final Deque<ProcessCluster> idle = new ArrayDeque<>();

  private ClusterPool() {}

  /** One with nothing in it; not yet started, if it is new. */
  ProcessCluster take(ClusterSettings settings) throws Exception {
    Iterator<ProcessCluster> all = idle.iterator();
    while (all.hasNext()) {
      ProcessCluster cluster = all.next();
      if (cluster.settings().equals(settings)) {
        all.remove();
        if (cluster.isAllAlive() && LeftOvers.remove(cluster)) {
          return cluster;
        }
        cluster.close();
      }
    }
    System.err.printf("A new cluster: %s%n", settings);
    return ProcessCluster.of(settings);
  }

  void giveBack(ProcessCluster cluster, boolean reusable) throws Exception {
    if (!reusable || cluster.settings().isSecured()) {
      cluster.close();
      return;
    }
    idle.addFirst(cluster);
    while (idle.size() > MOST_KEPT) {
      idle.removeLast().close();
    }
  }

  /** Ends all that are not in use. */
  void close() throws Exception {
    while (!idle.isEmpty()) {
      idle.removeFirst().close();
    }
  }
}
