package io.ottla.metadata.controller;

import io.ottla.metadata.controller.Command.RecoverUncleanly;
import io.ottla.metadata.controller.Command.SetFeatures;
import io.ottla.metadata.controller.Command.TakeOver;
import io.ottla.runtime.Shard;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongPredicate;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a controller does first in a term: it takes over what a predecessor left, gives a new
 * cluster its features, and elects whom its node's file allows. Nobody else does, so that whatever
 * was refused is asked for again as long as the term lasts.
 *
 * <p>Owned by the controller's shard, but for {@link #ready} and {@link #succeed}.
 */
final class TermStart {

  private static final Logger LOG = LoggerFactory.getLogger(TermStart.class);

  private static final long RETRY_MS = 500;

  private final CommandLog log;
  private final ControllerSettings settings;
  private final Shard shard;
  private final ControllerThread thread;
  private final LongPredicate leads;
  private final CompletableFuture<Void> ready = new CompletableFuture<>();

  private volatile Predecessor predecessor = Predecessor.NONE;

  /** Whether this term began with taking over a predecessor's metadata. */
  private boolean inheriting;

  /** The term of which it was told that it does not begin as it should. */
  private long toldOf = -1;

  /**
   * @param leads whether this node leads in a term, as the shard knows it
   */
  TermStart(
      CommandLog log,
      ControllerSettings settings,
      Shard shard,
      ControllerThread thread,
      LongPredicate leads) {
    this.log = log;
    this.settings = settings;
    this.shard = shard;
    this.thread = thread;
    this.leads = leads;
  }

  /** Whose metadata becomes this cluster's; before the first term. Any thread. */
  void succeed(Predecessor former) {
    this.predecessor = former;
  }

  /** Completed when a term has begun and all of it is published; or failed, if none ever can. */
  CompletableFuture<Void> ready() {
    return ready;
  }

  /** Has a term begin; any thread. What comes of it, {@link #ready} and the log tell. */
  void begin(long term, Supplier<CompletableFuture<Void>> first) {
    var _ =
        thread
            .callAlways(first)
            .whenComplete((led, failure) -> shard.submit(() -> onBegun(term, failure)));
  }

  /** Asks for the predecessor's part. It comes before any other command of the term. */
  CompletableFuture<Void> inherit() {
    List<CompletableFuture<CommandResult>> parts =
        predecessor.changes(log.image()).stream()
            .map(part -> log.submit(new TakeOver(part)))
            .toList();
    inheriting = !parts.isEmpty();
    return CompletableFuture.allOf(parts.toArray(CompletableFuture[]::new));
  }

  /**
   * A new cluster's features get their first levels. An old cluster's stay as they are: what newer
   * software brings is off there until somebody turns it on.
   */
  CompletableFuture<Void> settle(CompletableFuture<Void> inherited) {
    boolean isNew =
        !inheriting && log.image().features().isEmpty() && !settings.features().isEmpty();
    return inherited
        .thenCompose(
            _ ->
                isNew
                    ? log.submit(new SetFeatures(settings.features(), Map.of()))
                    : CompletableFuture.<CommandResult>completedFuture(null))
        // What this node's file allows may be more than the last controller's did.
        .thenCompose(
            _ ->
                settings.uncleanElection()
                    ? log.submit(new RecoverUncleanly())
                    : CompletableFuture.<CommandResult>completedFuture(null))
        .thenCompose(_ -> log.published());
  }

  private void onBegun(long term, Throwable failure) {
    if (failure == null) {
      ready.complete(null);
      return;
    }
    ControllerException cause = ControllerException.of(failure);
    switch (cause.error()) {
      // If leadership was lost at once, the next one begins anew.
      case NOT_CONTROLLER, REQUEST_TIMED_OUT -> {
        if (toldOf != term) {
          toldOf = term;
          LOG.warn("Not leading yet, or not after all: {}", cause.getMessage());
        }
        var _ = shard.schedule(RETRY_MS, () -> beginAgain(term, cause));
      }
      default -> fail(cause);
    }
  }

  /** Inheriting is not done twice in one term: what came of it the first time is not known. */
  private void beginAgain(long term, ControllerException cause) {
    if (!leads.test(term)) {
      return;
    }
    if (inheriting) {
      fail(
          new ControllerException(
              cause.error(),
              "Kafka's metadata could not be taken over as a whole: "
                  + cause.getMessage()
                  + " Start this node again: it goes on where it was"));
    } else {
      begin(term, () -> settle(CompletableFuture.completedFuture(null)));
    }
  }

  private void fail(ControllerException cause) {
    if (!ready.completeExceptionally(cause)) {
      LOG.error("The cluster is led, but not as this node's file says", cause);
    }
  }
}
