package io.ottla.simulation;

import io.ottla.metadata.quorum.MetadataQuorum;
import io.ottla.metadata.quorum.QuorumException;
import io.ottla.metadata.quorum.QuorumState;
import io.ottla.metadata.quorum.QuorumStateMachine;
import io.ottla.metadata.quorum.Voter;
import io.ottla.simulation.SimulatedQuorum.Disk;
import io.ottla.simulation.SimulatedQuorum.Snapshot;
import io.ottla.simulation.VoterLog.Entry;
import io.ottla.wire.Uuid;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * A voter of a {@link SimulatedQuorum}, from the start of a node's process to its end: what is
 * given to it, what it applies, and whether it leads. What it sends as a leader is with its {@link
 * Leadership}. Everything it does by itself waits while the node is paused.
 */
final class SimulatedVoter<R> implements MetadataQuorum<R> {

  /** What waits for a paused node looks so often whether it goes on. */
  private static final long PAUSE_POLL_NS = TimeUnit.MILLISECONDS.toNanos(20);

  private static final long TRANSFER_TIMEOUT_NS = TimeUnit.MILLISECONDS.toNanos(1_500);
  private static final long TRANSFER_POLL_NS = TimeUnit.MILLISECONDS.toNanos(50);

  /** What a voter says to another that wants to lead. */
  enum Ballot {
    YES,
    NO,
    NEWER_TERM
  }

  private final SimulatedQuorum<R> quorum;
  private final int nodeId;
  private final Disk disk;
  private final QuorumStateMachine<R> machine;
  private final Consumer<QuorumException> onFailure;

  private final SubmittedCommands<R> commands;
  private boolean started;
  private boolean ended;
  private boolean watching;
  private boolean applying;

  /** Entries before it are committed, as far as this voter knows. */
  private long committed;

  /** Entries before it are applied. */
  private long applied;

  private long nextSnapshot;
  private int leaderId = -1;
  private long heardNs;
  private long patienceNs;

  /** Null while this voter does not lead, as far as it knows. */
  private Leadership<R> leadership;

  private long readyTerm = -1;

  SimulatedVoter(
      SimulatedQuorum<R> quorum,
      int nodeId,
      Disk disk,
      QuorumStateMachine<R> machine,
      Consumer<QuorumException> onFailure) {
    this.quorum = quorum;
    this.nodeId = nodeId;
    this.disk = disk;
    this.machine = machine;
    this.onFailure = onFailure;
    this.commands = new SubmittedCommands<>(quorum, this);
  }

  @Override
  public void start() {
    quorum.agreed.check(!started && !ended, "%s is started twice, or after its end", nodeId);
    started = true;
    if (disk.snapshot != null) {
      restore(disk.snapshot);
    }
    drawNextSnapshot();
    heardNs = now();
    watch();
  }

  int nodeId() {
    return nodeId;
  }

  Disk disk() {
    return disk;
  }

  long term() {
    return disk.term;
  }

  long applied() {
    return applied;
  }

  /** Whether it acts now. */
  boolean takesPart() {
    return started && !ended && quorum.network.running(nodeId);
  }

  boolean leads() {
    return leadership != null;
  }

  /** Null while it does not lead, as far as it knows. */
  Leadership<R> leadership() {
    return leadership;
  }

  private long now() {
    return quorum.timeline.nowNs();
  }

  /** Does something later in this process' life, as soon as the node is not paused. */
  void after(long delayNs, String what, Runnable action) {
    quorum.timeline.afterNs(
        delayNs,
        what,
        () -> {
          if (ended) {
            return;
          }
          if (quorum.network.running(nodeId)) {
            action.run();
          } else {
            after(PAUSE_POLL_NS, what, action);
          }
        });
  }

  // What is given to it.

  @Override
  public CompletableFuture<R> submit(byte[] command) {
    if (command.length > MAX_COMMAND_BYTES) {
      throw new IllegalArgumentException("a command of " + command.length + " bytes");
    }
    if (leaderTerm() < 0) {
      return CompletableFuture.failedFuture(notLeader());
    }
    return commands.submit(command);
  }

  /** It takes no command for so long, and notices nothing of that. */
  void hang(int ms) {
    commands.hang(ms);
  }

  /** Whether it has commands to take. */
  boolean isAsked() {
    return commands.areWaiting();
  }

  QuorumException notLeader() {
    return new QuorumException.NotLeader("node " + nodeId + " does not lead the metadata log");
  }

  // What it applies.

  /** Entries before a position are committed. */
  void commit(long end) {
    committed = Math.max(committed, end);
    applyLater();
  }

  private void applyLater() {
    if (!applying && applied < committed) {
      applying = true;
      after(quorum.pace.applyLagNs(quorum.timeline.random()), "applies", this::applySome);
    }
  }

  private void applySome() {
    applying = false;
    for (int i = quorum.timeline.random().nextInt(20); i >= 0 && !ended; i--) {
      if (applied < committed) {
        applyNext();
      }
    }
    if (!ended) {
      applyLater();
    }
  }

  private void applyNext() {
    Entry entry = disk.log.at(applied);
    R result = null;
    if (entry.hasCommand()) {
      long before = quorum.hash(machine);
      try {
        result = machine.apply(entry.index, entry.term, entry.command());
      } catch (RuntimeException e) {
        throw new AssertionError("node " + nodeId + " cannot apply " + entry, e);
      }
      quorum.agreed.check(
          !quorum.isOfDeposed(entry) || quorum.hash(machine) == before,
          "%s carries out %s, which was planned by a leader of another term",
          nodeId,
          entry);
    }
    quorum.agreed.applied(nodeId, applied, entry, quorum.hash(machine));
    applied++;
    commands.answer(entry.call, result);
    if (!ended && leadership != null && leadership.isFirst(entry)) {
      readyTerm = entry.term;
      machine.onLeaderReady(entry.term);
    }
    if (!ended && applied >= nextSnapshot) {
      takeSnapshot();
    }
  }

  private void takeSnapshot() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      machine.writeSnapshot(out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    disk.snapshot = new Snapshot(applied, disk.log.at(applied - 1), out.toByteArray());
    disk.synced = Math.max(disk.synced, applied);
    disk.log.purge(applied - quorum.timeline.random().nextInt(quorum.pace.snapshotEvery()));
    drawNextSnapshot();
  }

  private void drawNextSnapshot() {
    nextSnapshot = applied + quorum.pace.snapshotGap(quorum.timeline.random());
  }

  private void restore(Snapshot snapshot) {
    quorum.timeline.note("quorum: " + nodeId + " takes a snapshot of " + snapshot.position());
    quorum.onRestored();
    try {
      machine.readSnapshot(new ByteArrayInputStream(snapshot.bytes()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    applied = snapshot.position();
    committed = Math.max(committed, applied);
    quorum.agreed.stateIs(nodeId, applied, quorum.hash(machine));
  }

  // Who leads.

  /** One look at a time whether the leader is still heard of. */
  private void watch() {
    if (!watching) {
      watching = true;
      patienceNs = quorum.pace.electionNs(quorum.timeline.random(), quorum.members.size() == 1);
      after(patienceNs, "looks for its leader", this::look);
    }
  }

  private void look() {
    watching = false;
    if (leads()) {
      return;
    }
    long silentNs = now() - heardNs;
    if (silentNs >= patienceNs) {
      know(-1);
      quorum.elect(this, false);
      heardNs = now();
      watch();
    } else {
      watching = true;
      after(patienceNs - silentNs, "looks for its leader", this::look);
    }
  }

  Ballot ballot(SimulatedVoter<R> candidate, long inTerm, boolean outOfTurn) {
    if (disk.term >= inTerm) {
      return Ballot.NEWER_TERM;
    }
    boolean content =
        leads()
            ? leadership.hearsMajority()
            : leaderId >= 0
                && now() - heardNs < TimeUnit.MILLISECONDS.toNanos(quorum.pace.electionMinMs());
    return (content && !outOfTurn) || !candidate.isUpToDateFor(this) ? Ballot.NO : Ballot.YES;
  }

  private boolean isUpToDateFor(SimulatedVoter<R> other) {
    Entry own = disk.log.last();
    Entry its = other.disk.log.last();
    if (its == null || own == its) {
      return true;
    }
    return own != null && (own.term > its.term || (own.term == its.term && own.index >= its.index));
  }

  /** It has chosen another to lead. */
  void vote(long term) {
    observe(term);
    heardNs = now();
  }

  /** There is a newer term than a leader of an older one knows. */
  void observe(long term) {
    if (term > disk.term) {
      disk.term = term;
      if (leads()) {
        stepDown();
      } else {
        know(-1);
      }
    }
  }

  void lead(long term) {
    disk.term = term;
    quorum.agreed.leads(nodeId, term, disk.log);
    leadership = new Leadership<>(quorum, this, term);
    know(nodeId);
    leadership.begin();
  }

  void stepDown() {
    quorum.timeline.note("quorum: " + nodeId + " leads no longer");
    leadership.end();
    leadership = null;
    readyTerm = -1;
    heardNs = now();
    machine.onNotLeader();
    know(-1);
    commands.onDeposed();
    watch();
  }

  private void know(int leader) {
    if (leaderId != leader) {
      leaderId = leader;
      machine.onLeaderChanged(leader, disk.term);
    }
  }

  /** A message of a leader has come; returns false if it leads no longer. */
  boolean hear(int leader, long term) {
    if (term < disk.term) {
      return false;
    }
    observe(term);
    quorum.agreed.check(!leads(), "%s and %s lead in term %s", nodeId, leader, term);
    heardNs = now();
    know(leader);
    return true;
  }

  /**
   * The leader's entries from a position on, where the logs were the same.
   *
   * @return up to where they are the same now; -1 if these do not follow on what is here
   */
  long take(long from, Entry before, List<Entry> entries) {
    VoterLog log = disk.log;
    if (from > log.end() || (from > log.start() && log.at(from - 1) != before)) {
      return -1;
    }
    long at = from;
    for (Entry entry : entries) {
      if (at >= log.start() && (at == log.end() || log.at(at) != entry)) {
        truncate(at);
        log.append(entry);
      }
      at++;
    }
    disk.synced = log.end();
    return at;
  }

  private void truncate(long end) {
    VoterLog log = disk.log;
    if (end < log.end()) {
      Entry lost = log.at(end);
      quorum.agreed.check(
          end >= committed && !quorum.agreed.isCommitted(end, lost),
          "%s gives up %s at %s, which is committed",
          nodeId,
          lost,
          end);
      log.truncate(end);
    }
  }

  /** The leader has no entries that follow on what is here: its snapshot instead. */
  void take(Snapshot snapshot) {
    VoterLog log = disk.log;
    long end = snapshot.position();
    boolean has =
        end <= applied
            || (end > log.start() && end <= log.end() && log.at(end - 1) == snapshot.last());
    if (!has) {
      disk.log.reset(snapshot.position(), snapshot.last());
      disk.synced = disk.log.end();
      disk.snapshot = snapshot;
      restore(snapshot);
      drawNextSnapshot();
    }
  }

  // What others ask of it.

  @Override
  public long leaderTerm() {
    return readyTerm;
  }

  @Override
  public QuorumState state() {
    if (!started) {
      return QuorumState.UNKNOWN;
    }
    Entry newest = committed == 0 ? null : disk.log.at(committed - 1);
    return new QuorumState(
        ended ? -1 : leaderId,
        disk.term,
        newest == null ? -1 : newest.index,
        quorum.members,
        leads() ? leadership.progress() : List.of());
  }

  @Override
  public CompletableFuture<Void> addVoter(Voter voter) {
    return fixed();
  }

  @Override
  public CompletableFuture<Void> removeVoter(int voterId, Uuid directoryId) {
    return fixed();
  }

  private static CompletableFuture<Void> fixed() {
    return CompletableFuture.failedFuture(
        new QuorumException.ChangeRefused(
            QuorumException.ChangeRefused.Reason.NOT_POSSIBLE, "the voters are for good"));
  }

  @Override
  public CompletableFuture<Void> transferLeadership() {
    CompletableFuture<Void> done = new CompletableFuture<>();
    List<SimulatedVoter<R>> heirs = ended || !leads() ? List.of() : quorum.reachedBy(this);
    if (heirs.isEmpty()) {
      done.complete(null);
      return done;
    }
    int heir = heirs.get(quorum.timeline.random().nextInt(heirs.size())).nodeId;
    quorum.timeline.note("quorum: " + nodeId + " hands over to " + heir);
    Leadership<R> ending = leadership;
    ending.handOver(true);
    long deadlineNs = now() + TRANSFER_TIMEOUT_NS;
    after(0, "hands over", () -> handOver(ending, heir, deadlineNs, done));
    return done;
  }

  private void handOver(
      Leadership<R> ending, int heirId, long deadlineNs, CompletableFuture<Void> done) {
    if (leadership != ending) {
      done.complete(null);
    } else if (now() >= deadlineNs) {
      ending.handOver(false);
      done.complete(null);
    } else {
      SimulatedVoter<R> heir = quorum.voter(heirId);
      if (heir != null && quorum.reach(this, heir) && heir.isUpToDateFor(this)) {
        quorum.elect(heir, true);
      }
      after(TRANSFER_POLL_NS, "hands over", () -> handOver(ending, heirId, deadlineNs, done));
    }
  }

  @Override
  public void close() {
    if (ended) {
      return;
    }
    disk.synced = disk.log.end();
    if (started && applied > 0 && quorum.timeline.random().nextBoolean()) {
      takeSnapshot();
    }
    end();
    quorum.left(this);
    if (leadership != null) {
      leadership.end();
      leadership = null;
      machine.onNotLeader();
    }
    commands.failAll("the node is closed");
  }

  /** Nobody is told: whoever was to be is gone too. */
  void crash() {
    if (leadership != null) {
      leadership.end();
    }
    end();
    long unsure = disk.log.end() - disk.synced;
    long kept =
        disk.synced + (unsure == 0 ? 0 : quorum.timeline.random().nextInt((int) unsure + 1));
    disk.log.truncate(kept);
    disk.synced = kept;
  }

  private void end() {
    ended = true;
    readyTerm = -1;
  }

  /** The log dies in a process that lives on, as after a failure of its disk. */
  void breakDown() {
    crash();
    QuorumException why = new QuorumException("the metadata log cannot be written");
    commands.failAll(why.getMessage());
    onFailure.accept(why);
  }
}
