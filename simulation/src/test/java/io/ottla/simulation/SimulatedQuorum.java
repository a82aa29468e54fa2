package io.ottla.simulation;

import io.ottla.metadata.controller.CommandResult;
import io.ottla.metadata.controller.ControllerStateMachine;
import io.ottla.metadata.controller.PlannedTerm;
import io.ottla.metadata.quorum.MetadataQuorum;
import io.ottla.metadata.quorum.QuorumException;
import io.ottla.metadata.quorum.QuorumStateMachine;
import io.ottla.metadata.quorum.Voter;
import io.ottla.simulation.SimulatedVoter.Ballot;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.ToLongFunction;

/**
 * A log of commands agreed on by the nodes of a simulation: what the production has Ratis for. It
 * does to a node all that a real one may do. Each voter has a log of its own, to which the leader
 * of a term sends its entries; what a majority has on disk is committed; who leads next was chosen
 * by a majority and has all of it. Whatever is sent, flushed or applied takes some time, and is
 * lost where the network or a node loses it. Only the choice of a leader is one event, not an
 * exchange of messages.
 *
 * <p>So a leader that hangs or is cut off goes on believing that it leads; what it is given then is
 * lost, or is not, if another voter has it; nothing is committed without a majority; a voter that
 * was away catches up from the leader's log, or from its snapshot; and a process that comes back
 * begins with its snapshot and its log.
 *
 * <p>Everything is checked against what was once committed, at each step; what does not hold is
 * thrown as an {@link AssertionError}. Used on the timeline's thread.
 *
 * @param <R> what a command answers
 */
public final class SimulatedQuorum<R> {

  /** What a voter's disk has. */
  static final class Disk {

    long term;
    final VoterLog log = new VoterLog();

    /** The entries before it survive a crash. */
    long synced;

    Snapshot snapshot;
  }

  /** A state machine's state after all entries before a position. */
  record Snapshot(long position, VoterLog.Entry last, byte[] bytes) {}

  final Timeline timeline;
  final Reachability network;
  final QuorumPace pace;
  final List<Voter> members;
  final AgreedLog agreed = new AgreedLog();
  private final ToLongFunction<QuorumStateMachine<R>> stateHash;
  private final ToLongFunction<byte[]> plannedTerm;
  private final Map<Integer, Disk> disks = new TreeMap<>();
  private final Map<Integer, SimulatedVoter<R>> running = new TreeMap<>();
  private long calls;
  private int restores;

  /**
   * @param members the voters, for good
   * @param stateHash of a state machine: the same on all voters after the same commands
   * @param plannedTerm the term whose leader planned a command: it changes nothing in another
   */
  public SimulatedQuorum(
      Timeline timeline,
      Reachability network,
      QuorumPace pace,
      List<Voter> members,
      ToLongFunction<QuorumStateMachine<R>> stateHash,
      ToLongFunction<byte[]> plannedTerm) {
    this.timeline = timeline;
    this.network = network;
    this.pace = pace;
    this.members = members.stream().sorted(Comparator.comparingInt(Voter::nodeId)).toList();
    this.stateHash = stateHash;
    this.plannedTerm = plannedTerm;
    this.members.forEach(voter -> disks.put(voter.nodeId(), new Disk()));
  }

  /** Of commands that say nothing of the leader that planned them. */
  public SimulatedQuorum(
      Timeline timeline,
      Reachability network,
      QuorumPace pace,
      List<Voter> members,
      ToLongFunction<QuorumStateMachine<R>> stateHash) {
    this(timeline, network, pace, members, stateHash, _ -> -1);
  }

  /** Of controllers, whose images are compared. */
  public static SimulatedQuorum<CommandResult> ofControllers(
      Timeline timeline, Reachability network, QuorumPace pace, List<Voter> members) {
    return new SimulatedQuorum<>(
        timeline,
        network,
        pace,
        members,
        machine -> ((ControllerStateMachine) machine).image().hash(),
        PlannedTerm::of);
  }

  /**
   * A node's process begins; what it was before is gone as by a {@link #crash}.
   *
   * @return this process' end of the log, not started yet
   */
  public MetadataQuorum<R> join(
      int nodeId, QuorumStateMachine<R> machine, Consumer<QuorumException> onFailure) {
    crash(nodeId);
    SimulatedVoter<R> voter =
        new SimulatedVoter<>(this, nodeId, disks.get(nodeId), machine, onFailure);
    running.put(nodeId, voter);
    return voter;
  }

  /**
   * A node's process is gone: nothing is called in it any more, and what its disk had not yet is
   * lost, or is not. Nothing if it is not there.
   */
  public void crash(int nodeId) {
    SimulatedVoter<R> voter = running.remove(nodeId);
    if (voter != null) {
      voter.crash();
    }
  }

  /** The log of a node dies, in a process that lives on and is told so: its disk has failed. */
  public void breakDown(int nodeId) {
    SimulatedVoter<R> voter = running.remove(nodeId);
    if (voter != null) {
      timeline.note("quorum: the log of " + nodeId + " dies");
      voter.breakDown();
    }
  }

  /** Has another voter try to lead, though there is a leader. */
  public void shake() {
    List<SimulatedVoter<R>> others =
        running.values().stream().filter(voter -> voter.takesPart() && !voter.leads()).toList();
    if (!others.isEmpty()) {
      SimulatedVoter<R> next = others.get(timeline.random().nextInt(others.size()));
      timeline.note("quorum: " + next.nodeId() + " tries to lead out of turn");
      elect(next, true);
    }
  }

  /** Has one voter try to lead, though there is a leader. */
  void raise(int nodeId) {
    SimulatedVoter<R> next = running.get(nodeId);
    if (next != null && next.takesPart() && !next.leads()) {
      timeline.note("quorum: " + nodeId + " tries to lead out of turn");
      elect(next, true);
    }
  }

  /** What is submitted to a voter waits for so long before it looks whether it leads. */
  void hang(int nodeId, int ms) {
    SimulatedVoter<R> voter = running.get(nodeId);
    if (voter != null) {
      timeline.note("quorum: " + nodeId + " takes no commands for " + ms + " ms");
      voter.hang(ms);
    }
  }

  /** Whether something that was submitted to a voter waits for that. */
  boolean isAsked(int nodeId) {
    SimulatedVoter<R> voter = running.get(nodeId);
    return voter != null && voter.isAsked();
  }

  /** The node that leads in the newest term and is ready; -1 for none. */
  public int leader() {
    return running.values().stream()
        .filter(voter -> voter.leaderTerm() >= 0)
        .max(Comparator.comparingLong(SimulatedVoter::leaderTerm))
        .map(SimulatedVoter::nodeId)
        .orElse(-1);
  }

  /** How many entries are committed. */
  public long committed() {
    return agreed.size();
  }

  /** Who led, by term. */
  public Map<Long, Integer> leaders() {
    return agreed.leaders();
  }

  /** How often a state machine was given a snapshot. */
  public int restores() {
    return restores;
  }

  /** Whether every voter that takes part has applied all that is committed. */
  public boolean isCaughtUp() {
    return running.values().stream()
        .filter(SimulatedVoter::takesPart)
        .allMatch(voter -> voter.applied() == agreed.size());
  }

  /** What did not hold first, should somebody have caught it; null for nothing. */
  public AssertionError violation() {
    return agreed.violation();
  }

  void onRestored() {
    restores++;
  }

  long nextCall() {
    return calls++;
  }

  /** Whether the leader of another term planned an entry's command. */
  boolean isOfDeposed(VoterLog.Entry entry) {
    long planned = plannedTerm.applyAsLong(entry.command());
    return planned >= 0 && planned != entry.term;
  }

  long hash(QuorumStateMachine<R> machine) {
    return stateHash.applyAsLong(machine);
  }

  int majority() {
    return members.size() / 2 + 1;
  }

  Disk disk(int nodeId) {
    return disks.get(nodeId);
  }

  /** Null when its process is not there. */
  SimulatedVoter<R> voter(int nodeId) {
    return running.get(nodeId);
  }

  /** A voter leaves in order. */
  void left(SimulatedVoter<R> voter) {
    running.remove(voter.nodeId(), voter);
  }

  /** Whether two voters can talk to each other. */
  boolean reach(SimulatedVoter<R> one, SimulatedVoter<R> other) {
    return other.takesPart()
        && network.connected(one.nodeId(), other.nodeId())
        && network.connected(other.nodeId(), one.nodeId());
  }

  /** The voters but one that it can talk to. */
  List<SimulatedVoter<R>> reachedBy(SimulatedVoter<R> voter) {
    return running.values().stream()
        .filter(other -> other != voter && reach(voter, other))
        .toList();
  }

  /**
   * A voter asks the others for the lead; it has it some time later, or has not.
   *
   * @param outOfTurn though there may be a leader
   */
  void elect(SimulatedVoter<R> candidate, boolean outOfTurn) {
    long delayNs = pace.delayNs(timeline.random()) + pace.delayNs(timeline.random());
    candidate.after(delayNs, "is elected", () -> decide(candidate, outOfTurn));
  }

  private void decide(SimulatedVoter<R> candidate, boolean outOfTurn) {
    if (candidate.leads()) {
      return;
    }
    // Once in a while, elections that nobody won go before.
    long term = candidate.term() + (timeline.random().nextInt(8) == 0 ? 2 : 1);
    List<SimulatedVoter<R>> votes = new ArrayList<>();
    for (SimulatedVoter<R> other : reachedBy(candidate)) {
      Ballot ballot = other.ballot(candidate, term, outOfTurn);
      if (ballot == Ballot.NEWER_TERM) {
        candidate.observe(other.term());
        return;
      }
      if (ballot == Ballot.YES) {
        votes.add(other);
      }
    }
    if (votes.size() + 1 >= majority()) {
      timeline.note("quorum: " + candidate.nodeId() + " leads in term " + term);
      votes.forEach(voter -> voter.vote(term));
      candidate.lead(term);
    }
  }
}
