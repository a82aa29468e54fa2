package io.ottla.replication;

import io.ottla.metadata.image.BrokerImage;
import io.ottla.metadata.image.Endpoint;
import io.ottla.runtime.Clock;
import io.ottla.runtime.Shard;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The fetchers of this broker: for each leader of partitions it follows, {@code
 * num.replica.fetchers} of them, as long as there is something to fetch.
 *
 * <p>Used by the thread that applies metadata.
 */
final class ReplicaFetchers {

  private static final Logger LOG = LoggerFactory.getLogger(ReplicaFetchers.class);

  private record Id(int leaderId, int fetcherId) {}

  private record Running(ReplicaFetcher fetcher, Endpoint endpoint) {}

  private record Followed(Id id, int leaderEpoch) {}

  private final int nodeId;
  private final LongSupplier brokerEpoch;
  private final ReplicationConfig config;
  private final List<Shard> shards;
  private final KnownBrokers brokers;
  private final LeaderConnections connections;
  private final ReplicationQuota quota;

  private final Map<Id, Running> running = new HashMap<>();
  private final Map<Partition, Followed> followed = new LinkedHashMap<>();

  /** Those whose leader's address is not known. */
  private final Map<Partition, Followed> stranded = new LinkedHashMap<>();

  private int started;

  ReplicaFetchers(
      int nodeId,
      LongSupplier brokerEpoch,
      ReplicationConfig config,
      List<Shard> shards,
      KnownBrokers brokers,
      LeaderConnections connections,
      Clock clock) {
    this.nodeId = nodeId;
    this.brokerEpoch = brokerEpoch;
    this.config = config;
    this.shards = shards;
    this.brokers = brokers;
    this.connections = connections;
    this.quota = new ReplicationQuota(clock, config.quotaWindows(), config.quotaWindowSeconds());
  }

  ReplicationQuota quota() {
    return quota;
  }

  /**
   * Follows leaders; what is followed in the same epoch already goes on as it does.
   *
   * @param positions of partitions that have become followers, where they go on
   */
  void follow(Map<Partition, FetchPosition> positions) {
    Map<Id, List<FollowedPartition>> wanted = new LinkedHashMap<>();
    Map<Id, List<Partition>> unwanted = new LinkedHashMap<>();
    positions.forEach(
        (partition, position) -> {
          PartitionRole role = partition.role();
          Followed before = followed.get(partition);
          if (!role.isFollower() || role.leaderId() < 0) {
            leave(partition, unwanted);
            return;
          }
          Id id = new Id(role.leaderId(), fetcherOf(partition));
          Followed now = new Followed(id, role.leaderEpoch());
          if (now.equals(before)) {
            return;
          }
          if (before != null && !before.id.equals(id)) {
            leave(partition, unwanted);
          }
          followed.put(partition, now);
          wanted
              .computeIfAbsent(id, _ -> new ArrayList<>())
              .add(new FollowedPartition(partition, role.leaderEpoch(), position));
        });
    send(unwanted);
    Map<Integer, Integer> perLeader = new TreeMap<>();
    wanted.forEach(
        (id, partitions) -> {
          Running fetcher = fetcher(id);
          if (fetcher == null) {
            partitions.forEach(it -> stranded.put(it.partition(), followed.remove(it.partition())));
          } else {
            fetcher.fetcher.follow(partitions);
            perLeader.merge(id.leaderId, partitions.size(), Integer::sum);
          }
        });
    perLeader.forEach(
        (leader, count) -> LOG.info("{} partitions follow broker {} from now on", count, leader));
    if (!unwanted.isEmpty()) {
      endIdle();
    }
  }

  /** Follows no more. */
  void leave(Collection<Partition> partitions) {
    Map<Id, List<Partition>> unwanted = new LinkedHashMap<>();
    partitions.forEach(partition -> leave(partition, unwanted));
    if (!unwanted.isEmpty()) {
      send(unwanted);
      endIdle();
    }
  }

  private void leave(Partition partition, Map<Id, List<Partition>> unwanted) {
    stranded.remove(partition);
    Followed before = followed.remove(partition);
    if (before != null) {
      unwanted.computeIfAbsent(before.id, _ -> new ArrayList<>()).add(partition);
    }
  }

  private void send(Map<Id, List<Partition>> unwanted) {
    unwanted.forEach(
        (id, partitions) -> {
          Running fetcher = running.get(id);
          if (fetcher != null) {
            fetcher.fetcher.unfollow(partitions);
          }
        });
  }

  private int fetcherOf(Partition partition) {
    int hash =
        31 * partition.topicPartition().topic().hashCode() + partition.topicPartition().partition();
    return Math.floorMod(hash, config.fetchersPerSource());
  }

  /** The fetcher, begun if need be; null if nobody knows where the leader is. */
  private Running fetcher(Id id) {
    Running found = running.get(id);
    if (found != null) {
      return found;
    }
    Endpoint endpoint = endpoint(id.leaderId);
    if (endpoint == null) {
      LOG.warn(
          "Broker {} has no listener {}: what it leads cannot be fetched until it registers one",
          id.leaderId,
          config.interBrokerListener());
      return null;
    }
    ReplicaFetcher fetcher =
        new ReplicaFetcher(
            shards.get(Math.floorMod(started++, shards.size())),
            id.leaderId,
            nodeId,
            brokerEpoch,
            config,
            quota,
            connections.connect(id.leaderId, endpoint.host(), endpoint.port(), id.fetcherId));
    Running begun = new Running(fetcher, endpoint);
    running.put(id, begun);
    return begun;
  }

  private Endpoint endpoint(int leaderId) {
    BrokerImage broker = brokers.broker(leaderId);
    return broker == null ? null : broker.endpoint(config.interBrokerListener());
  }

  private void endIdle() {
    Set<Id> used = new HashSet<>();
    followed.values().forEach(it -> used.add(it.id));
    running
        .entrySet()
        .removeIf(
            entry -> {
              boolean idle = !used.contains(entry.getKey());
              if (idle) {
                entry.getValue().fetcher.close();
              }
              return idle;
            });
  }

  /**
   * Brokers have registered: some are somewhere else now.
   *
   * @return partitions that should be followed anew, as their leader's address is another or was
   *     not known
   */
  Collection<Partition> onBrokersChanged() {
    List<Partition> again = new ArrayList<>(stranded.keySet());
    stranded.clear();
    running
        .entrySet()
        .removeIf(
            entry -> {
              boolean moved = !entry.getValue().endpoint.equals(endpoint(entry.getKey().leaderId));
              if (moved) {
                entry.getValue().fetcher.close();
                followed
                    .entrySet()
                    .removeIf(
                        it -> {
                          boolean its = it.getValue().id.equals(entry.getKey());
                          if (its) {
                            again.add(it.getKey());
                          }
                          return its;
                        });
              }
              return moved;
            });
    return again;
  }

  void close() {
    running.values().forEach(it -> it.fetcher.close());
    running.clear();
    followed.clear();
    stranded.clear();
  }
}
