package io.ottla.coordinator;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Consumer;

/**
 * One request that several shards answer: collects the parts and passes them on when the last has
 * come, on the thread that brought it. Each part comes once; from any thread.
 *
 * @param <R> what a part answers
 */
final class FanOut<R> {

  private final AtomicReferenceArray<R> parts;
  private final AtomicInteger missing;
  private final Consumer<List<R>> whenComplete;

  /**
   * @param count of parts, at least one
   * @param whenComplete takes the parts in their order
   */
  FanOut(int count, Consumer<List<R>> whenComplete) {
    this.parts = new AtomicReferenceArray<>(count);
    this.missing = new AtomicInteger(count);
    this.whenComplete = whenComplete;
  }

  /** Takes one part. */
  Consumer<R> part(int index) {
    return response -> {
      parts.set(index, response);
      if (missing.decrementAndGet() == 0) {
        List<R> all = new ArrayList<>(parts.length());
        for (int i = 0; i < parts.length(); i++) {
          all.add(parts.get(i));
        }
        whenComplete.accept(all);
      }
    };
  }
}
