package io.ottla.metadata.controller;

import io.ottla.runtime.Shard;
import io.ottla.wire.ErrorCode;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/** Runs the controller's operations one after another on the shard it was given. */
final class ControllerThread {

  private final Shard shard;

  ControllerThread(Shard shard) {
    this.shard = shard;
  }

  /** Runs an operation; what fails, fails with a {@link ControllerException} and no wrapping. */
  <T> CompletableFuture<T> call(Supplier<CompletableFuture<T>> operation) {
    CompletableFuture<T> answer = new CompletableFuture<>();
    if (!shard.offer(() -> run(operation, answer))) {
      answer.completeExceptionally(
          new ControllerException(
              ErrorCode.REQUEST_TIMED_OUT, "The controller has too much to do already."));
    }
    return answer;
  }

  /** Runs the controller's own operation, however much there is to do already. */
  <T> CompletableFuture<T> callAlways(Supplier<CompletableFuture<T>> operation) {
    CompletableFuture<T> answer = new CompletableFuture<>();
    shard.submit(() -> run(operation, answer));
    return answer;
  }

  private static <T> void run(
      Supplier<CompletableFuture<T>> operation, CompletableFuture<T> answer) {
    try {
      var _ =
          operation
              .get()
              .whenComplete(
                  (value, failure) -> {
                    if (failure == null) {
                      answer.complete(value);
                    } else {
                      answer.completeExceptionally(ControllerException.of(failure));
                    }
                  });
    } catch (RuntimeException | Error e) {
      answer.completeExceptionally(ControllerException.of(e));
    }
  }
}
