package io.ottla.broker.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.broker.api.AuthorizedOperations;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.Uuid;
import io.ottla.wire.message.MetadataRequest;
import io.ottla.wire.message.MetadataResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MetadataHandlerTest {

  private static final int LATEST = 13;

  private TestCluster cluster = TestCluster.with().broker(1);

  private MetadataHandler handler() {
    TopicCreation creation = new TopicCreation(cluster.topics(), cluster.config().topics());
    return new MetadataHandler(TestCluster.NODE_ID, cluster, creation);
  }

  private static MetadataRequest byName(String... names) {
    List<MetadataRequest.MetadataRequestTopic> topics = new ArrayList<>();
    for (String name : names) {
      topics.add(new MetadataRequest.MetadataRequestTopic().name(name));
    }
    return new MetadataRequest().topics(topics).allowAutoTopicCreation(false);
  }

  private static MetadataRequest byId(Uuid... ids) {
    List<MetadataRequest.MetadataRequestTopic> topics = new ArrayList<>();
    for (Uuid id : ids) {
      topics.add(new MetadataRequest.MetadataRequestTopic().name(null).topicId(id));
    }
    return new MetadataRequest().topics(topics).allowAutoTopicCreation(false);
  }

  private static MetadataRequest all() {
    return new MetadataRequest().topics(null);
  }

  private TestRequest<MetadataRequest, MetadataResponse> send(MetadataRequest body, int version) {
    return TestRequest.send(handler(), body, version);
  }

  private MetadataResponse.MetadataResponseTopic one(MetadataRequest body, int version) {
    List<MetadataResponse.MetadataResponseTopic> topics = send(body, version).answer().topics();
    assertThat(topics).hasSize(1);
    return topics.getFirst();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13})
  void answersEveryVersion(int version) {
    cluster.broker(2, "r2", "PLAINTEXT").topic("t", 2, 2, Map.of());

    MetadataResponse response = send(byName("t", "none"), version).answer();

    assertThat(response.brokers())
        .extracting(MetadataResponse.MetadataResponseBroker::nodeId)
        .containsExactly(1, 2);
    assertThat(response.brokers().getLast().rack()).isEqualTo(version >= 1 ? "r2" : null);
    assertThat(response.clusterId()).isEqualTo(version >= 2 ? "cluster" : null);
    assertThat(response.controllerId()).isEqualTo(version >= 1 ? 2 : -1);
    MetadataResponse.MetadataResponseTopic topic = response.topics().getFirst();
    assertThat(topic.name()).isEqualTo("t");
    assertThat(topic.topicId())
        .isEqualTo(version >= 10 ? cluster.get().topic("t").id() : Uuid.ZERO);
    assertThat(topic.partitions()).hasSize(2);
    assertThat(topic.partitions().getFirst().replicaNodes()).containsExactlyInAnyOrder(1, 2);
    assertThat(response.topics().getLast().errorCode())
        .isEqualTo(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.code());
  }

  @Test
  void takesNoTopicsForAllInTheFirstVersionOnly() {
    cluster.topic("a", 1);
    cluster.topic("b", 1);

    assertThat(send(byName(), 0).answer().topics()).hasSize(2);
    assertThat(send(byName(), 1).answer().topics()).isEmpty();
    assertThat(send(all(), 1).answer().topics()).hasSize(2);
    assertThat(send(all(), LATEST).answer().topics()).hasSize(2);
  }

  @Test
  void findsTopicsById() {
    Uuid id = cluster.topic("t", 1);

    assertThat(one(byId(id), LATEST).name()).isEqualTo("t");
    MetadataResponse.MetadataResponseTopic unknown = one(byId(new Uuid(5, 6)), LATEST);
    assertThat(unknown.errorCode()).isEqualTo(ErrorCode.UNKNOWN_TOPIC_ID.code());
    assertThat(unknown.name()).isNull();
    assertThat(unknown.topicId()).isEqualTo(new Uuid(5, 6));
  }

  @Test
  void answersATopicOnceThatIsAskedForTwice() {
    Uuid id = cluster.topic("t", 1);

    assertThat(send(byName("t", "t"), LATEST).answer().topics()).hasSize(1);
    assertThat(send(byId(id, id), LATEST).answer().topics()).hasSize(1);
  }

  @Test
  void refusesIdsBeforeTheyWereThere() {
    Uuid id = cluster.topic("t", 1);

    assertThat(one(byId(id), 11).errorCode()).isEqualTo(ErrorCode.INVALID_REQUEST.code());
  }

  @Test
  void refusesATopicWithoutNameAndId() {
    MetadataResponse response = send(byId(Uuid.ZERO), LATEST).answer();

    assertThat(response.errorCode()).isEqualTo(ErrorCode.INVALID_REQUEST.code());
    assertThat(response.topics().getFirst().name()).isEmpty();
  }

  @Test
  void marksInternalTopics() {
    cluster.topic("__consumer_offsets", 1);

    assertThat(one(byName("__consumer_offsets"), LATEST).isInternal()).isTrue();
    assertThat(one(byName("__transaction_state"), LATEST).isInternal()).isTrue();
    assertThat(one(byName("other"), LATEST).isInternal()).isFalse();
  }

  @Test
  void makesATopicAndWaitsForIt() {
    MetadataResponse.MetadataResponseTopic topic =
        one(byName("new").allowAutoTopicCreation(true), LATEST);

    assertThat(topic.errorCode()).isZero();
    assertThat(topic.partitions()).hasSize(1);
    assertThat(topic.topicId()).isEqualTo(cluster.get().topic("new").id());
  }

  @Test
  void makesTopicsAsTheFileSays() {
    cluster =
        TestCluster.with("num.partitions=3", "default.replication.factor=2").broker(1).broker(2);

    MetadataResponse.MetadataResponseTopic topic =
        one(byName("new").allowAutoTopicCreation(true), LATEST);

    assertThat(topic.partitions())
        .hasSize(3)
        .allSatisfy(partition -> assertThat(partition.replicaNodes()).hasSize(2));
  }

  @Test
  void spreadsTopicsOverThreeBrokersWhenTheFileSaysNothing() {
    cluster.broker(2).broker(3).broker(4);

    assertThat(
            one(byName("new").allowAutoTopicCreation(true), LATEST)
                .partitions()
                .getFirst()
                .replicaNodes())
        .hasSize(3);
  }

  @Test
  void makesNoTopicThatNobodyMayMake() {
    assertThat(one(byName("new"), LATEST).errorCode())
        .isEqualTo(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.code());
    assertThat(one(byName("ba d").allowAutoTopicCreation(true), LATEST).errorCode())
        .isEqualTo(ErrorCode.INVALID_TOPIC_EXCEPTION.code());
    assertThat(one(byName("__consumer_offsets").allowAutoTopicCreation(true), LATEST).errorCode())
        .isEqualTo(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.code());

    cluster = TestCluster.with("auto.create.topics.enable=false").broker(1);
    assertThat(one(byName("new").allowAutoTopicCreation(true), LATEST).errorCode())
        .isEqualTo(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.code());
    assertThat(cluster.get().topicCount()).isZero();
  }

  @Test
  void makesNothingWhenAllTopicsAreAskedFor() {
    assertThat(send(all().allowAutoTopicCreation(true), LATEST).answer().topics()).isEmpty();
  }

  @Test
  void answersWithoutTheTopicWhenMakingItTakesLong() {
    cluster.holdAnswers();
    MetadataHandler handler = handler();
    TestRequest<MetadataRequest, MetadataResponse> request =
        TestRequest.send(handler, byName("new").allowAutoTopicCreation(true), LATEST);
    assertThat(request.isAnswered()).isFalse();

    request.pass(1000);
    assertThat(request.answer().topics().getFirst().errorCode())
        .isEqualTo(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.code());

    cluster.releaseAnswers();
    assertThat(cluster.get().topic("new")).isNotNull();
  }

  @Test
  void makesATopicOnceHoweverManyAskForIt() {
    cluster.holdAnswers();
    MetadataHandler handler = handler();
    List<TestRequest<MetadataRequest, MetadataResponse>> requests = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      requests.add(TestRequest.send(handler, byName("new").allowAutoTopicCreation(true), LATEST));
    }

    cluster.releaseAnswers();

    for (TestRequest<MetadataRequest, MetadataResponse> request : requests) {
      assertThat(request.answer().topics().getFirst().errorCode()).isZero();
      assertThat(request.timers()).isZero();
    }
    assertThat(cluster.get().topicCount()).isEqualTo(1);
  }

  @Test
  void answersWithoutTheTopicWhenItCannotBeMade() {
    cluster = TestCluster.with("default.replication.factor=3").broker(1);
    assertThat(one(byName("new").allowAutoTopicCreation(true), LATEST).errorCode())
        .isEqualTo(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.code());

    cluster.loseLeadership();
    assertThat(one(byName("new2").allowAutoTopicCreation(true), LATEST).errorCode())
        .isEqualTo(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.code());
  }

  @Test
  void showsBrokersThroughTheClientsListener() {
    cluster.broker(2, null, "INSIDE").broker(3, null, "PLAINTEXT", "INSIDE");

    MetadataResponse response =
        TestRequest.<MetadataRequest, MetadataResponse>send(handler(), byName(), LATEST, "INSIDE")
            .answer();

    assertThat(response.brokers())
        .extracting(broker -> broker.nodeId() + "@" + broker.host())
        .containsExactly("2@inside2", "3@inside3");
    assertThat(response.controllerId()).isEqualTo(2);
  }

  @Test
  void namesAnotherBrokerForTheControllerWhereThereIsOne() {
    assertThat(send(byName(), LATEST).answer().controllerId()).isEqualTo(1);
    cluster.broker(2).broker(3);
    assertThat(send(byName(), LATEST).answer().controllerId()).isEqualTo(2);
    cluster.fence(2);
    assertThat(send(byName(), LATEST).answer().controllerId()).isEqualTo(3);
    assertThat(new ClusterView(cluster.get(), "PLAINTEXT").controller(3)).isEqualTo(1);
  }

  @Test
  void saysWhyALeaderCannotBeReached() {
    cluster.topic("t", 1);
    cluster.broker(2, null, "INSIDE");

    TestRequest<MetadataRequest, MetadataResponse> request =
        TestRequest.send(handler(), byName("t"), LATEST, "INSIDE");
    MetadataResponse.MetadataResponsePartition partition =
        request.answer().topics().getFirst().partitions().getFirst();
    assertThat(partition.errorCode()).isEqualTo(ErrorCode.LISTENER_NOT_FOUND.code());
    assertThat(partition.leaderId()).isEqualTo(-1);
    assertThat(partition.offlineReplicas()).containsExactly(1);

    TestRequest<MetadataRequest, MetadataResponse> older =
        TestRequest.send(handler(), byName("t"), 5, "INSIDE");
    assertThat(older.answer().topics().getFirst().partitions().getFirst().errorCode())
        .isEqualTo(ErrorCode.LEADER_NOT_AVAILABLE.code());
  }

  @Test
  void showsReplicasThatAreGone() {
    cluster.broker(2).topic("t", 1, 2, Map.of());
    cluster.fence(2);

    MetadataResponse.MetadataResponsePartition partition =
        one(byName("t"), LATEST).partitions().getFirst();
    assertThat(partition.errorCode()).isZero();
    assertThat(partition.leaderId()).isEqualTo(1);
    assertThat(partition.replicaNodes()).containsExactlyInAnyOrder(1, 2);
    assertThat(partition.offlineReplicas()).containsExactly(2);

    MetadataResponse.MetadataResponsePartition inFirstVersion =
        one(byName("t"), 0).partitions().getFirst();
    assertThat(inFirstVersion.errorCode()).isEqualTo(ErrorCode.REPLICA_NOT_AVAILABLE.code());
    assertThat(inFirstVersion.replicaNodes()).containsExactly(1);
    assertThat(send(byName(), LATEST).answer().brokers()).hasSize(1);
  }

  @Test
  void saysThatNobodyLeads() {
    cluster.topic("t", 1);
    cluster.fence(1);

    MetadataResponse response = send(byName("t"), LATEST).answer();

    assertThat(response.topics().getFirst().partitions().getFirst().errorCode())
        .isEqualTo(ErrorCode.LEADER_NOT_AVAILABLE.code());
    assertThat(response.brokers()).isEmpty();
    assertThat(response.controllerId()).isEqualTo(-1);
  }

  @Test
  void tellsWhatAClientMayDoWhenAsked() {
    cluster.topic("t", 1);
    MetadataRequest asking =
        byName("t").includeClusterAuthorizedOperations(true).includeTopicAuthorizedOperations(true);

    MetadataResponse response = send(asking, 10).answer();
    assertThat(response.clusterAuthorizedOperations())
        .isEqualTo(AuthorizedOperations.ALL_OF_THE_CLUSTER);
    assertThat(response.topics().getFirst().topicAuthorizedOperations())
        .isEqualTo(AuthorizedOperations.ALL_OF_A_TOPIC);

    assertThat(send(asking, LATEST).answer().clusterAuthorizedOperations())
        .isEqualTo(Integer.MIN_VALUE);
    assertThat(one(byName("t"), LATEST).topicAuthorizedOperations()).isEqualTo(Integer.MIN_VALUE);
  }
}
