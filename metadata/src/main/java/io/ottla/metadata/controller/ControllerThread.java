package io.ottla.metadata.controller;

import io.ottla.wire.ErrorCode;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;

/** Runs the controller's operations one after another on the executor it was given. */
final class ControllerThread {

  private final Executor executor;

  ControllerThread(Executor executor) {
    this.executor = executor;
  }

  /** Runs an operation; what fails, fails with a {@link ControllerException} and no wrapping. */
  <T> CompletableFuture<T> call(Supplier<CompletableFuture<T>> operation) {
    CompletableFuture<T> answer = new CompletableFuture<>();
    try {
      executor.execute(() -> run(operation, answer));
    } catch (RejectedExecutionException e) {
      answer.completeExceptionally(
          new ControllerException(ErrorCode.NOT_CONTROLLER, "This node is shutting down."));
    }
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
