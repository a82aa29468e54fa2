package io.ottla.broker.replica;

import io.ottla.metadata.image.BrokerImage;
import io.ottla.metadata.image.Endpoint;
import io.ottla.metadata.image.PartitionImage;
import io.ottla.wire.Uuid;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiConsumer;

/**
 * Who leads the partitions of one response that this broker does not lead, and where those brokers
 * are, so that the client needs no metadata request to find them (KIP-951). Made for one response,
 * used by one thread.
 */
public final class LeaderHints {

  /** Takes one broker of the response. */
  public interface Node {
    void add(int id, Endpoint endpoint, String rack);
  }

  private final HostedPartitions partitions;
  private final String listener;
  private final SortedMap<Integer, BrokerImage> nodes = new TreeMap<>();

  /**
   * @param listener the one the client came by
   */
  public LeaderHints(HostedPartitions partitions, String listener) {
    this.partitions = partitions;
    this.listener = listener;
  }

  /**
   * Tells who leads a partition, if anybody is known to.
   *
   * @param leader takes the leader's id and epoch
   */
  public void of(Uuid topicId, int partition, BiConsumer<Integer, Integer> leader) {
    tell(partitions.state(topicId, partition), leader);
  }

  /** As {@link #of(Uuid, int, BiConsumer)}, by the topic's name. */
  public void of(String topic, int partition, BiConsumer<Integer, Integer> leader) {
    tell(partitions.state(topic, partition), leader);
  }

  private void tell(PartitionImage state, BiConsumer<Integer, Integer> leader) {
    if (state == null) {
      return;
    }
    leader.accept(state.leader(), state.leaderEpoch());
    BrokerImage broker = partitions.image().broker(state.leader());
    if (broker != null && !broker.fenced() && broker.endpoint(listener) != null) {
      nodes.put(broker.id(), broker);
    }
  }

  /** The brokers that were told of, by id. */
  public void nodes(Node node) {
    nodes.forEach((id, broker) -> node.add(id, broker.endpoint(listener), broker.rack()));
  }
}
