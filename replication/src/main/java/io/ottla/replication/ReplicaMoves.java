package io.ottla.replication;

import io.ottla.log.LogException;
import io.ottla.log.cleaner.CleaningPace;
import io.ottla.replication.LogDirectories.Place;
import io.ottla.runtime.Clock;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.TopicPartition;
import io.ottla.wire.Uuid;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The replicas that are on their way to other directories of this broker (KIP-113), in the order in
 * which that was asked for. The broker's mover threads do the work, several at a time, each on one
 * replica; nothing waits for them but the end of a replica or of the broker.
 *
 * <p>Any thread; what blocks says so.
 */
public final class ReplicaMoves {

  private static final Logger LOG = LoggerFactory.getLogger(ReplicaMoves.class);

  private final Partitions partitions;
  private final LogDirectories directories;
  private final Clock clock;
  private final Consumer<Partition> onMoved;
  private final Object requests = new Object();

  // Under this monitor, in which nothing blocks.
  private final Map<Partition, ReplicaMove> moves = new LinkedHashMap<>();
  private final Set<ReplicaMove> inWork = new HashSet<>();
  private boolean closed;

  private volatile Runnable whenAsked = () -> {};
  private volatile int stepBytes = 1 << 20;

  /**
   * @param onMoved told, by a mover thread, of replicas that are where they were to be
   */
  ReplicaMoves(
      Partitions partitions, LogDirectories directories, Clock clock, Consumer<Partition> onMoved) {
    this.partitions = partitions;
    this.directories = directories;
    this.clock = clock;
    this.onMoved = onMoved;
  }

  /** Who is told that there is something to do. */
  public void whenAsked(Runnable told) {
    whenAsked = told;
  }

  /** From now on, moves go on in other steps. */
  void stepBytes(int bytes) {
    stepBytes = bytes;
  }

  /**
   * Has a replica moved. A move of it to another directory ends, and if it is in this one, that was
   * all. Blocks; on return the copy is begun, and can be seen.
   *
   * @param target one of the directories
   * @throws LogException KAFKA_STORAGE_ERROR if the target's disk fails; NOT_LEADER_OR_FOLLOWER if
   *     the replica is gone; INVALID_REPLICA_ASSIGNMENT if its name is too long
   */
  public void move(Partition partition, Place target) {
    synchronized (requests) {
      ReplicaMove before = get(partition);
      if (before != null && before.target() == target) {
        return;
      }
      if (before != null) {
        end(before, ReplicaMove::cancel);
      }
      if (directories.whereIs(partition.log()) == target) {
        return;
      }
      ReplicaMove move = add(partition, target);
      try {
        move.open();
      } catch (LogException e) {
        end(move, ReplicaMove::cancel);
        if (e.error() == ErrorCode.KAFKA_STORAGE_ERROR) {
          directories.onRefused(target, e);
        }
        throw e;
      }
      if (!isHosted(partition)) {
        end(move, ReplicaMove::cancel);
        throw new LogException(
            ErrorCode.NOT_LEADER_OR_FOLLOWER, partition.topicPartition() + " is not here any more");
      }
    }
    whenAsked.run();
  }

  private boolean isHosted(Partition partition) {
    return partitions.get(partition.topicId(), partition.topicPartition().partition()) == partition;
  }

  /** Goes on with what was under way when the broker stopped, once partitions are hosted. */
  void resume() {
    for (Place place : directories.all()) {
      place
          .directory()
          .futures()
          .forEach((partition, topicId) -> resume(place, partition, topicId));
    }
    if (!isIdle()) {
      whenAsked.run();
    }
  }

  /**
   * @param topicId ZERO if the process died, or the power was lost, before it was written
   */
  private void resume(Place place, TopicPartition key, Uuid topicId) {
    Partition partition = partitions.get(key);
    if (partition == null) {
      LOG.warn(
          "{} has a copy of {}, which was to be moved there and is not served; the copy is left as"
              + " it is",
          place.directory(),
          key);
    } else if (get(partition) != null
        || !(topicId.equals(Uuid.ZERO) || topicId.equals(partition.topicId()))) {
      directories.deleteFuture(place, key); // Of two, or of a topic that is gone.
    } else {
      add(partition, place);
    }
  }

  private synchronized ReplicaMove get(Partition partition) {
    return moves.get(partition);
  }

  private synchronized ReplicaMove add(Partition partition, Place target) {
    if (closed) {
      throw new LogException(ErrorCode.NOT_LEADER_OR_FOLLOWER, "the broker stops");
    }
    ReplicaMove move = new ReplicaMove(partition, target, directories, clock, stepBytes);
    moves.put(partition, move);
    return move;
  }

  private void end(ReplicaMove move, Consumer<ReplicaMove> how) {
    synchronized (this) {
      moves.remove(move.partition(), move);
    }
    how.accept(move);
  }

  /** Whether no replica is on its way. */
  public synchronized boolean isIdle() {
    return moves.isEmpty();
  }

  /**
   * Does a bounded part of the work. By a mover thread; blocks.
   *
   * @param pace told of the bytes copied; waits as it likes
   * @return false if there is nothing to do at the moment
   */
  public boolean step(CleaningPace pace) {
    ReplicaMove move = take();
    if (move == null) {
      return false;
    }
    int bytes = 0;
    try {
      bytes = move.step();
    } catch (RuntimeException e) {
      LOG.error("{} is not moved any further", move, e);
      move.cancel();
    } finally {
      giveBack(move);
    }
    if (move.isDone()) {
      onMoved.accept(move.partition());
    }
    if (bytes > 0) {
      pace.spend(bytes);
    }
    return true;
  }

  private synchronized ReplicaMove take() {
    long nowNs = clock.nowNs();
    for (ReplicaMove move : moves.values()) {
      if (!inWork.contains(move) && move.notBeforeNs() <= nowNs) {
        inWork.add(move);
        return move;
      }
    }
    return null;
  }

  private void giveBack(ReplicaMove move) {
    boolean over = move.isOver();
    synchronized (this) {
      inWork.remove(move);
      if (over) {
        moves.remove(move.partition(), move);
      }
    }
  }

  /** Replicas are not this broker's any more: nothing is left of their moves. Blocks. */
  void drop(Collection<Partition> gone) {
    Set<Partition> those = new HashSet<>(gone);
    endAll(move -> those.contains(move.partition()), ReplicaMove::cancel);
  }

  /**
   * A directory has failed: what was copied there is given up. What was copied from there stays on
   * the disk, and the move goes on when the broker is started with the directory mended. Blocks.
   */
  void onFailed(Place place) {
    endAll(move -> move.target() == place, ReplicaMove::abandon);
    find(move -> directories.whereIs(move.partition().log()) == place).forEach(ReplicaMove::freeze);
  }

  /** The broker stops; what is under way goes on when it is started. Blocks. */
  void close() {
    synchronized (this) {
      closed = true;
    }
    endAll(_ -> true, ReplicaMove::keep);
  }

  private void endAll(Predicate<ReplicaMove> which, Consumer<ReplicaMove> how) {
    find(which).forEach(move -> end(move, how));
  }

  private synchronized List<ReplicaMove> find(Predicate<ReplicaMove> which) {
    return moves.values().stream().filter(which).toList();
  }
}
