package io.ottla.broker.fetch;

import io.ottla.broker.api.ApiHandler;
import io.ottla.broker.api.Request;
import io.ottla.broker.replica.HostedPartitions;
import io.ottla.broker.replica.LeaderHints;
import io.ottla.broker.replica.ReplicaSelection;
import io.ottla.replication.ReplicationQuota;
import io.ottla.runtime.Clock;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.FetchRequest;
import io.ottla.wire.message.FetchResponse;

/**
 * Fetch, versions 4 to 18, of consumers and of followers.
 *
 * <ul>
 *   <li>Reads on the event loop from the views the shards publish; record bytes leave by sendfile.
 *       What may not be in memory is brought there first, by {@link ReadAhead}.
 *   <li>Partitions get their share in the order of the request; the first that has data gives at
 *       least one batch, even if it is larger than every limit (KIP-74).
 *   <li>With less than {@code MinBytes} and no error, waits on the shards for up to {@code
 *       MaxWaitMs}.
 *   <li>A follower reads to the end of the log; where it is, is told to the shards of its
 *       partitions. Consumers read to the high watermark or the last stable offset.
 *   <li>v7: incremental sessions (KIP-227). v11: consumers may read from followers, and are sent to
 *       those near them (KIP-392). v12: diverging epochs (KIP-595). v13: topic ids (KIP-516). v15:
 *       followers tell their broker epoch (KIP-903). v16: who leads instead (KIP-951).
 * </ul>
 */
public final class FetchHandler implements ApiHandler<FetchRequest> {

  private final HostedPartitions partitions;
  private final ReplicaSelection selection;
  private final ReplicationQuota quota;
  private final FetchSessions sessions;
  private final ReadAhead readAhead;
  private final Clock clock;
  private final int maxBytes;

  /**
   * @param selection which replica consumers read from ({@code replica.selector.class})
   * @param quota of what followers that lag are sent ({@code leader.replication.throttled.rate})
   * @param readAhead where the disk is waited for
   * @param maxBytes most bytes of any response ({@code fetch.max.bytes})
   */
  public FetchHandler(
      HostedPartitions partitions,
      ReplicaSelection selection,
      ReplicationQuota quota,
      FetchSessions sessions,
      ReadAhead readAhead,
      Clock clock,
      int maxBytes) {
    this.partitions = partitions;
    this.selection = selection;
    this.quota = quota;
    this.sessions = sessions;
    this.readAhead = readAhead;
    this.clock = clock;
    this.maxBytes = maxBytes;
  }

  @Override
  public ApiKey api() {
    return ApiKey.FETCH;
  }

  @Override
  public void handle(Request<FetchRequest> request) {
    String listener = request.connection().listener();
    FetchSource source = FetchSource.of(request.body(), request.version(), listener);
    FetchContext context =
        FetchContext.of(
            request.body(),
            request.version(),
            source instanceof FetchSource.Follower,
            sessions,
            clock.nowNs());
    if (context instanceof FetchContext.Refused(ErrorCode error)) {
      request.respond(new FetchResponse().errorCode(error.code()));
      return;
    }
    PartitionReader reader =
        new PartitionReader(
            partitions,
            selection,
            quota,
            request.version() >= FetchContext.FIRST_WITH_TOPIC_IDS,
            source);
    FollowerReports reports =
        source instanceof FetchSource.Follower follower
            ? new FollowerReports(follower, context, request.connection())
            : null;
    LeaderHints hints = new LeaderHints(partitions, listener);
    new PendingFetch(request, context, reader, reports, hints, readAhead, maxBytes).begin();
  }

  @Override
  public ApiMessage failure(FetchRequest request, short version, ErrorCode error) {
    return new FetchResponse().errorCode(error.code());
  }
}
