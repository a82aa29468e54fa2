package io.ottla.replication;

import io.ottla.wire.message.FetchRequest;
import io.ottla.wire.message.FetchResponse;
import io.ottla.wire.message.ListOffsetsRequest;
import io.ottla.wire.message.ListOffsetsResponse;
import java.util.concurrent.CompletableFuture;

/**
 * A connection to the broker that leads partitions this one follows. Connects by itself, and again
 * after it was lost, when something is to be sent.
 *
 * <p>Any thread may call; the futures complete on any thread. They fail if the connection is lost
 * or no answer comes in time; then the caller waits before it tries again. Requests leave in the
 * order of the calls.
 */
public interface LeaderConnection extends AutoCloseable {

  /** Fetch, in a version of at least 17 (replica state with broker epoch, topic ids). */
  CompletableFuture<PeerAnswer<FetchResponse>> fetch(FetchRequest request);

  /** Where the leader's log starts and ends; asked as a replica, so it ends at the log's end. */
  CompletableFuture<PeerAnswer<ListOffsetsResponse>> listOffsets(ListOffsetsRequest request);

  /** Drops the connection; requests under way fail. */
  @Override
  void close();
}
