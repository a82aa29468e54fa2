package io.ottla.broker.fetch;

import io.ottla.broker.api.ApiHandler;
import io.ottla.broker.api.Request;
import io.ottla.replication.Partitions;
import io.ottla.runtime.Clock;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.FetchRequest;
import io.ottla.wire.message.FetchResponse;

/**
 * Fetch, versions 4 to 18.
 *
 * <ul>
 *   <li>Reads on the event loop from the views the shards publish; record bytes leave by sendfile.
 *   <li>Partitions get their share in the order of the request; the first that has data gives at
 *       least one batch, even if it is larger than every limit (KIP-74).
 *   <li>With less than {@code MinBytes} and no error, waits on the shards for up to {@code
 *       MaxWaitMs}.
 *   <li>v7: incremental sessions (KIP-227). v12: diverging epochs (KIP-595). v13: topic ids
 *       (KIP-516). v16: leader endpoints (KIP-951); one broker has none to tell.
 * </ul>
 */
public final class FetchHandler implements ApiHandler<FetchRequest> {

  private final Partitions partitions;
  private final FetchSessions sessions;
  private final Clock clock;
  private final int maxBytes;

  /**
   * @param maxBytes most bytes of any response ({@code fetch.max.bytes})
   */
  public FetchHandler(Partitions partitions, FetchSessions sessions, Clock clock, int maxBytes) {
    this.partitions = partitions;
    this.sessions = sessions;
    this.clock = clock;
    this.maxBytes = maxBytes;
  }

  @Override
  public ApiKey api() {
    return ApiKey.FETCH;
  }

  @Override
  public void handle(Request<FetchRequest> request) {
    FetchContext context =
        FetchContext.of(request.body(), request.version(), sessions, clock.nowNs());
    if (context instanceof FetchContext.Refused(ErrorCode error)) {
      request.respond(new FetchResponse().errorCode(error.code()));
      return;
    }
    PartitionReader reader =
        new PartitionReader(
            partitions, request.version() >= FetchContext.FIRST_WITH_TOPIC_IDS, request.body());
    new PendingFetch(request, context, reader, maxBytes).begin();
  }

  @Override
  public ApiMessage failure(FetchRequest request, short version, ErrorCode error) {
    return new FetchResponse().errorCode(error.code());
  }
}
