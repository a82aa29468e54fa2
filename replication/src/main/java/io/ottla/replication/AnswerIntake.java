package io.ottla.replication;

import io.ottla.log.EpochEndOffset;
import io.ottla.log.LogException;
import io.ottla.runtime.Shard;
import io.ottla.wire.ErrorCode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One answer to a fetch on its way into the logs: one task for each shard that owns a part of it.
 * Filled, and told what came of it, on the fetcher's shard; when all are done, the answer's frame
 * is given back.
 */
final class AnswerIntake {

  private static final Logger LOG = LoggerFactory.getLogger(AnswerIntake.class);

  /**
   * What became of one partition's part.
   *
   * @param decided whether the fetcher went on without waiting for this
   * @param taken false if it was not what came next in the log
   * @param error NONE, or why it was not taken
   * @param detail the same in words, or empty
   * @param position where the log goes on
   */
  record Taken(
      FollowedPartition followed,
      boolean decided,
      boolean taken,
      ErrorCode error,
      String detail,
      FetchPosition position) {

    private Taken failed(ErrorCode why) {
      return new Taken(followed, decided, false, why, "", position);
    }
  }

  /** Told once for each shard. */
  interface Listener {

    /**
     * @param last whether this was the last shard
     */
    void onTaken(List<Taken> taken, boolean last);
  }

  private interface Step {

    boolean run(Partition partition);
  }

  private record Part(FollowedPartition followed, boolean decided, Step step) {}

  private final Shard shard;
  private final Listener listener;
  private final Runnable release;
  private final Map<Shard, List<Part>> parts = new LinkedHashMap<>(4);
  private int shardsLeft;

  AnswerIntake(Shard shard, Listener listener, Runnable release) {
    this.shard = shard;
    this.listener = listener;
    this.release = release;
  }

  void append(FollowedPartition it, FetchedRecords fetched, boolean decided) {
    add(
        it,
        decided,
        partition -> partition.follower().take(fetched, partition.shard().clock().wallMs()));
  }

  void truncate(FollowedPartition it, EpochEndOffset leaders) {
    add(it, false, partition -> partition.follower().truncate(it.leaderEpoch(), leaders));
  }

  private void add(FollowedPartition it, boolean decided, Step step) {
    parts
        .computeIfAbsent(it.partition().shard(), _ -> new ArrayList<>())
        .add(new Part(it, decided, step));
  }

  /** Hands all parts over. */
  void begin() {
    shardsLeft = parts.size();
    if (parts.isEmpty()) {
      release.run();
      listener.onTaken(List.of(), true);
      return;
    }
    parts.forEach((owner, its) -> owner.submit(() -> take(its)));
  }

  /** On the shard of the partitions. */
  private void take(List<Part> its) {
    // One more than there are parts, so that none ends before all have begun.
    Countdown countdown = new Countdown(its.size() + 1);
    List<Taken> taken = new ArrayList<>(its.size());
    for (Part part : its) {
      Taken one = take(part);
      taken.add(one);
      if (one.error == ErrorCode.NONE && one.taken) {
        Partition partition = part.followed.partition();
        partition.requestForceIfWanted();
        partition.whenSafe(
            partition.view().logEndOffset(), new Forcing(countdown, taken, taken.size() - 1));
      } else {
        countdown.step(taken);
      }
    }
    countdown.step(taken);
  }

  private static Taken take(Part part) {
    Partition partition = part.followed.partition();
    ErrorCode error = ErrorCode.NONE;
    String detail = "";
    boolean taken = false;
    try {
      taken = part.step.run(partition);
      if (!taken && !partition.follower().isFollowing(part.followed.leaderEpoch())) {
        error = ErrorCode.NOT_LEADER_OR_FOLLOWER;
      }
    } catch (LogException e) {
      partition.onRefused(e);
      error = e.error();
      detail = e.getMessage();
    } catch (RuntimeException e) {
      error = ErrorCode.UNKNOWN_SERVER_ERROR;
      LOG.error("{}: taking over what its leader sent failed", partition.topicPartition(), e);
    }
    return new Taken(
        part.followed, part.decided, taken, error, detail, partition.follower().position());
  }

  /** Waits for one of the parts to be as safe as its topic wants it. */
  private record Forcing(Countdown countdown, List<Taken> taken, int index)
      implements CommitListener {

    @Override
    public void onCommitted() {
      countdown.step(taken);
    }

    /** What the disk did not keep, the leader must not hear of. */
    @Override
    public void onFailed(ErrorCode error) {
      taken.set(index, taken.get(index).failed(error));
      countdown.step(taken);
    }
  }

  private final class Countdown {

    private int left;

    Countdown(int left) {
      this.left = left;
    }

    void step(List<Taken> taken) {
      if (--left == 0) {
        shard.submit(() -> end(taken));
      }
    }
  }

  private void end(List<Taken> taken) {
    boolean last = --shardsLeft == 0;
    if (last) {
      release.run();
    }
    listener.onTaken(taken, last);
  }
}
