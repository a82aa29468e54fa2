package io.ottla.broker.producer;

import io.ottla.wire.ErrorCode;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * Hands out producer ids, each once in the life of the cluster, from blocks that the controller
 * allots to this broker (KIP-730). What is left of a block when the broker stops is never used.
 *
 * <p>Thread-safe; never blocks: who comes while a block is on its way waits for it.
 */
public final class ProducerIds {

  /**
   * A run of ids that belongs to this broker.
   *
   * @param first the first id
   * @param count how many there are
   */
  public record Block(long first, int count) {}

  private final Supplier<CompletableFuture<Block>> allot;
  private final Queue<CompletableFuture<Long>> waiting = new ArrayDeque<>();
  private long next;
  private long end;
  private boolean underWay;

  /**
   * @param allot asks the controller for a block
   */
  public ProducerIds(Supplier<CompletableFuture<Block>> allot) {
    this.allot = allot;
  }

  /** The next id; fails with the controller's failure. */
  public CompletableFuture<Long> next() {
    CompletableFuture<Long> id = new CompletableFuture<>();
    synchronized (this) {
      if (next < end) {
        return CompletableFuture.completedFuture(next++);
      }
      waiting.add(id);
      if (underWay) {
        return id;
      }
      underWay = true;
    }
    askForBlock();
    return id;
  }

  private void askForBlock() {
    CompletableFuture<Block> asked;
    try {
      asked = allot.get();
    } catch (RuntimeException e) {
      asked = CompletableFuture.failedFuture(e);
    }
    var _ = asked.whenComplete(this::onBlock);
  }

  private void onBlock(Block block, Throwable failure) {
    Queue<CompletableFuture<Long>> served = new ArrayDeque<>();
    Queue<Long> ids = new ArrayDeque<>();
    boolean again;
    synchronized (this) {
      if (failure == null) {
        next = block.first();
        end = block.first() + block.count();
      }
      while (!waiting.isEmpty() && (failure != null || next < end)) {
        served.add(waiting.poll());
        ids.add(failure == null ? next++ : -1L);
      }
      again = !waiting.isEmpty();
      underWay = again;
    }
    for (CompletableFuture<Long> id : served) {
      long value = ids.poll();
      if (failure == null) {
        id.complete(value);
      } else {
        id.completeExceptionally(failure);
      }
    }
    if (again) {
      askForBlock();
    }
  }

  /** What a client is told when no id could be had: it may try again. */
  static final ErrorCode UNAVAILABLE = ErrorCode.COORDINATOR_NOT_AVAILABLE;
}
