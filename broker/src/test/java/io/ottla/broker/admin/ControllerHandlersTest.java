package io.ottla.broker.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.metadata.controller.ControllerException;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.AlterPartitionReassignmentsRequest;
import io.ottla.wire.message.AlterPartitionReassignmentsResponse;
import io.ottla.wire.message.ElectLeadersRequest;
import io.ottla.wire.message.ElectLeadersResponse;
import io.ottla.wire.message.UnregisterBrokerRequest;
import io.ottla.wire.message.UnregisterBrokerResponse;
import io.ottla.wire.message.UpdateFeaturesRequest;
import io.ottla.wire.message.UpdateFeaturesResponse;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ControllerHandlersTest {

  private static <R> CompletableFuture<R> notController() {
    return CompletableFuture.failedFuture(
        new ControllerException(ErrorCode.NOT_CONTROLLER, "ask another"));
  }

  private static ElectLeadersRequest election() {
    ElectLeadersRequest request = new ElectLeadersRequest().timeoutMs(500);
    request.topicPartitions(
        new java.util.ArrayList<>(
            List.of(
                new ElectLeadersRequest.TopicPartitions().topic("t").partitions(List.of(0, 2)))));
    return request;
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void passesElectionsOnAndTheirResultsBack(int version) {
    ElectLeadersResponse results = new ElectLeadersResponse();
    results
        .replicaElectionResults()
        .add(new ElectLeadersResponse.ReplicaElectionResult().topic("t"));

    ElectLeadersResponse answer =
        TestRequest.<ElectLeadersRequest, ElectLeadersResponse>send(
                new ElectLeadersHandler(_ -> CompletableFuture.completedFuture(results)),
                election(),
                version)
            .answer();

    assertThat(answer.errorCode()).isZero();
    assertThat(answer.replicaElectionResults()).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void tellsOfEachPartitionThatNoElectionTookPlace(int version) {
    ElectLeadersResponse answer =
        TestRequest.<ElectLeadersRequest, ElectLeadersResponse>send(
                new ElectLeadersHandler(_ -> notController()), election(), version)
            .answer();

    assertThat(answer.errorCode()).isEqualTo(version == 0 ? 0 : ErrorCode.NOT_CONTROLLER.code());
    assertThat(answer.replicaElectionResults().getFirst().partitionResult())
        .extracting(result -> result.partitionId() + " " + result.errorCode())
        .containsExactly("0 41", "2 41");
  }

  @Test
  void refusesElectionsOfUnknownTypes() {
    ElectLeadersResponse answer =
        TestRequest.<ElectLeadersRequest, ElectLeadersResponse>send(
                new ElectLeadersHandler(_ -> notController()), election().electionType((byte) 2), 1)
            .answer();

    assertThat(answer.errorCode()).isEqualTo(ErrorCode.INVALID_REQUEST.code());
  }

  @Test
  void givesUpWhenTheClientsTimeIsUp() {
    CompletableFuture<ElectLeadersResponse> never = new CompletableFuture<>();
    TestRequest<ElectLeadersRequest, ElectLeadersResponse> request =
        TestRequest.send(new ElectLeadersHandler(_ -> never), election(), 2);
    assertThat(request.isAnswered()).isFalse();

    request.pass(500);

    assertThat(request.answer().errorCode()).isEqualTo(ErrorCode.REQUEST_TIMED_OUT.code());
    never.complete(new ElectLeadersResponse());
  }

  @Test
  void failsTheRequestWhenTheAnswerCannotBeMade() {
    TestRequest<ElectLeadersRequest, ElectLeadersResponse> request =
        TestRequest.send(
            new ElectLeadersHandler(_ -> CompletableFuture.completedFuture(null)), election(), 0);

    assertThat(request.answer().replicaElectionResults().getFirst().partitionResult())
        .extracting(ElectLeadersResponse.PartitionResult::errorCode)
        .containsOnly(ErrorCode.UNKNOWN_SERVER_ERROR.code());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void passesReassignmentsOn(int version) {
    AlterPartitionReassignmentsResponse done =
        new AlterPartitionReassignmentsResponse().errorMessage(null);

    assertThat(
            TestRequest
                .<AlterPartitionReassignmentsRequest, AlterPartitionReassignmentsResponse>send(
                    new AlterPartitionReassignmentsHandler(
                        _ -> CompletableFuture.completedFuture(done)),
                    new AlterPartitionReassignmentsRequest(),
                    version)
                .answer()
                .errorCode())
        .isZero();
    assertThat(
            TestRequest
                .<AlterPartitionReassignmentsRequest, AlterPartitionReassignmentsResponse>send(
                    new AlterPartitionReassignmentsHandler(_ -> notController()),
                    new AlterPartitionReassignmentsRequest(),
                    version)
                .answer()
                .errorMessage())
        .isEqualTo("ask another");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void tellsResultsOfSingleFeaturesOnlyToOlderClients(int version) {
    UpdateFeaturesResponse done = new UpdateFeaturesResponse().errorMessage(null);
    done.results(
        List.of(
            new UpdateFeaturesResponse.UpdatableFeatureResult()
                .feature("group.version")
                .errorMessage(null)));

    UpdateFeaturesResponse answer =
        TestRequest.<UpdateFeaturesRequest, UpdateFeaturesResponse>send(
                new UpdateFeaturesHandler(_ -> CompletableFuture.completedFuture(done)),
                new UpdateFeaturesRequest(),
                version)
            .answer();

    assertThat(answer.results()).hasSize(version < 2 ? 1 : 0);
  }

  @Test
  void tellsWhyABrokerWasNotForgotten() {
    UnregisterBrokerResponse answer =
        TestRequest.<UnregisterBrokerRequest, UnregisterBrokerResponse>send(
                new UnregisterBrokerHandler(
                    _ ->
                        CompletableFuture.failedFuture(
                            new ControllerException(
                                ErrorCode.BROKER_ID_NOT_REGISTERED, "no such broker"))),
                new UnregisterBrokerRequest().brokerId(9),
                0)
            .answer();

    assertThat(answer.errorCode()).isEqualTo(ErrorCode.BROKER_ID_NOT_REGISTERED.code());
    assertThat(answer.errorMessage()).isEqualTo("no such broker");
  }
}
