package io.ottla.broker;

import io.ottla.broker.admin.TopicMaker;
import io.ottla.broker.config.BrokerConfig;
import io.ottla.broker.config.InternalTopicConfig;
import io.ottla.broker.coordinator.CoordinatorHosting;
import io.ottla.broker.coordinator.CoordinatorTopic;
import io.ottla.broker.coordinator.FindCoordinatorHandler;
import io.ottla.broker.group.GroupTopics;
import io.ottla.broker.group.ImageGroupSettings;
import io.ottla.broker.group.ImageTopics;
import io.ottla.broker.peer.BrokerPeers;
import io.ottla.broker.producer.ProducerIds;
import io.ottla.broker.replica.HostedPartitions;
import io.ottla.broker.transaction.CoordinatorJoins;
import io.ottla.broker.transaction.Later;
import io.ottla.broker.transaction.MarkerSender;
import io.ottla.broker.transaction.MarkerWriter;
import io.ottla.broker.transaction.TransactionJoins;
import io.ottla.coordinator.group.GroupCoordinator;
import io.ottla.coordinator.group.GroupCoordinatorConfig;
import io.ottla.coordinator.group.consumer.ConsumerGroupSettingsSource;
import io.ottla.coordinator.group.consumer.TopicAuthorizer;
import io.ottla.coordinator.transaction.TransactionCoordinator;
import io.ottla.coordinator.transaction.TransactionCoordinatorConfig;
import io.ottla.metadata.config.BrokerConfigLayers;
import io.ottla.metadata.config.ConfigValues;
import io.ottla.metadata.controller.FeatureCatalog;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.metadata.image.MetadataPublisher;
import io.ottla.replication.Partitions;
import io.ottla.replication.ShardMap;
import io.ottla.wire.TopicPartition;
import io.ottla.wire.Uuid;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.Supplier;

/** The coordinators of a broker, and what surrounds them. */
final class Coordinators {

  private static final String INITIAL_REBALANCE_DELAY = "group.initial.rebalance.delay.ms";

  /**
   * How long a request waits for the markers of the transaction before it; in this time they are
   * written, unless a leader is away.
   */
  private static final int CONCURRENT_WAIT_MS = 100;

  private final BrokerConfig config;
  private final GroupCoordinator groups;
  private final TransactionCoordinator transactions;
  private final MarkerWriter markerWriter;
  private final TransactionJoins joins;
  private final List<MetadataPublisher> publishers;

  Coordinators(
      BrokerConfig config,
      int nodeId,
      Partitions partitions,
      Supplier<MetadataImage> image,
      Function<MetadataImage, BrokerConfigLayers> layers,
      ShardMap shards,
      ProducerIds producerIds,
      BrokerPeers peers,
      Later later,
      Chance chance,
      Executor workers) {
    this.config = config;
    int groupPartitions = config.offsetsTopic().partitions();
    int transactionPartitions = config.transactionsTopic().partitions();
    this.groups =
        new GroupCoordinator(
            groupConfig(config, new ImageGroupSettings(image, layers)),
            groupPartitions,
            partition -> shards.of(new TopicPartition(GroupCoordinator.TOPIC, partition)),
            new ImageTopics(image),
            TopicAuthorizer.ALL,
            () -> memberId(chance.ids().get()),
            workers);
    this.markerWriter = new MarkerWriter(new HostedPartitions(partitions, image), groups);
    this.transactions =
        new TransactionCoordinator(
            transactionConfig(config.startLayers().values()),
            transactionPartitions,
            partition -> shards.of(new TopicPartition(TransactionCoordinator.TOPIC, partition)),
            () -> FeatureCatalog.transactionVersion(image.get()),
            producerIds::next,
            new MarkerSender(nodeId, image, markerWriter, peers, later),
            workers);
    this.joins = new CoordinatorJoins(nodeId, image, transactions, peers);
    this.publishers =
        List.of(
            new GroupTopics(groups),
            new CoordinatorHosting(
                nodeId,
                partitions,
                groups,
                GroupCoordinator.TOPIC,
                groupPartitions,
                "offsets.topic.num.partitions"),
            new CoordinatorHosting(
                nodeId,
                partitions,
                transactions,
                TransactionCoordinator.TOPIC,
                transactionPartitions,
                "transaction.state.log.num.partitions"));
  }

  /** As a UUID is commonly written. */
  private static String memberId(Uuid id) {
    return new UUID(id.mostSignificantBits(), id.leastSignificantBits()).toString();
  }

  GroupCoordinator groups() {
    return groups;
  }

  TransactionCoordinator transactions() {
    return transactions;
  }

  MarkerWriter markerWriter() {
    return markerWriter;
  }

  TransactionJoins joins() {
    return joins;
  }

  /** To publish to, after the partitions are hosted. */
  List<MetadataPublisher> publishers() {
    return publishers;
  }

  /** Where clients find the coordinator of a group. */
  FindCoordinatorHandler.Coordinators whereGroups(TopicMaker maker, Supplier<MetadataImage> image) {
    return new FindCoordinatorHandler.Coordinators(
        topic(GroupCoordinator.TOPIC, config.offsetsTopic(), maker, image, Map.of()),
        groups::partitionFor);
  }

  /** Where clients find the coordinator of a transactional id. */
  FindCoordinatorHandler.Coordinators whereTransactions(
      TopicMaker maker, Supplier<MetadataImage> image) {
    return new FindCoordinatorHandler.Coordinators(
        topic(
            TransactionCoordinator.TOPIC,
            config.transactionsTopic(),
            maker,
            image,
            Map.of("unclean.leader.election.enable", "false")),
        transactions::partitionFor);
  }

  private static CoordinatorTopic topic(
      String name,
      InternalTopicConfig config,
      TopicMaker maker,
      Supplier<MetadataImage> image,
      Map<String, String> more) {
    Map<String, String> configs = new HashMap<>(more);
    configs.put("cleanup.policy", "compact");
    configs.put(
        "compression.type", name.equals(GroupCoordinator.TOPIC) ? "producer" : "uncompressed");
    configs.put("segment.bytes", Integer.toString(config.segmentBytes()));
    config
        .minInsyncReplicas()
        .ifPresent(count -> configs.put("min.insync.replicas", Integer.toString(count)));
    return new CoordinatorTopic(
        name,
        maker,
        image,
        config.partitions(),
        now -> config.replicationFactor().among(now.brokers().size()),
        configs);
  }

  private static GroupCoordinatorConfig groupConfig(
      BrokerConfig config, ConsumerGroupSettingsSource consumerGroups) {
    BrokerConfigLayers layers = config.startLayers();
    ConfigValues values = layers.values();
    GroupCoordinatorConfig.Builder made =
        GroupCoordinatorConfig.builder()
            .sessionTimeoutsMs(
                values.intValue("group.min.session.timeout.ms"),
                values.intValue("group.max.session.timeout.ms"))
            .maxGroupSize(values.intValue("group.max.size"))
            .offsetMetadataMaxLength(values.intValue("offset.metadata.max.bytes"))
            .offsetsRetentionMinutes(values.intValue("offsets.retention.minutes"))
            .offsetsRetentionCheckIntervalMs(
                values.longValue("offsets.retention.check.interval.ms"))
            .offsetsLoadChunkBytes(values.intValue("offsets.load.buffer.size"))
            .writeTimeoutMs(values.intValue("offsets.commit.timeout.ms"))
            .consumerGroups(consumerGroups)
            .journalRetentionMs(config.groups().journalRetentionMs());
    if (layers.isExplicit(INITIAL_REBALANCE_DELAY)) {
      made.initialRebalanceDelayMs(values.intValue(INITIAL_REBALANCE_DELAY));
    }
    return made.build();
  }

  private static TransactionCoordinatorConfig transactionConfig(ConfigValues values) {
    GroupCoordinatorConfig limits = GroupCoordinatorConfig.defaults();
    return new TransactionCoordinatorConfig(
        values.intValue("transaction.max.timeout.ms"),
        values.intValue("transactional.id.expiration.ms"),
        values.intValue("transaction.abort.timed.out.transaction.cleanup.interval.ms"),
        values.intValue("transaction.remove.expired.transaction.cleanup.interval.ms"),
        CONCURRENT_WAIT_MS,
        limits.writeTimeoutMs(),
        values.intValue("transaction.state.log.load.buffer.size"),
        limits.maxHeldReplies());
  }

  void close() {
    transactions.close();
    groups.close();
  }
}
