package io.ottla.metadata.controller;

import io.ottla.metadata.quorum.MetadataQuorum;
import io.ottla.metadata.quorum.QuorumException;
import io.ottla.metadata.quorum.QuorumState;
import io.ottla.metadata.quorum.QuorumStateMachine;
import io.ottla.metadata.quorum.Voter;
import io.ottla.wire.Uuid;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;

/** A quorum in memory that applies each command at once, on the caller's thread. */
final class DirectQuorum implements MetadataQuorum<CommandResult> {

  /** One command in the log. */
  record Entry(long index, long term, byte[] command) {}

  private record Waiting(byte[] command, CompletableFuture<CommandResult> answer) {}

  private final List<Entry> log = new ArrayList<>();
  private final Queue<Waiting> waiting = new ArrayDeque<>();
  private boolean holding;
  private QuorumStateMachine<CommandResult> stateMachine;
  private long index;
  private long term = 1;
  private boolean leading;
  private Runnable beforeNext = () -> {};
  private QuorumException failure;

  void serve(QuorumStateMachine<CommandResult> machine) {
    stateMachine = machine;
  }

  List<Entry> log() {
    return log;
  }

  /** Runs once, when the next command is submitted and not yet applied. */
  void beforeNext(Runnable action) {
    beforeNext = action;
  }

  /** Fails all commands from now on; null to stop. */
  void failWith(QuorumException cause) {
    failure = cause;
  }

  void resign() {
    leading = false;
    stateMachine.onNotLeader();
  }

  void lead() {
    term++;
    leading = true;
    stateMachine.onLeaderReady(term);
  }

  @Override
  public void start() {
    lead();
  }

  /** From now on commands wait. */
  void hold() {
    holding = true;
  }

  /** Applies what waits, one after the other, and what is submitted meanwhile behind it. */
  void letGo() {
    for (Waiting next = waiting.poll(); next != null; next = waiting.poll()) {
      next.answer().complete(apply(next.command()));
    }
    holding = false;
  }

  @Override
  public CompletableFuture<CommandResult> submit(byte[] command) {
    if (failure != null) {
      return CompletableFuture.failedFuture(failure);
    }
    if (holding) {
      Waiting later = new Waiting(command, new CompletableFuture<>());
      waiting.add(later);
      return later.answer();
    }
    return CompletableFuture.completedFuture(apply(command));
  }

  private CommandResult apply(byte[] command) {
    Runnable first = beforeNext;
    beforeNext = () -> {};
    first.run();
    // Not dense, as the real one's.
    index += 1 + index % 3;
    log.add(new Entry(index, term, command));
    return stateMachine.apply(index, term, command);
  }

  @Override
  public long leaderTerm() {
    return leading ? term : -1;
  }

  @Override
  public QuorumState state() {
    return QuorumState.UNKNOWN;
  }

  @Override
  public CompletableFuture<Void> addVoter(Voter voter) {
    throw new UnsupportedOperationException();
  }

  @Override
  public CompletableFuture<Void> removeVoter(int nodeId, Uuid directoryId) {
    throw new UnsupportedOperationException();
  }

  @Override
  public CompletableFuture<Void> transferLeadership() {
    return CompletableFuture.completedFuture(null);
  }

  @Override
  public void close() {
    leading = false;
  }
}
