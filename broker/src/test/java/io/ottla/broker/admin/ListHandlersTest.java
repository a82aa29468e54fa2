package io.ottla.broker.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.AlterPartitionReassignmentsRequest;
import io.ottla.wire.message.ListConfigResourcesRequest;
import io.ottla.wire.message.ListConfigResourcesResponse;
import io.ottla.wire.message.ListPartitionReassignmentsRequest;
import io.ottla.wire.message.ListPartitionReassignmentsResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ListHandlersTest {

  private final TestCluster cluster = TestCluster.with().broker(1);

  private ListConfigResourcesResponse send(int version, Integer... kinds) {
    ListConfigResourcesRequest request = new ListConfigResourcesRequest();
    for (int kind : kinds) {
      request.resourceTypes().add((byte) kind);
    }
    return TestRequest.<ListConfigResourcesRequest, ListConfigResourcesResponse>send(
            new ListConfigResourcesHandler(cluster), request, version)
        .answer();
  }

  private static List<String> names(ListConfigResourcesResponse response) {
    return response.configResources().stream()
        .map(resource -> resource.resourceType() + " " + resource.resourceName())
        .toList();
  }

  private void fill() {
    cluster.topic("t", 1);
    cluster
        .controller()
        .alterConfigs(
            Map.of(
                ConfigKind.GROUP.resource("g"), Map.of("consumer.session.timeout.ms", "50000"),
                ConfigKind.CLIENT_METRICS.resource("s"), Map.of("interval.ms", "1000")),
            false)
        .join();
  }

  @Test
  void listsSubscriptionsOnlyInTheFirstVersion() {
    fill();

    assertThat(names(send(0))).containsExactly("16 s");
  }

  @Test
  void listsAllKindsOrThoseAskedFor() {
    fill();

    assertThat(names(send(1))).containsExactlyInAnyOrder("2 t", "4 1", "8 1", "16 s", "32 g");
    assertThat(names(send(1, 2, 32))).containsExactlyInAnyOrder("2 t", "32 g");
  }

  @Test
  void refusesKindsItDoesNotKnow() {
    assertThat(send(1, 2, 3).errorCode()).isEqualTo(ErrorCode.UNSUPPORTED_VERSION.code());
  }

  @Test
  void listsNoReassignments() {
    cluster.topic("t", 1);
    ListPartitionReassignmentsRequest request = new ListPartitionReassignmentsRequest();
    request.topics(
        new ArrayList<>(
            List.of(
                new ListPartitionReassignmentsRequest.ListPartitionReassignmentsTopics()
                    .name("t")
                    .partitionIndexes(List.of(0)))));

    ListPartitionReassignmentsResponse response =
        TestRequest.<ListPartitionReassignmentsRequest, ListPartitionReassignmentsResponse>send(
                new ListPartitionReassignmentsHandler(cluster), request, 0)
            .answer();

    assertThat(response.errorCode()).isZero();
    assertThat(response.errorMessage()).isNull();
    assertThat(response.topics()).isEmpty();
  }

  @Test
  void listsWhatIsBeingMoved() {
    cluster.broker(2);
    cluster.topic("t", 2);
    cluster.topic("u", 1);
    int from = cluster.get().topic("t").partition(1).leader();
    int to = from == 1 ? 2 : 1;
    AlterPartitionReassignmentsRequest move = new AlterPartitionReassignmentsRequest();
    var topic = new AlterPartitionReassignmentsRequest.ReassignableTopic().name("t");
    topic
        .partitions()
        .add(
            new AlterPartitionReassignmentsRequest.ReassignablePartition()
                .partitionIndex(1)
                .replicas(List.of(to)));
    move.topics().add(topic);
    cluster.controller().alterPartitionReassignments(move).join();

    ListPartitionReassignmentsResponse response =
        TestRequest.<ListPartitionReassignmentsRequest, ListPartitionReassignmentsResponse>send(
                new ListPartitionReassignmentsHandler(cluster),
                new ListPartitionReassignmentsRequest().topics(null),
                0)
            .answer();

    assertThat(response.topics()).hasSize(1);
    assertThat(response.topics().getFirst().name()).isEqualTo("t");
    var partition = response.topics().getFirst().partitions().getFirst();
    assertThat(partition.partitionIndex()).isEqualTo(1);
    assertThat(partition.replicas()).containsExactly(to, from);
    assertThat(partition.addingReplicas()).containsExactly(to);
    assertThat(partition.removingReplicas()).containsExactly(from);
  }
}
