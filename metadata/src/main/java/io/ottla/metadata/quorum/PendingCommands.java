package io.ottla.metadata.quorum;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The commands this process has submitted and not yet seen applied. Results go from the applying
 * thread to the submitter as objects: they need no bytes, because they never leave the process.
 *
 * @param <R> what a command answers
 */
final class PendingCommands<R> {

  private final AtomicLong nextCallId = new AtomicLong();
  private final Map<Long, CompletableFuture<R>> byCallId = new ConcurrentHashMap<>();
  private final ConcurrentLinkedQueue<Long> answered = new ConcurrentLinkedQueue<>();

  /** One submitted command. */
  record Call<R>(long id, CompletableFuture<R> result) {}

  Call<R> open() {
    long id = nextCallId.incrementAndGet();
    CompletableFuture<R> result = new CompletableFuture<>();
    byCallId.put(id, result);
    return new Call<>(id, result);
  }

  void complete(long callId, R value) {
    CompletableFuture<R> result = byCallId.remove(callId);
    if (result != null) {
      result.complete(value);
    }
  }

  /**
   * Does nothing if the command was applied: what was applied is known, whatever was heard since.
   */
  void fail(long callId, QuorumException cause) {
    CompletableFuture<R> result = byCallId.remove(callId);
    if (result != null) {
      result.completeExceptionally(cause);
    }
  }

  void failAll(QuorumException cause) {
    for (Long callId : byCallId.keySet()) {
      fail(callId, cause);
    }
  }

  /** Ratis has answered a call and may forget that it has seen it. */
  void answered(long callId) {
    answered.add(callId);
  }

  /** The calls answered since this was last asked. */
  List<Long> takeAnswered() {
    List<Long> taken = new ArrayList<>();
    for (Long id = answered.poll(); id != null; id = answered.poll()) {
      taken.add(id);
    }
    return taken;
  }
}
