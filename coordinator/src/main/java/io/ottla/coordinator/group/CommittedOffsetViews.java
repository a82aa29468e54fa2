package io.ottla.coordinator.group;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The committed offsets of the partitions that are loaded here. Shards add and remove theirs; read
 * from any thread.
 */
final class CommittedOffsetViews {

  private final Map<Integer, CommittedOffsets> views = new ConcurrentHashMap<>();

  void add(CommittedOffsets view) {
    views.put(view.partition(), view);
  }

  /** Takes just this one away, not what may have come in its place. */
  void remove(CommittedOffsets view) {
    views.remove(view.partition(), view);
  }

  List<CommittedOffsets> all() {
    return List.copyOf(views.values());
  }
}
