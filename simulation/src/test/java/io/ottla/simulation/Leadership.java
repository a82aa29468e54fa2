package io.ottla.simulation;

import io.ottla.metadata.quorum.QuorumState;
import io.ottla.metadata.quorum.Voter;
import io.ottla.simulation.SimulatedQuorum.Snapshot;
import io.ottla.simulation.VoterLog.Entry;
import io.ottla.wire.Uuid;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/** What a leader of a {@link SimulatedQuorum} does in one term, until it hears of its end. */
final class Leadership<R> {

  /** What the leader knows of another voter. */
  private static final class Follower {
    long matching;
    long toldCommitted;
    long heardNs;
    long caughtUpNs;
    boolean beingTold;
  }

  /** What is sent. */
  private record Message(
      long term, long committed, long from, Entry before, List<Entry> entries, Snapshot snapshot) {}

  private final SimulatedQuorum<R> quorum;
  private final SimulatedVoter<R> self;
  private final long term;
  private final VoterLog log;
  private final Map<Integer, Follower> followers = new TreeMap<>();
  private Entry first;
  private long committed;
  private boolean flushing;
  private boolean handingOver;
  private boolean ended;

  Leadership(SimulatedQuorum<R> quorum, SimulatedVoter<R> self, long term) {
    this.quorum = quorum;
    this.self = self;
    this.term = term;
    this.log = self.disk().log;
    for (Voter voter : quorum.members) {
      if (voter.nodeId() != self.nodeId()) {
        Follower follower = new Follower();
        follower.heardNs = now();
        followers.put(voter.nodeId(), follower);
      }
    }
  }

  private long now() {
    return quorum.timeline.nowNs();
  }

  private long delayNs() {
    return quorum.pace.delayNs(quorum.timeline.random());
  }

  void begin() {
    first = append(-1, null);
    beat();
  }

  /** It hears that it is over, or is not there any more. */
  void end() {
    ended = true;
  }

  boolean isFirst(Entry entry) {
    return entry == first;
  }

  boolean isHandingOver() {
    return handingOver;
  }

  void handOver(boolean begins) {
    handingOver = begins;
  }

  Entry append(long call, byte[] command) {
    Entry last = log.last();
    // Now and then, something that is no command takes an index.
    int gap = quorum.timeline.random().nextInt(10) == 0 ? 2 : 1;
    Entry entry = new Entry(last == null ? 0 : last.index + gap, term, call, command);
    log.append(entry);
    flush();
    tellAll();
    return entry;
  }

  private void flush() {
    if (!flushing) {
      flushing = true;
      long end = log.end();
      self.after(
          delayNs(),
          "flushes",
          () -> {
            flushing = false;
            if (!ended) {
              self.disk().synced = Math.max(self.disk().synced, end);
              if (log.end() > end) {
                flush();
              }
              advance();
            }
          });
    }
  }

  /** What a majority has on disk is committed, up to an entry of this term. */
  private void advance() {
    List<Long> ends = new ArrayList<>(List.of(self.disk().synced));
    followers.values().forEach(follower -> ends.add(follower.matching));
    ends.sort(null);
    long end = ends.get(ends.size() - quorum.majority());
    if (end > committed && end > log.start() && log.at(end - 1).term == term) {
      committed = end;
      quorum.agreed.committed(self.nodeId(), log, end);
      self.commit(end);
      tellAll();
    }
  }

  boolean hearsMajority() {
    long since = now() - TimeUnit.MILLISECONDS.toNanos(quorum.pace.electionMinMs());
    return followers.values().stream().filter(follower -> follower.heardNs >= since).count() + 1
        >= quorum.majority();
  }

  private boolean isAlone() {
    long since = now() - TimeUnit.MILLISECONDS.toNanos(quorum.pace.stepDownMs());
    return followers.values().stream().filter(follower -> follower.heardNs >= since).count() + 1
        < quorum.majority();
  }

  private void beat() {
    if (ended) {
      return;
    }
    if (isAlone()) {
      self.stepDown();
      return;
    }
    followers.forEach(
        (node, follower) -> {
          // What was on its way for so long is lost.
          follower.beingTold = false;
          tell(node, follower);
        });
    if (!followers.isEmpty()) {
      self.after(
          TimeUnit.MILLISECONDS.toNanos(quorum.pace.heartbeatMs()), "is heard of", this::beat);
    }
  }

  private void tellAll() {
    followers.forEach(
        (node, follower) -> {
          if (!follower.beingTold) {
            tell(node, follower);
          }
        });
  }

  private void tell(int node, Follower follower) {
    follower.beingTold = true;
    follower.toldCommitted = committed;
    long from = log.commonEnd(quorum.disk(node).log);
    Message message =
        from < 0
            ? new Message(term, committed, 0, null, List.of(), self.disk().snapshot)
            : new Message(
                term, committed, from, from == 0 ? null : log.at(from - 1), log.from(from), null);
    quorum.timeline.afterNs(delayNs(), "hears its leader", () -> deliver(node, message));
  }

  private void deliver(int node, Message message) {
    SimulatedVoter<R> to = quorum.voter(node);
    if (to == null || !to.takesPart() || !quorum.network.connected(self.nodeId(), node)) {
      return;
    }
    if (!to.hear(self.nodeId(), message.term)) {
      long newer = to.term();
      answer(node, () -> self.observe(newer));
      return;
    }
    long end;
    if (message.snapshot != null) {
      to.take(message.snapshot);
      end = message.snapshot.position();
    } else {
      end = to.take(message.from, message.before, message.entries);
      if (end < 0) {
        return;
      }
    }
    to.commit(Math.min(message.committed, end));
    answer(node, () -> heard(node, end));
  }

  private void answer(int from, Runnable onAnswer) {
    quorum.timeline.afterNs(
        delayNs(),
        "hears a follower",
        () -> {
          if (!ended && self.takesPart() && quorum.network.connected(from, self.nodeId())) {
            onAnswer.run();
          }
        });
  }

  private void heard(int node, long end) {
    Follower follower = followers.get(node);
    follower.heardNs = now();
    follower.matching = Math.max(follower.matching, end);
    follower.beingTold = false;
    if (follower.matching == log.end()) {
      follower.caughtUpNs = now();
    }
    advance();
    if (!ended
        && !follower.beingTold
        && (follower.matching < log.end() || follower.toldCommitted < committed)) {
      tell(node, follower);
    }
  }

  List<QuorumState.Progress> progress() {
    List<QuorumState.Progress> all = new ArrayList<>();
    for (Voter voter : quorum.members) {
      Follower follower = followers.get(voter.nodeId());
      Entry last =
          follower == null
              ? log.last()
              : follower.matching == 0 || follower.matching < log.start()
                  ? null
                  : log.at(follower.matching - 1);
      Uuid directory = voter.directoryId();
      all.add(
          new QuorumState.Progress(
              voter.nodeId(),
              directory,
              last == null ? 0 : last.index + 1,
              millis(follower == null ? now() : follower.heardNs),
              millis(follower == null ? now() : follower.caughtUpNs)));
    }
    return all;
  }

  private static long millis(long ns) {
    return TimeUnit.NANOSECONDS.toMillis(ns);
  }
}
