package io.ottla.log;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;

/** Something for which the disk is waited for, by another thread than that which wants it done. */
final class DiskWait {

  /** What waits. */
  interface Work {

    void run() throws IOException;
  }

  /** Nothing to wait for. */
  static final DiskWait NONE = new DiskWait(CompletableFuture.completedFuture(null));

  private final CompletableFuture<Void> end;

  private DiskWait(CompletableFuture<Void> end) {
    this.end = end;
  }

  static DiskWait begin(Work work, Executor executor) {
    return new DiskWait(
        CompletableFuture.runAsync(
            () -> {
              try {
                work.run();
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            },
            executor));
  }

  /** Returns when it is done; throws what it threw. */
  void await() throws IOException {
    try {
      end.join();
    } catch (CompletionException e) {
      switch (e.getCause()) {
        case UncheckedIOException it -> throw it.getCause();
        case RuntimeException it -> throw it;
        case Error it -> throw it;
        case null, default -> throw e;
      }
    }
  }
}
