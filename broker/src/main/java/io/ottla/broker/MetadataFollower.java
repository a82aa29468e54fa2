package io.ottla.broker;

import io.ottla.metadata.feed.FeedFollower;
import io.ottla.metadata.feed.FeedSource;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.metadata.image.MetadataPublication;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/** The metadata of a node that does not vote: a controller's feed, followed. */
final class MetadataFollower implements MetadataSource {

  private final MetadataPublication publication;
  private final FeedFollower follower;

  /**
   * @param onFailure told when this node has lost touch with the metadata, and must stop
   */
  MetadataFollower(
      int nodeId,
      String clusterId,
      FeedSource source,
      NodeThreads threads,
      Consumer<Throwable> onFailure) {
    MetadataImage first = MetadataImage.empty(clusterId);
    this.publication = new MetadataPublication(first, threads.publication(), onFailure);
    this.follower =
        new FeedFollower(
            threads.controllerShard(), first, source, publication, () -> nodeId, onFailure);
  }

  @Override
  public void start() {
    follower.start();
  }

  @Override
  public CompletableFuture<Void> takesPart() {
    return CompletableFuture.completedFuture(null);
  }

  @Override
  public MetadataPublication publication() {
    return publication;
  }

  @Override
  public CompletableFuture<Void> handOver() {
    return CompletableFuture.completedFuture(null);
  }

  @Override
  public void close() {
    follower.close();
  }
}
