package io.ottla.coordinator.group;

import io.ottla.coordinator.Deadline;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Ids that a classic group has given out to members which have not joined with them yet (KIP-394),
 * and when they expire.
 *
 * <p>Owned by the shard's thread.
 */
final class PendingMembers {

  private final Map<String, Deadline> expiries = new LinkedHashMap<>();

  boolean contains(String memberId) {
    return expiries.containsKey(memberId);
  }

  boolean isEmpty() {
    return expiries.isEmpty();
  }

  int size() {
    return expiries.size();
  }

  void add(String memberId, Deadline expiry) {
    expiries.put(memberId, expiry);
  }

  /** Takes an id back, if it was given out: its time does not run any more. */
  void remove(String memberId) {
    Deadline expiry = expiries.remove(memberId);
    if (expiry != null) {
      expiry.cancel();
    }
  }

  void clear() {
    expiries.values().forEach(Deadline::cancel);
    expiries.clear();
  }
}
