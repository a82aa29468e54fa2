package io.ottla.broker.admin;

import io.ottla.broker.api.ApiHandler;
import io.ottla.broker.api.AuthorizedOperations;
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
import io.ottla.wire.Uuid;
import io.ottla.wire.message.MetadataRequest;
import io.ottla.wire.message.MetadataResponse;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Metadata, versions 0 to 13: brokers, topics, who leads what. Every client's second request.
 *
 * <ul>
 *   <li>A topic that is not there is made, if the client and {@code auto.create.topics.enable}
 *       allow it. Where Kafka answers at once and lets the client try again, the answer waits a
 *       moment for the topic, which saves the client its pause.
 *   <li>v0: no topics means all; brokers that are gone are errors. v1: null means all, internal
 *       topics are marked. v4: the client may forbid to make topics. v5: offline replicas. v6: a
 *       leader without the client's listener is LISTENER_NOT_FOUND. v8 to v10: what the client may
 *       do with the cluster, v8: with topics (KIP-430). v12: topics by id (KIP-516). v13: an error
 *       of the request as a whole (KIP-1102).
 * </ul>
 */
public final class MetadataHandler implements ApiHandler<MetadataRequest> {

  private static final short FIRST_WITH_NULL_FOR_ALL = 1;
  private static final short FIRST_WITH_LISTENER_NOT_FOUND = 6;
  private static final short FIRST_WITH_OPERATIONS = 8;
  private static final short LAST_WITH_CLUSTER_OPERATIONS = 10;
  private static final short FIRST_BY_ID = 12;

  /**
   * How long an answer waits for topics to be made: longer than that takes, shorter than a pause.
   */
  private static final long CREATION_WAIT_MS = 1000;

  private final int nodeId;
  private final Supplier<MetadataImage> image;
  private final TopicCreation creation;

  /**
   * @param nodeId this broker
   * @param creation makes topics that clients ask for
   */
  public MetadataHandler(int nodeId, Supplier<MetadataImage> image, TopicCreation creation) {
    this.nodeId = nodeId;
    this.image = image;
    this.creation = creation;
  }

  @Override
  public ApiKey api() {
    return ApiKey.METADATA;
  }

  @Override
  public void handle(Request<MetadataRequest> request) {
    Wanted wanted = Wanted.of(request.body(), request.version());
    if (!wanted.isValid()) {
      request.fail(ErrorCode.INVALID_REQUEST);
      return;
    }
    MetadataImage current = image.get();
    Set<String> missing =
        wanted.names().stream()
            .filter(name -> current.topic(name) == null)
            .collect(Collectors.toSet());
    if (!missing.isEmpty() && request.body().allowAutoTopicCreation() && creation.isEnabled()) {
      answerAfterCreation(request, wanted, missing);
    } else {
      request.respond(answer(request, wanted, current));
    }
  }

  private void answerAfterCreation(
      Request<MetadataRequest> request, Wanted wanted, Set<String> missing) {
    AtomicBoolean answered = new AtomicBoolean();
    Runnable answer =
        () -> {
          if (answered.compareAndSet(false, true)) {
            LateAnswer.give(request, () -> answer(request, wanted, image.get()));
          }
        };
    Runnable cancel =
        request.connection().schedule(answer, CREATION_WAIT_MS, TimeUnit.MILLISECONDS);
    var _ =
        creation
            .create(missing)
            .whenCompleteAsync(
                (done, failure) -> {
                  cancel.run();
                  answer.run();
                },
                request.connection().eventLoop());
  }

  private MetadataResponse answer(
      Request<MetadataRequest> request, Wanted wanted, MetadataImage current) {
    short version = request.version();
    ClusterView view = new ClusterView(current, request.connection().listener());
    MetadataResponse response =
        new MetadataResponse().clusterId(current.clusterId()).controllerId(view.controller(nodeId));
    for (BrokerImage broker : view.brokers(false)) {
      Endpoint endpoint = broker.endpoint(view.listener());
      response
          .brokers()
          .add(
              new MetadataResponse.MetadataResponseBroker()
                  .nodeId(broker.id())
                  .host(endpoint.host())
                  .port(endpoint.port())
                  .rack(broker.rack()));
    }
    addTopics(response.topics(), view, wanted, version);
    if (version >= FIRST_WITH_OPERATIONS) {
      addOperations(response, request.body(), version);
    }
    return response;
  }

  private static void addTopics(
      List<MetadataResponse.MetadataResponseTopic> topics,
      ClusterView view,
      Wanted wanted,
      short version) {
    if (wanted.all()) {
      view.image().topics().forEach(topic -> topics.add(topic(view, topic, version)));
      return;
    }
    for (Uuid id : wanted.ids()) {
      TopicImage topic = view.image().topic(id);
      topics.add(
          topic == null
              ? missing(null, ErrorCode.UNKNOWN_TOPIC_ID).topicId(id)
              : topic(view, topic, version));
    }
    for (String name : wanted.names()) {
      TopicImage topic = view.image().topic(name);
      topics.add(
          topic == null
              ? missing(name, ClusterView.whyMissing(name))
              : topic(view, topic, version));
    }
  }

  private static MetadataResponse.MetadataResponseTopic missing(String name, ErrorCode error) {
    return new MetadataResponse.MetadataResponseTopic()
        .errorCode(error.code())
        .name(name)
        .isInternal(name != null && ClusterView.isInternal(name));
  }

  private static MetadataResponse.MetadataResponseTopic topic(
      ClusterView view, TopicImage topic, short version) {
    MetadataResponse.MetadataResponseTopic answer =
        new MetadataResponse.MetadataResponseTopic()
            .name(topic.name())
            .topicId(topic.id())
            .isInternal(ClusterView.isInternal(topic.name()));
    for (int i = 0; i < topic.partitionCount(); i++) {
      answer.partitions().add(partition(view, topic.partition(i), version).partitionIndex(i));
    }
    return answer;
  }

  private static MetadataResponse.MetadataResponsePartition partition(
      ClusterView view, PartitionImage partition, short version) {
    boolean showsGone = version >= FIRST_WITH_NULL_FOR_ALL;
    List<Integer> replicas =
        showsGone ? partition.replicas().asList() : view.alive(partition.replicas());
    List<Integer> isr = showsGone ? partition.isr().asList() : view.alive(partition.isr());
    int leader = view.leader(partition);
    ErrorCode error = ErrorCode.NONE;
    if (leader == ClusterView.NO_NODE) {
      boolean leaderIsRegistered = view.image().broker(partition.leader()) != null;
      error =
          leaderIsRegistered && version >= FIRST_WITH_LISTENER_NOT_FOUND
              ? ErrorCode.LISTENER_NOT_FOUND
              : ErrorCode.LEADER_NOT_AVAILABLE;
    } else if (replicas.size() < partition.replicas().size()
        || isr.size() < partition.isr().size()) {
      error = ErrorCode.REPLICA_NOT_AVAILABLE;
    }
    return new MetadataResponse.MetadataResponsePartition()
        .errorCode(error.code())
        .leaderId(leader)
        .leaderEpoch(partition.leaderEpoch())
        .replicaNodes(replicas)
        .isrNodes(isr)
        .offlineReplicas(view.offline(partition));
  }

  private static void addOperations(
      MetadataResponse response, MetadataRequest request, short version) {
    if (version <= LAST_WITH_CLUSTER_OPERATIONS && request.includeClusterAuthorizedOperations()) {
      response.clusterAuthorizedOperations(AuthorizedOperations.ALL_OF_THE_CLUSTER);
    }
    if (request.includeTopicAuthorizedOperations()) {
      response.topics().stream()
          .filter(topic -> topic.name() != null)
          .forEach(topic -> topic.topicAuthorizedOperations(AuthorizedOperations.ALL_OF_A_TOPIC));
    }
  }

  @Override
  public ApiMessage failure(MetadataRequest request, short version, ErrorCode error) {
    MetadataResponse response = new MetadataResponse().errorCode(error.code());
    if (request.topics() != null) {
      for (MetadataRequest.MetadataRequestTopic topic : request.topics()) {
        response
            .topics()
            .add(
                new MetadataResponse.MetadataResponseTopic()
                    .errorCode(error.code())
                    .name(topic.name() == null ? "" : topic.name())
                    .topicId(topic.topicId()));
      }
    }
    return response;
  }

  /** What a request asks for: all topics, topics by id, or topics by name; each once. */
  private record Wanted(boolean all, Set<Uuid> ids, Set<String> names, boolean isValid) {

    static Wanted of(MetadataRequest request, short version) {
      List<MetadataRequest.MetadataRequestTopic> topics = request.topics();
      if (topics == null || (topics.isEmpty() && version < FIRST_WITH_NULL_FOR_ALL)) {
        return new Wanted(true, Set.of(), Set.of(), true);
      }
      Set<Uuid> ids = new LinkedHashSet<>();
      Set<String> names = new LinkedHashSet<>();
      boolean valid = true;
      for (MetadataRequest.MetadataRequestTopic topic : topics) {
        boolean byId = !topic.topicId().equals(Uuid.ZERO);
        if (byId) {
          ids.add(topic.topicId());
        } else if (topic.name() != null) {
          names.add(topic.name());
        }
        valid &= byId ? version >= FIRST_BY_ID : topic.name() != null;
      }
      // As in Kafka, a request that names an id is one by id.
      return new Wanted(false, ids, ids.isEmpty() ? names : Set.of(), valid);
    }
  }
}
