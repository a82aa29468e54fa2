package io.ottla.metadata.controller;

import static io.ottla.metadata.controller.ControllerFixture.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ottla.metadata.image.ConfigResource;
import io.ottla.metadata.image.NodeIds;
import io.ottla.metadata.image.PartitionImage;
import io.ottla.metadata.image.TopicImage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.Uuid;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TopicsTest {

  private final ControllerFixture fixture = new ControllerFixture();

  @Test
  void createsATopicLedByItsFirstReplica() {
    fixture.withBrokers(1, 2, 3);
    TopicResult result = fixture.create("orders", 6, 3);
    assertThat(result.error()).isEqualTo(ErrorCode.NONE);
    assertThat(result.partitions()).isEqualTo(6);
    assertThat(result.replicationFactor()).isEqualTo(3);
    TopicImage topic = fixture.image().topic("orders");
    assertThat(topic.id()).isEqualTo(result.topicId());
    for (PartitionImage partition : topic.partitions()) {
      assertThat(new HashSet<>(partition.replicas().asList())).hasSize(3);
      assertThat(partition.isr()).isEqualTo(partition.replicas());
      assertThat(partition.leader()).isEqualTo(partition.replicas().at(0));
      assertThat(partition.leaderEpoch()).isZero();
      assertThat(partition.partitionEpoch()).isZero();
    }
    assertThat(topic.partitions().stream().filter(partition -> partition.leader() == 2)).hasSize(2);
  }

  @Test
  void takesTheDefaultsForMinusOne() {
    fixture.withBrokers(1);
    TopicResult result = fixture.create("orders", -1, -1);
    assertThat(result.partitions()).isEqualTo(3);
    assertThat(result.replicationFactor()).isEqualTo(1);
  }

  @Test
  void storesTheTopicsSettingsAndForgetsThemWithIt() {
    fixture.withBrokers(1);
    TopicResult result =
        fixture.create(new NewTopic("orders", 1, 1, List.of(), Map.of("retention.ms", "7")));
    ConfigResource resource = ConfigResource.topic("orders");
    assertThat(fixture.image().configs(resource)).containsExactly(Map.entry("retention.ms", "7"));
    get(fixture.controller.deleteTopics(List.of(result.topicId())));
    assertThat(fixture.image().configs(resource)).isEmpty();
    assertThat(fixture.image().configResources()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ".", "..", "a b", "a/b", "é", "a:b", "a\u0000"})
  void refusesAnIllegalName(String name) {
    fixture.withBrokers(1);
    assertRefused(fixture.create(name, 1, 1), ErrorCode.INVALID_TOPIC_EXCEPTION);
  }

  @Test
  void refusesANameOf250CharactersAndTakesOneOf249() {
    fixture.withBrokers(1);
    assertRefused(fixture.create("x".repeat(250), 1, 1), ErrorCode.INVALID_TOPIC_EXCEPTION);
    assertThat(fixture.create("x".repeat(249), 1, 1).error()).isEqualTo(ErrorCode.NONE);
  }

  @Test
  void refusesANameThatCollidesWithAnother() {
    fixture.withBrokers(1);
    fixture.create("my.topic_1", 1, 1);
    assertRefused(fixture.create("my_topic.1", 1, 1), ErrorCode.INVALID_TOPIC_EXCEPTION);
    List<TopicResult> both =
        get(fixture.controller.createTopics(List.of(topic("a.b"), topic("a_b")), false));
    assertThat(both.get(0).error()).isEqualTo(ErrorCode.NONE);
    assertRefused(both.get(1), ErrorCode.INVALID_TOPIC_EXCEPTION);
  }

  @Test
  void refusesATopicThatExists() {
    fixture.withBrokers(1);
    Uuid id = fixture.create("orders", 1, 1).topicId();
    assertRefused(fixture.create("orders", 1, 1), ErrorCode.TOPIC_ALREADY_EXISTS);
    get(fixture.controller.deleteTopics(List.of(id)));
    assertThat(fixture.create("orders", 1, 1).topicId()).isNotEqualTo(id);
  }

  @Test
  void refusesNumbersThatMakeNoSense() {
    fixture.withBrokers(1, 2);
    assertRefused(fixture.create("a", 0, 1), ErrorCode.INVALID_PARTITIONS);
    assertRefused(fixture.create("a", -2, 1), ErrorCode.INVALID_PARTITIONS);
    assertRefused(fixture.create("a", 1, 0), ErrorCode.INVALID_REPLICATION_FACTOR);
    assertRefused(fixture.create("a", 1, -2), ErrorCode.INVALID_REPLICATION_FACTOR);
    assertRefused(fixture.create("a", 1, 3), ErrorCode.INVALID_REPLICATION_FACTOR);
  }

  @Test
  void placesOnAFencedBrokerOnlyWhatItMustAndNoLeader() {
    fixture.withBrokers(1, 2);
    get(fixture.brokers.register(SingleNode.broker(3)));
    fixture.create("orders", 9, 2);
    for (PartitionImage partition : fixture.image().topic("orders").partitions()) {
      assertThat(partition.replicas().contains(3)).isFalse();
    }
    fixture.create("more", 9, 3);
    for (PartitionImage partition : fixture.image().topic("more").partitions()) {
      assertThat(partition.replicas().contains(3)).isTrue();
      assertThat(partition.preferredLeader()).isNotEqualTo(3);
      assertThat(partition.isr().contains(3)).isFalse();
    }
    assertRefused(fixture.create("most", 1, 4), ErrorCode.INVALID_REPLICATION_FACTOR);
  }

  @Test
  void refusesSettingsTheRulesRefuse() {
    fixture.withBrokers(1);
    assertRefused(
        fixture.create(new NewTopic("a", 1, 1, List.of(), Map.of("bad.key", "1"))),
        ErrorCode.INVALID_CONFIG);
    Map<String, String> withNull = new HashMap<>();
    withNull.put("key", null);
    assertRefused(
        fixture.create(new NewTopic("a", 1, 1, List.of(), withNull)), ErrorCode.INVALID_CONFIG);
    assertRefused(
        fixture.create(new NewTopic("a", 1, 1, List.of(), Map.of("key", "x".repeat(40_000)))),
        ErrorCode.INVALID_CONFIG);
  }

  @Test
  void takesAnAssignmentByHand() {
    fixture.withBrokers(1, 2, 3);
    TopicResult result =
        fixture.create(assigned(-1, -1, Map.of(1, List.of(3, 1), 0, List.of(2, 3))));
    assertThat(result.partitions()).isEqualTo(2);
    assertThat(result.replicationFactor()).isEqualTo(2);
    TopicImage topic = fixture.image().topic("assigned");
    assertThat(topic.partition(0).replicas()).isEqualTo(NodeIds.of(2, 3));
    assertThat(topic.partition(1).leader()).isEqualTo(3);
  }

  @Test
  void refusesAnAssignmentThatCannotBe() {
    fixture.withBrokers(1, 2);
    get(fixture.brokers.register(SingleNode.broker(3)));
    ErrorCode invalid = ErrorCode.INVALID_REPLICA_ASSIGNMENT;
    assertRefused(fixture.create(assigned(-1, -1, Map.of(0, List.of()))), invalid);
    assertRefused(fixture.create(assigned(-1, -1, Map.of(0, List.of(1, 1)))), invalid);
    assertRefused(fixture.create(assigned(-1, -1, Map.of(0, List.of(9)))), invalid);
    assertRefused(fixture.create(assigned(-1, -1, Map.of(0, List.of(3)))), invalid);
    assertRefused(fixture.create(assigned(-1, -1, Map.of(1, List.of(1)))), invalid);
    assertRefused(fixture.create(assigned(-1, -1, Map.of(0, List.of(1), 2, List.of(1)))), invalid);
    assertRefused(
        fixture.create(assigned(-1, -1, Map.of(0, List.of(1), 1, List.of(1, 2)))), invalid);
    NewTopic.Assignment zero = new NewTopic.Assignment(0, List.of(1));
    assertRefused(
        fixture.create(new NewTopic("a", -1, -1, List.of(zero, zero), Map.of())), invalid);
    assertRefused(
        fixture.create(assigned(1, -1, Map.of(0, List.of(1)))), ErrorCode.INVALID_REQUEST);
    assertRefused(
        fixture.create(assigned(-1, 1, Map.of(0, List.of(1)))), ErrorCode.INVALID_REQUEST);
    // A fenced replica beside a live one is out of sync, and no more.
    fixture.create(assigned(-1, -1, Map.of(0, List.of(3, 1))));
    PartitionImage partition = fixture.image().topic("assigned").partition(0);
    assertThat(partition.isr()).isEqualTo(NodeIds.of(1));
    assertThat(partition.leader()).isEqualTo(1);
  }

  @Test
  void refusesDuplicatesAndKafkasOwnTopic() {
    fixture.withBrokers(1);
    List<TopicResult> results =
        get(
            fixture.controller.createTopics(
                List.of(
                    topic("twice"),
                    topic("once"),
                    topic("twice"),
                    topic("__cluster_metadata"),
                    topic("twice")),
                false));
    assertThat(results.stream().map(TopicResult::name))
        .containsExactly("twice", "once", "__cluster_metadata");
    assertRefused(results.get(0), ErrorCode.INVALID_REQUEST);
    assertThat(results.get(1).error()).isEqualTo(ErrorCode.NONE);
    assertRefused(results.get(2), ErrorCode.INVALID_REQUEST);
    assertThat(fixture.image().topicCount()).isEqualTo(1);
  }

  @Test
  void changesNothingWhenItOnlyValidates() {
    fixture.withBrokers(1);
    fixture.create("orders", 1, 1);
    long hash = fixture.image().hash();
    int logged = fixture.quorum.log().size();
    List<TopicResult> results =
        get(
            fixture.controller.createTopics(
                List.of(topic("new"), topic("orders"), topic("a.b"), topic("a_b")), true));
    assertThat(results.stream().map(TopicResult::error))
        .containsExactly(
            ErrorCode.NONE,
            ErrorCode.TOPIC_ALREADY_EXISTS,
            ErrorCode.NONE,
            ErrorCode.INVALID_TOPIC_EXCEPTION);
    assertThat(
            get(
                fixture.controller.createPartitions(
                    List.of(new NewPartitions("orders", 5, null)), true)))
        .containsExactly(ItemResult.DONE);
    assertThat(fixture.image().hash()).isEqualTo(hash);
    assertThat(fixture.quorum.log()).hasSize(logged);
  }

  @Test
  void createsTenThousandTopicsWithTheLongestNamesInOneRequest() {
    fixture.withBrokers(1, 2, 3);
    int logged = fixture.quorum.log().size();
    List<NewTopic> topics =
        IntStream.range(0, 10_000)
            .mapToObj(i -> new NewTopic(longName(i), 1, 3, List.of(), Map.of()))
            .toList();
    List<TopicResult> results = get(fixture.controller.createTopics(topics, false));
    assertThat(results).hasSize(10_000).allMatch(result -> result.error() == ErrorCode.NONE);
    assertThat(fixture.image().topicCount()).isEqualTo(10_000);
    assertThat(fixture.quorum.log().size() - logged).isBetween(3, 16);
  }

  @Test
  void refusesMoreThanTenThousandPartitionsInOneRequest() {
    fixture.withBrokers(1);
    assertPolicyViolation(
        () ->
            get(
                fixture.controller.createTopics(
                    List.of(new NewTopic("a", 10_000, 1, List.of(), Map.of()), topic("b")),
                    false)));
    assertPolicyViolation(
        () ->
            get(
                fixture.controller.createTopics(
                    List.of(
                        new NewTopic("a", Integer.MAX_VALUE, 1, List.of(), Map.of()),
                        new NewTopic("b", Integer.MAX_VALUE, 1, List.of(), Map.of())),
                    false)));
    fixture.create("a", 1, 1);
    assertPolicyViolation(
        () ->
            get(
                fixture.controller.createPartitions(
                    List.of(new NewPartitions("a", 10_002, null)), false)));
    assertThat(fixture.create("wide", 10_000, 1).error()).isEqualTo(ErrorCode.NONE);
  }

  @Test
  void refusesOneTopicThatFitsNoCommandAndCreatesTheOthers() {
    fixture.withBrokers(1);
    Map<String, String> huge = new HashMap<>();
    for (int i = 0; i < 40; i++) {
      huge.put("key-" + i, "x".repeat(30_000));
    }
    List<TopicResult> results =
        get(
            fixture.controller.createTopics(
                List.of(topic("a"), new NewTopic("huge", 1, 1, List.of(), huge), topic("c")),
                false));
    assertThat(results.stream().map(TopicResult::error))
        .containsExactly(ErrorCode.NONE, ErrorCode.POLICY_VIOLATION, ErrorCode.NONE);
  }

  @Test
  void deletesTopicsByIdEachByItself() {
    fixture.withBrokers(1);
    Uuid id = fixture.create("orders", 1, 1).topicId();
    List<ItemResult> results =
        get(fixture.controller.deleteTopics(List.of(new Uuid(9, 9), id, id)));
    assertThat(results.stream().map(ItemResult::error))
        .containsExactly(ErrorCode.UNKNOWN_TOPIC_ID, ErrorCode.NONE, ErrorCode.UNKNOWN_TOPIC_ID);
    assertThat(fixture.image().topic("orders")).isNull();
    assertThat(get(fixture.controller.deleteTopics(List.of()))).isEmpty();
  }

  @Test
  void addsPartitionsWithTheTopicsReplicationFactor() {
    fixture.withBrokers(1, 2, 3);
    fixture.create("orders", 2, 2);
    assertThat(addPartitions(new NewPartitions("orders", 5, null))).isEqualTo(ErrorCode.NONE);
    TopicImage topic = fixture.image().topic("orders");
    assertThat(topic.partitionCount()).isEqualTo(5);
    assertThat(topic.partition(4).replicas().size()).isEqualTo(2);
  }

  @Test
  void addsPartitionsAsAssigned() {
    fixture.withBrokers(1, 2, 3);
    fixture.create("orders", 1, 2);
    assertThat(addPartitions(new NewPartitions("orders", 3, List.of(List.of(3, 2), List.of(2, 1)))))
        .isEqualTo(ErrorCode.NONE);
    assertThat(fixture.image().topic("orders").partition(2).replicas()).isEqualTo(NodeIds.of(2, 1));
  }

  @Test
  void refusesPartitionsThatCannotBeAdded() {
    fixture.withBrokers(1, 2);
    fixture.create("orders", 3, 1);
    assertThat(addPartitions(new NewPartitions("none", 5, null)))
        .isEqualTo(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    assertThat(addPartitions(new NewPartitions("orders", 3, null)))
        .isEqualTo(ErrorCode.INVALID_PARTITIONS);
    assertThat(addPartitions(new NewPartitions("orders", 2, null)))
        .isEqualTo(ErrorCode.INVALID_PARTITIONS);
    assertThat(addPartitions(new NewPartitions("orders", -1, null)))
        .isEqualTo(ErrorCode.INVALID_PARTITIONS);
    assertThat(addPartitions(new NewPartitions("orders", 5, List.of(List.of(1)))))
        .isEqualTo(ErrorCode.INVALID_REPLICA_ASSIGNMENT);
    assertThat(addPartitions(new NewPartitions("orders", 4, List.of(List.of(1, 2)))))
        .isEqualTo(ErrorCode.INVALID_REPLICA_ASSIGNMENT);
    assertThat(addPartitions(new NewPartitions("orders", 4, List.of(List.of(7)))))
        .isEqualTo(ErrorCode.INVALID_REPLICA_ASSIGNMENT);
    assertThat(fixture.image().topic("orders").partitionCount()).isEqualTo(3);
  }

  @Test
  void plansAgainWhenTheMetadataMovedOnInBetween() {
    fixture.withBrokers(1, 2);
    long epoch = fixture.image().broker(2).epoch();
    fixture.create("orders", 1, 1);
    // Two requests to have six partitions, one inside the other.
    fixture.quorum.beforeNext(() -> addPartitions(new NewPartitions("orders", 4, null)));
    assertThat(addPartitions(new NewPartitions("orders", 6, null))).isEqualTo(ErrorCode.NONE);
    assertThat(fixture.image().topic("orders").partitionCount()).isEqualTo(6);
    // The broker that was chosen goes away.
    fixture.quorum.beforeNext(() -> get(fixture.brokers.fence(2, epoch)));
    List<TopicResult> results =
        get(
            fixture.controller.createTopics(
                List.of(topic("a"), topic("b"), topic("c"), topic("d")), false));
    assertThat(results).allMatch(result -> result.error() == ErrorCode.NONE);
    for (String name : List.of("a", "b", "c", "d")) {
      assertThat(fixture.image().topic(name).partition(0).leader()).isEqualTo(1);
    }
  }

  @Test
  void answersOnceTheTopicIsPublished() {
    fixture.withBrokers(1);
    List<String> seen = new ArrayList<>();
    var _ =
        fixture
            .controller
            .createTopics(List.of(topic("orders")), false)
            .thenAccept(
                results -> seen.add(fixture.publication.published().topic("orders").name()));
    assertThat(seen).containsExactly("orders");
  }

  private ErrorCode addPartitions(NewPartitions partitions) {
    return get(fixture.controller.createPartitions(List.of(partitions), false)).getFirst().error();
  }

  private static NewTopic topic(String name) {
    return new NewTopic(name, 1, 1, List.of(), Map.of());
  }

  private static NewTopic assigned(int partitions, int replicas, Map<Integer, List<Integer>> by) {
    return new NewTopic(
        "assigned",
        partitions,
        replicas,
        by.entrySet().stream()
            .map(entry -> new NewTopic.Assignment(entry.getKey(), entry.getValue()))
            .toList(),
        Map.of());
  }

  private static String longName(int number) {
    return "x".repeat(TopicNames.MAX_LENGTH - 5) + (10_000 + number);
  }

  private static void assertRefused(TopicResult result, ErrorCode error) {
    assertThat(result.error()).isEqualTo(error);
    assertThat(result.message()).isNotEmpty();
    assertThat(result.topicId()).isEqualTo(Uuid.ZERO);
  }

  private static void assertPolicyViolation(ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            ControllerException.class,
            e -> assertThat(e.error()).isEqualTo(ErrorCode.POLICY_VIOLATION));
  }
}
