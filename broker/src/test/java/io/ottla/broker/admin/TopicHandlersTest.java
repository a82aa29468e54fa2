package io.ottla.broker.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.metadata.image.MetadataImage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.Uuid;
import io.ottla.wire.message.CreatePartitionsRequest;
import io.ottla.wire.message.CreatePartitionsResponse;
import io.ottla.wire.message.CreateTopicsRequest;
import io.ottla.wire.message.CreateTopicsResponse;
import io.ottla.wire.message.DeleteTopicsRequest;
import io.ottla.wire.message.DeleteTopicsResponse;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TopicHandlersTest {

  private TestCluster cluster = TestCluster.with().broker(1);

  private CreateTopicsHandler creator() {
    return new CreateTopicsHandler(
        cluster.controller(), cluster, cluster::layers, cluster.config().topics());
  }

  private static CreateTopicsRequest.CreatableTopic topic(
      String name, int partitions, int replicas) {
    return new CreateTopicsRequest.CreatableTopic()
        .name(name)
        .numPartitions(partitions)
        .replicationFactor((short) replicas);
  }

  private static CreateTopicsRequest.CreatableTopic with(
      CreateTopicsRequest.CreatableTopic topic, String key, String value) {
    topic.configs().add(new CreateTopicsRequest.CreatableTopicConfig().name(key).value(value));
    return topic;
  }

  private static CreateTopicsRequest creating(CreateTopicsRequest.CreatableTopic... topics) {
    return new CreateTopicsRequest().topics(new ArrayList<>(Arrays.asList(topics))).timeoutMs(5000);
  }

  private TestRequest<CreateTopicsRequest, CreateTopicsResponse> create(
      CreateTopicsRequest body, int version) {
    return TestRequest.send(creator(), body, version);
  }

  private CreateTopicsResponse.CreatableTopicResult createOne(
      CreateTopicsRequest.CreatableTopic topic) {
    return create(creating(topic), 7).answer().topics().getFirst();
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 4, 5, 6, 7})
  void makesTopicsInEveryVersion(int version) {
    CreateTopicsResponse response =
        create(creating(topic("a", 3, 1), topic("b", 1, 1), topic("bad name", 1, 1)), version)
            .answer();

    assertThat(response.topics())
        .extracting(result -> result.name() + " " + result.errorCode())
        .containsExactlyInAnyOrder(
            "a 0", "b 0", "bad name " + ErrorCode.INVALID_TOPIC_EXCEPTION.code());
    assertThat(cluster.get().topic("a").partitionCount()).isEqualTo(3);
    CreateTopicsResponse.CreatableTopicResult a = response.topics().getFirst();
    if (version >= 7) {
      assertThat(a.topicId()).isEqualTo(cluster.get().topic("a").id());
    }
    if (version >= 5) {
      assertThat(a.numPartitions()).isEqualTo(3);
      assertThat(a.replicationFactor()).isEqualTo((short) 1);
      assertThat(a.configs()).hasSizeGreaterThan(30);
    }
  }

  @Test
  void tellsConfigsInForceAndWhereTheyComeFrom() {
    cluster = TestCluster.with("log.retention.hours=2", "compression.type=zstd").broker(1);

    CreateTopicsResponse.CreatableTopicResult result =
        createOne(with(topic("a", 1, 1), "segment.bytes", "2000000"));

    Map<String, CreateTopicsResponse.CreatableTopicConfigs> configs =
        result.configs().stream()
            .collect(
                Collectors.toMap(
                    CreateTopicsResponse.CreatableTopicConfigs::name, config -> config));
    assertThat(configs.get("segment.bytes").value()).isEqualTo("2000000");
    assertThat(configs.get("segment.bytes").configSource()).isEqualTo((byte) 1);
    assertThat(configs.get("retention.ms").value()).isEqualTo("7200000");
    assertThat(configs.get("retention.ms").configSource()).isEqualTo((byte) 4);
    assertThat(configs.get("compression.type").configSource()).isEqualTo((byte) 4);
    assertThat(configs.get("cleanup.policy").value()).isEqualTo("delete");
    assertThat(configs.get("cleanup.policy").configSource()).isEqualTo((byte) 5);
    assertThat(configs).doesNotContainKey("internal.segment.bytes");
  }

  @Test
  void takesTheDefaultsOfTheFile() {
    cluster =
        TestCluster.with("num.partitions=4", "default.replication.factor=2").broker(1).broker(2);

    CreateTopicsResponse.CreatableTopicResult result = createOne(topic("a", -1, -1));

    assertThat(result.numPartitions()).isEqualTo(4);
    assertThat(result.replicationFactor()).isEqualTo((short) 2);
  }

  @Test
  void takesAsManyReplicasAsThereAreBrokersUpToThree() {
    assertThat(createOne(topic("a", 1, -1)).replicationFactor()).isEqualTo((short) 1);
    cluster.broker(2).broker(3).broker(4);
    assertThat(createOne(topic("b", 1, -1)).replicationFactor()).isEqualTo((short) 3);
  }

  @Test
  void placesPartitionsByHand() {
    cluster.broker(2);
    CreateTopicsRequest.CreatableTopic topic = topic("a", -1, -1);
    for (int i = 0; i < 2; i++) {
      topic
          .assignments()
          .add(
              new CreateTopicsRequest.CreatableReplicaAssignment()
                  .partitionIndex(i)
                  .brokerIds(List.of(2 - i, 1 + i)));
    }

    assertThat(createOne(topic).errorCode()).isZero();
    assertThat(cluster.get().topic("a").partition(0).replicas().asList()).containsExactly(2, 1);
    assertThat(cluster.get().topic("a").partition(1).replicas().asList()).containsExactly(1, 2);
  }

  @Test
  void saysWhyATopicCannotBeMade() {
    cluster.topic("there", 1);

    assertError(createOne(topic("there", 1, 1)), ErrorCode.TOPIC_ALREADY_EXISTS);
    assertError(createOne(topic("a", 0, 1)), ErrorCode.INVALID_PARTITIONS);
    assertError(createOne(topic("a", 1, 0)), ErrorCode.INVALID_REPLICATION_FACTOR);
    assertError(createOne(topic("a", 1, 2)), ErrorCode.INVALID_REPLICATION_FACTOR);
    assertError(createOne(with(topic("a", 1, 1), "no.such", "1")), ErrorCode.INVALID_CONFIG);
    assertError(createOne(with(topic("a", 1, 1), "retention.ms", "-5")), ErrorCode.INVALID_CONFIG);
    assertError(createOne(with(topic("a", 1, 1), "retention.ms", null)), ErrorCode.INVALID_CONFIG);
    assertError(
        createOne(with(topic("a", 1, 1), "remote.storage.enable", "true")),
        ErrorCode.INVALID_CONFIG);
    CreateTopicsResponse.CreatableTopicResult local =
        createOne(with(topic("a", 1, 1), "local.retention.bytes", "1000"));
    assertError(local, ErrorCode.INVALID_CONFIG);
    assertThat(local.errorMessage()).contains("no tiered storage");
    assertThat(cluster.get().topicCount()).isEqualTo(1);
  }

  private static void assertError(
      CreateTopicsResponse.CreatableTopicResult result, ErrorCode error) {
    assertThat(result.errorCode()).as(result.toString()).isEqualTo(error.code());
    assertThat(result.errorMessage()).isNotBlank();
    assertThat(result.numPartitions()).isEqualTo(-1);
    assertThat(result.topicId()).isEqualTo(Uuid.ZERO);
  }

  @Test
  void refusesATopicThatIsNamedTwice() {
    CreateTopicsResponse response =
        create(creating(topic("a", 1, 1), topic("b", 1, 1), topic("a", 2, 1)), 7).answer();

    assertThat(response.topics())
        .extracting(result -> result.name() + " " + result.errorCode())
        .containsExactlyInAnyOrder("a " + ErrorCode.INVALID_REQUEST.code(), "b 0");
    assertThat(cluster.get().topic("a")).isNull();
  }

  @Test
  void onlyTriesWhenToldSo() {
    CreateTopicsResponse.CreatableTopicResult result =
        create(creating(topic("a", 2, 1)).validateOnly(true), 7).answer().topics().getFirst();

    assertThat(result.errorCode()).isZero();
    assertThat(result.numPartitions()).isEqualTo(2);
    assertThat(cluster.get().topic("a")).isNull();
  }

  @Test
  void refusesTooManyPartitionsAtOnce() {
    assertThat(createOne(topic("a", 10_001, 1)).errorCode())
        .isEqualTo(ErrorCode.POLICY_VIOLATION.code());
  }

  @Test
  void answersInTime() {
    cluster.holdAnswers();
    TestRequest<CreateTopicsRequest, CreateTopicsResponse> request =
        create(creating(topic("a", 1, 1)).timeoutMs(300), 7);

    request.pass(299);
    assertThat(request.isAnswered()).isFalse();
    request.pass(300);
    assertThat(request.answer().topics().getFirst().errorCode())
        .isEqualTo(ErrorCode.REQUEST_TIMED_OUT.code());

    // What comes too late is not answered a second time.
    cluster.releaseAnswers();
    assertThat(cluster.get().topic("a")).isNotNull();
  }

  @Test
  void passesOnThatAnotherNodeLeads() {
    cluster.loseLeadership();

    assertThat(createOne(topic("a", 1, 1)).errorCode()).isEqualTo(ErrorCode.NOT_CONTROLLER.code());
  }

  private DeleteTopicsResponse delete(DeleteTopicsRequest body, int version) {
    boolean enabled = cluster.config().topics().deleteEnabled();
    DeleteTopicsHandler handler = new DeleteTopicsHandler(cluster.controller(), cluster, enabled);
    return TestRequest.<DeleteTopicsRequest, DeleteTopicsResponse>send(
            handler, body.timeoutMs(5000), version)
        .answer();
  }

  private static DeleteTopicsRequest.DeleteTopicState state(String name, Uuid id) {
    return new DeleteTopicsRequest.DeleteTopicState().name(name).topicId(id);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6})
  void deletesByNameInEveryVersion(int version) {
    cluster.topic("a", 1);
    DeleteTopicsRequest request = new DeleteTopicsRequest();
    if (version < 6) {
      request.topicNames().addAll(List.of("a", "none"));
    } else {
      request.topics().addAll(List.of(state("a", Uuid.ZERO), state("none", Uuid.ZERO)));
    }

    assertThat(delete(request, version).responses())
        .extracting(result -> result.name() + " " + result.errorCode())
        .containsExactlyInAnyOrder("a 0", "none " + ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.code());
    assertThat(cluster.get().topic("a")).isNull();
  }

  @Test
  void deletesById() {
    Uuid id = cluster.topic("a", 1);
    DeleteTopicsRequest request = new DeleteTopicsRequest();
    request.topics().addAll(List.of(state(null, id), state(null, new Uuid(1, 2))));

    assertThat(delete(request, 6).responses())
        .extracting(result -> result.name() + " " + result.topicId() + " " + result.errorCode())
        .containsExactlyInAnyOrder(
            "a " + id + " 0", "null " + new Uuid(1, 2) + " " + ErrorCode.UNKNOWN_TOPIC_ID.code());
    assertThat(cluster.get().topicCount()).isZero();
  }

  @Test
  void speaksOfANameToThoseWhoUsedItThoughTheTopicGoesMeanwhile() {
    cluster.topic("a", 1);
    MetadataImage before = cluster.get();
    DeleteTopicsRequest request = new DeleteTopicsRequest();
    request.topics().add(state("a", Uuid.ZERO));
    delete(request, 6);

    DeleteTopicsHandler late = new DeleteTopicsHandler(cluster.controller(), () -> before, true);
    DeleteTopicsResponse answer =
        TestRequest.<DeleteTopicsRequest, DeleteTopicsResponse>send(
                late, request.timeoutMs(5000), 6)
            .answer();

    assertThat(answer.responses().getFirst().errorCode())
        .isEqualTo(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.code());
  }

  @Test
  void refusesTopicsThatAreNamedTwiceOrNotAtAll() {
    Uuid a = cluster.topic("a", 1);
    Uuid b = cluster.topic("b", 1);
    Uuid c = cluster.topic("c", 1);
    DeleteTopicsRequest request = new DeleteTopicsRequest();
    request
        .topics()
        .addAll(
            List.of(
                state("a", Uuid.ZERO),
                state("a", Uuid.ZERO), // twice by name
                state(null, b),
                state(null, b), // twice by id
                state("c", Uuid.ZERO),
                state(null, c), // by name and by id
                state("a", a), // both in one
                state(null, Uuid.ZERO))); // neither

    assertThat(delete(request, 6).responses())
        .hasSize(5)
        .allSatisfy(
            result -> assertThat(result.errorCode()).isEqualTo(ErrorCode.INVALID_REQUEST.code()));
    assertThat(cluster.get().topicCount()).isEqualTo(3);
  }

  @Test
  void deletesNothingWhereThatIsSwitchedOff() {
    cluster = TestCluster.with("delete.topic.enable=false").broker(1);
    cluster.topic("a", 1);
    DeleteTopicsRequest byName = new DeleteTopicsRequest();
    byName.topicNames().add("a");

    assertThat(delete(byName, 2).responses().getFirst().errorCode())
        .isEqualTo(ErrorCode.INVALID_REQUEST.code());
    assertThat(delete(byName, 3).responses().getFirst().errorCode())
        .isEqualTo(ErrorCode.TOPIC_DELETION_DISABLED.code());
    assertThat(cluster.get().topic("a")).isNotNull();
  }

  private CreatePartitionsResponse addPartitions(CreatePartitionsRequest body, int version) {
    return TestRequest.<CreatePartitionsRequest, CreatePartitionsResponse>send(
            new CreatePartitionsHandler(cluster.controller()), body.timeoutMs(5000), version)
        .answer();
  }

  private static CreatePartitionsRequest adding(
      CreatePartitionsRequest.CreatePartitionsTopic... topics) {
    return new CreatePartitionsRequest().topics(new ArrayList<>(Arrays.asList(topics)));
  }

  private static CreatePartitionsRequest.CreatePartitionsTopic more(String name, int count) {
    return new CreatePartitionsRequest.CreatePartitionsTopic()
        .name(name)
        .count(count)
        .assignments(null);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3})
  void addsPartitionsInEveryVersion(int version) {
    cluster.topic("a", 1);

    assertThat(addPartitions(adding(more("a", 3), more("none", 2)), version).results())
        .extracting(result -> result.name() + " " + result.errorCode())
        .containsExactlyInAnyOrder("a 0", "none " + ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.code());
    assertThat(cluster.get().topic("a").partitionCount()).isEqualTo(3);
  }

  @Test
  void addsPartitionsWhereItIsTold() {
    cluster.broker(2).topic("a", 1);
    CreatePartitionsRequest.CreatePartitionsTopic topic = more("a", 2);
    topic.assignments(
        new ArrayList<>(
            List.of(
                new CreatePartitionsRequest.CreatePartitionsAssignment().brokerIds(List.of(2)))));

    assertThat(addPartitions(adding(topic), 3).results().getFirst().errorCode()).isZero();
    assertThat(cluster.get().topic("a").partition(1).replicas().asList()).containsExactly(2);
  }

  @Test
  void addsNoPartitionsWhenTheRequestIsWrong() {
    cluster.topic("a", 2);
    cluster.topic("b", 1);

    assertThat(addPartitions(adding(more("a", 2)), 3).results().getFirst().errorCode())
        .isEqualTo(ErrorCode.INVALID_PARTITIONS.code());
    assertThat(addPartitions(adding(more("a", 3), more("a", 4), more("b", 2)), 3).results())
        .extracting(result -> result.name() + " " + result.errorCode())
        .containsExactlyInAnyOrder("a " + ErrorCode.INVALID_REQUEST.code(), "b 0");
    assertThat(addPartitions(adding(more("a", 20_000)), 3).results().getFirst().errorCode())
        .isEqualTo(ErrorCode.POLICY_VIOLATION.code());
    assertThat(
            addPartitions(adding(more("a", 5)).validateOnly(true), 3)
                .results()
                .getFirst()
                .errorCode())
        .isZero();
    assertThat(cluster.get().topic("a").partitionCount()).isEqualTo(2);
  }
}
