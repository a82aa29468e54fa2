package io.ottla.metadata.quorum;

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

  /** Stops taking part; commands still under way fail. */
  @Override
  void close();
}
