package io.ottla.metadata.controller;

import io.ottla.metadata.image.NodeIds;
import java.util.ArrayList;
import java.util.List;

/**
 * Which brokers hold a new partition: first replicas go round the brokers, the others follow theirs
 * at a distance that grows with each round, so that the followers of one broker's partitions are
 * spread too. No broker holds two replicas of a partition.
 */
final class Placement {

  private Placement() {}

  /**
   * @param brokers whom to choose from; at least {@code replicas}
   * @param count how many partitions
   * @param replicas how many replicas of each
   * @param start where to begin; any number not negative
   */
  static List<NodeIds> place(List<Integer> brokers, int count, int replicas, int start) {
    int size = brokers.size();
    if (replicas < 1 || replicas > size) {
      throw new IllegalArgumentException(replicas + " replicas on " + size + " brokers");
    }
    List<NodeIds> placed = new ArrayList<>(count);
    for (int partition = 0; partition < count; partition++) {
      int first = (int) (((long) start + partition) % size);
      int round = partition / size;
      int[] ids = new int[replicas];
      ids[0] = brokers.get(first);
      for (int follower = 1; follower < replicas; follower++) {
        int distance = 1 + (round + start + follower - 1) % (size - 1);
        ids[follower] = brokers.get((first + distance) % size);
      }
      placed.add(NodeIds.of(ids));
    }
    return placed;
  }
}
