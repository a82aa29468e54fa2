package io.ottla.broker.coordinator;

import io.ottla.broker.api.ApiHandler;
import io.ottla.broker.api.ClientConnection;
import io.ottla.broker.api.LateAnswer;
import io.ottla.broker.api.Request;
import io.ottla.metadata.image.BrokerImage;
import io.ottla.metadata.image.Endpoint;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.metadata.image.PartitionImage;
import io.ottla.metadata.image.TopicImage;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.FindCoordinatorRequest;
import io.ottla.wire.message.FindCoordinatorResponse;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;

/**
 * FindCoordinator, versions 0 to 6: which broker coordinates a group or a transactional id: the
 * leader of its partition of an internal topic, which is made at the first request. From version 4
 * on for several at once (KIP-699).
 *
 * <p>Share groups have no coordinator in this broker: asking for one is answered with an error at
 * once, rather than with one that clients retry.
 */
public final class FindCoordinatorHandler implements ApiHandler<FindCoordinatorRequest> {

  private static final byte GROUP = 0;
  private static final byte TRANSACTION = 1;
  private static final byte SHARE = 2;
  private static final short FIRST_BATCHED = 4;
  private static final int NO_NODE = -1;
  private static final long CREATION_WAIT_MS = 1_000;

  /**
   * A kind of coordinator.
   *
   * @param topic holds what it coordinates
   * @param partitionFor the partition of a group or id
   */
  public record Coordinators(CoordinatorTopic topic, ToIntFunction<String> partitionFor) {}

  private final Coordinators ofGroups;
  private final Coordinators ofTransactions;
  private final Supplier<MetadataImage> image;

  public FindCoordinatorHandler(
      Coordinators ofGroups, Coordinators ofTransactions, Supplier<MetadataImage> image) {
    this.ofGroups = ofGroups;
    this.ofTransactions = ofTransactions;
    this.image = image;
  }

  @Override
  public ApiKey api() {
    return ApiKey.FIND_COORDINATOR;
  }

  @Override
  public void handle(Request<FindCoordinatorRequest> request) {
    byte type = request.body().keyType();
    switch (type) {
      case GROUP -> find(request, ofGroups);
      case TRANSACTION -> find(request, ofTransactions);
      case SHARE ->
          request.respond(refused(request, "share groups are not supported by this broker"));
      default -> request.respond(refused(request, "unknown coordinator type " + type));
    }
  }

  private void find(Request<FindCoordinatorRequest> request, Coordinators coordinators) {
    CompletableFuture<Boolean> there = coordinators.topic.ensure();
    if (!there.isDone()) {
      // One slow controller must not keep all clients waiting: they ask again.
      there = orAfterAWhile(there.copy(), request.connection());
    }
    LateAnswer.when(request, there, _ -> answer(request, coordinators));
  }

  private static CompletableFuture<Boolean> orAfterAWhile(
      CompletableFuture<Boolean> there, ClientConnection connection) {
    Runnable cancel =
        connection.schedule(() -> there.complete(false), CREATION_WAIT_MS, TimeUnit.MILLISECONDS);
    return there.whenComplete((_, _) -> cancel.run());
  }

  private static List<String> keys(FindCoordinatorRequest request, short version) {
    return version < FIRST_BATCHED ? List.of(request.key()) : request.coordinatorKeys();
  }

  private FindCoordinatorResponse answer(
      Request<FindCoordinatorRequest> request, Coordinators coordinators) {
    FindCoordinatorResponse response = new FindCoordinatorResponse();
    for (String key : keys(request.body(), request.version())) {
      Endpoint endpoint = null;
      int leader = leaderOf(key, coordinators);
      BrokerImage broker = image.get().broker(leader);
      if (broker != null && !broker.fenced()) {
        endpoint = broker.endpoint(request.connection().listener());
      }
      if (endpoint == null) {
        add(response, request.version(), failed(key, ErrorCode.COORDINATOR_NOT_AVAILABLE, null));
      } else {
        add(
            response,
            request.version(),
            new FindCoordinatorResponse.Coordinator()
                .key(key)
                .nodeId(leader)
                .host(endpoint.host())
                .port(endpoint.port())
                .errorMessage(""));
      }
    }
    return response;
  }

  private int leaderOf(String key, Coordinators coordinators) {
    TopicImage topic = image.get().topic(coordinators.topic.name());
    PartitionImage partition =
        topic == null ? null : topic.partition(coordinators.partitionFor.applyAsInt(key));
    return partition == null ? NO_NODE : partition.leader();
  }

  private static FindCoordinatorResponse refused(
      Request<FindCoordinatorRequest> request, String message) {
    FindCoordinatorResponse response = new FindCoordinatorResponse();
    for (String key : keys(request.body(), request.version())) {
      add(response, request.version(), failed(key, ErrorCode.INVALID_REQUEST, message));
    }
    return response;
  }

  private static FindCoordinatorResponse.Coordinator failed(
      String key, ErrorCode error, String message) {
    return new FindCoordinatorResponse.Coordinator()
        .key(key)
        .nodeId(NO_NODE)
        .host("")
        .port(NO_NODE)
        .errorCode(error.code())
        .errorMessage(message == null ? error.message() : message);
  }

  private static void add(
      FindCoordinatorResponse response,
      short version,
      FindCoordinatorResponse.Coordinator coordinator) {
    if (version >= FIRST_BATCHED) {
      response.coordinators().add(coordinator);
    } else {
      response
          .nodeId(coordinator.nodeId())
          .host(coordinator.host())
          .port(coordinator.port())
          .errorCode(coordinator.errorCode())
          .errorMessage(coordinator.errorMessage());
    }
  }

  @Override
  public ApiMessage failure(FindCoordinatorRequest request, short version, ErrorCode error) {
    FindCoordinatorResponse response = new FindCoordinatorResponse();
    for (String key : keys(request, version)) {
      add(response, version, failed(key, error, null));
    }
    return response;
  }
}
