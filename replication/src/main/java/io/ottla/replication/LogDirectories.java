package io.ottla.replication;

import io.ottla.log.FileHandles;
import io.ottla.log.LogDirectory;
import io.ottla.log.LogException;
import io.ottla.log.LogFlusher;
import io.ottla.log.PartitionLog;
import io.ottla.wire.TopicPartition;
import io.ottla.wire.Uuid;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The log directories of this broker: where a partition's log is, where a new one goes, and which
 * directories take no appends.
 *
 * <p>A directory that has <em>failed</em> is given up until the broker is restarted; one that is
 * <em>full</em> is used again when it has room. Where a directory that refuses something has no
 * room, that is why; else it has failed.
 *
 * <p>Any thread.
 */
public final class LogDirectories {

  private static final Logger LOG = LoggerFactory.getLogger(LogDirectories.class);

  /**
   * A directory and who forces its logs.
   *
   * @param directory open and locked
   * @param flusher runs on a thread of its own
   * @param id as the controllers know it
   */
  public record Place(LogDirectory directory, LogFlusher flusher, Uuid id) {}

  /** Once nothing could be written any more, so much must be free before it is tried again. */
  private static final long ROOM_TO_GO_ON = 1 << 20;

  private static final int MAX_PREFERRED = 10_000;

  private final List<Place> places;
  private final List<Path> unusable;
  private final long reservedBytes;
  private final Map<TopicPartition, Place> found = new HashMap<>();
  private final Map<Place, Integer> logs = new HashMap<>();
  private final Set<Place> failed = ConcurrentHashMap.newKeySet();
  private final Set<Place> full = ConcurrentHashMap.newKeySet();

  /** Those that found no room for something, however little has to stay free in them. */
  private final Set<Place> ranOut = ConcurrentHashMap.newKeySet();

  /** Whether there were no file handles left since the space was last looked for. */
  private final AtomicBoolean lackedHandles = new AtomicBoolean();

  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();

  /** Where clients want logs that are not here yet. */
  private final Map<TopicPartition, Place> preferred = new ConcurrentHashMap<>();

  /**
   * @param places at least one
   * @param unusable directories that could not be opened when the broker started
   * @param reservedBytes what must stay free in each directory ({@code log.dir.free.bytes.min})
   */
  public LogDirectories(List<Place> places, List<Path> unusable, long reservedBytes) {
    this.places = List.copyOf(places);
    this.unusable = List.copyOf(unusable);
    this.reservedBytes = reservedBytes;
    for (Place place : places) {
      logs.put(place, 0);
      for (TopicPartition partition : place.directory().partitions().keySet()) {
        Place other = found.putIfAbsent(partition, place);
        logs.merge(place, 1, Integer::sum);
        if (other != null) {
          LOG.error(
              "{} is in {}, which is used, and in {}, which is not: one of the two is older. Stop"
                  + " the broker and delete that one",
              partition,
              other.directory(),
              place.directory());
        }
      }
      place.directory().whenReadFails(cause -> fail(place, cause));
    }
    if (unusable.isEmpty()) {
      places.forEach(this::settleFutures);
    }
  }

  /** Copies whose originals are in no directory. */
  private void settleFutures(Place place) {
    for (TopicPartition partition : place.directory().futures().keySet()) {
      if (found.containsKey(partition)) {
        continue;
      }
      try {
        if (place.directory().isPrepared(partition)) {
          LOG.info("{} was moved to {} when the broker stopped", partition, place.directory());
          found.put(partition, place);
          logs.merge(place, 1, Integer::sum);
          place.directory().promote(partition);
        } else {
          LOG.warn(
              "{} was to be moved to {}, but the directory it came from is gone; what was copied"
                  + " is kept as {}",
              partition,
              place.directory(),
              place.directory().setAside(partition));
        }
      } catch (LogException e) {
        LOG.error("{} in {}: {}", partition, place.directory(), e.getMessage());
      }
    }
  }

  /** A partition's log is in another directory now. */
  synchronized void moved(TopicPartition partition, Place to) {
    Place from = found.put(partition, to);
    if (from != null) {
      logs.merge(from, -1, Integer::sum);
    }
    logs.merge(to, 1, Integer::sum);
  }

  /** Deletes what was copied of a partition to a directory, if nobody works on it. */
  void deleteFuture(Place place, TopicPartition partition) {
    try {
      if (place.directory().futures().containsKey(partition)) {
        place.directory().deleteClosed(partition, Long.MIN_VALUE);
      }
    } catch (LogException e) {
      LOG.warn("What was copied of {} is not deleted: {}", partition, e.getMessage());
    }
  }

  /** Those that could be opened, also if they have failed since. */
  public List<Place> all() {
    return places;
  }

  /** Those that could not be opened when the broker started. */
  public List<Path> unusable() {
    return unusable;
  }

  /**
   * Where a log that is not here yet is to go when it comes. Forgotten when the broker stops, or
   * when there are very many.
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
   * fewest logs, of those that have room and have not failed.
   */
  synchronized Place placeOf(TopicPartition partition) {
    return found.computeIfAbsent(
        partition,
        _ -> {
          Place wanted = preferred.remove(partition);
          Place chosen =
              wanted != null && !failed.contains(wanted)
                  ? wanted
                  : places.stream()
                      .min(
                          Comparator.comparing((Place place) -> failed.contains(place))
                              .thenComparing(full::contains)
                              .thenComparingInt(logs::get))
                      .orElseThrow();
          logs.merge(chosen, 1, Integer::sum);
          return chosen;
        });
  }

  /** Whether the partition's log is nowhere, but may be in a directory that could not be opened. */
  synchronized boolean isPerhapsUnusable(TopicPartition partition) {
    return !unusable.isEmpty() && !found.containsKey(partition);
  }

  /** The partition's log is gone, or out of reach for good. */
  synchronized void forget(TopicPartition partition) {
    Place place = found.remove(partition);
    if (place != null) {
      logs.merge(place, -1, Integer::sum);
    }
  }

  /**
   * A directory has refused something. Asks the disk; may block.
   *
   * @param cause what it said
   */
  void onRefused(Place place, LogException cause) {
    if (failed.contains(place) || lackedHandles(cause)) {
      return;
    }
    // Whatever the numbers say: there was none, and what was needed may have been freed since.
    boolean noSpace = cause.saysNoSpace();
    if (noSpace || isPerhapsNoSpace(cause)) {
      ranOut.add(place);
    }
    if (checkSpace(place) && !noSpace) {
      fail(place, cause);
    }
  }

  /**
   * A log in a directory could not be opened. Whether it was for want of room: then the directory
   * counts as full, and whoever listens hears of it when there is room. Any thread.
   */
  boolean lackedRoom(Place place, LogException cause) {
    if (failed.contains(place) || !cause.saysNoSpace()) {
      return false;
    }
    ranOut.add(place);
    if (full.add(place)) {
      LOG.error("{} has no room for another log: it is full until there is", place.directory());
      listeners.forEach(Runnable::run);
    }
    return true;
  }

  /**
   * Whether something was refused because this process has as many files open as it may. It is
   * tried again, and listeners hear of it when the space is looked for next. Any thread.
   */
  boolean lackedHandles(LogException cause) {
    if (!cause.saysNoHandles()) {
      return false;
    }
    if (!lackedHandles.getAndSet(true)) {
      LOG.warn(
          "{}: this process may have {} files and connections open (ulimit -n), which is too few"
              + " for its partitions and clients. What it needs a file for is tried again; raise"
              + " the limit and restart this broker",
          cause.getMessage(),
          FileHandles.limit());
    }
    return true;
  }

  /** A page of a mapped file could not be written: of this, the system does not say why. */
  private static boolean isPerhapsNoSpace(Throwable cause) {
    for (Throwable it = cause; it != null; it = it.getCause()) {
      if (it instanceof InternalError) {
        return true;
      }
    }
    return false;
  }

  /** A directory does not give back what it holds, or takes nothing though it has room. */
  private void fail(Place place, LogException cause) {
    if (failed.add(place)) {
      LOG.error(
          "{} has failed ({}): {}. Mend the disk and restart this broker",
          place.directory(),
          cause.getMessage(),
          haveAllFailed()
              ? "no other log directory is left. Where there are other brokers they lead from now"
                  + " on; else what can still be read is read"
              : "the partitions in it are offline, and other brokers lead them where there are any;"
                  + " the other log directories are used on");
      listeners.forEach(Runnable::run);
    }
  }

  /** Looks for the free space of all directories; may block. */
  void checkSpace() {
    places.stream().filter(place -> !failed.contains(place)).forEach(this::checkSpace);
    if (lackedHandles.getAndSet(false)) {
      listeners.forEach(Runnable::run);
    }
  }

  /** Returns whether there is room. */
  private boolean checkSpace(Place place) {
    long needed = ranOut.contains(place) ? Math.max(reservedBytes, ROOM_TO_GO_ON) : reservedBytes;
    boolean hasRoom = place.directory().checkSpace(needed);
    if (hasRoom) {
      ranOut.remove(place);
    }
    boolean news = hasRoom ? full.remove(place) : full.add(place);
    if (news) {
      if (hasRoom) {
        LOG.info("{} has space again: appends are taken", place.directory());
      } else {
        LOG.error(
            "{} has less than {} bytes of space left{}: appends to it are refused, and other"
                + " brokers lead where there are any, until there is room",
            place.directory(),
            needed,
            needed == reservedBytes ? " (log.dir.free.bytes.min)" : ", and has run out of it");
      }
      listeners.forEach(Runnable::run);
    }
    return hasRoom;
  }

  /** Who is told, on any thread and maybe again and again, to look what has changed. */
  public void whenChanged(Runnable told) {
    listeners.add(told);
  }

  /** Whether there is a directory that takes no appends: it has failed, or is full. */
  public boolean isInTrouble() {
    return !failed.isEmpty() || !full.isEmpty();
  }

  /** Whether there is no directory left that takes appends. */
  public boolean areAllInTrouble() {
    return places.stream().allMatch(place -> failed.contains(place) || full.contains(place));
  }

  boolean haveAllFailed() {
    return failed.size() == places.size();
  }

  /** Whether something in the directory failed since the broker started. */
  public boolean isFailed(Place place) {
    return failed.contains(place);
  }

  boolean isFull(Place place) {
    return full.contains(place);
  }

  /** How much was appended to the logs of each directory and may not be on its disk. */
  public List<UnforcedWindow> unforced(long nowMs) {
    return places.stream().map(place -> UnforcedWindow.of(place.directory(), nowMs)).toList();
  }

  /** The directory of an open log, or null. */
  Place whereIs(PartitionLog log) {
    for (Place place : places) {
      if (place.directory().holds(log)) {
        return place;
      }
    }
    return null;
  }

  /** The ids of the directories that failed since the broker started, for heartbeats. */
  public List<Uuid> failed() {
    return failed.stream().map(Place::id).toList();
  }

  /** The partitions that have a directory but no open log. */
  List<TopicPartition> unopened() {
    List<TopicPartition> unopened = new ArrayList<>();
    for (Place place : places) {
      if (!failed.contains(place)) {
        unopened.addAll(place.directory().partitions().keySet());
      }
    }
    return unopened;
  }
}
