package io.ottla.broker.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.broker.api.AuthorizedOperations;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.DescribeTopicPartitionsRequest;
import io.ottla.wire.message.DescribeTopicPartitionsResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DescribeTopicPartitionsHandlerTest {

  private final TestCluster cluster = TestCluster.with().broker(1);
  private int maxPartitions = 2000;

  private DescribeTopicPartitionsResponse send(DescribeTopicPartitionsRequest body) {
    return TestRequest.<DescribeTopicPartitionsRequest, DescribeTopicPartitionsResponse>send(
            new DescribeTopicPartitionsHandler(cluster, maxPartitions), body, 0)
        .answer();
  }

  private static DescribeTopicPartitionsRequest asking(String... names) {
    DescribeTopicPartitionsRequest request = new DescribeTopicPartitionsRequest();
    for (String name : names) {
      request.topics().add(new DescribeTopicPartitionsRequest.TopicRequest().name(name));
    }
    return request;
  }

  private static DescribeTopicPartitionsRequest.Cursor at(String topic, int partition) {
    return new DescribeTopicPartitionsRequest.Cursor().topicName(topic).partitionIndex(partition);
  }

  private static List<String> partitions(DescribeTopicPartitionsResponse response) {
    List<String> partitions = new ArrayList<>();
    response
        .topics()
        .forEach(
            topic ->
                topic
                    .partitions()
                    .forEach(
                        partition ->
                            partitions.add(topic.name() + "-" + partition.partitionIndex())));
    return partitions;
  }

  @Test
  void describesTopicsInOrder() {
    cluster.broker(2).topic("b", 1, 2, Map.of());
    cluster.topic("__consumer_offsets", 1);
    cluster.fence(2);

    DescribeTopicPartitionsResponse response = send(asking("b", "__consumer_offsets", "b"));

    assertThat(partitions(response)).containsExactly("__consumer_offsets-0", "b-0");
    assertThat(response.nextCursor()).isNull();
    assertThat(response.topics().getFirst().isInternal()).isTrue();
    var b = response.topics().getLast();
    assertThat(b.topicId()).isEqualTo(cluster.get().topic("b").id());
    assertThat(b.topicAuthorizedOperations()).isEqualTo(AuthorizedOperations.ALL_OF_A_TOPIC);
    assertThat(b.partitions().getFirst().replicaNodes()).containsExactlyInAnyOrder(1, 2);
    assertThat(b.partitions().getFirst().offlineReplicas()).containsExactly(2);
    assertThat(b.partitions().getFirst().leaderId()).isEqualTo(1);
    assertThat(b.partitions().getFirst().eligibleLeaderReplicas()).isEmpty();
  }

  @Test
  void saysWhatIsMissing() {
    DescribeTopicPartitionsResponse response = send(asking("none", "bad name"));

    assertThat(response.topics())
        .extracting(topic -> topic.name() + " " + topic.errorCode())
        .containsExactly(
            "bad name " + ErrorCode.INVALID_TOPIC_EXCEPTION.code(),
            "none " + ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.code());
  }

  @Test
  void walksAllTopicsPageByPageWhateverThePageSize() {
    for (String name : List.of("a", "b", "c", "d")) {
      cluster.topic(name, 3);
    }
    for (int limit : List.of(1, 2, 3, 4, 5, 12, 100)) {
      List<String> seen = new ArrayList<>();
      DescribeTopicPartitionsRequest.Cursor cursor = null;
      int pages = 0;
      do {
        DescribeTopicPartitionsResponse page =
            send(asking().responsePartitionLimit(limit).cursor(cursor));
        assertThat(partitions(page)).hasSizeLessThanOrEqualTo(limit);
        seen.addAll(partitions(page));
        cursor =
            page.nextCursor() == null
                ? null
                : at(page.nextCursor().topicName(), page.nextCursor().partitionIndex());
      } while (cursor != null && ++pages < 20);
      assertThat(seen)
          .as("limit %d", limit)
          .containsExactly(
              "a-0", "a-1", "a-2", "b-0", "b-1", "b-2", "c-0", "c-1", "c-2", "d-0", "d-1", "d-2");
    }
  }

  @Test
  void keepsToItsOwnLimit() {
    cluster.topic("a", 10);
    maxPartitions = 4;

    DescribeTopicPartitionsResponse response = send(asking("a").responsePartitionLimit(100));
    assertThat(partitions(response)).hasSize(4);
    assertThat(response.nextCursor().partitionIndex()).isEqualTo(4);

    assertThat(partitions(send(asking("a").responsePartitionLimit(0)))).hasSize(1);
    assertThat(partitions(send(asking("a").responsePartitionLimit(-1)))).hasSize(1);
  }

  @Test
  void goesOnBehindATopicThatIsGone() {
    cluster.topic("a", 1);
    cluster.topic("c", 1);

    assertThat(partitions(send(asking().cursor(at("b", 7))))).containsExactly("c-0");
    assertThat(partitions(send(asking("a", "b", "c").cursor(at("b", 0))))).containsExactly("c-0");
    assertThat(partitions(send(asking().cursor(at("a", 5))))).containsExactly("c-0");
  }

  @Test
  void refusesACursorThatFitsNothing() {
    cluster.topic("a", 1);

    for (DescribeTopicPartitionsRequest bad :
        List.of(asking("a").cursor(at("b", 0)), asking("a").cursor(at("a", -1)))) {
      assertThat(send(bad).topics())
          .extracting(
              DescribeTopicPartitionsResponse.DescribeTopicPartitionsResponseTopic::errorCode)
          .containsExactly(ErrorCode.INVALID_REQUEST.code());
    }
  }
}
