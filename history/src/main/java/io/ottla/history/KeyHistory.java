package io.ottla.history;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * What was written under the keys of a compacted topic: under each key by one writer, one value
 * after the other, the last of which may be a tombstone. {@link KeyChecker} judges what is read.
 *
 * <p>Each key is used by one thread at a time; any thread may ask.
 */
public final class KeyHistory {
  /** What became of a write. */
  public enum Outcome {
    /** Nobody knows, or not yet. */
    UNKNOWN,
    /** It was acknowledged, and so was the end of its transaction. */
    WRITTEN,
    /** Its transaction was aborted. */
    ABORTED
  }

  /** One write. */
  public static final class Write {
    private final String key;
    private final long number;
    private final boolean isTombstone;
    private volatile Outcome outcome = Outcome.UNKNOWN;

    private Write(String key, long number, boolean isTombstone) {
      this.key = key;
      this.number = number;
      this.isTombstone = isTombstone;
    }

    public String key() {
      return key;
    }

    /** The first of its key is 1, and each the next. */
    public long number() {
      return number;
    }

    public boolean isTombstone() {
      return isTombstone;
    }

    Outcome outcome() {
      return outcome;
    }

    /** Told when it is known. */
    public void ends(Outcome known) {
      outcome = known;
    }
  }

  /** A record that a reader with read_committed found; the numbers are those of the writes. */
  public record Seen(String key, long number, boolean isTombstone) {}

  private final ConcurrentMap<String, List<Write>> writes = new ConcurrentHashMap<>();

  /** Something is about to be written. */
  public Write send(String key, boolean isTombstone) {
    List<Write> before = writes.getOrDefault(key, List.of());
    Write write = new Write(key, before.size() + 1, isTombstone);
    List<Write> all = new ArrayList<>(before);
    all.add(write);
    writes.put(key, List.copyOf(all));
    return write;
  }

  /** How many writes were acknowledged. */
  public long acknowledged() {
    return count(Outcome.WRITTEN);
  }

  /** How many writes were aborted. */
  public long aborted() {
    return count(Outcome.ABORTED);
  }

  private long count(Outcome outcome) {
    return writes.values().stream()
        .flatMap(List::stream)
        .filter(write -> write.outcome == outcome)
        .count();
  }

  /** Of each key the number of the last write that is acknowledged now. */
  public Map<String, Long> lastAcknowledged() {
    Map<String, Long> last = new HashMap<>();
    writes.forEach(
        (key, all) -> {
          for (Write write : all) {
            if (write.outcome == Outcome.WRITTEN) {
              last.put(key, write.number);
            }
          }
        });
    return last;
  }

  /** The keys whose last write is a tombstone that was acknowledged. */
  public Set<String> deleted() {
    Set<String> deleted = new HashSet<>();
    writes.forEach(
        (key, all) -> {
          Write last = all.getLast();
          if (last.isTombstone && last.outcome == Outcome.WRITTEN) {
            deleted.add(key);
          }
        });
    return deleted;
  }

  /** The writes of a key, first to last. */
  List<Write> writes(String key) {
    return writes.getOrDefault(key, List.of());
  }
}
