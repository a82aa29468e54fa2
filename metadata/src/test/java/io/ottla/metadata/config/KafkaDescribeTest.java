package io.ottla.metadata.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Proxy;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Stream;
import kafka.server.ConfigHelper;
import kafka.server.KafkaConfig;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.message.DescribeConfigsRequestData.DescribeConfigsResource;
import org.apache.kafka.common.message.DescribeConfigsResponseData.DescribeConfigsResourceResult;
import org.apache.kafka.common.message.DescribeConfigsResponseData.DescribeConfigsResult;
import org.apache.kafka.metadata.ConfigRepository;
import org.apache.kafka.metadata.KafkaConfigSchema;
import org.apache.kafka.metadata.MetadataCache;
import org.apache.kafka.server.config.ServerTopicConfigSynonyms;
import org.apache.kafka.storage.internals.log.LogConfig;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import scala.Option;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Describes the same resources with Kafka's code and with ours: value, source, synonyms and their
 * order, type, read-only and sensitive must be equal for every key.
 */
class KafkaDescribeTest {

  /** What a broker and the resources on it are configured with. */
  record Setting(
      String name,
      Map<String, String> file,
      Map<String, String> clusterWide,
      Map<String, String> ofBroker,
      Map<String, String> topic,
      Map<String, String> group,
      Map<String, String> subscription) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static final Map<String, String> BASE =
      Map.of(
          "process.roles", "broker,controller",
          "node.id", "1",
          "listeners", "PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093",
          "controller.listener.names", "CONTROLLER",
          "controller.quorum.voters", "1@127.0.0.1:9093");

  static Stream<Setting> settings() {
    return Stream.of(
        new Setting("nothing set", Map.of(), Map.of(), Map.of(), Map.of(), Map.of(), Map.of()),
        new Setting(
            "file with old names of times",
            Map.of(
                "log.retention.hours", "24",
                "log.roll.hours", "2",
                "log.roll.jitter.hours", "1",
                "log.flush.scheduler.interval.ms", "777",
                "log.cleanup.policy", "compact, delete",
                "group.consumer.session.timeout.ms", "46000",
                "internal.metadata.delete.delay.millis", "5",
                "log.dirs", "/tmp/a , /tmp/b",
                "compression.type", " zstd ",
                "some.plugin.key", "secret"),
            Map.of(),
            Map.of(),
            Map.of("retention.ms", "1000", "cleanup.policy", "delete, delete"),
            Map.of(
                "consumer.session.timeout.ms", "47000", "share.isolation.level", "read_committed"),
            Map.of("interval.ms", "1000", "metrics", "a, b")),
        new Setting(
            "file with old and new names of times",
            Map.of(
                "log.retention.minutes", "10",
                "log.retention.ms", "-7",
                "log.roll.ms", "5000",
                "log.roll.hours", "3",
                "broker.rack", "r1"),
            Map.of(),
            Map.of(),
            Map.of("segment.ms", "9"),
            Map.of(),
            Map.of()),
        new Setting(
            "run time over file",
            Map.of(
                "log.retention.hours", "24",
                "log.retention.minutes", "11",
                "message.max.bytes", "2000000",
                "min.insync.replicas", "2",
                "ssl.keystore.password", "hush",
                "listener.name.controller.ssl.keystore.password", "hush2"),
            Map.of(
                "log.retention.ms", "5000",
                "message.max.bytes", "3000000",
                "leader.replication.throttled.rate", "12345",
                "max.connections", "100",
                "group.consumer.assignment.interval.ms", "99999",
                "custom", "c"),
            Map.of(
                "message.max.bytes", "4000000",
                "log.cleaner.threads", "2",
                "listener.name.plaintext.max.connections", "7"),
            Map.of("max.message.bytes", "5000000", "internal.segment.bytes", "100"),
            Map.of("consumer.assignment.interval.ms", "100"),
            Map.of("match", "client_id=a")),
        new Setting(
            "run time values nobody can use",
            Map.of(),
            Map.of("num.io.threads", "many", "listeners", "PLAINTEXT://:1", "node.id", "7"),
            Map.of("log.retention.ms", "x", "ssl.keystore.type", "PEM", "log.dirs", "/x"),
            Map.of(),
            Map.of(),
            Map.of()));
  }

  @ParameterizedTest
  @MethodSource("settings")
  void describesAsKafkaDoes(Setting setting) {
    Map<String, String> file = new HashMap<>(BASE);
    file.putAll(setting.file());
    KafkaConfig kafka = KafkaConfig.fromProps(properties(file), false);
    kafka.dynamicConfig().initialize(Option.empty());
    kafka.dynamicConfig().updateDefaultConfig(properties(setting.clusterWide()), false);
    kafka.dynamicConfig().updateBrokerConfig(1, properties(setting.ofBroker()), false);
    ConfigHelper helper = new ConfigHelper(allTopics(), kafka, repository(setting));

    Map<String, String> fixed = new HashMap<>(file);
    fixed.put("broker.id", "1"); // the older name, filled in when the file is read
    BrokerConfigLayers layers =
        BrokerConfigLayers.of(fixed, Map.of())
            .withDynamic(setting.clusterWide(), setting.ofBroker());
    ConfigDescriber ours = new ConfigDescriber(layers);

    assertSame(ours.topic(setting.topic()), describe(helper, ConfigResource.Type.TOPIC, "t"));
    assertSame(ours.group(setting.group()), describe(helper, ConfigResource.Type.GROUP, "g"));
    assertSame(
        ours.clientMetrics(setting.subscription()),
        describe(helper, ConfigResource.Type.CLIENT_METRICS, "s"));
    assertSame(ours.allBrokers(), describe(helper, ConfigResource.Type.BROKER, ""));
    assertSame(ours.broker(), describe(helper, ConfigResource.Type.BROKER, "1"));
  }

  @ParameterizedTest
  @MethodSource("settings")
  void describesANewTopicAsKafkaDoes(Setting setting) {
    KafkaConfigSchema kafka =
        new KafkaConfigSchema(
            Map.of(ConfigResource.Type.TOPIC, LogConfig.configDefCopy()),
            ServerTopicConfigSynonyms.ALL_TOPIC_CONFIG_SYNONYMS);
    Map<String, String> clusterWide = DynamicBrokerConfigs.usable(setting.clusterWide(), false);
    Map<String, String> ofBroker = DynamicBrokerConfigs.usable(setting.ofBroker(), true);
    BrokerConfigLayers layers =
        BrokerConfigLayers.of(setting.file(), Map.of()).withDynamic(clusterWide, ofBroker);

    assertThat(
            new ConfigDescriber(layers)
                .newTopic(setting.topic()).stream()
                    .map(
                        config ->
                            config.name() + "=" + config.value() + " from " + config.source().id()))
        .containsExactlyInAnyOrderElementsOf(
            kafka
                .resolveEffectiveTopicConfigs(
                    setting.file(), clusterWide, ofBroker, setting.topic())
                .values()
                .stream()
                .map(
                    entry ->
                        entry.name()
                            + "="
                            + entry.value()
                            + " from "
                            + KafkaConfigSchema.translateConfigSource(entry.source()).id())
                .toList());
  }

  private static void assertSame(
      List<DescribedConfig> ours, List<DescribeConfigsResourceResult> kafkas) {
    assertThat(ours.stream().map(config -> config.name() + ": " + text(config)))
        .containsExactlyInAnyOrderElementsOf(
            kafkas.stream().map(config -> config.name() + ": " + text(config)).toList());
  }

  private static String text(DescribeConfigsResourceResult config) {
    List<String> synonyms =
        config.synonyms().stream()
            .map(synonym -> synonym.source() + " " + synonym.name() + "=" + synonym.value())
            .toList();
    return String.join(
        " ",
        config.value(),
        "source " + config.configSource(),
        "type " + config.configType(),
        "read-only " + config.readOnly(),
        "sensitive " + config.isSensitive(),
        synonyms.toString());
  }

  private static String text(DescribedConfig config) {
    List<String> synonyms =
        config.synonyms().stream()
            .map(found -> found.source().id() + " " + found.name() + "=" + found.value())
            .toList();
    return String.join(
        " ",
        config.value(),
        "source " + config.source().id(),
        "type " + config.typeId(),
        "read-only " + config.readOnly(),
        "sensitive " + config.secret(),
        synonyms.toString());
  }

  private static List<DescribeConfigsResourceResult> describe(
      ConfigHelper helper, ConfigResource.Type type, String name) {
    DescribeConfigsResource resource =
        new DescribeConfigsResource().setResourceType(type.id()).setResourceName(name);
    List<DescribeConfigsResult> results =
        CollectionConverters.asJava(
            helper.describeConfigs(
                CollectionConverters.asScala(List.of(resource)).toList(), true, true));
    assertThat(results.getFirst().errorCode()).isZero();
    return results.getFirst().configs();
  }

  private static Properties properties(Map<String, String> values) {
    Properties properties = new Properties();
    properties.putAll(values);
    return properties;
  }

  private static ConfigRepository repository(Setting setting) {
    return resource ->
        properties(
            switch (resource.type()) {
              case TOPIC -> setting.topic();
              case GROUP -> setting.group();
              case CLIENT_METRICS -> setting.subscription();
              default -> Map.of();
            });
  }

  /** A cache that has every topic, which is all that is asked of it. */
  private static MetadataCache allTopics() {
    return (MetadataCache)
        Proxy.newProxyInstance(
            KafkaDescribeTest.class.getClassLoader(),
            new Class<?>[] {MetadataCache.class},
            (proxy, method, arguments) -> {
              assertThat(method.getName()).isEqualTo("contains");
              return true;
            });
  }
}
