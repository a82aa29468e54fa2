package io.ottla.log;

import io.ottla.wire.TopicPartition;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Logs that are gone from a directory, deleted, set aside or moved away by hand, but of which its
 * checkpoints on the disk may still speak. After a crash, that must not be taken for what is known
 * of a new log of the same name. Any thread.
 */
final class GoneLogs {

  private final Set<TopicPartition> gone = ConcurrentHashMap.newKeySet();

  /** A log is gone; what is written to checkpoints from here on does not speak of it. */
  synchronized void add(TopicPartition partition) {
    gone.add(partition);
  }

  /** Of those that a checkpoint speaks of, all that are not there are gone. */
  synchronized void addAll(Collection<TopicPartition> known, Collection<TopicPartition> there) {
    gone.addAll(known);
    gone.removeAll(there);
  }

  /**
   * A log is about to be made; if there was one of its name, has the checkpoints written without
   * it. One write does for all that are gone, however many are made anew.
   */
  synchronized void onCreating(TopicPartition partition, Runnable checkpoints) {
    if (gone.contains(partition)) {
      List<TopicPartition> forgotten = List.copyOf(gone);
      checkpoints.run();
      forgotten.forEach(gone::remove);
    }
  }
}
