package io.ottla.metadata.controller;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * Operations that concern the same things, one after the other in the order they came; others do
 * not wait. Any thread.
 *
 * @param <K> what they concern
 */
final class Turns<K> {

  private final Map<K, CompletableFuture<?>> last = new HashMap<>();

  /**
   * Begins the operation when those before it have ended, well or not: at once, on this thread, or
   * later, on that which ended the last of them.
   *
   * @param operation must not block, nor take a turn itself before it returns
   */
  synchronized <T> CompletableFuture<T> take(
      Collection<K> keys, Supplier<CompletableFuture<T>> operation) {
    CompletableFuture<?>[] before =
        keys.stream().map(last::get).filter(Objects::nonNull).toArray(CompletableFuture[]::new);
    CompletableFuture<T> turn =
        before.length == 0
            ? operation.get()
            : CompletableFuture.allOf(before)
                .handle((_, _) -> operation)
                .thenCompose(Supplier::get);
    if (!turn.isDone()) {
      keys.forEach(key -> last.put(key, turn));
      turn.whenComplete((_, _) -> end(keys, turn));
    }
    return turn;
  }

  private synchronized void end(Collection<K> keys, CompletableFuture<?> turn) {
    keys.forEach(key -> last.remove(key, turn));
  }
}
