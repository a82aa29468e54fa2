package io.ottla.broker.peer;

import io.ottla.broker.peer.ControllerLocations.Location;
import io.ottla.metadata.config.HostPort;
import io.ottla.metadata.controller.ControllerException;
import io.ottla.wire.ErrorCode;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * Asks one controller after the other until the active one has answered: first the one that is
 * thought to be active, then the others, then, after a pause, again. Runs on one loop.
 *
 * @param <R> what comes of the call
 */
final class ControllerSearch<R> {

  private static final long PAUSE_MS = 50;

  /** How often it is looked whether the controller that was asked is still the active one. */
  private static final long WATCH_MS = 250;

  /** Between looks at this node when there is no other to ask. */
  private static final long SHORT_PAUSE_MS = 10;

  private final NetworkControllerChannel channel;
  private final ControllerCall<R> call;
  private final long timeoutMs;
  private final long deadlineNs;
  private final CompletableFuture<R> result = new CompletableFuture<>();
  private final Set<HostPort> triedThisRound = new HashSet<>();
  private String lastFailure = "no controller is known";

  /** Counts those that were asked; what an earlier one still answers only matters if it is good. */
  private int attempts;

  ControllerSearch(NetworkControllerChannel channel, ControllerCall<R> call, long timeoutMs) {
    this.channel = channel;
    this.call = call;
    this.timeoutMs = timeoutMs;
    this.deadlineNs = channel.clock().nowNs() + TimeUnit.MILLISECONDS.toNanos(timeoutMs);
  }

  CompletableFuture<R> begin() {
    try {
      channel.loop().execute(this::guardedAttempt);
    } catch (RejectedExecutionException e) {
      fail(ErrorCode.NOT_CONTROLLER, "This node is stopping.");
    }
    return result;
  }

  private void guardedAttempt() {
    try {
      attempt();
    } catch (RuntimeException e) {
      result.completeExceptionally(e);
    }
  }

  private void attempt() {
    if (result.isDone()) {
      return;
    }
    long remainingMs = TimeUnit.NANOSECONDS.toMillis(deadlineNs - channel.clock().nowNs());
    if (remainingMs <= 0) {
      fail(
          ErrorCode.REQUEST_TIMED_OUT,
          "No active controller answered within "
              + timeoutMs
              + " ms; the last failure: "
              + lastFailure);
      return;
    }
    if (channel.isActiveHere()) {
      attempts++;
      var _ = call.doHere().whenCompleteAsync(this::onLocalResult, channel.loop());
      return;
    }
    Location next = next();
    if (next == null) {
      long pauseMs = triedThisRound.isEmpty() ? SHORT_PAUSE_MS : PAUSE_MS;
      triedThisRound.clear();
      pause(Math.min(pauseMs, remainingMs));
      return;
    }
    triedThisRound.add(next.address());
    int attempt = ++attempts;
    var _ =
        channel
            .connection(next, call.lane())
            .send(call.api(), call.request(), Math.min(remainingMs, call.attemptTimeoutMs()))
            .thenApply(answer -> call.answered(answer.message()))
            .whenCompleteAsync(
                (answer, failure) -> onResult(next, attempt, answer, failure), channel.loop());
    watch(next, attempt);
  }

  /** A controller that was deposed, because it is cut off or stands still, is not waited for. */
  private void watch(Location asked, int attempt) {
    var _ =
        channel
            .loop()
            .later(
                () -> {
                  if (result.isDone() || attempt != attempts) {
                    return;
                  }
                  int activeId = channel.locations().activeId();
                  if (activeId >= 0 && asked.id() >= 0 && activeId != asked.id()) {
                    attempts++;
                    lastFailure = asked.address() + " was deposed";
                    triedThisRound.clear();
                    triedThisRound.add(asked.address());
                    guardedAttempt();
                  } else {
                    watch(asked, attempt);
                  }
                },
                WATCH_MS);
  }

  /** Whom to ask next in this round, or null at its end. */
  private Location next() {
    Location first = null;
    int activeId = channel.locations().activeId();
    for (Location location : channel.locations().controllers()) {
      boolean isHere = location.id() == channel.nodeId();
      if (!isHere && !triedThisRound.contains(location.address())) {
        if (location.id() >= 0 && location.id() == activeId) {
          return location;
        }
        first = first == null ? location : first;
      }
    }
    return first;
  }

  private void pause(long pauseMs) {
    var _ = channel.loop().later(this::guardedAttempt, pauseMs);
  }

  private void onLocalResult(R answer, Throwable failure) {
    if (failure == null && !call.isElsewhere(answer)) {
      result.complete(answer);
      return;
    }
    ControllerException cause = failure == null ? null : ControllerException.of(failure);
    if (cause == null || cause.error() == ErrorCode.NOT_CONTROLLER) {
      lastFailure = "this node is not the active controller any more";
      pause(PAUSE_MS);
    } else {
      result.completeExceptionally(cause);
    }
  }

  private void onResult(Location asked, int attempt, R answer, Throwable failure) {
    if (failure == null && !call.isElsewhere(answer)) {
      result.complete(answer);
      return;
    }
    if (attempt != attempts) {
      return;
    }
    attempts++;
    PeerException cause = failure == null ? null : causeOf(failure);
    if (failure != null && cause == null) {
      result.completeExceptionally(failure);
      return;
    }
    lastFailure =
        cause == null ? asked.address() + " is not the active controller" : cause.getMessage();
    if (cause == null) {
      guardedAttempt();
      return;
    }
    switch (cause.reason()) {
      case UNREACHABLE, LOST, TIMED_OUT, CLOSED -> guardedAttempt();
      case BUSY -> pause(PAUSE_MS);
      case UNSUPPORTED, MALFORMED -> fail(cause.error(), cause.getMessage());
    }
  }

  private static PeerException causeOf(Throwable failure) {
    Throwable cause = failure.getCause() == null ? failure : failure.getCause();
    return cause instanceof PeerException known ? known : null;
  }

  private void fail(ErrorCode error, String message) {
    result.completeExceptionally(new ControllerException(error, message));
  }
}
