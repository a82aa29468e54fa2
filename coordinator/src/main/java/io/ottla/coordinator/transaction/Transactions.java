package io.ottla.coordinator.transaction;

import io.ottla.wire.message.TransactionLogValue;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The transactional ids of one partition. They come and go by replay alone.
 *
 * <p>Owned by the shard's thread.
 */
final class Transactions {

  private final Map<String, TransactionEntry> entries = new LinkedHashMap<>();

  /** The entry of an id, or null. */
  TransactionEntry find(String transactionalId) {
    return entries.get(transactionalId);
  }

  Collection<TransactionEntry> all() {
    return Collections.unmodifiableCollection(entries.values());
  }

  /**
   * @param value null for a tombstone
   */
  void replay(String transactionalId, TransactionLogValue value) {
    if (value == null) {
      entries.remove(transactionalId);
    } else {
      entries
          .computeIfAbsent(transactionalId, TransactionEntry::new)
          .replay(TransactionRecords.read(value));
    }
  }
}
