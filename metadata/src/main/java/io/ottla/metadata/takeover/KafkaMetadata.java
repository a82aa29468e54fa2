package io.ottla.metadata.takeover;

import io.ottla.metadata.image.BrokerImage;
import io.ottla.metadata.image.ConfigResource;
import io.ottla.metadata.image.PartitionImage;
import io.ottla.wire.Uuid;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;

/**
 * What Kafka's metadata log says at its end. Whoever gets one leaves its collections as they are.
 *
 * @param endOffset the offset after the last record
 * @param epoch the leader epoch of the last batch
 * @param topics by id
 * @param configs by resource, then by key
 * @param features the finalized levels
 * @param nextProducerId all below were given away
 * @param brokers the registered ones, by id
 * @param voters of the quorum, as far as they are written down
 * @param kept the newest record of everything that has no place in our metadata, by what it is
 *     about
 */
record KafkaMetadata(
    long endOffset,
    int epoch,
    Map<Uuid, Topic> topics,
    Map<ConfigResource, Map<String, String>> configs,
    SortedMap<String, Short> features,
    long nextProducerId,
    SortedMap<Integer, BrokerImage> brokers,
    SortedSet<Integer> voters,
    SortedMap<String, byte[]> kept) {

  /** One topic, with its partitions by number. */
  record Topic(Uuid id, String name, List<PartitionImage> partitions) {}
}
