package io.ottla.metadata.feed;

import io.ottla.metadata.codec.CodecException;
import io.ottla.metadata.image.AppliedMetadata;
import io.ottla.metadata.image.ImageSnapshot;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.runtime.Shard;
import io.ottla.runtime.Timer;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.FetchMetadataRequest;
import io.ottla.wire.message.FetchMetadataResponse;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows a feed: asks for what is newer than the image it has, applies it, and asks again. This is
 * how a broker that does not vote knows the metadata.
 *
 * <p>Owned by one shard; {@link #start} and {@link #close} may be called by any thread. A feed that
 * cannot be reached is asked again after {@value #RETRY_MS} ms; a feed of another cluster, or one
 * whose changes do not fit what is here, is a fatal failure.
 */
public final class FeedFollower implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(FeedFollower.class);

  static final int MAX_WAIT_MS = 5_000;
  private static final int RETRY_MS = 100;
  private static final int MAX_BYTES = 1024 * 1024;

  /** The largest snapshot taken into memory. */
  private static final long MAX_SNAPSHOT_BYTES = 1L << 30;

  private final Shard shard;
  private final FeedSource source;
  private final AppliedMetadata followers;
  private final IntSupplier brokerId;
  private final Consumer<Throwable> onFailure;

  private MetadataImage image;
  private Download download;
  private boolean reached = true;
  private boolean closed;
  private Timer retry;

  /**
   * @param first what is known already
   * @param followers told of all that is applied, on the shard
   * @param brokerId who asks
   * @param onFailure told once if this cannot go on
   */
  public FeedFollower(
      Shard shard,
      MetadataImage first,
      FeedSource source,
      AppliedMetadata followers,
      IntSupplier brokerId,
      Consumer<Throwable> onFailure) {
    this.shard = shard;
    this.image = first;
    this.source = source;
    this.followers = followers;
    this.brokerId = brokerId;
    this.onFailure = onFailure;
  }

  /** Begins to follow. */
  public void start() {
    shard.submit(this::ask);
  }

  @Override
  public void close() {
    shard.submit(
        () -> {
          closed = true;
          if (retry != null) {
            retry.cancel();
          }
        });
  }

  private void ask() {
    if (closed) {
      return;
    }
    FetchMetadataRequest request =
        new FetchMetadataRequest()
            .clusterId(image.clusterId())
            .brokerId(brokerId.getAsInt())
            .offset(image.offset())
            .snapshotOffset(download == null ? -1 : download.offset)
            .snapshotPosition(download == null ? 0 : download.bytes.size())
            .maxWaitMs(MAX_WAIT_MS)
            .maxBytes(MAX_BYTES);
    var _ =
        source
            .fetch(request)
            .whenComplete((response, failure) -> shard.submit(() -> onAnswer(response, failure)));
  }

  private void onAnswer(FetchMetadataResponse response, Throwable failure) {
    if (closed) {
      return;
    }
    if (failure != null) {
      onUnreachable(failure.getMessage());
      return;
    }
    ErrorCode error = ErrorCode.forCode(response.errorCode());
    if (error == ErrorCode.INCONSISTENT_CLUSTER_ID) {
      fail(
          new IllegalStateException(
              "the controllers belong to cluster '"
                  + response.clusterId()
                  + "', this node to '"
                  + image.clusterId()
                  + "'. Correct controller.quorum.voters or controller.quorum.bootstrap.servers, or"
                  + " log.dirs"));
      return;
    }
    if (error != ErrorCode.NONE) {
      onUnreachable(error + ": " + error.message());
      return;
    }
    if (!reached) {
      reached = true;
      LOG.info("Following the cluster's metadata again, from offset {}", image.offset());
    }
    try {
      take(response);
    } catch (CodecException | IllegalStateException | IOException e) {
      fail(e);
      return;
    }
    ask();
  }

  private void onUnreachable(String why) {
    // Another controller's bytes of the same snapshot may be in another order.
    download = null;
    if (reached) {
      reached = false;
      LOG.warn(
          "No controller serves metadata: {}. This broker goes on with what it knows, offset {},"
              + " and asks again every {} ms",
          why,
          image.offset(),
          RETRY_MS);
    }
    retry = shard.schedule(RETRY_MS, this::ask);
  }

  private void fail(Exception cause) {
    closed = true;
    onFailure.accept(cause);
  }

  private void take(FetchMetadataResponse response) throws IOException {
    if (response.snapshotOffset() >= 0) {
      takeSnapshot(response);
      return;
    }
    download = null;
    for (FeedEntry entry : FeedEntry.decodeAll(response.body())) {
      if (entry.offset() > image.offset()) {
        MetadataImage next = image;
        for (var delta : entry.deltas()) {
          next = next.with(delta);
        }
        image = next.at(entry.offset());
        followers.applied(image, entry.deltas());
      }
    }
  }

  private void takeSnapshot(FetchMetadataResponse response) throws IOException {
    if (response.snapshotSize() > MAX_SNAPSHOT_BYTES) {
      throw new CodecException("a metadata snapshot of " + response.snapshotSize() + " bytes");
    }
    if (download == null || download.offset != response.snapshotOffset()) {
      download = new Download(response.snapshotOffset());
    }
    download.bytes.writeBytes(response.body());
    if (download.bytes.size() < response.snapshotSize()) {
      return;
    }
    byte[] whole = download.bytes.toByteArray();
    download = null;
    MetadataImage taken = ImageSnapshot.read(new ByteArrayInputStream(whole), image.clusterId());
    LOG.info("Took over a snapshot of the metadata at offset {}", taken.offset());
    image = taken;
    followers.replaced(image);
  }

  /** A snapshot that is coming in parts. */
  private static final class Download {

    private final long offset;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    Download(long offset) {
      this.offset = offset;
    }
  }
}
