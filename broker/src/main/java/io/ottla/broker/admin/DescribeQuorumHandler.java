package io.ottla.broker.admin;

import io.ottla.broker.api.ApiHandler;
import io.ottla.broker.api.Request;
import io.ottla.metadata.controller.TopicNames;
import io.ottla.metadata.quorum.QuorumState;
import io.ottla.metadata.quorum.Voter;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.Uuid;
import io.ottla.wire.message.DescribeQuorumRequest;
import io.ottla.wire.message.DescribeQuorumResponse;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * DescribeQuorum, versions 0 to 2: who votes on the metadata, who leads, how far everybody is. It
 * is answered by the leader; observers are the brokers that follow without a vote. v1: when each
 * was last heard of and caught up (KIP-836). v2: directories and addresses (KIP-853).
 */
public final class DescribeQuorumHandler implements ApiHandler<DescribeQuorumRequest> {

  private static final short FIRST_WITH_DIRECTORIES = 2;
  private static final long UNKNOWN = -1;

  private final int nodeId;
  private final String controllerListener;
  private final Supplier<QuorumState> quorum;
  private final Supplier<List<QuorumState.Progress>> observers;

  /**
   * @param nodeId this node
   * @param controllerListener name of the listener by which voters reach each other
   * @param observers who follows the metadata without a vote
   */
  public DescribeQuorumHandler(
      int nodeId,
      String controllerListener,
      Supplier<QuorumState> quorum,
      Supplier<List<QuorumState.Progress>> observers) {
    this.nodeId = nodeId;
    this.controllerListener = controllerListener;
    this.quorum = quorum;
    this.observers = observers;
  }

  @Override
  public ApiKey api() {
    return ApiKey.DESCRIBE_QUORUM;
  }

  @Override
  public void handle(Request<DescribeQuorumRequest> request) {
    if (!asksForTheMetadata(request.body())) {
      request.respond(
          partitionsFailed(
              request.body(), request.version(), ErrorCode.UNKNOWN_TOPIC_OR_PARTITION));
      return;
    }
    QuorumState state = quorum.get();
    if (state.leaderId() != nodeId) {
      request.respond(
          partitionsFailed(request.body(), request.version(), ErrorCode.NOT_LEADER_OR_FOLLOWER));
      return;
    }
    request.respond(answer(state, request.version()));
  }

  private static boolean asksForTheMetadata(DescribeQuorumRequest request) {
    return request.topics().size() == 1
        && request.topics().getFirst().topicName().equals(TopicNames.CLUSTER_METADATA)
        && request.topics().getFirst().partitions().size() == 1
        && request.topics().getFirst().partitions().getFirst().partitionIndex() == 0;
  }

  private DescribeQuorumResponse answer(QuorumState state, short version) {
    Map<Integer, QuorumState.Progress> progress =
        state.progress().stream()
            .collect(
                Collectors.toMap(
                    QuorumState.Progress::nodeId, Function.identity(), (one, other) -> one));
    DescribeQuorumResponse.PartitionData partition =
        new DescribeQuorumResponse.PartitionData()
            .partitionIndex(0)
            .leaderId(state.leaderId())
            .leaderEpoch((int) state.term())
            .highWatermark(state.committedIndex() + 1);
    for (Voter voter : state.voters()) {
      QuorumState.Progress its =
          progress.getOrDefault(
              voter.nodeId(),
              new QuorumState.Progress(
                  voter.nodeId(), voter.directoryId(), UNKNOWN, UNKNOWN, UNKNOWN));
      partition.currentVoters().add(replica(its, voter.directoryId(), version));
    }
    for (QuorumState.Progress observer : observers.get()) {
      partition.observers().add(replica(observer, observer.directoryId(), version));
    }
    DescribeQuorumResponse.TopicData topic =
        new DescribeQuorumResponse.TopicData().topicName(TopicNames.CLUSTER_METADATA);
    topic.partitions().add(partition);
    DescribeQuorumResponse response = new DescribeQuorumResponse();
    response.topics().add(topic);
    if (version >= FIRST_WITH_DIRECTORIES) {
      state.voters().forEach(voter -> response.nodes().add(node(voter)));
    }
    return response;
  }

  private DescribeQuorumResponse.Node node(Voter voter) {
    DescribeQuorumResponse.Node node = new DescribeQuorumResponse.Node().nodeId(voter.nodeId());
    node.listeners()
        .add(
            new DescribeQuorumResponse.Listener()
                .name(controllerListener)
                .host(voter.address().host())
                .port(voter.address().port()));
    return node;
  }

  private static DescribeQuorumResponse.ReplicaState replica(
      QuorumState.Progress progress, Uuid directoryId, short version) {
    DescribeQuorumResponse.ReplicaState state =
        new DescribeQuorumResponse.ReplicaState()
            .replicaId(progress.nodeId())
            .logEndOffset(progress.logEndOffset())
            .lastFetchTimestamp(progress.lastFetchMs())
            .lastCaughtUpTimestamp(progress.lastCaughtUpMs());
    if (version >= FIRST_WITH_DIRECTORIES) {
      state.replicaDirectoryId(directoryId);
    }
    return state;
  }

  private static DescribeQuorumResponse partitionsFailed(
      DescribeQuorumRequest request, short version, ErrorCode error) {
    DescribeQuorumResponse response = new DescribeQuorumResponse();
    for (DescribeQuorumRequest.TopicData topic : request.topics()) {
      DescribeQuorumResponse.TopicData failed =
          new DescribeQuorumResponse.TopicData().topicName(topic.topicName());
      for (DescribeQuorumRequest.PartitionData partition : topic.partitions()) {
        failed
            .partitions()
            .add(
                new DescribeQuorumResponse.PartitionData()
                    .partitionIndex(partition.partitionIndex())
                    .errorCode(error.code())
                    .errorMessage(version >= FIRST_WITH_DIRECTORIES ? error.message() : ""));
      }
      response.topics().add(failed);
    }
    return response;
  }

  @Override
  public ApiMessage failure(DescribeQuorumRequest request, short version, ErrorCode error) {
    return new DescribeQuorumResponse().errorCode(error.code()).errorMessage(error.message());
  }
}
