package io.ottla.broker.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.coordinator.EndMarker;
import io.ottla.coordinator.transaction.MarkerDelivery.Markers;
import io.ottla.metadata.image.MetadataDelta;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.metadata.image.NodeIds;
import io.ottla.metadata.image.PartitionImage;
import io.ottla.wire.ApiKey;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.TopicPartition;
import io.ottla.wire.Uuid;
import io.ottla.wire.message.WriteTxnMarkersRequest;
import io.ottla.wire.message.WriteTxnMarkersResponse;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class MarkerSenderTest {

  private static final int HERE = 1;
  private static final int THERE = 2;
  private static final TopicPartition LOCAL = new TopicPartition("local", 0);
  private static final TopicPartition REMOTE = new TopicPartition("remote", 0);
  private static final TopicPartition HOMELESS = new TopicPartition("homeless", 0);
  private static final TopicPartition GONE = new TopicPartition("gone", 0);

  private record Asked(
      int broker, WriteTxnMarkersRequest request, CompletableFuture<ApiMessage> answer) {}

  private final Map<TopicPartition, ErrorCode> localAnswers = new HashMap<>();
  private final List<TopicPartition> writtenHere = new ArrayList<>();
  private final List<Asked> asked = new ArrayList<>();
  private final Queue<Runnable> later = new ArrayDeque<>();
  private final List<String> done = new ArrayList<>();
  private MetadataImage image =
      MetadataImage.empty("cluster")
          .with(topic("local", 11, HERE))
          .with(topic("remote", 12, THERE))
          .with(topic("homeless", 13, PartitionImage.NO_LEADER));
  private final MarkerSender sender =
      new MarkerSender(
          HERE,
          () -> image,
          this::write,
          (broker, api, request, timeoutMs) -> {
            assertThat(api).isEqualTo(ApiKey.WRITE_TXN_MARKERS);
            Asked one =
                new Asked(broker, (WriteTxnMarkersRequest) request, new CompletableFuture<>());
            asked.add(one);
            return one.answer;
          },
          (task, delayMs) -> later.add(task));

  private static MetadataDelta topic(String name, int id, int leader) {
    return new MetadataDelta.TopicCreated(new Uuid(1, id), name, List.of(ledBy(leader)));
  }

  private static MetadataDelta moved(int id, int leader) {
    return new MetadataDelta.PartitionsChanged(
        new Uuid(1, id), List.of(new MetadataDelta.PartitionChange(0, ledBy(leader))));
  }

  private static PartitionImage ledBy(int leader) {
    NodeIds replicas = NodeIds.of(leader == HERE ? HERE : THERE);
    PartitionImage led = PartitionImage.created(replicas, replicas);
    return new PartitionImage(
        replicas,
        replicas,
        led.elr(),
        led.lastKnownElr(),
        led.addingReplicas(),
        led.removingReplicas(),
        leader,
        led.recovery(),
        led.leaderEpoch(),
        led.partitionEpoch());
  }

  private CompletableFuture<ErrorCode> write(TopicPartition partition, EndMarker marker) {
    writtenHere.add(partition);
    return CompletableFuture.completedFuture(localAnswers.getOrDefault(partition, ErrorCode.NONE));
  }

  private void deliver(long producerId, TopicPartition... partitions) {
    sender.deliver(
        new Markers(4, "id-" + producerId, producerId, (short) 3, 9, true, 2, Set.of(partitions)),
        () -> done.add("id-" + producerId));
  }

  private void pass() {
    List<Runnable> now = List.copyOf(later);
    later.clear();
    now.forEach(Runnable::run);
  }

  private static void answer(Asked asked, ErrorCode error) {
    WriteTxnMarkersResponse response = new WriteTxnMarkersResponse();
    for (WriteTxnMarkersRequest.WritableTxnMarker marker : asked.request.markers()) {
      WriteTxnMarkersResponse.WritableTxnMarkerResult result =
          new WriteTxnMarkersResponse.WritableTxnMarkerResult().producerId(marker.producerId());
      for (WriteTxnMarkersRequest.WritableTxnMarkerTopic topic : marker.topics()) {
        WriteTxnMarkersResponse.WritableTxnMarkerTopicResult topicResult =
            new WriteTxnMarkersResponse.WritableTxnMarkerTopicResult().name(topic.name());
        topic
            .partitionIndexes()
            .forEach(
                index ->
                    topicResult
                        .partitions()
                        .add(
                            new WriteTxnMarkersResponse.WritableTxnMarkerPartitionResult()
                                .partitionIndex(index)
                                .errorCode(error.code())));
        result.topics().add(topicResult);
      }
      response.markers().add(result);
    }
    asked.answer.complete(response);
  }

  @Test
  void aTransactionIsDoneWhenEachOfItsPartitionsHasItsMarker() {
    deliver(7, LOCAL, REMOTE);
    assertThat(writtenHere).containsExactly(LOCAL);
    assertThat(done).isEmpty();
    WriteTxnMarkersRequest.WritableTxnMarker marker = asked.get(0).request.markers().get(0);
    assertThat(asked.get(0).broker).isEqualTo(THERE);
    assertThat(marker.producerId()).isEqualTo(7);
    assertThat(marker.producerEpoch()).isEqualTo((short) 3);
    assertThat(marker.coordinatorEpoch()).isEqualTo(9);
    assertThat(marker.transactionResult()).isTrue();
    assertThat(marker.transactionVersion()).isEqualTo((byte) 2);
    answer(asked.get(0), ErrorCode.NONE);
    assertThat(done).containsExactly("id-7");
    assertThat(sender.underWay()).isZero();
  }

  @Test
  void aMarkerIsSentAgainToWhoeverLeadsByThen() {
    deliver(7, REMOTE);
    answer(asked.get(0), ErrorCode.NOT_LEADER_OR_FOLLOWER);
    assertThat(done).isEmpty();
    image = image.with(moved(12, HERE));
    pass();
    assertThat(writtenHere).containsExactly(REMOTE);
    assertThat(done).containsExactly("id-7");
  }

  @Test
  void aBrokerThatDoesNotAnswerIsAskedAgain() {
    deliver(7, REMOTE);
    asked.get(0).answer.completeExceptionally(new IllegalStateException("lost"));
    pass();
    answer(asked.get(1), ErrorCode.NONE);
    assertThat(done).containsExactly("id-7");
  }

  @Test
  void aPartitionWithoutALeaderIsWaitedForAndOneThatIsDeletedIsNot() {
    deliver(7, HOMELESS, GONE);
    pass();
    assertThat(done).isEmpty();
    image = image.with(moved(13, HERE));
    pass();
    assertThat(done).containsExactly("id-7");
  }

  /** As many requests as may be under way, one marker in each. */
  private void fill() {
    for (int i = 0; i < MarkerQueue.IN_FLIGHT; i++) {
      deliver(100 + i, REMOTE);
    }
    assertThat(asked).hasSize(MarkerQueue.IN_FLIGHT);
  }

  @Test
  void markersThatComeWhileRequestsAreUnderWayShareTheNext() {
    fill();
    deliver(8, REMOTE);
    deliver(9, REMOTE);
    assertThat(asked).hasSize(MarkerQueue.IN_FLIGHT);
    answer(asked.get(0), ErrorCode.NONE);
    Asked shared = asked.getLast();
    assertThat(shared.request.markers()).hasSize(2);
    answer(shared, ErrorCode.NONE);
    assertThat(done).containsExactlyInAnyOrder("id-100", "id-8", "id-9");
  }

  @Test
  void twoMarkersOfOneProducerAreNeverInOneRequest() {
    fill();
    deliver(8, REMOTE);
    deliver(8, REMOTE);
    answer(asked.get(0), ErrorCode.NONE);
    assertThat(asked.getLast().request.markers()).hasSize(1);
    answer(asked.getLast(), ErrorCode.NONE);
    assertThat(asked.getLast().request.markers()).hasSize(1);
    answer(asked.getLast(), ErrorCode.NONE);
    assertThat(done).containsExactly("id-100", "id-8", "id-8");
  }

  @Test
  void aCoordinatorThatWasReplacedGivesUp() {
    deliver(7, REMOTE);
    answer(asked.get(0), ErrorCode.TRANSACTION_COORDINATOR_FENCED);
    pass();
    assertThat(asked).hasSize(1);
    assertThat(done).isEmpty();
    assertThat(sender.underWay()).isZero();
  }

  @Test
  void nothingIsSentAnyMoreForAPartitionThatThisBrokerDoesNotCoordinate() {
    deliver(7, REMOTE);
    sender.cancel(4);
    answer(asked.get(0), ErrorCode.NOT_LEADER_OR_FOLLOWER);
    pass();
    assertThat(asked).hasSize(1);
    assertThat(done).isEmpty();
  }

  @Test
  void anErrorHereIsTriedAgainToo() {
    localAnswers.put(LOCAL, ErrorCode.NOT_ENOUGH_REPLICAS);
    deliver(7, LOCAL);
    assertThat(done).isEmpty();
    localAnswers.clear();
    pass();
    assertThat(done).containsExactly("id-7");
  }
}
