package io.ottla.broker.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.metadata.config.HostPort;
import io.ottla.metadata.quorum.QuorumException;
import io.ottla.metadata.quorum.QuorumException.ChangeRefused.Reason;
import io.ottla.metadata.quorum.QuorumState;
import io.ottla.metadata.quorum.Voter;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.Uuid;
import io.ottla.wire.message.AddRaftVoterRequest;
import io.ottla.wire.message.AddRaftVoterResponse;
import io.ottla.wire.message.DescribeClusterRequest;
import io.ottla.wire.message.DescribeClusterResponse;
import io.ottla.wire.message.DescribeQuorumRequest;
import io.ottla.wire.message.DescribeQuorumResponse;
import io.ottla.wire.message.RemoveRaftVoterRequest;
import io.ottla.wire.message.RemoveRaftVoterResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class QuorumHandlersTest {

  private static final Uuid DIRECTORY = new Uuid(5, 6);
  private static final Voter LEADER = new Voter(1, DIRECTORY, new HostPort("one", 9093));
  private static final Voter OTHER = new Voter(2, new Uuid(7, 8), new HostPort("two", 9094));

  private final List<Voter> added = new ArrayList<>();
  private CompletableFuture<Void> outcome = CompletableFuture.completedFuture(null);
  private QuorumState state =
      new QuorumState(
          1,
          7,
          41,
          List.of(LEADER, OTHER),
          List.of(
              new QuorumState.Progress(1, DIRECTORY, 42, 1000, 1000),
              new QuorumState.Progress(2, OTHER.directoryId(), 40, 900, 800)));

  private static DescribeQuorumRequest aboutTheMetadata(String topic) {
    DescribeQuorumRequest.TopicData data = new DescribeQuorumRequest.TopicData().topicName(topic);
    data.partitions().add(new DescribeQuorumRequest.PartitionData().partitionIndex(0));
    DescribeQuorumRequest request = new DescribeQuorumRequest();
    request.topics().add(data);
    return request;
  }

  private DescribeQuorumResponse describe(DescribeQuorumRequest request, int version) {
    return TestRequest.<DescribeQuorumRequest, DescribeQuorumResponse>send(
            new DescribeQuorumHandler(
                1,
                "CONTROLLER",
                () -> state,
                () -> List.of(new QuorumState.Progress(9, Uuid.ZERO, 39, 950, 950))),
            request,
            version)
        .answer();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void describesVotersAndObservers(int version) {
    DescribeQuorumResponse response = describe(aboutTheMetadata("__cluster_metadata"), version);

    var partition = response.topics().getFirst().partitions().getFirst();
    assertThat(partition.errorCode()).isZero();
    assertThat(partition.leaderId()).isEqualTo(1);
    assertThat(partition.leaderEpoch()).isEqualTo(7);
    assertThat(partition.highWatermark()).isEqualTo(42);
    assertThat(partition.currentVoters())
        .extracting(voter -> voter.replicaId() + " " + voter.logEndOffset())
        .containsExactly("1 42", "2 40");
    assertThat(partition.observers())
        .extracting(observer -> observer.replicaId() + " " + observer.logEndOffset())
        .containsExactly("9 39");
    if (version >= 1) {
      assertThat(partition.currentVoters().getLast().lastCaughtUpTimestamp()).isEqualTo(800);
    }
    if (version >= 2) {
      assertThat(partition.currentVoters().getFirst().replicaDirectoryId()).isEqualTo(DIRECTORY);
      assertThat(response.nodes())
          .extracting(
              node ->
                  node.nodeId()
                      + " "
                      + node.listeners().getFirst().name()
                      + "://"
                      + node.listeners().getFirst().host())
          .containsExactly("1 CONTROLLER://one", "2 CONTROLLER://two");
    }
  }

  @Test
  void knowsNoOtherLog() {
    assertThat(
            describe(aboutTheMetadata("t"), 2)
                .topics()
                .getFirst()
                .partitions()
                .getFirst()
                .errorCode())
        .isEqualTo(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.code());
  }

  @Test
  void doesNotSpeakForAnotherLeader() {
    state = new QuorumState(2, 8, 41, List.of(LEADER, OTHER), List.of());

    assertThat(
            describe(aboutTheMetadata("__cluster_metadata"), 0)
                .topics()
                .getFirst()
                .partitions()
                .getFirst()
                .errorCode())
        .isEqualTo(ErrorCode.NOT_LEADER_OR_FOLLOWER.code());
  }

  private static AddRaftVoterRequest voter(int id, String listener) {
    AddRaftVoterRequest request =
        new AddRaftVoterRequest()
            .clusterId(null)
            .voterId(id)
            .voterDirectoryId(DIRECTORY)
            .timeoutMs(1000);
    request
        .listeners()
        .add(new AddRaftVoterRequest.Listener().name(listener).host("three").port(9095));
    return request;
  }

  private AddRaftVoterResponse add(AddRaftVoterRequest request) {
    return TestRequest.<AddRaftVoterRequest, AddRaftVoterResponse>send(
            new AddRaftVoterHandler(
                "cluster",
                "CONTROLLER",
                voter -> {
                  added.add(voter);
                  return outcome;
                }),
            request,
            1)
        .answer();
  }

  @Test
  void addsAVoterByItsControllerListener() {
    assertThat(add(voter(3, "controller")).errorCode()).isZero();

    assertThat(added).containsExactly(new Voter(3, DIRECTORY, new HostPort("three", 9095)));
  }

  @Test
  void refusesVotersThatCannotBeOnes() {
    assertThat(add(voter(3, "CONTROLLER").clusterId("other")).errorCode())
        .isEqualTo(ErrorCode.INCONSISTENT_CLUSTER_ID.code());
    assertThat(add(voter(-1, "CONTROLLER")).errorCode())
        .isEqualTo(ErrorCode.INVALID_REQUEST.code());
    assertThat(add(voter(3, "CONTROLLER").voterDirectoryId(Uuid.ZERO)).errorCode())
        .isEqualTo(ErrorCode.INVALID_REQUEST.code());
    assertThat(add(voter(3, "PLAINTEXT")).errorCode()).isEqualTo(ErrorCode.INVALID_REQUEST.code());
    assertThat(added).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "DUPLICATE_VOTER, DUPLICATE_VOTER",
    "VOTER_NOT_FOUND, VOTER_NOT_FOUND",
    "CHANGE_IN_PROGRESS, REQUEST_TIMED_OUT",
    "NOT_CAUGHT_UP, REQUEST_TIMED_OUT",
    "NOT_POSSIBLE, INVALID_REQUEST"
  })
  void tellsWhyAVoterWasNotAdded(Reason reason, ErrorCode told) {
    outcome =
        CompletableFuture.failedFuture(new QuorumException.ChangeRefused(reason, "not today"));

    AddRaftVoterResponse response = add(voter(3, "CONTROLLER"));

    assertThat(response.errorCode()).isEqualTo(told.code());
    assertThat(response.errorMessage()).isEqualTo("not today");
  }

  @Test
  void sendsVotersToTheLeader() {
    outcome = CompletableFuture.failedFuture(new QuorumException.NotLeader("no leader"));

    assertThat(add(voter(3, "CONTROLLER")).errorCode()).isEqualTo(ErrorCode.NOT_CONTROLLER.code());
  }

  @Test
  void removesAVoter() {
    List<String> removed = new ArrayList<>();
    RemoveRaftVoterHandler handler =
        new RemoveRaftVoterHandler(
            "cluster",
            (id, directory) -> {
              removed.add(id + " " + directory);
              return outcome;
            });

    assertThat(remove(handler, "cluster").errorCode()).isZero();
    assertThat(remove(handler, "other").errorCode())
        .isEqualTo(ErrorCode.INCONSISTENT_CLUSTER_ID.code());
    assertThat(removed).containsExactly("2 " + DIRECTORY);
  }

  private static RemoveRaftVoterResponse remove(RemoveRaftVoterHandler handler, String clusterId) {
    return TestRequest.<RemoveRaftVoterRequest, RemoveRaftVoterResponse>send(
            handler,
            new RemoveRaftVoterRequest()
                .clusterId(clusterId)
                .voterId(2)
                .voterDirectoryId(DIRECTORY),
            0)
        .answer();
  }

  private DescribeClusterResponse controllers(int type, int version) {
    return TestRequest.<DescribeClusterRequest, DescribeClusterResponse>send(
            new DescribeControllersHandler("cluster", () -> state),
            new DescribeClusterRequest().endpointType((byte) type),
            version)
        .answer();
  }

  @Test
  void describesTheControllersToWhoAsksForThem() {
    DescribeClusterResponse response = controllers(2, 2);

    assertThat(response.errorCode()).isZero();
    assertThat(response.endpointType()).isEqualTo((byte) 2);
    assertThat(response.controllerId()).isEqualTo(1);
    assertThat(response.brokers())
        .extracting(node -> node.brokerId() + " " + node.host() + ":" + node.port())
        .containsExactly("1 one:9093", "2 two:9094");
    assertThat(controllers(1, 1).errorCode()).isEqualTo(ErrorCode.MISMATCHED_ENDPOINT_TYPE.code());
    assertThat(controllers(1, 0).errorCode()).isEqualTo(ErrorCode.MISMATCHED_ENDPOINT_TYPE.code());
    assertThat(controllers(5, 1).errorCode()).isEqualTo(ErrorCode.UNSUPPORTED_ENDPOINT_TYPE.code());
  }
}
