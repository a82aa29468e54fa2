package io.ottla.broker.controller;

import io.ottla.broker.api.ApiHandler;
import io.ottla.broker.api.LateAnswer;
import io.ottla.broker.api.Request;
import io.ottla.metadata.feed.MetadataFeed;
import io.ottla.metadata.quorum.QuorumState;
import io.ottla.metadata.quorum.Voter;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.FetchMetadataRequest;
import io.ottla.wire.message.FetchMetadataResponse;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * FetchMetadata, Ottla's own API between nodes: the changes of the metadata after an offset, or a
 * part of a snapshot. Served by every voter, leader or not: what a feed holds is committed.
 *
 * <p>Waits up to {@code MaxWaitMs} for something new.
 */
public final class FetchMetadataHandler implements ApiHandler<FetchMetadataRequest> {

  private static final int MAX_BYTES = 4 * 1024 * 1024;
  private static final int MAX_WAIT_MS = 30_000;

  private final String clusterId;
  private final MetadataFeed feed;
  private final Supplier<QuorumState> quorum;
  private final FollowerProgress followers;
  private final Executor workers;

  /**
   * @param quorum tells who leads, and who votes
   * @param followers told how far each follower is
   * @param workers encode whole images
   */
  public FetchMetadataHandler(
      String clusterId,
      MetadataFeed feed,
      Supplier<QuorumState> quorum,
      FollowerProgress followers,
      Executor workers) {
    this.clusterId = clusterId;
    this.feed = feed;
    this.quorum = quorum;
    this.followers = followers;
    this.workers = workers;
  }

  @Override
  public ApiKey api() {
    return ApiKey.FETCH_METADATA;
  }

  @Override
  public void handle(Request<FetchMetadataRequest> request) {
    FetchMetadataRequest body = request.body();
    if (body.clusterId() != null && !body.clusterId().equals(clusterId)) {
      request.respond(failure(body, request.version(), ErrorCode.INCONSISTENT_CLUSTER_ID));
      return;
    }
    followers.onFetch(body.brokerId(), body.offset(), feed.endOffset());
    if (body.snapshotOffset() >= 0) {
      sendSnapshot(request, body.snapshotOffset(), body.snapshotPosition());
    } else if (body.maxWaitMs() <= 0 || feed.endOffset() > body.offset()) {
      read(request);
    } else {
      new Wait(request).begin();
    }
  }

  private void read(Request<FetchMetadataRequest> request) {
    switch (feed.read(request.body().offset(), maxBytes(request.body()))) {
      case MetadataFeed.Reading.Changes(byte[] bytes) -> request.respond(answer().body(bytes));
      case MetadataFeed.Reading.SnapshotNeeded() -> sendSnapshot(request, MetadataFeed.NEWEST, 0);
    }
  }

  /** Off the event loop: the whole image may have to be encoded. */
  private void sendSnapshot(Request<FetchMetadataRequest> request, long offset, long position) {
    LateAnswer.when(
        request,
        CompletableFuture.supplyAsync(
            () -> feed.readSnapshot(offset, position, maxBytes(request.body())), workers),
        part ->
            answer()
                .snapshotOffset(part.offset())
                .snapshotSize(part.sizeInBytes())
                .body(part.bytes()));
  }

  private static int maxBytes(FetchMetadataRequest body) {
    return Math.clamp(body.maxBytes(), 1, MAX_BYTES);
  }

  private FetchMetadataResponse answer() {
    QuorumState state = quorum.get();
    FetchMetadataResponse response =
        new FetchMetadataResponse()
            .clusterId(clusterId)
            .endOffset(feed.endOffset())
            .leaderId(state.leaderId())
            .leaderTerm(state.term())
            .body(new byte[0]);
    for (Voter voter : state.voters()) {
      response
          .controllers()
          .add(
              new FetchMetadataResponse.Controller()
                  .nodeId(voter.nodeId())
                  .host(voter.address().host())
                  .port(voter.address().port()));
    }
    return response;
  }

  @Override
  public ApiMessage failure(FetchMetadataRequest request, short version, ErrorCode error) {
    return new FetchMetadataResponse()
        .errorCode(error.code())
        .clusterId(clusterId)
        .body(new byte[0]);
  }

  /** One follower that has all there is. Owned by its connection's event loop. */
  private final class Wait {

    private final Request<FetchMetadataRequest> request;
    private Runnable forget = () -> {};
    private Runnable cancelDeadline = () -> {};
    private boolean answered;

    Wait(Request<FetchMetadataRequest> request) {
      this.request = request;
    }

    void begin() {
      int waitMs = Math.min(request.body().maxWaitMs(), MAX_WAIT_MS);
      cancelDeadline = request.connection().schedule(this::answer, waitMs, TimeUnit.MILLISECONDS);
      forget =
          feed.whenBeyond(
              request.body().offset(),
              () -> request.connection().eventLoop().execute(this::answer));
    }

    private void answer() {
      if (!answered) {
        answered = true;
        forget.run();
        cancelDeadline.run();
        read(request);
      }
    }
  }
}
