package io.ottla.bench.groups;

import java.util.Arrays;
import java.util.Collection;

/**
 * Who owns which partition, as the members themselves were told: from the callback that gives a
 * partition to the one that takes it. Called by the threads of all members.
 */
final class Ownership {

  private static final int NOBODY = -1;

  private final int[] owners;
  private final long[] freeSinceNs;
  private final int[] owned;
  private long lastChangeNs;
  private long longestFreeNs;
  private String overlap;

  /**
   * Of partitions that nobody owns yet.
   *
   * @param members numbered from 0, no more than there are partitions
   */
  Ownership(int partitions, int members, long nowNs) {
    this.owners = new int[partitions];
    this.freeSinceNs = new long[partitions];
    this.owned = new int[members];
    this.lastChangeNs = nowNs;
    Arrays.fill(owners, NOBODY);
    Arrays.fill(freeSinceNs, nowNs);
  }

  synchronized void given(int member, Collection<Integer> partitions, long nowNs) {
    for (int partition : partitions) {
      if (owners[partition] != NOBODY && overlap == null) {
        overlap =
            "partition %d was given to member %d while member %d had it"
                .formatted(partition, member, owners[partition]);
      }
      release(partition);
      longestFreeNs = Math.max(longestFreeNs, nowNs - freeSinceNs[partition]);
      owners[partition] = member;
      owned[member]++;
    }
    changed(partitions, nowNs);
  }

  synchronized void taken(int member, Collection<Integer> partitions, long nowNs) {
    for (int partition : partitions) {
      if (owners[partition] == member) {
        release(partition);
        freeSinceNs[partition] = nowNs;
      }
    }
    changed(partitions, nowNs);
  }

  private void release(int partition) {
    if (owners[partition] != NOBODY) {
      owned[owners[partition]]--;
      owners[partition] = NOBODY;
    }
  }

  private void changed(Collection<Integer> partitions, long nowNs) {
    if (!partitions.isEmpty()) {
      lastChangeNs = Math.max(lastChangeNs, nowNs);
    }
  }

  /** From now on only times without an owner that end later count, from this moment on. */
  synchronized void forgetTimes(long nowNs) {
    longestFreeNs = 0;
    for (int partition = 0; partition < freeSinceNs.length; partition++) {
      freeSinceNs[partition] = Math.max(freeSinceNs[partition], nowNs);
    }
  }

  /**
   * Whether every partition has an owner, and so many members have one share each, equal to within
   * one partition.
   */
  synchronized boolean sharedBy(int members) {
    int least = owners.length / members;
    int most = least + (owners.length % members == 0 ? 0 : 1);
    int sharing = 0;
    int total = 0;
    for (int count : owned) {
      if (count > 0) {
        if (count < least || count > most) {
          return false;
        }
        sharing++;
        total += count;
      }
    }
    return total == owners.length && sharing == members;
  }

  /** When a partition was given or taken last, in ns. */
  synchronized long lastChangeNs() {
    return lastChangeNs;
  }

  /** The longest that a partition which has an owner again had none. */
  synchronized long longestFreeNs() {
    return longestFreeNs;
  }

  /** What happened when a partition had two owners; null if that never was so. */
  synchronized String overlap() {
    return overlap;
  }

  /** For a message. */
  @Override
  public synchronized String toString() {
    long free = Arrays.stream(owners).filter(owner -> owner == NOBODY).count();
    return "%d partitions without owner, shares of the members %s"
        .formatted(free, Arrays.toString(owned));
  }
}
