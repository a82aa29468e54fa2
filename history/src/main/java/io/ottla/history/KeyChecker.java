package io.ottla.history;

import io.ottla.history.Anomaly.Kind;
import io.ottla.history.KeyHistory.Outcome;
import io.ottla.history.KeyHistory.Seen;
import io.ottla.history.KeyHistory.Write;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Judges what a reader with read_committed found in a compacted topic, read from its beginning to
 * its end: of each key the last value that was acknowledged before, or one after it; if that was a
 * tombstone perhaps nothing, but no older value; nothing that was aborted; and whatever is left in
 * the order it was written.
 */
public final class KeyChecker {
  private final KeyHistory history;
  private final List<Anomaly> anomalies = new ArrayList<>();
  private final Map<String, Long> last = new HashMap<>();

  private KeyChecker(KeyHistory history) {
    this.history = history;
  }

  /**
   * @param before of each key the last write that was acknowledged when the reader began
   * @param log what it found, in the order of each partition
   * @return none if all is well
   */
  public static List<Anomaly> check(KeyHistory history, Map<String, Long> before, List<Seen> log) {
    KeyChecker checker = new KeyChecker(history);
    log.forEach(checker::checkRecord);
    before.forEach(checker::checkKey);
    return checker.anomalies;
  }

  private void report(Kind kind, String detail, Object... arguments) {
    anomalies.add(new Anomaly(kind, detail.formatted(arguments)));
  }

  private void checkRecord(Seen seen) {
    List<Write> writes = history.writes(seen.key());
    if (seen.number() < 1
        || seen.number() > writes.size()
        || writes.get((int) seen.number() - 1).isTombstone() != seen.isTombstone()) {
      report(Kind.INVENTED, "%s was not written", seen);
      return;
    }
    if (writes.get((int) seen.number() - 1).outcome() == Outcome.ABORTED) {
      report(Kind.ABORTED_READ, "%s was aborted", seen);
    }
    Long other = last.put(seen.key(), seen.number());
    if (other != null && other >= seen.number()) {
      report(
          other == seen.number() ? Kind.DUPLICATE : Kind.REORDERED,
          "%s comes behind number %d",
          seen,
          other);
    }
  }

  private void checkKey(String key, long acknowledged) {
    Long found = last.get(key);
    if (found != null && found >= acknowledged) {
      return;
    }
    boolean isDeleted = isDeletedFrom(key, acknowledged);
    if (found == null && !isDeleted) {
      report(Kind.LOST, "nothing of %s is left, of which number %d was written", key, acknowledged);
    } else if (found != null) {
      report(
          isDeleted ? Kind.RESURRECTED : Kind.LOST,
          "the last of %s is number %d, though %d was written",
          key,
          found,
          acknowledged);
    }
  }

  /** Whether a write or one after it is a tombstone that may be in the log. */
  private boolean isDeletedFrom(String key, long number) {
    return history.writes(key).stream()
        .anyMatch(
            write ->
                write.number() >= number
                    && write.isTombstone()
                    && write.outcome() != Outcome.ABORTED);
  }
}
