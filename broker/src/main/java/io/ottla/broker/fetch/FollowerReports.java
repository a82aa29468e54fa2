package io.ottla.broker.fetch;

import io.ottla.broker.api.ClientConnection;
import io.ottla.replication.FollowerFetch;
import io.ottla.replication.Partition;
import io.ottla.replication.PartitionRole;
import io.ottla.runtime.Shard;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What one fetch of a follower tells of its position in each partition, on its way to the
 * partitions' shards. Filled and sent on the connection's event loop.
 */
final class FollowerReports {

  private final FetchSource.Follower follower;
  private final FetchContext context;
  private final ClientConnection connection;
  private final Map<Shard, List<Report>> byShard = new LinkedHashMap<>();

  private record Report(Partition partition, FollowerFetch fetch) {}

  /**
   * @param connection which brings the fetch, and takes the reports on
   */
  FollowerReports(
      FetchSource.Follower follower, FetchContext context, ClientConnection connection) {
    this.follower = follower;
    this.context = context;
    this.connection = connection;
  }

  /**
   * Notes where a follower is in a partition that was read for it. Where it is in sync, at the end
   * of the log and has said so before, there is no news: a thousand idle partitions wake no shard.
   */
  void note(Partition partition, PartitionRole role, WantedPartition wanted) {
    FollowerFetch fetch =
        new FollowerFetch(
            follower.id(),
            follower.epoch(),
            role.leaderEpoch(),
            wanted.fetchOffset(),
            wanted.logStartOffset());
    boolean isNew = context.isNews(wanted.key(), fetch, connection);
    boolean isSettled =
        role.isr().contains(follower.id())
            && wanted.fetchOffset() == partition.view().logEndOffset();
    if (isNew || !isSettled) {
      byShard
          .computeIfAbsent(partition.shard(), _ -> new ArrayList<>())
          .add(new Report(partition, fetch));
    }
  }

  void send() {
    byShard.forEach(
        (shard, reports) ->
            connection.dispatch(
                shard,
                () -> {
                  for (Report report : reports) {
                    // Who is refused here has been elected away since it was read, and looks again.
                    var _ = report.partition.onFollowerFetch(report.fetch);
                  }
                }));
  }
}
