package io.ottla.replication;

import io.ottla.log.LogException;
import io.ottla.log.PartitionLog;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.metadata.image.PartitionImage;
import io.ottla.replication.LogDirectories.Place;
import io.ottla.replication.PendingReports.Key;
import io.ottla.wire.TopicPartition;
import io.ottla.wire.Uuid;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The replicas of this broker that do not serve because of their log directories (KIP-858,
 * KIP-112).
 *
 * <ul>
 *   <li>What lies in a directory that has failed, or could not be opened, is taken out of service
 *       and reported as lost until the broker is restarted.
 *   <li>What lies in a full one goes on being read, and is reported as lost while another replica
 *       is in sync that can take appends.
 *   <li>While no directory takes appends, the broker as a whole yields instead, and only what was
 *       lost before is reported.
 * </ul>
 *
 * <p>What is reported is always the difference between what is so and what the metadata says, so
 * that nothing is forgotten. Used by the thread that applies metadata, but for {@link #onRefused}.
 */
final class ReplicaOutages {

  private static final Logger LOG = LoggerFactory.getLogger(ReplicaOutages.class);

  private final int nodeId;
  private final Partitions partitions;
  private final LogDirectories directories;
  private final ReplicaFetchers fetchers;
  private final ReplicaMoves moves;
  private final PendingReports reports;
  private final Executor openers;

  /** What does not serve, and what the metadata says does not. */
  private final Set<Key> lost = new HashSet<>();

  private final Set<Key> marked = new HashSet<>();
  private Map<Key, Uuid> reported = Map.of();

  /** What may lie in a directory that could not be opened. */
  private final Set<Key> unreachable = new HashSet<>();

  private final Set<Place> givenUp = new HashSet<>();
  private final Set<Place> full = new HashSet<>();

  /**
   * @param openers close logs; may block
   */
  ReplicaOutages(
      int nodeId,
      Partitions partitions,
      LogDirectories directories,
      ReplicaFetchers fetchers,
      ReplicaMoves moves,
      PendingReports reports,
      Executor openers) {
    this.nodeId = nodeId;
    this.partitions = partitions;
    this.directories = directories;
    this.fetchers = fetchers;
    this.moves = moves;
    this.reports = reports;
    this.openers = openers;
  }

  /** A partition's log has refused something. On its shard; asks the disk elsewhere. */
  void onRefused(Partition partition, LogException cause) {
    Place place = directories.whereIs(partition.log());
    if (place != null
        && !directories.isFailed(place)
        && (partition.log().failure() != null || !place.directory().isFull())) {
      openers.execute(() -> directories.onRefused(place, cause));
    }
  }

  /**
   * Whether a partition that has no open log here stays without one.
   *
   * @param isNew whether it cannot have a log from before this broker started
   */
  boolean keepsOffline(Uuid topicId, TopicPartition partition, boolean isNew) {
    Key key = new Key(topicId, partition.partition());
    if (!isNew && directories.isPerhapsUnusable(partition)) {
      unreachable.add(key);
    }
    if (unreachable.contains(key)) {
      partitions.addOffline(topicId, partition);
      return true;
    }
    return givenUp.contains(directories.placeOf(partition));
  }

  /** A partition of this broker has a new state in the metadata; its log is open if it can be. */
  void onState(Uuid topicId, TopicPartition partition, PartitionImage state) {
    Key key = new Key(topicId, partition.partition());
    if (state.lost().contains(nodeId)) {
      marked.add(key);
    } else {
      marked.remove(key);
    }
    boolean offline = partitions.get(topicId, key.partition()) == null;
    set(key, offline || (!full.isEmpty() && yields(directories.placeOf(partition), state)));
  }

  /** A partition is this broker's no longer. Returns whether it was offline. */
  boolean onGone(Uuid topicId, TopicPartition partition) {
    Key key = new Key(topicId, partition.partition());
    lost.remove(key);
    marked.remove(key);
    unreachable.remove(key);
    boolean wasOffline = partitions.removeOffline(topicId, partition);
    if (wasOffline) {
      directories.forget(partition);
    }
    return wasOffline;
  }

  /** A topic is deleted. */
  void onTopicGone(Uuid topicId, String topic) {
    lost.removeIf(key -> key.topicId().equals(topicId));
    marked.removeIf(key -> key.topicId().equals(topicId));
    unreachable.removeIf(key -> key.topicId().equals(topicId));
    for (int partition : partitions.removeOffline(topicId, topic)) {
      directories.forget(new TopicPartition(topic, partition));
    }
  }

  private void set(Key key, boolean isLost) {
    if (isLost) {
      lost.add(key);
    } else {
      lost.remove(key);
    }
  }

  /** Whether others shall lead what lies in a directory that is full. */
  private boolean yields(Place place, PartitionImage state) {
    return directories.isFull(place)
        && !directories.areAllInTrouble()
        && state != null
        && !state.isr().without(nodeId).isEmpty();
  }

  /** Looks what has changed with the directories. */
  void look(MetadataImage image) {
    for (Place place : directories.all()) {
      if (directories.isFailed(place)) {
        if (!directories.haveAllFailed() && givenUp.add(place)) {
          giveUp(place);
        }
      } else if (directories.isFull(place)) {
        full.add(place);
        for (Partition partition : partitionsIn(place)) {
          int number = partition.topicPartition().partition();
          set(
              new Key(partition.topicId(), number),
              yields(place, image.partition(partition.topicId(), number)));
        }
      } else if (full.remove(place)) {
        resume(place);
      }
    }
    report();
  }

  private List<Partition> partitionsIn(Place place) {
    List<Partition> its = new ArrayList<>();
    for (PartitionLog log : place.directory().logs()) {
      Partition partition = partitions.get(log.topicId(), log.topicPartition().partition());
      if (partition != null && partition.log() == log) {
        its.add(partition);
      }
    }
    return its;
  }

  private void giveUp(Place place) {
    moves.onFailed(place);
    List<Partition> its = partitionsIn(place);
    LOG.warn("{}: its {} partitions are offline", place.directory(), its.size());
    fetchers.leave(its);
    ShardBatches<Partition> closing = new ShardBatches<>();
    for (Partition partition : its) {
      // Never neither here nor offline: nobody may believe that it does not exist.
      partitions.addOffline(partition.topicId(), partition.topicPartition());
      partitions.remove(partition);
      lost.add(new Key(partition.topicId(), partition.topicPartition().partition()));
      closing.add(partition.shard(), partition);
    }
    var _ =
        closing
            .run(Partition::close)
            .thenRunAsync(
                () -> its.forEach(partition -> place.directory().giveUp(partition.log())), openers);
  }

  /** A partition is in another directory, which may take what the one so far did not. */
  void onMoved(Partition partition, MetadataImage image) {
    int number = partition.topicPartition().partition();
    PartitionImage state = image.partition(partition.topicId(), number);
    if (state == null || partitions.get(partition.topicId(), number) != partition) {
      return;
    }
    Place place = directories.placeOf(partition.topicPartition());
    set(new Key(partition.topicId(), number), yields(place, state));
    if (partition.role().isFollower()) {
      fetchers.leave(List.of(partition));
      ReplicaHost.follow(fetchers, List.of(partition));
    }
    report();
  }

  /** Followers have stopped when their logs took nothing more: they go on. */
  private void resume(Place place) {
    List<Partition> followers = new ArrayList<>();
    for (Partition partition : partitionsIn(place)) {
      set(new Key(partition.topicId(), partition.topicPartition().partition()), false);
      if (partition.role().isFollower()) {
        followers.add(partition);
      }
    }
    fetchers.leave(followers);
    ReplicaHost.follow(fetchers, followers);
  }

  /** Tells the controller what it does not know, if that is anything new. */
  void report() {
    if (lost.isEmpty() && marked.isEmpty() && reported.isEmpty()) {
      return;
    }
    Map<Key, Uuid> differences = new LinkedHashMap<>();
    for (Key key : lost) {
      if (!marked.contains(key)) {
        differences.put(key, PendingReports.LOST);
      }
    }
    for (Key key : marked) {
      if (!lost.contains(key)) {
        differences.put(key, directoryOf(key));
      }
    }
    if (!differences.equals(reported)) {
      reported = differences;
      reports.replace(differences);
    }
  }

  private Uuid directoryOf(Key key) {
    Partition partition = partitions.get(key.topicId(), key.partition());
    Place place = partition == null ? null : directories.whereIs(partition.log());
    return place == null ? directories.all().getFirst().id() : place.id();
  }
}
