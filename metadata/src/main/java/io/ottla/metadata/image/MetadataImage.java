package io.ottla.metadata.image;

import io.ottla.metadata.image.MetadataDelta.BrokerFenced;
import io.ottla.metadata.image.MetadataDelta.BrokerRegistered;
import io.ottla.metadata.image.MetadataDelta.BrokerShuttingDown;
import io.ottla.metadata.image.MetadataDelta.BrokerUnfenced;
import io.ottla.metadata.image.MetadataDelta.BrokerUnregistered;
import io.ottla.metadata.image.MetadataDelta.ConfigChanged;
import io.ottla.metadata.image.MetadataDelta.FeatureChanged;
import io.ottla.metadata.image.MetadataDelta.PartitionsAdded;
import io.ottla.metadata.image.MetadataDelta.PartitionsChanged;
import io.ottla.metadata.image.MetadataDelta.ProducerIdsAllocated;
import io.ottla.metadata.image.MetadataDelta.TopicCreated;
import io.ottla.metadata.image.MetadataDelta.TopicDeleted;
import io.ottla.wire.TopicPartition;
import io.ottla.wire.Uuid;
import io.vavr.collection.HashMap;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The cluster's metadata at one offset of the metadata log: topics and their partitions, settings,
 * brokers, features and the producer ids given away.
 *
 * <p>Immutable, for any thread. {@link #with} returns the next image, which shares nearly all of
 * this one. Lookups answer null for what is not there.
 */
public final class MetadataImage {

  /** The offset of an image before the first command. */
  public static final long NO_OFFSET = -1L;

  private final String clusterId;
  private final long offset;
  private final TopicsImage topics;
  private final HashMap<ConfigResource, Map<String, String>> configs;
  private final SortedMap<Integer, BrokerImage> brokers;
  private final SortedMap<String, Short> features;
  private final long nextProducerId;
  private final long hash;

  private MetadataImage(
      String clusterId,
      long offset,
      TopicsImage topics,
      HashMap<ConfigResource, Map<String, String>> configs,
      SortedMap<Integer, BrokerImage> brokers,
      SortedMap<String, Short> features,
      long nextProducerId,
      long hash) {
    this.clusterId = clusterId;
    this.offset = offset;
    this.topics = topics;
    this.configs = configs;
    this.brokers = brokers;
    this.features = features;
    this.nextProducerId = nextProducerId;
    this.hash = hash;
  }

  /** A cluster of which nothing is known but its id. */
  public static MetadataImage empty(String clusterId) {
    return new MetadataImage(
        clusterId,
        NO_OFFSET,
        TopicsImage.EMPTY,
        HashMap.empty(),
        Collections.emptySortedMap(),
        Collections.emptySortedMap(),
        0,
        ImageHash.ofCluster(clusterId) + ImageHash.ofProducerIds(0));
  }

  public String clusterId() {
    return clusterId;
  }

  /** The index in the metadata log of the last command this image knows; not dense. */
  public long offset() {
    return offset;
  }

  /** A topic by name, or null. */
  public TopicImage topic(String name) {
    return topics.topic(name);
  }

  /** A topic by id, or null. */
  public TopicImage topic(Uuid id) {
    return topics.topic(id);
  }

  /** All topics, in no order. */
  public Iterable<TopicImage> topics() {
    return topics.all();
  }

  public int topicCount() {
    return topics.size();
  }

  public int partitionCount() {
    return topics.partitionCount();
  }

  /** A partition by its topic's name, or null. */
  public PartitionImage partition(TopicPartition partition) {
    TopicImage topic = topics.topic(partition.topic());
    return topic == null ? null : topic.partition(partition.partition());
  }

  /** A partition by its topic's id, or null. */
  public PartitionImage partition(Uuid topicId, int number) {
    TopicImage topic = topics.topic(topicId);
    return topic == null ? null : topic.partition(number);
  }

  /** Another topic whose name differs from this one only in '.' and '_', or null. */
  public String collidingTopic(String name) {
    return topics.colliding(name);
  }

  /** What was set for a resource, by key; unmodifiable, empty when nothing was. */
  public Map<String, String> configs(ConfigResource resource) {
    return configs.getOrElse(resource, Map.of());
  }

  /** All resources for which something was set, in no order. */
  public Iterable<ConfigResource> configResources() {
    return configs::keysIterator;
  }

  /** A registered broker, or null. */
  public BrokerImage broker(int id) {
    return brokers.get(id);
  }

  /** Whether a broker is registered, not fenced and not about to stop: it may be elected. */
  public boolean isActive(int brokerId) {
    BrokerImage broker = brokers.get(brokerId);
    return broker != null && broker.isActive();
  }

  /** Whether a broker is registered and not fenced: it is there for clients. */
  public boolean isAlive(int brokerId) {
    BrokerImage broker = brokers.get(brokerId);
    return broker != null && !broker.fenced();
  }

  /** All registered brokers, by id; unmodifiable. */
  public SortedMap<Integer, BrokerImage> brokers() {
    return brokers;
  }

  /** The finalized level of each feature, by name; unmodifiable. */
  public SortedMap<String, Short> features() {
    return features;
  }

  /** All producer ids below this were given to some broker. */
  public long nextProducerId() {
    return nextProducerId;
  }

  /** A hash of all content but the offset: replicas at one offset have one hash. */
  public long hash() {
    return hash;
  }

  /** The same content at a later offset. */
  public MetadataImage at(long newOffset) {
    return new MetadataImage(
        clusterId, newOffset, topics, configs, brokers, features, nextProducerId, hash);
  }

  /**
   * The image after a change.
   *
   * @throws IllegalStateException if the change does not fit this image: a topic or broker it names
   *     is missing, or there already
   */
  public MetadataImage with(MetadataDelta delta) {
    return switch (delta) {
      case TopicCreated created -> {
        TopicsImage after = topics.with(created);
        yield withTopics(after, ImageHash.of(after.existing(created.topicId())));
      }
      case PartitionsAdded added -> withPartitionsAdded(added);
      case TopicDeleted deleted ->
          withTopics(topics.with(deleted), -ImageHash.of(topics.existing(deleted.topicId())));
      case PartitionsChanged changed -> withPartitionsChanged(changed);
      case ConfigChanged changed -> withConfigs(changed);
      case BrokerRegistered registered -> withBroker(registered.broker());
      case BrokerFenced fenced ->
          withBroker(registered(fenced.brokerId(), fenced.brokerEpoch()).withFenced(true));
      case BrokerUnfenced unfenced ->
          withBroker(registered(unfenced.brokerId(), unfenced.brokerEpoch()).withFenced(false));
      case BrokerShuttingDown stopping ->
          withBroker(registered(stopping.brokerId(), stopping.brokerEpoch()).shuttingDown());
      case BrokerUnregistered gone ->
          withoutBroker(registered(gone.brokerId(), gone.brokerEpoch()));
      case ProducerIdsAllocated allocated -> withProducerIds(allocated.nextProducerId());
      case FeatureChanged changed -> withFeature(changed.feature(), changed.level());
    };
  }

  /** The changes that lead from another image of the same cluster to this one. */
  public List<MetadataDelta> deltasFrom(MetadataImage base) {
    return ImageDifference.between(base, this);
  }

  private MetadataImage withTopics(TopicsImage after, long hashChange) {
    return new MetadataImage(
        clusterId, offset, after, configs, brokers, features, nextProducerId, hash + hashChange);
  }

  private MetadataImage withPartitionsAdded(PartitionsAdded added) {
    long hashChange = 0;
    for (int i = 0; i < added.partitions().size(); i++) {
      hashChange +=
          ImageHash.of(added.topicId(), added.firstPartition() + i, added.partitions().get(i));
    }
    return withTopics(topics.with(added), hashChange);
  }

  private MetadataImage withPartitionsChanged(PartitionsChanged changed) {
    TopicImage topic = topics.existing(changed.topicId());
    long hashChange = 0;
    for (MetadataDelta.PartitionChange change : changed.changes()) {
      int number = change.partition();
      if (topic.partition(number) == null) {
        throw new IllegalStateException(topic + " has no partition " + number);
      }
      hashChange += ImageHash.of(topic.id(), number, change.state());
      hashChange -= ImageHash.of(topic.id(), number, topic.partition(number));
    }
    return withTopics(topics.with(changed), hashChange);
  }

  private MetadataImage withConfigs(ConfigChanged changed) {
    ConfigResource resource = changed.resource();
    long newHash =
        hash
            + ImageHash.of(resource, changed.configs())
            - ImageHash.of(resource, configs(resource));
    HashMap<ConfigResource, Map<String, String>> after =
        changed.configs().isEmpty()
            ? configs.remove(resource)
            : configs.put(resource, changed.configs());
    return new MetadataImage(
        clusterId, offset, topics, after, brokers, features, nextProducerId, newHash);
  }

  private BrokerImage registered(int id, long epoch) {
    BrokerImage broker = brokers.get(id);
    if (broker == null || broker.epoch() != epoch) {
      throw new IllegalStateException("broker " + id + " of epoch " + epoch + " is not registered");
    }
    return broker;
  }

  private MetadataImage withBroker(BrokerImage broker) {
    long newHash = hash + ImageHash.of(broker) - ImageHash.of(brokers.get(broker.id()));
    SortedMap<Integer, BrokerImage> after = new TreeMap<>(brokers);
    after.put(broker.id(), broker);
    return withBrokers(after, newHash);
  }

  private MetadataImage withoutBroker(BrokerImage broker) {
    SortedMap<Integer, BrokerImage> after = new TreeMap<>(brokers);
    after.remove(broker.id());
    return withBrokers(after, hash - ImageHash.of(broker));
  }

  private MetadataImage withBrokers(SortedMap<Integer, BrokerImage> after, long newHash) {
    return new MetadataImage(
        clusterId,
        offset,
        topics,
        configs,
        Collections.unmodifiableSortedMap(after),
        features,
        nextProducerId,
        newHash);
  }

  private MetadataImage withProducerIds(long next) {
    long newHash = hash + ImageHash.ofProducerIds(next) - ImageHash.ofProducerIds(nextProducerId);
    return new MetadataImage(clusterId, offset, topics, configs, brokers, features, next, newHash);
  }

  private MetadataImage withFeature(String feature, short level) {
    long newHash =
        hash + ImageHash.of(feature, level) - ImageHash.of(feature, features.get(feature));
    SortedMap<String, Short> after = new TreeMap<>(features);
    after.put(feature, level);
    return new MetadataImage(
        clusterId,
        offset,
        topics,
        configs,
        brokers,
        Collections.unmodifiableSortedMap(after),
        nextProducerId,
        newHash);
  }

  @Override
  public String toString() {
    return "metadata of "
        + clusterId
        + " at "
        + offset
        + ": "
        + topicCount()
        + " topics, "
        + partitionCount()
        + " partitions, "
        + brokers.size()
        + " brokers";
  }
}
