package io.ottla.replication;

import io.ottla.runtime.Shard;
import io.ottla.wire.TopicPartition;
import java.util.List;

/**
 * Which shard owns which partition: fixed by the partition's name for as long as the broker runs,
 * so that a coordinator finds the shard of its partition before it is open. Any thread.
 */
public final class ShardMap {

  private final List<Shard> shards;

  public ShardMap(List<? extends Shard> shards) {
    this.shards = List.copyOf(shards);
  }

  /** All of them. */
  List<Shard> all() {
    return shards;
  }

  public Shard of(TopicPartition partition) {
    int place = partition.topic().hashCode() + partition.partition();
    return shards.get(Math.floorMod(place, shards.size()));
  }
}
