package io.ottla.replication;

import io.ottla.log.LogDirectory;
import io.ottla.log.LogFlusher;
import io.ottla.log.PartitionLog;
import io.ottla.wire.TopicPartition;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The log directories of this broker: where a partition's log is, and where a new one goes.
 *
 * <p>Used by the thread that applies metadata; {@link #all}, {@link #prefer}, {@link #failed} and
 * what tells of trouble by any.
 */
public final class LogDirectories {

  /**
   * A directory and who forces its logs.
   *
   * @param directory open and locked
   * @param flusher runs on a thread of its own
   */
  public record Place(LogDirectory directory, LogFlusher flusher) {}

  private static final int MAX_PREFERRED = 10_000;

  private final List<Place> places;
  private final Map<TopicPartition, Place> found = new HashMap<>();
  private final Map<Place, Integer> logs = new HashMap<>();
  private final Set<Place> failed = ConcurrentHashMap.newKeySet();
  private final Set<Place> full = ConcurrentHashMap.newKeySet();
  private volatile Runnable listener = () -> {};

  /** Where clients want logs that are not here yet. */
  private final Map<TopicPartition, Place> preferred = new ConcurrentHashMap<>();

  public LogDirectories(List<Place> places) {
    this.places = List.copyOf(places);
    for (Place place : places) {
      logs.put(place, 0);
      for (TopicPartition partition : place.directory().partitions().keySet()) {
        found.putIfAbsent(partition, place);
        logs.merge(place, 1, Integer::sum);
      }
    }
  }

  public List<Place> all() {
    return places;
  }

  /**
   * Where a log that is not here yet is to go when it comes. Forgotten when the broker stops, or
   * when there are very many. Any thread.
   *
   * @param place one of {@link #all}
   */
  public void prefer(TopicPartition partition, Place place) {
    if (preferred.size() < MAX_PREFERRED) {
      preferred.put(partition, place);
    }
  }

  /**
   * Where the partition's log is; for a new one, the directory it is wanted in, or that with the
   * fewest logs.
   */
  Place placeOf(TopicPartition partition) {
    return found.computeIfAbsent(
        partition,
        _ -> {
          Place wanted = preferred.remove(partition);
          Place chosen =
              wanted != null
                  ? wanted
                  : places.stream()
                      .min(
                          Comparator.comparing((Place place) -> failed.contains(place))
                              .thenComparingInt(logs::get))
                      .orElseThrow();
          logs.merge(chosen, 1, Integer::sum);
          return chosen;
        });
  }

  /**
   * A log in the directory has failed: nothing new goes there if there is another one.
   *
   * @return whether that is news
   */
  boolean fail(Place place) {
    boolean news = failed.add(place);
    tell();
    return news;
  }

  /**
   * A directory has no more room, or has room again.
   *
   * @return whether that is news
   */
  boolean fill(Place place, boolean isFull) {
    boolean news = isFull ? full.add(place) : full.remove(place);
    if (news) {
      tell();
    }
    return news;
  }

  /** Who is told, on any thread and maybe again and again, to look at {@link #isInTrouble}. */
  public void whenChanged(Runnable told) {
    listener = told;
  }

  private void tell() {
    listener.run();
  }

  /** Whether there is a directory that takes no appends: it has failed, or is full. Any thread. */
  public boolean isInTrouble() {
    return !failed.isEmpty() || !full.isEmpty();
  }

  /** The directory of an open log, or null. Any thread. */
  Place whereIs(PartitionLog log) {
    for (Place place : places) {
      if (place.directory().logs().contains(log)) {
        return place;
      }
    }
    return null;
  }

  /**
   * The directories in which a log failed since the broker started, for the heartbeats that tell
   * the controller. Any thread.
   */
  public List<LogDirectory> failed() {
    return failed.stream().map(Place::directory).toList();
  }

  /** The partition's log is gone. */
  void forget(TopicPartition partition) {
    Place place = found.remove(partition);
    if (place != null) {
      logs.merge(place, -1, Integer::sum);
    }
  }

  /** The partitions that have a directory but no open log. */
  List<TopicPartition> unopened() {
    List<TopicPartition> unopened = new ArrayList<>();
    for (Place place : places) {
      unopened.addAll(place.directory().partitions().keySet());
    }
    return unopened;
  }
}
