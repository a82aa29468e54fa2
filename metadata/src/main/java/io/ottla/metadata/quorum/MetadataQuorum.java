package io.ottla.metadata.quorum;

import io.ottla.wire.Uuid;
import java.util.concurrent.CompletableFuture;

/**
 * A log of commands, agreed on by its voters and applied to a {@link QuorumStateMachine} on each.
 *
 * @param <R> what a command answers
 */
public interface MetadataQuorum<R> extends AutoCloseable {

  /** The longest command, in bytes. */
  int MAX_COMMAND_BYTES = 1_000_000;

  /**
   * Starts this node; returns when it takes part. The state machine hears when it leads.
   *
   * @throws QuorumException if it cannot start; nothing is left running then
   */
  void start();

  /**
   * Sends a command to the log. Any thread; does not block. Commands of one thread are logged in
   * the order they are submitted.
   *
   * @return what {@link QuorumStateMachine#apply} answered on this node; completed on the applying
   *     thread, so what depends on it must be short. Fails with {@link QuorumException.NotLeader},
   *     {@link QuorumException.Overloaded} or {@link QuorumException.OutcomeUnknown}.
   * @throws IllegalArgumentException if the command is longer than {@link #MAX_COMMAND_BYTES}
   */
  CompletableFuture<R> submit(byte[] command);

  /** The term in which this node leads and is ready, or -1. */
  long leaderTerm();

  /** What this node knows of the quorum now. Any thread; cheap. */
  QuorumState state();

  /**
   * Makes a node a voter; it must be running and waiting for it. Leader only; completes when the
   * new voter has caught up and the change is committed. Any thread.
   *
   * @return fails with {@link QuorumException.NotLeader}, {@link QuorumException.ChangeRefused}, or
   *     {@link QuorumException.OutcomeUnknown}
   */
  CompletableFuture<Void> addVoter(Voter voter);

  /**
   * Makes a node a voter no longer. Leader only; it may name itself, and resigns then. Any thread.
   *
   * @param directoryId of the voter, which must be the one it is known with
   * @return fails as with {@link #addVoter}
   */
  CompletableFuture<Void> removeVoter(int nodeId, Uuid directoryId);

  /**
   * Before a clean stop: gives the leadership to another voter if this node has it. Completes when
   * another leads, or when that cannot be had soon; never fails. Any thread.
   */
  CompletableFuture<Void> transferLeadership();

  /** Stops taking part; commands still under way fail. */
  @Override
  void close();
}
