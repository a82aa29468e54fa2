package io.ottla.simulation;

import java.util.Set;
import java.util.TreeSet;

/**
 * A network of a test: all links hold but those that are cut, all nodes run but those that do not.
 */
final class CutLinks implements Reachability {

  private final Set<String> cut = new TreeSet<>();
  private final Set<Integer> still = new TreeSet<>();

  void cut(int from, int to) {
    cut.add(from + ">" + to);
  }

  /** Between a node and each of the others, in both directions. */
  void isolate(int node, int... others) {
    for (int other : others) {
      cut(node, other);
      cut(other, node);
    }
  }

  void join(int from, int to) {
    cut.remove(from + ">" + to);
  }

  void heal() {
    cut.clear();
  }

  void pause(int node) {
    still.add(node);
  }

  void resume(int node) {
    still.remove(node);
  }

  @Override
  public boolean connected(int from, int to) {
    return !cut.contains(from + ">" + to);
  }

  @Override
  public boolean running(int node) {
    return !still.contains(node);
  }
}
