package io.ottla.metadata.takeover;

import io.ottla.metadata.controller.ControllerException;
import io.ottla.metadata.controller.FeatureCatalog;
import io.ottla.metadata.controller.Predecessor;
import io.ottla.metadata.image.BrokerImage;
import io.ottla.metadata.image.ConfigResource;
import io.ottla.metadata.image.DeltaCodec;
import io.ottla.metadata.image.FeatureRange;
import io.ottla.metadata.image.MetadataDelta;
import io.ottla.metadata.image.MetadataDelta.BrokerRegistered;
import io.ottla.metadata.image.MetadataDelta.ConfigChanged;
import io.ottla.metadata.image.MetadataDelta.FeatureChanged;
import io.ottla.metadata.image.MetadataDelta.ProducerIdsAllocated;
import io.ottla.metadata.image.MetadataDelta.TopicCreated;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.metadata.image.PartitionImage;
import io.ottla.metadata.image.TakenOver;
import io.ottla.metadata.image.TopicImage;
import io.ottla.metadata.quorum.MetadataStorage;
import io.ottla.metadata.quorum.QuorumException;
import io.ottla.wire.ErrorCode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes what stock Kafka's metadata log says this cluster's metadata: the first time that Ottla
 * runs on a node's directories, and again whenever Kafka ran on them in between.
 *
 * <ul>
 *   <li>Topics with their ids and epochs, settings, features and Kafka's registration of the broker
 *       become what they are in Kafka's log.
 *   <li>Producer ids go on far above Kafka's: Kafka, back on the directories, knows nothing of
 *       those that were given away meanwhile, and would give them away again.
 *   <li>What has no place in our metadata (ACLs, SCRAM credentials, quotas, delegation tokens) is
 *       kept as it is.
 *   <li>What Kafka does not know of, topics made under Ottla, goes when Kafka ran in between: Kafka
 *       has set their directories aside.
 * </ul>
 *
 * <p>Immutable; any thread.
 */
public final class Takeover implements Predecessor {

  private static final Logger LOG = LoggerFactory.getLogger(Takeover.class);

  /** The directory of Kafka's metadata log, in the metadata log dir. */
  public static final String DIRECTORY_NAME = "__cluster_metadata-0";

  /** As many producer ids Kafka can give away before it comes to ours. */
  static final long PRODUCER_ID_DISTANCE = 1L << 40;

  private static final int MAX_PART_BYTES = 500_000;

  private final Path directory;
  private final KafkaMetadata kafka;
  private final int nodeId;

  private Takeover(Path directory, KafkaMetadata kafka, int nodeId) {
    this.directory = directory;
    this.kafka = kafka;
    this.nodeId = nodeId;
  }

  /**
   * Looks for a metadata log that Kafka wrote, and reads it.
   *
   * @param metadataLogDir where both Kafka and Ottla have their metadata directories
   * @param isWholeCluster whether this node is configured as the only one of its cluster, broker
   *     and controller in one
   * @return nothing where Kafka never ran, or where the cluster has grown since it was taken over
   * @throws QuorumException if what is there cannot be taken over
   */
  public static Optional<Takeover> find(Path metadataLogDir, int nodeId, boolean isWholeCluster) {
    if (!isWholeCluster && MetadataStorage.isMarked(metadataLogDir)) {
      return Optional.empty();
    }
    Path directory = metadataLogDir.resolve(DIRECTORY_NAME);
    Optional<KafkaMetadata> found = KafkaMetadataLog.read(directory);
    if (found.isEmpty()) {
      return Optional.empty();
    }
    KafkaMetadata kafka = found.get();
    if (kafka.voters().stream().anyMatch(voter -> voter != nodeId)
        || kafka.brokers().keySet().stream().anyMatch(broker -> broker != nodeId)) {
      throw new QuorumException(
          directory
              + " was written by a node of a Kafka cluster with brokers "
              + kafka.brokers().keySet()
              + " and voters "
              + kafka.voters()
              + ". Ottla takes over clusters of a single node; taking over the nodes of a larger"
              + " one one by one is not supported. Start Ottla on new directories and copy the"
              + " topics over, for example with MirrorMaker; or, if the other brokers are gone for"
              + " good, remove them under Kafka first (kafka-cluster.sh unregister). Nothing was"
              + " changed");
    }
    if (!isWholeCluster) {
      throw new QuorumException(
          directory
              + " was written by Kafka, and Ottla takes over a node that is a whole cluster: with"
              + " process.roles=broker,controller, and controller.quorum.voters or"
              + " controller.quorum.bootstrap.servers that name this node's own controller listener"
              + " and no other. Start it so first; it may get company later. Nothing was changed");
    }
    for (Map.Entry<String, Short> feature : kafka.features().entrySet()) {
      FeatureRange range = FeatureCatalog.supportedLevels().get(feature.getKey());
      if (range == null || !range.contains(feature.getValue())) {
        throw new QuorumException(
            "Kafka's metadata in "
                + directory
                + " is of feature level "
                + feature.getKey()
                + "="
                + feature.getValue()
                + ", and Ottla supports "
                + (range == null ? "no such feature" : range.min() + " to " + range.max())
                + ". Downgrade it under Kafka with kafka-features.sh. Nothing was changed");
      }
    }
    List<String> remote =
        kafka.configs().entrySet().stream()
            .filter(it -> it.getKey().type() == ConfigResource.Type.TOPIC)
            .filter(it -> "true".equals(it.getValue().get("remote.storage.enable")))
            .map(it -> it.getKey().name())
            .toList();
    if (!remote.isEmpty()) {
      throw new QuorumException(
          "The topics "
              + remote
              + " of Kafka's metadata in "
              + directory
              + " have remote.storage.enable=true, and Ottla has no remote storage: what is there"
              + " could not be read. Bring their records back under Kafka"
              + " (remote.log.copy.disable, then remote.storage.enable=false with"
              + " remote.log.delete.on.disable), or delete them. Nothing was changed");
    }
    return Optional.of(new Takeover(directory, kafka, nodeId));
  }

  @Override
  public List<List<MetadataDelta>> changes(MetadataImage image) {
    Optional<TakenOver> before = TakenOver.of(image);
    if (before.isPresent() && isDone(before.get())) {
      return List.of();
    }
    if (before.isEmpty() && image.offset() != MetadataImage.NO_OFFSET) {
      throw new ControllerException(
          ErrorCode.INVALID_REQUEST,
          "Kafka's metadata in "
              + directory
              + " is not what this cluster's metadata was taken over from: there was metadata of"
              + " Ottla's own before. Whichever of the two is not wanted has to be moved away");
    }
    if (before.isPresent() && kafka.endOffset() < before.get().endOffset()) {
      throw new ControllerException(
          ErrorCode.INVALID_REQUEST,
          "Kafka's metadata in "
              + directory
              + " ends at offset "
              + kafka.endOffset()
              + ", but was taken over up to "
              + before.get().endOffset()
              + ": it is an older copy. Restore the newer one, or move it away");
    }
    MetadataImage after = target(image);
    List<MetadataDelta> deltas = new ArrayList<>();
    deltas.add(TakenOver.begun());
    deltas.addAll(after.deltasFrom(image));
    deltas.add(mark().toDelta());
    tell(image, before.isPresent() && before.get().endOffset() >= 0);
    return parts(deltas);
  }

  private boolean isDone(TakenOver before) {
    return before.endOffset() == kafka.endOffset() && before.epoch() == kafka.epoch();
  }

  private TakenOver mark() {
    BrokerImage broker = kafka.brokers().get(nodeId);
    return new TakenOver(kafka.endOffset(), kafka.epoch(), broker == null ? -1 : broker.epoch());
  }

  /** What the image is to be, but for the mark that it is so in the end. */
  private MetadataImage target(MetadataImage image) {
    MetadataImage target = MetadataImage.empty(image.clusterId()).with(TakenOver.begun());
    for (Map.Entry<String, Short> feature : kafka.features().entrySet()) {
      target = target.with(new FeatureChanged(feature.getKey(), feature.getValue()));
    }
    BrokerImage broker = kafka.brokers().get(nodeId);
    if (broker != null && !broker.directories().isEmpty()) {
      target = target.with(new BrokerRegistered(broker));
    }
    for (KafkaMetadata.Topic topic : kafka.topics().values()) {
      target =
          target.with(
              new TopicCreated(
                  topic.id(), topic.name(), partitions(topic, image.topic(topic.id()))));
    }
    for (Map.Entry<ConfigResource, Map<String, String>> config : kafka.configs().entrySet()) {
      target = target.with(new ConfigChanged(config.getKey(), config.getValue()));
    }
    for (Map.Entry<String, byte[]> record : kafka.kept().entrySet()) {
      target =
          target.with(
              new ConfigChanged(
                  new ConfigResource(ConfigResource.Type.KAFKA, record.getKey()),
                  Map.of("record", Base64.getEncoder().encodeToString(record.getValue()))));
    }
    long next = Math.max(image.nextProducerId(), kafka.nextProducerId() + PRODUCER_ID_DISTANCE);
    return target.with(new ProducerIdsAllocated(-1, -1, next));
  }

  /** Epochs never go back, and partitions that were added under Ottla stay. */
  private static List<PartitionImage> partitions(KafkaMetadata.Topic topic, TopicImage known) {
    List<PartitionImage> all = new ArrayList<>(topic.partitions());
    for (int i = 0; known != null && i < known.partitionCount(); i++) {
      PartitionImage own = known.partition(i);
      if (i < all.size()) {
        all.set(i, withEpochsOf(all.get(i), own));
      } else {
        all.add(own);
      }
    }
    return all;
  }

  private static PartitionImage withEpochsOf(PartitionImage state, PartitionImage own) {
    return new PartitionImage(
        state.replicas(),
        state.isr(),
        state.elr(),
        state.lastKnownElr(),
        state.addingReplicas(),
        state.removingReplicas(),
        state.leader(),
        state.recovery(),
        Math.max(state.leaderEpoch(), own.leaderEpoch()),
        Math.max(state.partitionEpoch(), own.partitionEpoch()));
  }

  private static List<List<MetadataDelta>> parts(List<MetadataDelta> deltas) {
    List<List<MetadataDelta>> parts = new ArrayList<>();
    List<MetadataDelta> part = new ArrayList<>();
    int bytes = 0;
    for (MetadataDelta delta : deltas) {
      int length = DeltaCodec.encode(delta).length;
      if (bytes > 0 && bytes + length > MAX_PART_BYTES) {
        parts.add(part);
        part = new ArrayList<>();
        bytes = 0;
      }
      part.add(delta);
      bytes += length;
    }
    parts.add(part);
    return parts;
  }

  private void tell(MetadataImage image, boolean again) {
    LOG.info(
        "{} Kafka's metadata in {}, as of its offset {}: {} topics with {} partitions, settings of"
            + " {} resources, features {}, producer ids from {}",
        again ? "Kafka has run on these directories meanwhile; takes over anew" : "Takes over",
        directory,
        kafka.endOffset(),
        kafka.topics().size(),
        kafka.topics().values().stream().mapToInt(topic -> topic.partitions().size()).sum(),
        kafka.configs().size(),
        kafka.features(),
        kafka.nextProducerId());
    if (!kafka.kept().isEmpty()) {
      Map<String, Long> kinds =
          kafka.kept().keySet().stream()
              .collect(
                  Collectors.groupingBy(
                      key -> key.substring(0, key.indexOf('/')),
                      TreeMap::new,
                      Collectors.counting()));
      LOG.warn(
          "Kept as they are, but WITHOUT EFFECT in this version of Ottla: {} of Kafka's ACLs, SCRAM"
              + " credentials, quotas and delegation tokens {}. Who must not be let in has to be"
              + " kept out by other means (the network, TLS)",
          kafka.kept().size(),
          kinds);
    }
    List<String> gone = new ArrayList<>();
    for (TopicImage topic : image.topics()) {
      if (!kafka.topics().containsKey(topic.id())) {
        gone.add(topic.name());
      }
    }
    if (again && !gone.isEmpty()) {
      LOG.warn(
          "{} topics that were made under Ottla, or deleted under Kafka, are no longer there: {}."
              + " Kafka has renamed the directories of those it did not know; their records are in"
              + " the directories whose names end in -stray",
          gone.size(),
          gone);
    }
  }
}
