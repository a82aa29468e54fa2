package io.ottla.replication;

import io.ottla.runtime.Shard;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** How a thread that may block has something done by a shard, and waits for it. */
final class OwnerCall {

  private OwnerCall() {}

  /** Returns when the shard has run it; what it throws is thrown here. */
  static void run(Shard shard, Runnable task) {
    if (shard.isOnShardThread()) {
      task.run(); // Turned by hand: who waits for it here would wait forever.
      return;
    }
    CompletableFuture<Void> done = new CompletableFuture<>();
    shard.submit(
        () -> {
          try {
            task.run();
            done.complete(null);
          } catch (RuntimeException | Error e) {
            done.completeExceptionally(e);
          }
        });
    try {
      done.join();
    } catch (CompletionException e) {
      switch (e.getCause()) {
        case RuntimeException cause -> throw cause;
        case Error cause -> throw cause;
        case null, default -> throw e;
      }
    }
  }
}
