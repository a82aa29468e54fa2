package io.ottla.simulation;

import io.ottla.metadata.quorum.QuorumException;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * The commands a {@link SimulatedVoter} was given: they wait until it takes them into the log of
 * its term, and whoever gave them waits until they are applied, or it is told why not, or nothing
 * is heard of them.
 */
final class SubmittedCommands<R> {

  private static final long MOST_UNHEARD_MS = 500;
  private static final long MOST_DEPOSED_MS = 20;

  private record Submission(long call, byte[] command) {}

  private final SimulatedQuorum<R> quorum;
  private final SimulatedVoter<R> self;
  private final Map<Long, CompletableFuture<R>> pending = new LinkedHashMap<>();

  /** Of these nothing will be heard. */
  private final Set<Long> unheard = new TreeSet<>();

  private final Queue<Submission> submitted = new ArrayDeque<>();
  private boolean taking;
  private long hangsUntilNs;

  SubmittedCommands(SimulatedQuorum<R> quorum, SimulatedVoter<R> self) {
    this.quorum = quorum;
    this.self = self;
  }

  CompletableFuture<R> submit(byte[] command) {
    long call = quorum.nextCall();
    CompletableFuture<R> result = new CompletableFuture<>();
    pending.put(call, result);
    submitted.add(new Submission(call, command.clone()));
    if (!taking) {
      taking = true;
      // Now and then it hangs for a while, and leads no longer, or again, when it goes on.
      long pauseNs = quorum.timeline.random().nextInt(50) == 0 ? 4 * delayNs() : 0;
      self.after(pauseNs + delayNs(), "takes commands", this::takeAll);
    }
    if (chance(quorum.pace.unknown())) {
      unheard.add(call);
      failLater(call, MOST_UNHEARD_MS, unknown("nothing was heard of it"));
    }
    return result;
  }

  /** None is taken for so long, and nobody notices anything of that. */
  void hang(int ms) {
    hangsUntilNs = quorum.timeline.nowNs() + TimeUnit.MILLISECONDS.toNanos(ms);
  }

  /** Whether there are some to take. */
  boolean areWaiting() {
    return !submitted.isEmpty();
  }

  private void takeAll() {
    long hangsNs = hangsUntilNs - quorum.timeline.nowNs();
    if (hangsNs > 0) {
      self.after(hangsNs, "takes commands", this::takeAll);
      return;
    }
    taking = false;
    for (Submission next = submitted.poll(); next != null; next = submitted.poll()) {
      take(next);
    }
  }

  private void take(Submission next) {
    Leadership<R> leadership = self.leadership();
    if (leadership == null) {
      // Nothing was done; but the real one does not always say so.
      fail(
          next.call,
          quorum.timeline.random().nextBoolean() ? self.notLeader() : unknown("deposed"));
    } else if (leadership.isHandingOver()) {
      fail(next.call, self.notLeader());
    } else if (chance(quorum.pace.overloaded())) {
      fail(next.call, new QuorumException.Overloaded("too many commands are waiting"));
    } else {
      leadership.append(next.call, next.command);
    }
  }

  /** One of them is applied. */
  void answer(long call, R result) {
    CompletableFuture<R> waiting = unheard.contains(call) ? null : pending.remove(call);
    if (waiting != null) {
      waiting.complete(result);
    }
  }

  /** The voter leads no longer: of those in the log, nobody knows what becomes of them. */
  void onDeposed() {
    for (long call : List.copyOf(pending.keySet())) {
      if (submitted.stream().noneMatch(waiting -> waiting.call == call)) {
        failLater(call, MOST_DEPOSED_MS, unknown("node " + self.nodeId() + " was deposed"));
      }
    }
  }

  /** What becomes of them is not heard here. */
  void failAll(String why) {
    List.copyOf(pending.keySet()).forEach(call -> fail(call, unknown(why)));
  }

  private void failLater(long call, long mostMs, QuorumException why) {
    long delayNs =
        TimeUnit.MICROSECONDS.toNanos(quorum.timeline.random().nextInt((int) mostMs * 1_000));
    self.after(delayNs, "does not answer", () -> fail(call, why));
  }

  private void fail(long call, QuorumException why) {
    unheard.remove(call);
    CompletableFuture<R> result = pending.remove(call);
    if (result != null) {
      result.completeExceptionally(why);
    }
  }

  private static QuorumException unknown(String why) {
    return new QuorumException.OutcomeUnknown(why, null);
  }

  private boolean chance(double share) {
    return share > 0 && quorum.timeline.random().nextDouble() < share;
  }

  private long delayNs() {
    return quorum.pace.delayNs(quorum.timeline.random());
  }
}
