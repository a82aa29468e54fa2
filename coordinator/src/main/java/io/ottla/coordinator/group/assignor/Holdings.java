package io.ottla.coordinator.group.assignor;

import java.util.Arrays;

/**
 * Who holds which partitions of one topic, as it is when this is made. A member gives first what it
 * did not have before, then its highest partitions.
 */
final class Holdings {

  private static final int NONE = -1;

  private final int[] first;
  private final int[] following;

  Holdings(Draft draft, int topic) {
    int count = draft.partitionCount(topic);
    first = new int[draft.memberCount()];
    Arrays.fill(first, NONE);
    following = new int[count];
    add(draft, topic, true);
    add(draft, topic, false);
  }

  private void add(Draft draft, int topic, boolean isKept) {
    for (int partition = 0; partition < following.length; partition++) {
      int owner = draft.owner(topic, partition);
      if (owner != Draft.NOBODY && draft.isKept(topic, partition) == isKept) {
        following[partition] = first[owner];
        first[owner] = partition;
      }
    }
  }

  boolean has(int member) {
    return first[member] != NONE;
  }

  /** The partition that the member would give. */
  int next(int member) {
    return first[member];
  }

  int take(int member) {
    int partition = first[member];
    first[member] = following[partition];
    return partition;
  }
}
