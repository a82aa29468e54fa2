package io.ottla.metadata.image;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;

/**
 * Hands applied metadata to the publishers: in order, one at a time, on an executor, so that a slow
 * publisher does not hold up the log. What piles up meanwhile is handed over as one batch.
 *
 * <p>Any thread may call any method; the order of {@link #applied} calls is the order published, so
 * those come from the one thread that applies.
 */
public final class MetadataPublication implements AppliedMetadata {

  private final Executor executor;
  private final Consumer<Throwable> onFailure;

  // Guarded by this.
  private List<MetadataDelta> pendingDeltas = new ArrayList<>();
  private List<Runnable> pendingActions = new ArrayList<>();
  private List<MetadataPublisher> newPublishers = new ArrayList<>();
  private MetadataImage newest;
  private boolean scheduled;
  private boolean ended;
  private final PriorityQueue<Waiter> waiters =
      new PriorityQueue<>(Comparator.comparingLong(Waiter::offset));

  // Owned by the running drain.
  private final List<MetadataPublisher> publishers = new ArrayList<>();

  private volatile MetadataImage published;

  /**
   * @param executor where publishers are called; may have any number of threads
   * @param onFailure told of what a publisher throws: part of the broker has then lost touch with
   *     the metadata, which it cannot mend by itself
   */
  public MetadataPublication(
      MetadataImage first, Executor executor, Consumer<Throwable> onFailure) {
    this.newest = first;
    this.published = first;
    this.executor = executor;
    this.onFailure = onFailure;
  }

  /** The newest image that all publishers have seen. */
  public MetadataImage published() {
    return published;
  }

  /** Adds a publisher, which is told the whole image first. */
  public void add(MetadataPublisher publisher) {
    synchronized (this) {
      newPublishers.add(publisher);
    }
    schedule();
  }

  @Override
  public void applied(MetadataImage image, List<MetadataDelta> deltas) {
    synchronized (this) {
      newest = image;
      pendingDeltas.addAll(deltas);
    }
    schedule();
  }

  @Override
  public void replaced(MetadataImage image) {
    synchronized (this) {
      pendingDeltas.addAll(image.deltasFrom(newest));
      newest = image;
    }
    schedule();
  }

  /** Runs an action once all that was applied before this call is published. */
  public void whenPublished(Runnable action) {
    synchronized (this) {
      pendingActions.add(action);
    }
    schedule();
  }

  /**
   * Tells publishers nothing more: what they take care of is about to be closed.
   *
   * @return completed when no publisher is being told anything any longer
   */
  public CompletableFuture<Void> end() {
    CompletableFuture<Void> quiet = new CompletableFuture<>();
    synchronized (this) {
      ended = true;
      pendingActions.add(() -> quiet.complete(null));
    }
    schedule();
    return quiet;
  }

  /**
   * Completed when everything up to an offset is published, on the publication's thread; at once if
   * it is. Who gives up waiting cancels it.
   */
  public CompletableFuture<Void> whenReached(long offset) {
    CompletableFuture<Void> reached = new CompletableFuture<>();
    synchronized (this) {
      if (published.offset() < offset) {
        waiters.removeIf(waiter -> waiter.reached.isDone());
        waiters.add(new Waiter(offset, reached));
        return reached;
      }
    }
    reached.complete(null);
    return reached;
  }

  private void completeReached(long offset) {
    List<Waiter> due = new ArrayList<>();
    synchronized (this) {
      while (!waiters.isEmpty() && waiters.peek().offset <= offset) {
        due.add(waiters.remove());
      }
    }
    due.forEach(waiter -> run(() -> waiter.reached.complete(null)));
  }

  private void schedule() {
    synchronized (this) {
      if (scheduled) {
        return;
      }
      scheduled = true;
    }
    try {
      executor.execute(this::drain);
    } catch (RejectedExecutionException e) {
      // The broker is stopping: nobody is left to tell. What is applied stays in the log.
    }
  }

  private void drain() {
    while (true) {
      MetadataImage image;
      List<MetadataDelta> deltas;
      List<Runnable> actions;
      List<MetadataPublisher> added;
      synchronized (this) {
        if (pendingDeltas.isEmpty()
            && pendingActions.isEmpty()
            && newPublishers.isEmpty()
            && newest == published) {
          scheduled = false;
          return;
        }
        image = newest;
        deltas = ended ? List.of() : List.copyOf(pendingDeltas);
        actions = pendingActions;
        added = ended ? List.of() : newPublishers;
        pendingDeltas = new ArrayList<>();
        pendingActions = new ArrayList<>();
        newPublishers = new ArrayList<>();
      }
      if (!deltas.isEmpty()) {
        publishers.forEach(publisher -> publish(publisher, image, deltas));
      }
      if (!added.isEmpty()) {
        List<MetadataDelta> all = image.deltasFrom(MetadataImage.empty(image.clusterId()));
        added.forEach(publisher -> publish(publisher, image, all));
        publishers.addAll(added);
      }
      published = image;
      completeReached(image.offset());
      actions.forEach(this::run);
    }
  }

  private void publish(
      MetadataPublisher publisher, MetadataImage image, List<MetadataDelta> deltas) {
    run(() -> publisher.publish(image, deltas));
  }

  private void run(Runnable action) {
    try {
      action.run();
    } catch (RuntimeException | Error e) {
      onFailure.accept(e);
    }
  }

  private record Waiter(long offset, CompletableFuture<Void> reached) {}
}
