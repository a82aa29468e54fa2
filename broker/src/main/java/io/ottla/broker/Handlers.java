package io.ottla.broker;

import io.ottla.broker.admin.AlterConfigsHandler;
import io.ottla.broker.admin.AlterReplicaLogDirsHandler;
import io.ottla.broker.admin.ClusterConfigs;
import io.ottla.broker.admin.ConfigChanges;
import io.ottla.broker.admin.CreateTopicsHandler;
import io.ottla.broker.admin.DescribeClusterHandler;
import io.ottla.broker.admin.DescribeConfigsHandler;
import io.ottla.broker.admin.DescribeLogDirsHandler;
import io.ottla.broker.admin.DescribeTopicPartitionsHandler;
import io.ottla.broker.admin.IncrementalAlterConfigsHandler;
import io.ottla.broker.admin.ListConfigResourcesHandler;
import io.ottla.broker.admin.MetadataHandler;
import io.ottla.broker.admin.TopicCreation;
import io.ottla.broker.api.ApiHandler;
import io.ottla.broker.api.HandlerTable;
import io.ottla.broker.cluster.ApiVersionsHandler;
import io.ottla.broker.config.BrokerConfig;
import io.ottla.broker.coordinator.FindCoordinatorHandler;
import io.ottla.broker.fetch.FetchHandler;
import io.ottla.broker.fetch.FetchSessions;
import io.ottla.broker.fetch.ReadAhead;
import io.ottla.broker.group.ConsumerGroupDescribeHandler;
import io.ottla.broker.group.ConsumerGroupHeartbeatHandler;
import io.ottla.broker.group.DeleteGroupsHandler;
import io.ottla.broker.group.DescribeGroupsHandler;
import io.ottla.broker.group.HeartbeatHandler;
import io.ottla.broker.group.JoinGroupHandler;
import io.ottla.broker.group.LeaveGroupHandler;
import io.ottla.broker.group.ListGroupsHandler;
import io.ottla.broker.group.OffsetCommitHandler;
import io.ottla.broker.group.OffsetDeleteHandler;
import io.ottla.broker.group.OffsetFetchHandler;
import io.ottla.broker.group.SyncGroupHandler;
import io.ottla.broker.group.TxnOffsetCommitHandler;
import io.ottla.broker.offsets.DeleteRecordsHandler;
import io.ottla.broker.offsets.ListOffsetsHandler;
import io.ottla.broker.offsets.OffsetForLeaderEpochHandler;
import io.ottla.broker.peer.Forwarding;
import io.ottla.broker.produce.ProduceHandler;
import io.ottla.broker.producer.InitProducerIdHandler;
import io.ottla.broker.producer.ProducerIds;
import io.ottla.broker.replica.HostedPartitions;
import io.ottla.broker.replica.ReplicaSelection;
import io.ottla.broker.transaction.AddOffsetsToTxnHandler;
import io.ottla.broker.transaction.AddPartitionsToTxnHandler;
import io.ottla.broker.transaction.DescribeProducersHandler;
import io.ottla.broker.transaction.DescribeTransactionsHandler;
import io.ottla.broker.transaction.EndTxnHandler;
import io.ottla.broker.transaction.ListTransactionsHandler;
import io.ottla.broker.transaction.WriteTxnMarkersHandler;
import io.ottla.coordinator.group.GroupCoordinator;
import io.ottla.coordinator.transaction.TransactionCoordinator;
import io.ottla.metadata.config.BrokerConfigLayers;
import io.ottla.metadata.controller.FeatureCatalog;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.replication.LogDirectories;
import io.ottla.replication.Partitions;
import io.ottla.replication.ReplicaMoves;
import io.ottla.replication.ReplicationQuota;
import io.ottla.runtime.Clock;
import io.ottla.wire.message.AlterConfigsRequest;
import io.ottla.wire.message.IncrementalAlterConfigsRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;

/** Makes the handlers and what they share; the one place where they meet. */
final class Handlers {

  private final HandlerTable table;

  Handlers(
      BrokerConfig config,
      int nodeId,
      Partitions partitions,
      Supplier<MetadataImage> image,
      Function<MetadataImage, BrokerConfigLayers> layers,
      ClusterAccess cluster,
      LogDirectories directories,
      ReplicaMoves moves,
      ReplicationQuota leaderQuota,
      ReadAhead readAhead,
      Coordinators coordinators,
      ProducerIds producerIds,
      NodeThreads threads,
      Chance chance,
      Clock clock) {
    GroupCoordinator groups = coordinators.groups();
    TransactionCoordinator transactions = coordinators.transactions();
    Forwarding forwarding = cluster.forwarding();
    ClusterTopics topics =
        new ClusterTopics(
            forwarding,
            new CreateTopicsHandler(cluster.controller(), image, layers, config.topics()));
    HostedPartitions hosted = new HostedPartitions(partitions, image);
    List<ApiHandler<?>> all = new ArrayList<>();
    all.add(
        new ApiVersionsHandler(
            this::table, image, FeatureCatalog.supportedLevels(config.node().unstableFeatures())));
    all.add(new ProduceHandler(hosted, coordinators.joins(), threads.workers(), clock));
    all.add(
        new FetchHandler(
            hosted,
            config.fetch().fromSameRack() ? ReplicaSelection.SAME_RACK : ReplicaSelection.LEADER,
            leaderQuota,
            new FetchSessions(
                config.fetch().maxSessions(),
                () -> (int) chance.ids().get().leastSignificantBits()),
            readAhead,
            clock,
            config.fetch().maxBytes()));
    // Where lookups wait for the disk, checks of what is produced must not wait for them.
    Executor lookups = threads.readAhead().orElseGet(threads::workers);
    all.add(new ListOffsetsHandler(hosted, lookups, TopicSettingsFactory.DECOMPRESSION));
    all.add(new OffsetForLeaderEpochHandler(hosted));
    all.add(new DeleteRecordsHandler(hosted));
    all.add(new InitProducerIdHandler(producerIds, transactions));
    all.add(new AddPartitionsToTxnHandler(transactions, image));
    all.add(new AddOffsetsToTxnHandler(transactions, groups::partitionFor));
    all.add(new EndTxnHandler(transactions));
    all.add(new DescribeTransactionsHandler(transactions));
    all.add(new ListTransactionsHandler(transactions));
    all.add(new DescribeProducersHandler(hosted));
    all.add(new WriteTxnMarkersHandler(coordinators.markerWriter()));
    all.add(new TxnOffsetCommitHandler(groups, hosted, coordinators.joins()));
    all.add(
        new FindCoordinatorHandler(
            coordinators.whereGroups(topics, image),
            coordinators.whereTransactions(topics, image),
            image));
    all.add(new JoinGroupHandler(groups));
    all.add(new SyncGroupHandler(groups));
    all.add(new HeartbeatHandler(groups));
    all.add(new LeaveGroupHandler(groups));
    BooleanSupplier isConsumerProtocolOffered =
        () ->
            config.groups().offersConsumerProtocol()
                && FeatureCatalog.hasConsumerProtocol(image.get());
    all.add(new ConsumerGroupHeartbeatHandler(groups, isConsumerProtocolOffered));
    all.add(new ConsumerGroupDescribeHandler(groups, isConsumerProtocolOffered));
    all.add(new ListGroupsHandler(groups));
    all.add(new DescribeGroupsHandler(groups));
    all.add(new DeleteGroupsHandler(groups));
    all.add(new OffsetCommitHandler(groups));
    all.add(new OffsetFetchHandler(groups));
    all.add(new OffsetDeleteHandler(groups));
    TopicCreation topicCreation = new TopicCreation(topics, config.topics());
    all.add(new MetadataHandler(nodeId, image, topicCreation));
    all.add(new DescribeClusterHandler(nodeId, image));
    all.add(new DescribeTopicPartitionsHandler(image, config.maxDescribedPartitions()));
    all.add(new DescribeConfigsHandler(nodeId, image, layers));
    all.add(new ListConfigResourcesHandler(image));
    all.add(new DescribeLogDirsHandler(partitions, directories, threads.workers()));
    all.add(new AlterReplicaLogDirsHandler(partitions, directories, moves, threads.workers()));
    ConfigChanges configs = configChanges(nodeId, cluster);
    all.add(new IncrementalAlterConfigsHandler(nodeId, configs, true));
    all.add(new AlterConfigsHandler(nodeId, configs, true));
    for (ApiHandler<?> local : AdminHandlers.of(config, cluster, image, layers)) {
      all.add(forwarding.handler(local));
    }
    this.table = new HandlerTable(all);
  }

  /** What the broker has checked of its own goes to the active controller, as all else does. */
  private static ConfigChanges configChanges(int nodeId, ClusterAccess cluster) {
    ConfigChanges here = new ClusterConfigs(cluster.controller(), cluster.channel());
    var incremental = new IncrementalAlterConfigsHandler(nodeId, here, false);
    var replacing = new AlterConfigsHandler(nodeId, here, false);
    return new ClusterConfigs(
        cluster.controller(),
        (api, request, timeoutMs) ->
            switch (request) {
              case IncrementalAlterConfigsRequest body ->
                  cluster.forwarding().ask(incremental, body, incremental.latestVersion());
              case AlterConfigsRequest body ->
                  cluster.forwarding().ask(replacing, body, replacing.latestVersion());
              default -> throw new IllegalArgumentException(api + " changes no settings");
            });
  }

  HandlerTable table() {
    return table;
  }
}
