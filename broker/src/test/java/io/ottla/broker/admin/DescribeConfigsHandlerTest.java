package io.ottla.broker.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.metadata.config.ConfigSource;
import io.ottla.metadata.image.ConfigResource;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.DescribeConfigsRequest;
import io.ottla.wire.message.DescribeConfigsResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DescribeConfigsHandlerTest {

  private static final int LATEST = 4;

  private final TestCluster cluster =
      TestCluster.with("log.retention.ms=1000", "ssl.keystore.password=hush").broker(1);

  private static DescribeConfigsRequest.DescribeConfigsResource resource(
      ConfigKind kind, String name, String... keys) {
    return new DescribeConfigsRequest.DescribeConfigsResource()
        .resourceType(kind.id())
        .resourceName(name)
        .configurationKeys(keys.length == 0 ? null : new ArrayList<>(List.of(keys)));
  }

  private static DescribeConfigsRequest describing(
      DescribeConfigsRequest.DescribeConfigsResource... resources) {
    return new DescribeConfigsRequest().resources(new ArrayList<>(List.of(resources)));
  }

  private DescribeConfigsResponse send(DescribeConfigsRequest body, int version) {
    return TestRequest.<DescribeConfigsRequest, DescribeConfigsResponse>send(
            new DescribeConfigsHandler(TestCluster.NODE_ID, cluster, cluster::layers),
            body,
            version)
        .answer();
  }

  private DescribeConfigsResponse.DescribeConfigsResult one(
      DescribeConfigsRequest.DescribeConfigsResource resource) {
    return send(describing(resource), LATEST).results().getFirst();
  }

  private DescribeConfigsResponse.DescribeConfigsResourceResult key(
      ConfigKind kind, String name, String key) {
    return one(resource(kind, name, key)).configs().getFirst();
  }

  private void set(ConfigResource resource, Map<String, String> configs) {
    assertThat(
            cluster
                .controller()
                .alterConfigs(Map.of(resource, configs), false)
                .join()
                .get(resource)
                .error())
        .isEqualTo(ErrorCode.NONE);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4})
  void describesATopicInEveryVersion(int version) {
    cluster.topic("t", 1, 1, Map.of("retention.ms", "500"));

    DescribeConfigsResponse.DescribeConfigsResult result =
        send(
                describing(resource(ConfigKind.TOPIC, "t", "retention.ms"))
                    .includeSynonyms(true)
                    .includeDocumentation(version >= 3),
                version)
            .results()
            .getFirst();

    assertThat(result.errorCode()).isZero();
    assertThat(result.resourceName()).isEqualTo("t");
    assertThat(result.configs()).hasSize(1);
    var config = result.configs().getFirst();
    assertThat(config.value()).isEqualTo("500");
    assertThat(config.configSource()).isEqualTo(ConfigSource.TOPIC.id());
    assertThat(config.isSensitive()).isFalse();
    assertThat(config.readOnly()).isFalse();
    assertThat(config.synonyms())
        .extracting(synonym -> synonym.source() + " " + synonym.name() + "=" + synonym.value())
        .containsExactly(
            "1 retention.ms=500", "4 log.retention.ms=1000", "5 log.retention.hours=168");
    if (version >= 3) {
      assertThat(config.configType()).isEqualTo((byte) 5);
      assertThat(config.documentation()).startsWith("Age at which");
    }
  }

  @Test
  void describesAllKeysWithoutSynonymsAndDocumentationUnlessAsked() {
    cluster.topic("t", 1);

    DescribeConfigsResponse.DescribeConfigsResult result = one(resource(ConfigKind.TOPIC, "t"));

    assertThat(result.configs()).hasSize(33);
    assertThat(result.configs())
        .allSatisfy(
            config -> {
              assertThat(config.synonyms()).isEmpty();
              assertThat(config.documentation()).isNull();
            });
  }

  @Test
  void leavesOutKeysNobodyKnows() {
    cluster.topic("t", 1);

    assertThat(one(resource(ConfigKind.TOPIC, "t", "no.such.key")).configs()).isEmpty();
  }

  @Test
  void describesThisBroker() {
    set(ConfigResource.broker(1), Map.of("message.max.bytes", "5000"));
    set(ConfigResource.defaultBroker(), Map.of("log.segment.bytes", "2000000"));

    assertThat(key(ConfigKind.BROKER, "1", "message.max.bytes").configSource())
        .isEqualTo(ConfigSource.DYNAMIC_BROKER.id());
    assertThat(key(ConfigKind.BROKER, "1", "log.segment.bytes").configSource())
        .isEqualTo(ConfigSource.DYNAMIC_DEFAULT_BROKER.id());
    assertThat(key(ConfigKind.BROKER, "1", "log.retention.ms").configSource())
        .isEqualTo(ConfigSource.STATIC_BROKER.id());
    assertThat(key(ConfigKind.BROKER, "1", "node.id").readOnly()).isTrue();
    assertThat(key(ConfigKind.BROKER, "1", "default.replication.factor").value()).isEqualTo("1");
    assertThat(one(resource(ConfigKind.BROKER, "1", "ottla.transport")).configs()).isEmpty();
    assertThat(one(resource(ConfigKind.BROKER, "")).configs())
        .extracting(config -> config.name() + "=" + config.value())
        .containsExactly("log.segment.bytes=2000000");
  }

  @Test
  void hidesSecrets() {
    var config = key(ConfigKind.BROKER, "1", "ssl.keystore.password");

    assertThat(config.isSensitive()).isTrue();
    assertThat(config.value()).isNull();
    assertThat(one(resource(ConfigKind.BROKER, "1")).toString()).doesNotContain("hush");
  }

  @Test
  void describesGroupsAndSubscriptionsWhetherSetOrNot() {
    set(ConfigKind.GROUP.resource("g"), Map.of("consumer.session.timeout.ms", "50000"));
    set(ConfigKind.CLIENT_METRICS.resource("s"), Map.of("interval.ms", "1000"));

    assertThat(key(ConfigKind.GROUP, "g", "consumer.session.timeout.ms").value())
        .isEqualTo("50000");
    assertThat(key(ConfigKind.GROUP, "other", "consumer.session.timeout.ms").value())
        .isEqualTo("45000");
    assertThat(key(ConfigKind.CLIENT_METRICS, "s", "interval.ms").configSource())
        .isEqualTo(ConfigSource.CLIENT_METRICS.id());
    assertThat(one(resource(ConfigKind.CLIENT_METRICS, "other")).configs()).hasSize(3);
  }

  @Test
  void describesLoggers() {
    var root = key(ConfigKind.BROKER_LOGGER, "1", "root");

    assertThat(root.value()).isIn("INFO", "WARN", "DEBUG");
    assertThat(root.configSource()).isEqualTo(ConfigSource.DYNAMIC_BROKER_LOGGER.id());
  }

  @Test
  void saysWhatIsWrongWithEachResourceByItself() {
    DescribeConfigsResponse response =
        send(
            describing(
                resource(ConfigKind.TOPIC, "none"),
                resource(ConfigKind.TOPIC, "bad name"),
                resource(ConfigKind.BROKER, "2"),
                resource(ConfigKind.BROKER, "one"),
                resource(ConfigKind.BROKER_LOGGER, ""),
                resource(ConfigKind.GROUP, ""),
                resource(ConfigKind.CLIENT_METRICS, ""),
                resource(ConfigKind.BROKER, "1")),
            LATEST);

    assertThat(response.results())
        .extracting(result -> ErrorCode.forCode(result.errorCode()))
        .containsExactly(
            ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
            ErrorCode.INVALID_TOPIC_EXCEPTION,
            ErrorCode.INVALID_REQUEST,
            ErrorCode.INVALID_REQUEST,
            ErrorCode.INVALID_REQUEST,
            ErrorCode.INVALID_REQUEST,
            ErrorCode.INVALID_REQUEST,
            ErrorCode.NONE);
    assertThat(response.results().subList(0, 7))
        .allSatisfy(result -> assertThat(result.errorMessage()).isNotBlank());
  }

  @Test
  void refusesKindsItDoesNotKnow() {
    DescribeConfigsRequest.DescribeConfigsResource unknown =
        new DescribeConfigsRequest.DescribeConfigsResource()
            .resourceType((byte) 3)
            .resourceName("x")
            .configurationKeys(null);

    assertThat(one(unknown).errorCode()).isEqualTo(ErrorCode.INVALID_REQUEST.code());
  }
}
