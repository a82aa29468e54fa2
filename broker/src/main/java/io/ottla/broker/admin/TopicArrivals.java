package io.ottla.broker.admin;

import io.ottla.metadata.image.MetadataDelta;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.metadata.image.MetadataPublisher;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Tells when topics are to be seen in this broker's image. Publishes after the image that requests
 * see. Any thread may wait.
 */
public final class TopicArrivals implements MetadataPublisher {

  private record Waiting(Set<String> names, CompletableFuture<Void> arrived) {}

  private final Supplier<MetadataImage> image;
  private final List<Waiting> waiting = new ArrayList<>();

  /**
   * @param image what requests see
   */
  public TopicArrivals(Supplier<MetadataImage> image) {
    this.image = image;
  }

  /** Completes when all the topics are there, or the time is up. */
  CompletableFuture<Void> of(Collection<String> names, long timeoutMs) {
    Waiting one = new Waiting(new HashSet<>(names), new CompletableFuture<>());
    synchronized (this) {
      waiting.add(one);
    }
    var _ =
        one.arrived
            .completeOnTimeout(null, timeoutMs, TimeUnit.MILLISECONDS)
            .whenComplete((done, failure) -> forget(one));
    tell();
    return one.arrived;
  }

  private synchronized void forget(Waiting one) {
    waiting.remove(one);
  }

  @Override
  public void publish(MetadataImage newest, List<MetadataDelta> deltas) {
    tell();
  }

  private void tell() {
    List<Waiting> arrived = new ArrayList<>();
    MetadataImage current = image.get();
    synchronized (this) {
      for (Waiting one : waiting) {
        one.names.removeIf(name -> current.topic(name) != null);
        if (one.names.isEmpty()) {
          arrived.add(one);
        }
      }
      waiting.removeAll(arrived);
    }
    arrived.forEach(one -> one.arrived.complete(null));
  }
}
