package io.ottla.broker.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.metadata.image.ConfigResource;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.AlterConfigsRequest;
import io.ottla.wire.message.AlterConfigsResponse;
import io.ottla.wire.message.IncrementalAlterConfigsRequest;
import io.ottla.wire.message.IncrementalAlterConfigsResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

class AlterConfigsHandlersTest {

  private static final byte SET = 0;
  private static final byte DELETE = 1;
  private static final byte APPEND = 2;
  private static final byte SUBTRACT = 3;

  private final TestCluster cluster = TestCluster.with().broker(1);

  private static IncrementalAlterConfigsRequest.AlterConfigsResource resource(
      ConfigKind kind, String name) {
    return new IncrementalAlterConfigsRequest.AlterConfigsResource()
        .resourceType(kind.id())
        .resourceName(name);
  }

  private static IncrementalAlterConfigsRequest.AlterConfigsResource with(
      IncrementalAlterConfigsRequest.AlterConfigsResource resource,
      byte operation,
      String key,
      String value) {
    resource
        .configs()
        .add(
            new IncrementalAlterConfigsRequest.AlterableConfig()
                .name(key)
                .configOperation(operation)
                .value(value));
    return resource;
  }

  private TestRequest<IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse> send(
      int version,
      boolean validateOnly,
      IncrementalAlterConfigsRequest.AlterConfigsResource... resources) {
    return TestRequest.send(
        new IncrementalAlterConfigsHandler(TestCluster.NODE_ID, cluster.configs(), true),
        new IncrementalAlterConfigsRequest()
            .resources(new ArrayList<>(List.of(resources)))
            .validateOnly(validateOnly),
        version);
  }

  private IncrementalAlterConfigsResponse.AlterConfigsResourceResponse one(
      IncrementalAlterConfigsRequest.AlterConfigsResource resource) {
    List<IncrementalAlterConfigsResponse.AlterConfigsResourceResponse> responses =
        send(1, false, resource).answer().responses();
    assertThat(responses).hasSize(1);
    return responses.getFirst();
  }

  private ErrorCode set(ConfigKind kind, String name, String key, String value) {
    return ErrorCode.forCode(one(with(resource(kind, name), SET, key, value)).errorCode());
  }

  private Map<String, String> configs(ConfigKind kind, String name) {
    return cluster.get().configs(kind.resource(name));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void changesSingleKeysOfSeveralResources(int version) {
    cluster.topic("t", 1, 1, Map.of("retention.ms", "5", "segment.ms", "6"));
    var topic = resource(ConfigKind.TOPIC, "t");
    with(topic, SET, "retention.ms", "7");
    with(topic, DELETE, "segment.ms", null);
    with(topic, APPEND, "cleanup.policy", "compact");

    IncrementalAlterConfigsResponse response =
        send(
                version,
                false,
                topic,
                with(resource(ConfigKind.BROKER, ""), SET, "message.max.bytes", "9"),
                with(resource(ConfigKind.GROUP, "g"), SET, "consumer.session.timeout.ms", "1"))
            .answer();

    assertThat(response.responses())
        .extracting(result -> result.resourceName() + " " + result.errorCode())
        .containsExactly("t 0", " 0", "g " + ErrorCode.INVALID_CONFIG.code());
    assertThat(configs(ConfigKind.TOPIC, "t"))
        .isEqualTo(Map.of("retention.ms", "7", "cleanup.policy", "delete,compact"));
    assertThat(configs(ConfigKind.BROKER, "")).isEqualTo(Map.of("message.max.bytes", "9"));
    assertThat(cluster.layers(cluster.get()).values().intValue("message.max.bytes")).isEqualTo(9);
  }

  @Test
  void takesFromLists() {
    cluster.topic("t", 1, 1, Map.of("cleanup.policy", "compact,delete"));

    assertThat(
            one(with(resource(ConfigKind.TOPIC, "t"), SUBTRACT, "cleanup.policy", "delete"))
                .errorCode())
        .isZero();
    assertThat(configs(ConfigKind.TOPIC, "t")).isEqualTo(Map.of("cleanup.policy", "compact"));
    assertThat(one(with(resource(ConfigKind.TOPIC, "t"), APPEND, "retention.ms", "5")).errorCode())
        .isEqualTo(ErrorCode.INVALID_CONFIG.code());
  }

  @Test
  void changesAllOfAResourceOrNothing() {
    cluster.topic("t", 1);
    var topic = resource(ConfigKind.TOPIC, "t");
    with(topic, SET, "retention.ms", "7");
    with(topic, SET, "segment.ms", "none");

    var result = one(topic);

    assertThat(result.errorCode()).isEqualTo(ErrorCode.INVALID_CONFIG.code());
    assertThat(result.errorMessage()).contains("segment.ms=none");
    assertThat(configs(ConfigKind.TOPIC, "t")).isEmpty();
  }

  @Test
  void onlyTriesWhenToldSo() {
    cluster.topic("t", 1);

    assertThat(
            send(
                    1,
                    true,
                    with(resource(ConfigKind.TOPIC, "t"), SET, "retention.ms", "7"),
                    with(resource(ConfigKind.BROKER_LOGGER, "1"), SET, "root", "ERROR"))
                .answer()
                .responses())
        .extracting(IncrementalAlterConfigsResponse.AlterConfigsResourceResponse::errorCode)
        .containsOnly((short) 0);
    assertThat(configs(ConfigKind.TOPIC, "t")).isEmpty();
    assertThat(new LogLevels().all()).doesNotContainEntry("root", "ERROR");
  }

  @Test
  void refusesWhatIsMalformed() {
    cluster.topic("t", 1);
    var twice = resource(ConfigKind.TOPIC, "t");
    with(twice, SET, "retention.ms", "7");
    with(twice, DELETE, "retention.ms", null);
    assertThat(one(twice).errorCode()).isEqualTo(ErrorCode.INVALID_REQUEST.code());

    assertThat(set(ConfigKind.TOPIC, "t", "retention.ms", null))
        .isEqualTo(ErrorCode.INVALID_REQUEST);
    assertThat(
            one(new IncrementalAlterConfigsRequest.AlterConfigsResource()
                    .resourceType((byte) 3)
                    .resourceName("x"))
                .errorCode())
        .isEqualTo(ErrorCode.INVALID_REQUEST.code());
    var unknownOperation = with(resource(ConfigKind.TOPIC, "t"), SET, "retention.ms", "7");
    unknownOperation.configs().getFirst().configOperation((byte) 9);
    assertThat(one(unknownOperation).errorCode()).isEqualTo(ErrorCode.INVALID_REQUEST.code());

    assertThat(
            send(
                    1,
                    false,
                    with(resource(ConfigKind.TOPIC, "t"), SET, "retention.ms", "7"),
                    with(resource(ConfigKind.TOPIC, "t"), SET, "segment.ms", "7"))
                .answer()
                .responses())
        .extracting(IncrementalAlterConfigsResponse.AlterConfigsResourceResponse::errorCode)
        .containsExactly(ErrorCode.INVALID_REQUEST.code(), ErrorCode.INVALID_REQUEST.code());
    assertThat(configs(ConfigKind.TOPIC, "t")).isEmpty();
  }

  @Test
  void saysWhyAResourceCannotBeChanged() {
    assertThat(set(ConfigKind.TOPIC, "none", "retention.ms", "7"))
        .isEqualTo(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    assertThat(set(ConfigKind.TOPIC, "bad name", "retention.ms", "7"))
        .isEqualTo(ErrorCode.INVALID_TOPIC_EXCEPTION);
    assertThat(set(ConfigKind.BROKER, "2", "message.max.bytes", "7"))
        .isEqualTo(ErrorCode.INVALID_REQUEST);
    assertThat(set(ConfigKind.BROKER, "one", "message.max.bytes", "7"))
        .isEqualTo(ErrorCode.INVALID_REQUEST);
    assertThat(set(ConfigKind.BROKER, "1", "message.max.bytes", "many"))
        .isEqualTo(ErrorCode.INVALID_REQUEST);
    assertThat(set(ConfigKind.BROKER, "1", "node.id", "7")).isEqualTo(ErrorCode.INVALID_REQUEST);
    assertThat(set(ConfigKind.GROUP, "", "consumer.session.timeout.ms", "50000"))
        .isEqualTo(ErrorCode.INVALID_REQUEST);
    assertThat(set(ConfigKind.CLIENT_METRICS, "s", "interval.ms", "1"))
        .isEqualTo(ErrorCode.INVALID_REQUEST);
    assertThat(set(ConfigKind.CLIENT_METRICS, "s", "match", "x"))
        .isEqualTo(ErrorCode.INVALID_CONFIG);
  }

  @Test
  void changesGroupsOfAllKindsWhetherTheyAreThereOrNot() {
    assertThat(set(ConfigKind.GROUP, "g", "consumer.heartbeat.interval.ms", "6000"))
        .isEqualTo(ErrorCode.NONE);
    assertThat(set(ConfigKind.GROUP, "g", "share.auto.offset.reset", "earliest"))
        .isEqualTo(ErrorCode.NONE);
    assertThat(set(ConfigKind.GROUP, "g", "streams.num.standby.replicas", "1"))
        .isEqualTo(ErrorCode.NONE);
    for (Map.Entry<String, String> wrong :
        Map.of(
                "consumer.heartbeat.interval.ms", "1",
                "consumer.session.timeout.ms", "ten",
                "streams.num.standby.replicas", "3",
                "retention.ms", "5")
            .entrySet()) {
      assertThat(set(ConfigKind.GROUP, "g", wrong.getKey(), wrong.getValue()))
          .as(wrong.toString())
          .isEqualTo(ErrorCode.INVALID_CONFIG);
    }
    assertThat(configs(ConfigKind.GROUP, "g"))
        .isEqualTo(
            Map.of(
                "consumer.heartbeat.interval.ms", "6000",
                "share.auto.offset.reset", "earliest",
                "streams.num.standby.replicas", "1"));

    var all = resource(ConfigKind.GROUP, "g");
    configs(ConfigKind.GROUP, "g").keySet().forEach(key -> with(all, DELETE, key, null));
    assertThat(one(all).errorCode()).isZero();
    assertThat(configs(ConfigKind.GROUP, "g")).isEmpty();
  }

  @Test
  void refusesChangesThatWouldBeBelievedInAndHaveNoEffect() {
    assertThat(set(ConfigKind.BROKER, "1", "max.connections", "7"))
        .isEqualTo(ErrorCode.INVALID_REQUEST);
    assertThat(set(ConfigKind.BROKER, "1", "listener.name.plaintext.ssl.keystore.location", "/x"))
        .isEqualTo(ErrorCode.INVALID_REQUEST);
    // What tools set as a matter of course is stored.
    assertThat(set(ConfigKind.BROKER, "1", "leader.replication.throttled.rate", "7"))
        .isEqualTo(ErrorCode.NONE);
    // What was stored may go.
    assertThat(
            one(with(resource(ConfigKind.BROKER, "1"), DELETE, "max.connections", null))
                .errorCode())
        .isZero();
  }

  @Test
  void changesLevelsOfLoggers() {
    String logger = "io.ottla.broker.admin.test." + System.identityHashCode(this);
    assertThat(LoggerFactory.getLogger(logger).isTraceEnabled()).isFalse();

    assertThat(set(ConfigKind.BROKER_LOGGER, "1", logger, "TRACE")).isEqualTo(ErrorCode.NONE);
    assertThat(LoggerFactory.getLogger(logger).isTraceEnabled()).isTrue();
    assertThat(set(ConfigKind.BROKER_LOGGER, "1", logger, "FATAL")).isEqualTo(ErrorCode.NONE);
    assertThat(LoggerFactory.getLogger(logger).isWarnEnabled()).isFalse();
    assertThat(one(with(resource(ConfigKind.BROKER_LOGGER, "1"), DELETE, logger, null)).errorCode())
        .isZero();
    assertThat(LoggerFactory.getLogger(logger).isWarnEnabled()).isTrue();
  }

  @Test
  void refusesLevelsAndLoggersThatDoNotExist() {
    assertThat(set(ConfigKind.BROKER_LOGGER, "1", "root", "LOUD"))
        .isEqualTo(ErrorCode.INVALID_CONFIG);
    assertThat(set(ConfigKind.BROKER_LOGGER, "1", "no.such.logger", "INFO"))
        .isEqualTo(ErrorCode.INVALID_CONFIG);
    assertThat(set(ConfigKind.BROKER_LOGGER, "2", "root", "INFO"))
        .isEqualTo(ErrorCode.INVALID_REQUEST);
    assertThat(one(with(resource(ConfigKind.BROKER_LOGGER, "1"), DELETE, "root", null)).errorCode())
        .isEqualTo(ErrorCode.INVALID_REQUEST.code());
    assertThat(
            one(with(resource(ConfigKind.BROKER_LOGGER, "1"), APPEND, "root", "INFO")).errorCode())
        .isEqualTo(ErrorCode.INVALID_REQUEST.code());
  }

  @Test
  void answersInTime() {
    cluster.topic("t", 1);
    cluster.holdAnswers();
    var request = send(1, false, with(resource(ConfigKind.TOPIC, "t"), SET, "retention.ms", "7"));

    request.pass(30_000);

    assertThat(request.answer().responses().getFirst().errorCode())
        .isEqualTo(ErrorCode.REQUEST_TIMED_OUT.code());
    cluster.releaseAnswers();
    assertThat(configs(ConfigKind.TOPIC, "t")).isEqualTo(Map.of("retention.ms", "7"));
  }

  private AlterConfigsResponse replace(AlterConfigsRequest body, int version) {
    return TestRequest.<AlterConfigsRequest, AlterConfigsResponse>send(
            new AlterConfigsHandler(TestCluster.NODE_ID, cluster.configs(), true), body, version)
        .answer();
  }

  private static AlterConfigsRequest replacing(int kind, String name, String key, String value) {
    AlterConfigsRequest.AlterConfigsResource resource =
        new AlterConfigsRequest.AlterConfigsResource().resourceType((byte) kind).resourceName(name);
    resource.configs().add(new AlterConfigsRequest.AlterableConfig().name(key).value(value));
    return new AlterConfigsRequest().resources(new ArrayList<>(List.of(resource)));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void replacesAllKeysOfAResource(int version) {
    cluster.topic("t", 1, 1, Map.of("retention.ms", "5"));

    assertThat(
            replace(replacing(ConfigKind.TOPIC.id(), "t", "segment.ms", "6"), version)
                .responses()
                .getFirst()
                .errorCode())
        .isZero();
    assertThat(cluster.get().configs(ConfigResource.topic("t")))
        .isEqualTo(Map.of("segment.ms", "6"));
  }

  @Test
  void refusesToReplaceWhatCannotBe() {
    cluster.topic("t", 1);
    for (AlterConfigsRequest bad :
        List.of(
            replacing(ConfigKind.TOPIC.id(), "t", "segment.ms", null),
            replacing(ConfigKind.BROKER_LOGGER.id(), "1", "root", "INFO"),
            replacing(3, "x", "a", "b"),
            replacing(ConfigKind.BROKER.id(), "2", "message.max.bytes", "5"),
            replacing(ConfigKind.BROKER.id(), "1", "max.connections", "5"))) {
      assertThat(replace(bad, 2).responses().getFirst().errorCode())
          .as(bad.toString())
          .isEqualTo(ErrorCode.INVALID_REQUEST.code());
    }
    assertThat(
            replace(replacing(ConfigKind.TOPIC.id(), "t", "segment.ms", "x"), 2)
                .responses()
                .getFirst()
                .errorCode())
        .isEqualTo(ErrorCode.INVALID_CONFIG.code());
  }
}
