package io.ottla.metadata.quorum;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/**
 * What a quorum replicates. All methods but {@link #onNotLeader} and {@link #onLeaderChanged} are
 * called on the one thread that applies.
 *
 * @param <R> what a command answers; never leaves the process
 */
public interface QuorumStateMachine<R> {

  /**
   * Carries out one committed command. Deterministic: the same commands give the same state on
   * every node and after every restart. An unchecked exception means that this node cannot go on:
   * it may not be thrown for what a client asked.
   *
   * @param index the command's place in the log: grows, but not by one
   * @param term the term of the leader that wrote it into the log
   */
  R apply(long index, long term, byte[] command);

  /** Writes the whole state. */
  void writeSnapshot(OutputStream out) throws IOException;

  /**
   * Replaces the whole state.
   *
   * @throws RuntimeException if the bytes are not a snapshot of this state machine
   */
  void readSnapshot(InputStream in) throws IOException;

  /** This node leads, and has applied all that earlier leaders committed. */
  void onLeaderReady(long term);

  /** This node leads no longer. Any thread. */
  void onNotLeader();

  /**
   * The leader this node knows has changed. Any thread; must not block.
   *
   * @param leaderId the new one, perhaps this node, which may not be ready yet; -1 for none
   * @param term the term in which it leads
   */
  default void onLeaderChanged(int leaderId, long term) {}
}
