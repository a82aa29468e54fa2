package io.ottla.metadata.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import java.util.stream.Stream;
import kafka.server.KafkaConfig;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.coordinator.group.GroupConfig;
import org.apache.kafka.storage.internals.log.LogConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Compares our rules between keys with Kafka's: both sides judge the same random values, taken from
 * the edges where rules turn. A failure prints the seed and the values.
 */
class KafkaRulesTest {

  private static final int ROUNDS = 700;

  /** The least a KafkaConfig needs. */
  private static final Map<String, String> BASE =
      Map.of(
          "process.roles", "broker,controller",
          "node.id", "1",
          "listeners", "PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093",
          "controller.listener.names", "CONTROLLER",
          "controller.quorum.voters", "1@127.0.0.1:9093");

  private static KafkaConfig kafka(Map<String, String> overrides) {
    Properties properties = new Properties();
    properties.putAll(BASE);
    properties.putAll(overrides);
    return KafkaConfig.fromProps(properties, false);
  }

  private static boolean accepts(Runnable check) {
    try {
      check.run();
      return true;
    } catch (KafkaException | IllegalArgumentException | ArithmeticException e) {
      return false;
    }
  }

  private static ConfigValues ours(Map<String, String> overrides) {
    Map<String, String> all = new HashMap<>(BASE);
    all.putAll(overrides);
    return BrokerConfigLayers.of(all, Map.of()).values();
  }

  /** Some of the keys, each with one of its values. */
  private static Map<String, String> pick(Random random, Map<String, List<String>> domain) {
    List<String> keys = new ArrayList<>(domain.keySet().stream().sorted().toList());
    Map<String, String> picked = new HashMap<>();
    int count = 1 + random.nextInt(3);
    for (int i = 0; i < count; i++) {
      String key = keys.get(random.nextInt(keys.size()));
      List<String> values = domain.get(key);
      picked.put(key, values.get(random.nextInt(values.size())));
    }
    return picked;
  }

  @FunctionalInterface
  private interface Judge {
    boolean accepts(Map<String, String> values);
  }

  private static void judgeAlike(Map<String, List<String>> domain, Judge kafka, Judge ours) {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    int good = 0;
    for (int round = 0; round < ROUNDS; round++) {
      Map<String, String> values = pick(random, domain);
      boolean expected = kafka.accepts(values);
      good += expected ? 1 : 0;
      assertThat(ours.accepts(values)).as("seed %d, %s", seed, values).isEqualTo(expected);
    }
    assertThat(good).as("good ones, seed %d", seed).isBetween(1, ROUNDS - 1);
  }

  private static final Map<String, List<String>> BROKER_DOMAIN = brokerDomain();

  private static Map<String, List<String>> brokerDomain() {
    Map<String, List<String>> domain = new HashMap<>();
    List<String> times = List.of("-1", "0", "1", "500", "30000", "45000", "60000");
    for (String kind : List.of("consumer", "share", "streams")) {
      for (String key : List.of("heartbeat.interval.ms", "session.timeout.ms")) {
        for (String bound : List.of("", "min.", "max.")) {
          domain.put(
              "group." + kind + "." + bound + key,
              List.of("1", "4999", "5000", "15000", "15001", "45000", "60000", "60001"));
        }
      }
      for (String bound : List.of("", "min.", "max.")) {
        domain.put(
            "group." + kind + "." + bound + "assignment.interval.ms",
            List.of("0", "999", "1000", "1001", "15000", "15001"));
      }
    }
    for (String bound : List.of("", "min.", "max.")) {
      domain.put("group.share." + bound + "delivery.count.limit", List.of("2", "5", "6", "10"));
      domain.put(
          "group.share." + bound + "partition.max.record.locks",
          List.of("100", "2000", "2001", "4000", "4001"));
      domain.put(
          "group.share." + bound + "record.lock.duration.ms",
          List.of("14999", "15000", "30000", "60000", "60001"));
    }
    domain.put("group.share.max.size", List.of("200", "1000"));
    domain.put("group.share.max.share.sessions", List.of("199", "200", "999", "2000"));
    domain.put("group.share.assignors", List.of("simple", "simple,other"));
    domain.put("group.streams.num.standby.replicas", List.of("0", "2", "3"));
    domain.put("group.streams.max.standby.replicas", List.of("0", "2", "3"));
    domain.put(
        "group.coordinator.rebalance.protocols", List.of("classic", "consumer", "classic,streams"));
    domain.put("log.roll.ms", times);
    domain.put("log.roll.jitter.ms", times);
    domain.put("log.retention.ms", times);
    domain.put("log.retention.minutes", List.of("-1", "0", "1"));
    domain.put("log.retention.hours", List.of("-5", "0", "1"));
    domain.put("log.cleaner.threads", List.of("0", "1", "127", "128"));
    domain.put("log.cleaner.dedupe.buffer.size", List.of("1048576", "1048577", "134217728"));
    domain.put("replica.fetch.wait.max.ms", times);
    domain.put("replica.socket.timeout.ms", times);
    domain.put("replica.lag.time.max.ms", times);
    domain.put("queued.max.request.bytes", List.of("-1", "0", "1000", "104857600"));
    domain.put("socket.request.max.bytes", List.of("1000", "1001", "104857600"));
    domain.put("max.connections.per.ip", List.of("0", "5"));
    domain.put(
        "max.connections.per.ip.overrides",
        List.of("", "host:5", "1.2.3.4:5,::1:6", "host", "host:x", "ho st:5", ",a:1", "a:1,"));
    domain.put("connections.max.idle.ms", List.of("-1", "0", "100", "101"));
    domain.put("connection.failed.authentication.delay.ms", List.of("0", "100", "1000"));
    return domain;
  }

  @Test
  void judgesBrokersAlike() {
    judgeAlike(
        BROKER_DOMAIN,
        values ->
            accepts(
                () -> {
                  KafkaConfig config = kafka(values);
                  // Kafka reads this one when the socket server starts.
                  assertThat(config.maxConnectionsPerIpOverrides()).isNotNull();
                }),
        values ->
            ConfigCatalog.BROKER.problems(values).isEmpty()
                && BrokerConfigRules.problems(ours(values)).isEmpty());
  }

  private static final Map<String, List<String>> TOPIC_DOMAIN =
      Map.ofEntries(
          Map.entry("min.compaction.lag.ms", List.of("0", "10", "11")),
          Map.entry("max.compaction.lag.ms", List.of("1", "10", "9223372036854775807")),
          Map.entry("remote.storage.enable", List.of("true", "true", "true", "false", "TRUE")),
          Map.entry("remote.log.copy.disable", List.of("true", "false")),
          Map.entry("remote.log.delete.on.disable", List.of("true", "false")),
          Map.entry("cleanup.policy", List.of("", "delete", "compact", "compact,delete")),
          Map.entry("retention.ms", List.of("-1", "0", "1000", "604800000")),
          Map.entry("local.retention.ms", List.of("-2", "-1", "999", "1000", "1001")),
          Map.entry("retention.bytes", List.of("-1", "0", "1000")),
          Map.entry("local.retention.bytes", List.of("-2", "-1", "999", "1000", "1001")),
          Map.entry("no.such.key", List.of("1")));

  static Stream<Map<String, String>> brokers() {
    return Stream.of(
        Map.of(),
        Map.of("remote.log.storage.system.enable", "true"),
        Map.of(
            "remote.log.storage.system.enable", "true",
            "log.retention.ms", "500",
            "log.cleaner.max.compaction.lag.ms", "5"));
  }

  @ParameterizedTest
  @MethodSource("brokers")
  void judgesTopicsAlike(Map<String, String> broker) {
    KafkaConfig kafka = kafka(broker);
    boolean tiered = broker.containsKey("remote.log.storage.system.enable");
    for (Map<String, String> existing :
        List.of(Map.<String, String>of(), Map.of("remote.storage.enable", "true"))) {
      judgeAlike(
          TOPIC_DOMAIN,
          values ->
              accepts(
                  () -> LogConfig.validate(existing, values, kafka.extractLogConfigMap(), tiered)),
          values ->
              TopicConfigs.problems(existing, values, ours(broker)).stream()
                  .allMatch(problem -> isStricter(problem, tiered)));
    }
  }

  /** Without tiering, Kafka takes local retention and does nothing with it. */
  private static boolean isStricter(ConfigProblem problem, boolean tiered) {
    return !tiered && problem.key().startsWith("local.retention.");
  }

  @Test
  void refusesLocalRetentionWhereAllIsLocal() {
    for (String key : List.of("local.retention.ms", "local.retention.bytes")) {
      assertThat(TopicConfigs.problems(Map.of(), Map.of(key, "1000"), ours(Map.of())))
          .singleElement()
          .satisfies(
              problem ->
                  assertThat(ConfigProblem.messages(List.of(problem)))
                      .contains(key)
                      .contains("no tiered storage")
                      .contains("set " + key.substring("local.".length())));
      assertThat(TopicConfigs.problems(Map.of(), Map.of(key, "-2"), ours(Map.of()))).isEmpty();
      // Of a topic that was Kafka's: other keys can be set still.
      Map<String, String> had = Map.of(key, "1000");
      assertThat(
              TopicConfigs.problems(had, Map.of(key, "1000", "segment.ms", "5000"), ours(Map.of())))
          .isEmpty();
      assertThat(TopicConfigs.problems(had, Map.of(key, "1001"), ours(Map.of()))).isNotEmpty();
    }
    assertThat(
            ConfigProblem.messages(
                TopicConfigs.problems(
                    Map.of(), Map.of("remote.storage.enable", "true"), ours(Map.of()))))
        .contains("no tiered storage");
  }

  private static final Map<String, List<String>> GROUP_DOMAIN = groupDomain();

  private static Map<String, List<String>> groupDomain() {
    Map<String, List<String>> domain = new HashMap<>();
    for (String kind : List.of("consumer", "share", "streams")) {
      domain.put(
          kind + ".heartbeat.interval.ms", List.of("0", "4999", "5000", "15000", "15001", "50000"));
      domain.put(kind + ".session.timeout.ms", List.of("5000", "44999", "45000", "60000", "60001"));
      domain.put(kind + ".assignment.interval.ms", List.of("0", "15000", "15001"));
    }
    domain.put("share.record.lock.duration.ms", List.of("999", "15000", "60000", "60001"));
    domain.put("share.delivery.count.limit", List.of("1", "2", "10", "11"));
    domain.put("share.partition.max.record.locks", List.of("99", "100", "4000", "4001"));
    domain.put("share.auto.offset.reset", List.of("latest", "sometimes"));
    domain.put("streams.num.standby.replicas", List.of("0", "2", "3"));
    domain.put("no.such.key", List.of("1"));
    return domain;
  }

  @Test
  void judgesGroupsAlike() {
    Map<String, String> broker =
        Map.of(
            "group.consumer.max.heartbeat.interval.ms", "50000",
            "group.consumer.assignment.interval.ms", "2000",
            "group.streams.session.timeout.ms", "60000");
    KafkaConfig kafka = kafka(broker);
    judgeAlike(
        GROUP_DOMAIN,
        values ->
            accepts(
                () ->
                    GroupConfig.validate(
                        values, kafka.groupCoordinatorConfig(), kafka.shareGroupConfig())),
        values -> GroupConfigs.problems(values, ours(broker)).isEmpty());
  }

  @Test
  void movesGroupValuesIntoBoundsAlike() {
    KafkaConfig kafka = kafka(Map.of());
    Random random = new Random(7);
    for (int round = 0; round < 200; round++) {
      Map<String, String> values = new HashMap<>(pick(random, GROUP_DOMAIN));
      values.remove("no.such.key");
      values.remove("share.auto.offset.reset");
      Properties properties = new Properties();
      properties.putAll(values);
      Properties bounded =
          GroupConfig.evaluate(
              properties, "g", kafka.groupCoordinatorConfig(), kafka.shareGroupConfig());
      ConfigValues ours = GroupConfigs.boundedValues(values, ours(Map.of()));
      bounded.forEach(
          (key, value) ->
              assertThat(ours.value(key.toString()).toString()).isEqualTo(value.toString()));
    }
  }

  private static final Map<String, List<String>> DYNAMIC_DOMAIN =
      Map.ofEntries(
          Map.entry("log.retention.ms", List.of("-1", "0", "1000", "x")),
          Map.entry("log.retention.hours", List.of("1")),
          Map.entry("log.cleaner.dedupe.buffer.size", List.of("1000", "134217728")),
          Map.entry("min.insync.replicas", List.of("0", "2")),
          Map.entry("node.id", List.of("2")),
          Map.entry("cordoned.log.dirs", List.of("")),
          Map.entry("ssl.keystore.type", List.of("PEM")),
          Map.entry("ssl.cipher.suites", List.of("a")),
          Map.entry("listener.name.plaintext.ssl.keystore.type", List.of("PEM")),
          Map.entry("listener.name.plaintext.max.connections", List.of("5", "-5", "x")),
          Map.entry("listener.name.plaintext.num.network.threads", List.of("2", "0")),
          Map.entry("listener.name.plaintext.log.dirs", List.of("/x")),
          Map.entry("max.connections.per.ip.overrides", List.of("h:1", "")),
          Map.entry("leader.replication.throttled.rate", List.of("-1", "0", "5", "x")),
          Map.entry("remote.log.reader.threads", List.of("0", "10")),
          Map.entry("log.cleanup.policy", List.of("compact,delete", "other")),
          Map.entry("some.plugin.key", List.of("x")));

  @Test
  void judgesChangesOfRunningBrokersAlike() {
    KafkaConfig kafka = kafka(Map.of());
    kafka.dynamicConfig().initialize(scala.Option.empty());
    BrokerConfigLayers layers = BrokerConfigLayers.of(BASE, Map.of());
    for (boolean ofBroker : new boolean[] {true, false}) {
      judgeAlike(
          DYNAMIC_DOMAIN,
          values ->
              accepts(
                  () -> {
                    Properties properties = new Properties();
                    properties.putAll(values);
                    kafka.dynamicConfig().validate(properties, ofBroker);
                  }),
          values -> DynamicBrokerConfigs.problems(values, ofBroker, layers).isEmpty());
    }
  }

  @Test
  void judgesClientMetricsAlike() {
    judgeAlike(
        Map.of(
            "interval.ms", List.of("99", "100", "3600000", "3600001", "x"),
            "metrics", List.of("", "*", "a.,b.", "a,a"),
            "match",
                List.of(
                    "client_id=.*",
                    "client_id=a,client_software_name=Java",
                    "nobody=a",
                    "client_id",
                    "client_id=a=b",
                    "client_id=(",
                    " client_id = a ",
                    ""),
            "other", List.of("1")),
        values ->
            accepts(
                () -> org.apache.kafka.server.metrics.ClientMetricsConfigs.validate("s", values)),
        values -> ClientMetricsConfigs.problems("s", values).isEmpty());
  }

  @Test
  void answersBadSubscriptionsAsKafkaDoes() {
    assertThat(ClientMetricsConfigs.problems("", Map.of()))
        .extracting(ConfigProblem::kind)
        .containsExactly(ConfigProblem.Kind.INVALID_REQUEST);
    assertThat(ClientMetricsConfigs.problems("s", Map.of("interval.ms", "5")))
        .extracting(ConfigProblem::kind)
        .containsExactly(ConfigProblem.Kind.INVALID_REQUEST);
    assertThat(ClientMetricsConfigs.problems("s", Map.of("match", "x")))
        .extracting(ConfigProblem::kind)
        .containsExactly(ConfigProblem.Kind.INVALID_CONFIG);
  }
}
