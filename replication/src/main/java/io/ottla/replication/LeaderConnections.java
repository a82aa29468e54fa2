package io.ottla.replication;

/** Makes connections to leaders; implemented over the network by the broker. Any thread. */
@FunctionalInterface
public interface LeaderConnections {

  /**
   * A connection of its own for one fetcher. Does not block: it is made when something is sent.
   *
   * @param fetcherId tells apart the fetchers of one source broker ({@code num.replica.fetchers})
   */
  LeaderConnection connect(int brokerId, String host, int port, int fetcherId);
}
