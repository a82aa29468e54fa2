package io.ottla.broker.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.coordinator.transaction.TransactionCoordinator;
import io.ottla.coordinator.transaction.TransactionCoordinatorConfig;
import io.ottla.metadata.image.MetadataDelta;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.metadata.image.NodeIds;
import io.ottla.metadata.image.PartitionImage;
import io.ottla.runtime.ManualClock;
import io.ottla.runtime.ManualShard;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.TopicPartition;
import io.ottla.wire.Uuid;
import io.ottla.wire.message.AddPartitionsToTxnRequest;
import io.ottla.wire.message.AddPartitionsToTxnResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class CoordinatorJoinsTest {

  private static final TopicPartition A = new TopicPartition("a", 0);
  private static final TopicPartition B = new TopicPartition("b", 1);

  private record Asked(
      int broker, AddPartitionsToTxnRequest request, CompletableFuture<ApiMessage> answer) {}

  private final List<Asked> asked = new ArrayList<>();
  private final ManualShard shard = new ManualShard(new ManualClock(1_000));
  private final TransactionCoordinator coordinator =
      new TransactionCoordinator(
          new TransactionCoordinatorConfig(1, 1, 1, 1, 1, 1, 1, 1),
          1,
          _ -> shard,
          () -> 2,
          () -> CompletableFuture.completedFuture(1L),
          new MarkerSender(1, () -> null, (_, _) -> null, (_, _, _, _) -> null, (_, _) -> {}),
          Runnable::run);
  private MetadataImage image = MetadataImage.empty("cluster");
  private final CoordinatorJoins joins =
      new CoordinatorJoins(
          1,
          () -> image,
          coordinator,
          (broker, api, request, timeoutMs) -> {
            assertThat(api).isEqualTo(ApiKey.ADD_PARTITIONS_TO_TXN);
            Asked one =
                new Asked(broker, (AddPartitionsToTxnRequest) request, new CompletableFuture<>());
            asked.add(one);
            return one.answer;
          });

  private void coordinatedBy(int broker) {
    PartitionImage partition = PartitionImage.created(NodeIds.of(broker), NodeIds.of(broker));
    image =
        image.with(
            new MetadataDelta.TopicCreated(
                new Uuid(1, 1), TransactionCoordinator.TOPIC, List.of(partition)));
  }

  private CompletableFuture<Map<TopicPartition, ErrorCode>> ask(
      String id, TopicPartition... partitions) {
    return joins.ask(TransactionJoins.Ask.ADD, id, 7, (short) 3, Set.of(partitions));
  }

  private static void answer(Asked asked, ErrorCode error) {
    AddPartitionsToTxnResponse response = new AddPartitionsToTxnResponse();
    for (AddPartitionsToTxnRequest.AddPartitionsToTxnTransaction transaction :
        asked.request.transactions()) {
      AddPartitionsToTxnResponse.AddPartitionsToTxnResult result =
          new AddPartitionsToTxnResponse.AddPartitionsToTxnResult()
              .transactionalId(transaction.transactionalId());
      for (AddPartitionsToTxnRequest.AddPartitionsToTxnTopic topic : transaction.topics()) {
        AddPartitionsToTxnResponse.AddPartitionsToTxnTopicResult topicResult =
            new AddPartitionsToTxnResponse.AddPartitionsToTxnTopicResult().name(topic.name());
        topic
            .partitions()
            .forEach(
                index ->
                    topicResult
                        .resultsByPartition()
                        .add(
                            new AddPartitionsToTxnResponse.AddPartitionsToTxnPartitionResult()
                                .partitionIndex(index)
                                .partitionErrorCode(error.code())));
        result.topicResults().add(topicResult);
      }
      response.resultsByTransaction().add(result);
    }
    asked.answer.complete(response);
  }

  @Test
  void nobodyIsAskedWhileNobodyCoordinates() {
    assertThat(ask("id", A).join()).isEqualTo(Map.of(A, ErrorCode.COORDINATOR_NOT_AVAILABLE));
  }

  @Test
  void theCoordinatorInThisBrokerIsAskedDirectly() {
    coordinatedBy(1);
    assertThat(ask("id", A).join()).isEqualTo(Map.of(A, ErrorCode.NOT_COORDINATOR));
    assertThat(asked).isEmpty();
  }

  @Test
  void anotherBrokerIsAskedAboutAllPartitionsAtOnce() {
    coordinatedBy(2);
    CompletableFuture<Map<TopicPartition, ErrorCode>> answer = ask("id", A, B);
    assertThat(asked.get(0).broker).isEqualTo(2);
    AddPartitionsToTxnRequest.AddPartitionsToTxnTransaction transaction =
        asked.get(0).request.transactions().get(0);
    assertThat(transaction.producerId()).isEqualTo(7);
    assertThat(transaction.producerEpoch()).isEqualTo((short) 3);
    assertThat(transaction.verifyOnly()).isFalse();
    answer(asked.get(0), ErrorCode.NONE);
    assertThat(answer.join()).isEqualTo(Map.of(A, ErrorCode.NONE, B, ErrorCode.NONE));
  }

  @Test
  void whatComesWhileRequestsAreUnderWayGoesIntoTheNextOncePerTransaction() {
    coordinatedBy(2);
    for (int i = 0; i < CoordinatorJoins.IN_FLIGHT; i++) {
      var _ = ask("early-" + i, A);
    }
    var second = ask("two", A);
    var third = ask("three", B);
    var fourth = ask("two", B);
    assertThat(asked).hasSize(CoordinatorJoins.IN_FLIGHT);
    answer(asked.get(0), ErrorCode.NONE);
    Asked shared = asked.getLast();
    assertThat(shared.request.transactions()).hasSize(2);
    answer(shared, ErrorCode.PRODUCER_FENCED);
    answer(asked.getLast(), ErrorCode.NONE);
    assertThat(second.join()).isEqualTo(Map.of(A, ErrorCode.PRODUCER_FENCED));
    assertThat(third.join()).isEqualTo(Map.of(B, ErrorCode.PRODUCER_FENCED));
    assertThat(fourth.join()).isEqualTo(Map.of(B, ErrorCode.NONE));
  }

  @Test
  void aBrokerThatDoesNotAnswerOrNotOnEverythingIsAFailure() {
    coordinatedBy(2);
    var lost = ask("one", A);
    asked.get(0).answer.completeExceptionally(new IllegalStateException("lost"));
    assertThat(lost.join()).isEqualTo(Map.of(A, ErrorCode.NETWORK_EXCEPTION));
    var silent = ask("two", A);
    asked.get(1).answer.complete(new AddPartitionsToTxnResponse());
    assertThat(silent.join()).isEqualTo(Map.of(A, ErrorCode.NETWORK_EXCEPTION));
    var refused = ask("three", A);
    asked
        .get(2)
        .answer
        .complete(
            new AddPartitionsToTxnResponse()
                .errorCode(ErrorCode.CLUSTER_AUTHORIZATION_FAILED.code()));
    assertThat(refused.join()).isEqualTo(Map.of(A, ErrorCode.CLUSTER_AUTHORIZATION_FAILED));
  }
}
