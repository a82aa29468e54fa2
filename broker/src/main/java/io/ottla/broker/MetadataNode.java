package io.ottla.broker;

import io.ottla.broker.config.BrokerConfig;
import io.ottla.metadata.controller.CommandResult;
import io.ottla.metadata.controller.Controller;
import io.ottla.metadata.controller.ControllerSettings;
import io.ottla.metadata.controller.ControllerStateMachine;
import io.ottla.metadata.image.FeatureRange;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.metadata.image.MetadataPublication;
import io.ottla.metadata.quorum.MetadataStorage;
import io.ottla.metadata.quorum.RatisQuorum;
import io.ottla.wire.Uuid;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/**
 * This node's part in the metadata: its storage, its voter and the controller on top. Made, started
 * and closed by the broker's main thread.
 */
final class MetadataNode {

  /** The features this broker knows, and their levels. */
  static final Map<String, FeatureRange> SUPPORTED_FEATURES =
      Map.of("metadata.version", new FeatureRange((short) 7, (short) 30));

  /** What a new cluster begins with. */
  private static final Map<String, Short> FIRST_LEVELS = Map.of("metadata.version", (short) 30);

  private final MetadataStorage storage;
  private final MetadataPublication publication;
  private final Controller controller;

  /**
   * @param onFailure told when this node has lost touch with the metadata, and must stop
   */
  MetadataNode(
      BrokerConfig config,
      ClusterConfigRules rules,
      BrokerThreads threads,
      Consumer<Throwable> onFailure) {
    int nodeId = config.node().nodeId();
    this.storage =
        MetadataStorage.open(
            new MetadataStorage.Settings(
                nodeId, null, config.logDirs().dirs(), config.logDirs().metadataDir()),
            Uuid::random);
    String clusterId = storage.clusterId();
    this.publication =
        new MetadataPublication(MetadataImage.empty(clusterId), threads.publication(), onFailure);
    ControllerStateMachine stateMachine = new ControllerStateMachine(clusterId, publication);
    RatisQuorum<CommandResult> quorum =
        new RatisQuorum<>(
            new RatisQuorum.Settings(
                clusterId,
                nodeId,
                storage.metadataDirectory(),
                RatisQuorum.DEFAULT_SNAPSHOT_THRESHOLD),
            stateMachine,
            threads.controller(),
            onFailure::accept);
    this.controller =
        new Controller(
            quorum,
            stateMachine,
            publication,
            rules,
            new ControllerSettings(
                nodeId,
                config.topics().partitions(),
                config.topics().replicationFactor()::among,
                FIRST_LEVELS,
                RandomGenerator.of("L64X128MixRandom"),
                Uuid::random),
            threads.controllerShard());
  }

  /** Starts the voter; blocks. The result completes when this node leads and is up to date. */
  CompletableFuture<Void> start() {
    return controller.start().thenRun(storage::markFormatted);
  }

  Controller controller() {
    return controller;
  }

  MetadataPublication publication() {
    return publication;
  }

  /** The ids of the log directories, in no order. */
  List<Uuid> directoryIds() {
    return List.copyOf(storage.directoryIds().values());
  }

  String clusterId() {
    return storage.clusterId();
  }

  void close() {
    controller.close();
  }
}
