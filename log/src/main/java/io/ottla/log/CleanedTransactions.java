package io.ottla.log;

import io.ottla.log.cleaner.TransactionTrace;
import io.ottla.wire.record.RecordBatch;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;

/**
 * Follows the transactions of a log batch by batch while it is cleaned, and keeps the entries of
 * the transaction index that are still needed: of aborted transactions of which data was met. One
 * thread.
 */
final class CleanedTransactions implements TransactionTrace {

  /** An aborted transaction whose marker has not been met yet. */
  private static final class Aborted {
    final AbortedTransaction entry;
    boolean met;

    Aborted(AbortedTransaction entry) {
      this.entry = entry;
    }
  }

  private final PriorityQueue<AbortedTransaction> ahead =
      new PriorityQueue<>(Comparator.comparingLong(AbortedTransaction::firstOffset));
  private final Map<Long, Aborted> aborted = new HashMap<>();
  private final Set<Long> committed = new HashSet<>();
  private List<AbortedTransaction> needed = new ArrayList<>();

  /** Adds what the transaction indexes know of a stretch; before its first batch. */
  void add(List<AbortedTransaction> transactions) {
    ahead.addAll(transactions);
  }

  @Override
  public boolean isAborted(RecordBatch data) {
    takeUpTo(data.lastOffset());
    if (!data.isTransactional()) {
      return false;
    }
    Aborted transaction = aborted.get(data.producerId());
    if (transaction == null) {
      committed.add(data.producerId());
      return false;
    }
    transaction.met = true;
    return true;
  }

  @Override
  public boolean isObsolete(RecordBatch control) {
    takeUpTo(control.lastOffset());
    if (control.recordCount() == 0) {
      return true; // Cleaned before.
    }
    TransactionMarker marker = TransactionMarker.read(control);
    if (marker == null) {
      return false;
    }
    if (!marker.aborts()) {
      return !committed.remove(control.producerId());
    }
    Aborted transaction = aborted.remove(control.producerId());
    if (transaction == null || !transaction.met) {
      return true;
    }
    needed.add(transaction.entry);
    return false;
  }

  private void takeUpTo(long offset) {
    while (!ahead.isEmpty() && ahead.peek().firstOffset() <= offset) {
      AbortedTransaction entry = ahead.poll();
      aborted.computeIfAbsent(entry.producerId(), _ -> new Aborted(entry));
    }
  }

  /** The entries found to be needed since this was called last, in the order of their markers. */
  List<AbortedTransaction> takeNeeded() {
    if (needed.isEmpty()) {
      return List.of();
    }
    List<AbortedTransaction> taken = needed;
    needed = new ArrayList<>();
    return taken;
  }
}
