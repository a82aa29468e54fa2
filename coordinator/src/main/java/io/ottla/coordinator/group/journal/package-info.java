/**
 * The rebalance journal: which rebalances the groups of this broker have gone through, why, how
 * long they took, and which partitions nobody owned meanwhile.
 *
 * <pre>
 *  RebalanceObserver   told by the protocols, on the shard's thread
 *    JournalWriter       one per partition of __consumer_offsets: what is under way
 *      JournalStore        what is read, from any thread: RebalanceJournal, RebalanceEntry
 * </pre>
 *
 * <p>The package knows nothing of the protocols that tell it. It is kept in memory only: a broker
 * that restarts begins with an empty journal, and each broker has the rebalances that it
 * coordinated itself.
 */
package io.ottla.coordinator.group.journal;
