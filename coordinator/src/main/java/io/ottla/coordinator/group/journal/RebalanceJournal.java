package io.ottla.coordinator.group.journal;

import java.util.List;
import java.util.Set;

/**
 * The last rebalances of the groups that this broker coordinates or has coordinated. From any
 * thread; what is returned does not change any more.
 */
public interface RebalanceJournal {

  /**
   * The rebalances of a group, the newest last; the last one may be under way. Empty if there were
   * none, or none that are still kept.
   */
  List<RebalanceEntry> entries(String groupId);

  /** The groups that have entries. */
  Set<String> groupIds();
}
