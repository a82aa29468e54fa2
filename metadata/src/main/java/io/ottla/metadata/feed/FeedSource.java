package io.ottla.metadata.feed;

import io.ottla.wire.message.FetchMetadataRequest;
import io.ottla.wire.message.FetchMetadataResponse;
import java.util.concurrent.CompletableFuture;

/** Some controller that serves its feed. */
public interface FeedSource {

  /**
   * Asks a controller; another one than before after a failure. Any thread; the answer comes on
   * any.
   */
  CompletableFuture<FetchMetadataResponse> fetch(FetchMetadataRequest request);
}
