package io.ottla.metadata.controller;

import io.ottla.metadata.codec.CodecException;
import io.ottla.metadata.controller.Command.AllocateProducerIds;
import io.ottla.metadata.controller.Command.AlterPartition;
import io.ottla.metadata.controller.Command.NewIsr;
import io.ottla.metadata.controller.Command.RegisterBroker;
import io.ottla.metadata.image.BrokerImage;
import io.ottla.metadata.image.Endpoint;
import io.ottla.metadata.image.FeatureRange;
import io.ottla.metadata.image.LeaderRecoveryState;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.metadata.image.NodeIds;
import io.ottla.metadata.image.PartitionImage;
import io.ottla.runtime.Shard;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.Uuid;
import io.ottla.wire.message.AllocateProducerIdsRequest;
import io.ottla.wire.message.AllocateProducerIdsResponse;
import io.ottla.wire.message.AlterPartitionRequest;
import io.ottla.wire.message.AlterPartitionRequest.BrokerState;
import io.ottla.wire.message.AlterPartitionRequest.PartitionData;
import io.ottla.wire.message.AlterPartitionRequest.TopicData;
import io.ottla.wire.message.AlterPartitionResponse;
import io.ottla.wire.message.BrokerRegistrationRequest;
import io.ottla.wire.message.BrokerRegistrationResponse;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What brokers ask for themselves: registration and in-sync replicas. They are answered as soon as
 * it is applied; they follow the metadata anyway, and must not wait for this node's own broker to
 * do so. Used by the controller's shard.
 */
final class BrokerCalls {

  private static final Logger LOG = LoggerFactory.getLogger(BrokerCalls.class);

  private final CommandLog log;
  private final Shard shard;

  BrokerCalls(CommandLog log, Shard shard) {
    this.log = log;
    this.shard = shard;
  }

  CompletableFuture<BrokerRegistrationResponse> register(
      ActiveTerm active, BrokerRegistrationRequest request) {
    MetadataImage image = log.image();
    ErrorCode flaw = flaw(image, request);
    if (flaw != ErrorCode.NONE) {
      return CompletableFuture.completedFuture(refused(request, flaw, flaw.message()));
    }
    if (image.features().isEmpty() && active.setsFeatures()) {
      // Whoever is told that it may serve would serve without what the features bring.
      return CompletableFuture.failedFuture(
          new ControllerException(
              ErrorCode.NOT_CONTROLLER, "The features of this new cluster are not set yet."));
    }
    BrokerImage broker = broker(request);
    long replaced = replacedEpoch(active, image.broker(broker.id()));
    return log.apply(
            active.term(), new RegisterBroker(broker, replaced, request.previousBrokerEpoch()))
        .thenApply(
            result -> {
              if (result instanceof CommandResult.Refused refused) {
                return refused(request, refused.error(), refused.message());
              }
              long epoch = ((CommandResult.Registered) result).brokerEpoch();
              LOG.info(
                  "Broker {} is registered under epoch {} (incarnation {}, last stopped {})",
                  broker.id(),
                  epoch,
                  broker.incarnationId(),
                  request.previousBrokerEpoch() < 0 ? "uncleanly" : "cleanly");
              shard.submit(
                  () -> active.sessions().touch(broker.id(), epoch, shard.clock().nowNs()));
              return new BrokerRegistrationResponse().brokerEpoch(epoch);
            });
  }

  /** The registration a new one may replace because its process has not been heard of. */
  private long replacedEpoch(ActiveTerm active, BrokerImage existing) {
    if (existing == null) {
      return RegisterBroker.NO_EPOCH;
    }
    boolean alive =
        active.sessions().isAlive(existing.id(), existing.epoch(), shard.clock().nowNs());
    return alive ? RegisterBroker.NO_EPOCH : existing.epoch();
  }

  private static BrokerRegistrationResponse refused(
      BrokerRegistrationRequest request, ErrorCode error, String why) {
    LOG.warn(
        "Broker {} (incarnation {}) was not registered: {} ({})",
        request.brokerId(),
        request.incarnationId(),
        error,
        why);
    return new BrokerRegistrationResponse().errorCode(error.code());
  }

  private static ErrorCode flaw(MetadataImage image, BrokerRegistrationRequest request) {
    if (!request.clusterId().equals(image.clusterId())) {
      return ErrorCode.INCONSISTENT_CLUSTER_ID;
    }
    if (request.isMigratingZkBroker()) {
      return ErrorCode.BROKER_ID_NOT_REGISTERED;
    }
    boolean versioned =
        request.features().stream()
            .anyMatch(feature -> feature.name().equals(FeatureCatalog.METADATA_VERSION));
    boolean reserved = request.logDirs().stream().anyMatch(BrokerCalls::isReserved);
    return versioned && !reserved ? ErrorCode.NONE : ErrorCode.INVALID_REGISTRATION;
  }

  /** The first hundred ids mean something special where a directory is asked for. */
  private static boolean isReserved(Uuid directory) {
    return directory.mostSignificantBits() == 0
        && directory.leastSignificantBits() >= 0
        && directory.leastSignificantBits() < 100;
  }

  private static BrokerImage broker(BrokerRegistrationRequest request) {
    TreeMap<String, FeatureRange> features = new TreeMap<>();
    request
        .features()
        .forEach(
            feature ->
                features.put(
                    feature.name(),
                    new FeatureRange(
                        feature.minSupportedVersion(), feature.maxSupportedVersion())));
    List<Endpoint> endpoints =
        request.listeners().stream()
            .map(
                listener ->
                    new Endpoint(
                        listener.name(),
                        listener.host(),
                        listener.port(),
                        listener.securityProtocol()))
            .toList();
    return new BrokerImage(
        request.brokerId(),
        -1,
        request.incarnationId(),
        endpoints,
        request.rack(),
        features,
        request.logDirs(),
        true);
  }

  CompletableFuture<AllocateProducerIdsResponse> allocateProducerIds(
      ActiveTerm active, AllocateProducerIdsRequest request) {
    return log.apply(
            active.term(), new AllocateProducerIds(request.brokerId(), request.brokerEpoch()))
        .thenApply(
            result ->
                switch (result) {
                  case CommandResult.Allocated allocated ->
                      new AllocateProducerIdsResponse()
                          .producerIdStart(allocated.block().first())
                          .producerIdLen(allocated.block().count());
                  case CommandResult.Refused refused ->
                      new AllocateProducerIdsResponse().errorCode(refused.error().code());
                  default -> throw new IllegalStateException(result.toString());
                });
  }

  CompletableFuture<AlterPartitionResponse> alterPartition(
      ActiveTerm active, AlterPartitionRequest request) {
    List<NewIsr> changes = new ArrayList<>();
    try {
      for (TopicData topic : request.topics()) {
        topic.partitions().forEach(partition -> changes.add(newIsr(topic.topicId(), partition)));
      }
    } catch (CodecException e) {
      return CompletableFuture.completedFuture(
          new AlterPartitionResponse().errorCode(ErrorCode.INVALID_REQUEST.code()));
    }
    return log.apply(
            active.term(), new AlterPartition(request.brokerId(), request.brokerEpoch(), changes))
        .thenApply(
            result ->
                switch (result) {
                  case CommandResult.Isrs isrs -> response(request, isrs.results());
                  case CommandResult.Refused refused ->
                      new AlterPartitionResponse().errorCode(refused.error().code());
                  default -> throw new IllegalStateException(result.toString());
                });
  }

  private static NewIsr newIsr(Uuid topicId, PartitionData data) {
    boolean withEpochs = !data.newIsrWithEpochs().isEmpty();
    NodeIds isr =
        NodeIds.of(
            withEpochs
                ? data.newIsrWithEpochs().stream().map(BrokerState::brokerId).toList()
                : data.newIsr());
    List<Long> epochs =
        withEpochs
            ? data.newIsrWithEpochs().stream().map(BrokerState::brokerEpoch).toList()
            : Collections.nCopies(isr.size(), -1L);
    return new NewIsr(
        topicId,
        data.partitionIndex(),
        data.leaderEpoch(),
        data.partitionEpoch(),
        isr,
        epochs,
        LeaderRecoveryState.forId(data.leaderRecoveryState()));
  }

  private static AlterPartitionResponse response(
      AlterPartitionRequest request, List<IsrResult> results) {
    Iterator<IsrResult> next = results.iterator();
    List<AlterPartitionResponse.TopicData> topics = new ArrayList<>();
    for (TopicData topic : request.topics()) {
      List<AlterPartitionResponse.PartitionData> partitions = new ArrayList<>();
      for (PartitionData partition : topic.partitions()) {
        partitions.add(response(partition.partitionIndex(), next.next()));
      }
      topics.add(
          new AlterPartitionResponse.TopicData().topicId(topic.topicId()).partitions(partitions));
    }
    return new AlterPartitionResponse().topics(topics);
  }

  private static AlterPartitionResponse.PartitionData response(int partition, IsrResult result) {
    AlterPartitionResponse.PartitionData data =
        new AlterPartitionResponse.PartitionData()
            .partitionIndex(partition)
            .errorCode(result.error().code());
    PartitionImage state = result.state();
    return state == null
        ? data
        : data.leaderId(state.leader())
            .leaderEpoch(state.leaderEpoch())
            .isr(state.isr().asList())
            .leaderRecoveryState(state.recovery().id())
            .partitionEpoch(state.partitionEpoch());
  }
}
