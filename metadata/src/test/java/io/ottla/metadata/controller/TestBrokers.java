package io.ottla.metadata.controller;

import io.ottla.metadata.image.BrokerImage;
import io.ottla.metadata.image.FeatureRange;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.AllocateProducerIdsRequest;
import io.ottla.wire.message.BrokerHeartbeatRequest;
import io.ottla.wire.message.BrokerHeartbeatResponse;
import io.ottla.wire.message.BrokerRegistrationRequest;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

/** Asks a controller what brokers ask, and fails for what it refuses. */
final class TestBrokers {

  private final Controller controller;
  private final String clusterId;

  TestBrokers(Controller controller, String clusterId) {
    this.controller = controller;
    this.clusterId = clusterId;
  }

  /** Registers a broker; the answer is its epoch. */
  CompletableFuture<Long> register(BrokerImage broker) {
    TreeMap<String, FeatureRange> features = new TreeMap<>(broker.features());
    features.putIfAbsent("metadata.version", new FeatureRange((short) 0, (short) 0));
    BrokerRegistrationRequest request =
        new BrokerRegistrationRequest()
            .brokerId(broker.id())
            .clusterId(clusterId)
            .incarnationId(broker.incarnationId())
            .rack(broker.rack())
            .logDirs(broker.directories())
            .listeners(
                broker.endpoints().stream()
                    .map(
                        endpoint ->
                            new BrokerRegistrationRequest.Listener()
                                .name(endpoint.listener())
                                .host(endpoint.host())
                                .port(endpoint.port())
                                .securityProtocol(endpoint.securityProtocol()))
                    .toList())
            .features(
                features.entrySet().stream()
                    .map(
                        feature ->
                            new BrokerRegistrationRequest.Feature()
                                .name(feature.getKey())
                                .minSupportedVersion(feature.getValue().min())
                                .maxSupportedVersion(feature.getValue().max()))
                    .toList());
    return controller
        .registerBroker(request)
        .thenApply(response -> checked(response.errorCode(), response.brokerEpoch()));
  }

  /** A heartbeat of a broker that has seen all there is. */
  CompletableFuture<BrokerHeartbeatResponse> unfence(int id, long epoch) {
    return beat(id, epoch, false);
  }

  CompletableFuture<BrokerHeartbeatResponse> fence(int id, long epoch) {
    return beat(id, epoch, true);
  }

  private CompletableFuture<BrokerHeartbeatResponse> beat(int id, long epoch, boolean wantFence) {
    return controller
        .heartbeat(
            new BrokerHeartbeatRequest()
                .brokerId(id)
                .brokerEpoch(epoch)
                .currentMetadataOffset(Long.MAX_VALUE)
                .wantFence(wantFence)
                .wantShutDown(wantFence))
        .thenApply(response -> checked(response.errorCode(), response));
  }

  CompletableFuture<ProducerIdBlock> allocate(int id, long epoch) {
    return controller
        .allocateProducerIds(new AllocateProducerIdsRequest().brokerId(id).brokerEpoch(epoch))
        .thenApply(
            response ->
                checked(
                    response.errorCode(),
                    new ProducerIdBlock(response.producerIdStart(), response.producerIdLen())));
  }

  private static <T> T checked(short code, T value) {
    ErrorCode error = ErrorCode.forCode(code);
    if (error != ErrorCode.NONE) {
      throw new ControllerException(error, error.message());
    }
    return value;
  }
}
