package io.ottla.metadata.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.coordinator.group.GroupConfig;
import org.apache.kafka.server.config.AbstractKafkaConfig;
import org.apache.kafka.server.config.DynamicBrokerConfig;
import org.apache.kafka.server.config.QuotaConfig;
import org.apache.kafka.server.config.ServerTopicConfigSynonyms;
import org.apache.kafka.storage.internals.log.LogConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Compares our catalogs with the definitions in Kafka's jars, key by key. */
class KafkaCatalogTest {

  /** Kafka's definitions of a broker: those of the file and the quotas of run time only. */
  private static Map<String, ConfigDef.ConfigKey> brokerKeys() {
    Map<String, ConfigDef.ConfigKey> keys =
        new TreeMap<>(AbstractKafkaConfig.CONFIG_DEF.configKeys());
    keys.putAll(QuotaConfig.brokerQuotaConfigs().configKeys());
    return keys;
  }

  static Stream<Arguments> catalogs() {
    return Stream.of(
        Arguments.of("topic", ConfigCatalog.TOPIC, LogConfig.configKeys()),
        Arguments.of("broker", ConfigCatalog.BROKER, brokerKeys()),
        Arguments.of("group", ConfigCatalog.GROUP, GroupConfig.CONFIG_DEF.configKeys()),
        Arguments.of(
            "client metrics",
            ConfigCatalog.CLIENT_METRICS,
            org.apache.kafka.server.metrics.ClientMetricsConfigs.configDef().configKeys()));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("catalogs")
  void knowsTheSameKeys(String name, ConfigCatalog ours, Map<String, ConfigDef.ConfigKey> kafkas) {
    assertThat(ours.definitions())
        .extracting(ConfigDefinition::name)
        .containsExactlyElementsOf(new TreeSet<>(kafkas.keySet()));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("catalogs")
  void agreesOnTypesDefaultsAndImportance(
      String name, ConfigCatalog ours, Map<String, ConfigDef.ConfigKey> kafkas) {
    kafkas.forEach(
        (key, kafka) -> {
          ConfigDefinition our = ours.find(key).orElseThrow();
          assertThat(our.type().name()).as(key).isEqualTo(kafka.type.name());
          assertThat(our.required()).as(key).isEqualTo(!kafka.hasDefault());
          assertThat(our.importance().name()).as(key).isEqualTo(kafka.importance.name());
          assertThat(our.internal()).as(key).isEqualTo(kafka.internalConfig);
          assertThat(our.isSecret()).as(key).isEqualTo(kafka.type.isSensitive());
          if (kafka.hasDefault()) {
            assertThat(our.defaultText())
                .as(key)
                .isEqualTo(ConfigDef.convertToString(kafka.defaultValue, kafka.type));
          }
        });
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("catalogs")
  void agreesOnWhichValuesAreGood(
      String name, ConfigCatalog ours, Map<String, ConfigDef.ConfigKey> kafkas) {
    List<String> disagreements = new ArrayList<>();
    int good = 0;
    int bad = 0;
    for (ConfigDef.ConfigKey kafka : kafkas.values()) {
      // Kafka loads the class; we keep its name.
      if (kafka.type == ConfigDef.Type.CLASS) {
        continue;
      }
      ConfigDefinition our = ours.find(kafka.name).orElseThrow();
      for (String value : candidates(kafka)) {
        boolean kafkaAccepts = accepts(kafka, value);
        boolean weAccept = our.problem(value).isEmpty();
        good += kafkaAccepts ? 1 : 0;
        bad += kafkaAccepts ? 0 : 1;
        if (kafkaAccepts != weAccept) {
          disagreements.add(kafka.name + "=" + value + ": Kafka " + kafkaAccepts);
        } else if (weAccept && !our.isSecret()) {
          assertThat(our.type().format(our.parse(value)))
              .as(kafka.name)
              .isEqualTo(ConfigDef.convertToString(parse(kafka, value), kafka.type));
        }
      }
      if (kafka.validator != null && our.validator().accepts(null) != accepts(kafka, null)) {
        disagreements.add(kafka.name + " unset");
      }
    }
    assertThat(disagreements).isEmpty();
    assertThat(good).isPositive();
    assertThat(bad).isPositive();
  }

  private static boolean accepts(ConfigDef.ConfigKey key, String text) {
    try {
      if (text == null) {
        key.validator.ensureValid(key.name, null);
      } else {
        parse(key, text);
      }
      return true;
    } catch (ConfigException | IllegalArgumentException | NullPointerException e) {
      return false;
    }
  }

  private static Object parse(ConfigDef.ConfigKey key, String text) {
    ConfigDef only = new ConfigDef();
    only.define(key);
    return only.parse(Map.of(key.name, text)).get(key.name);
  }

  /** Values that are worth trying on any key, and the edges of the key's own range. */
  private static Set<String> candidates(ConfigDef.ConfigKey key) {
    Set<String> values =
        new LinkedHashSet<>(
            List.of(
                "",
                " ",
                "0",
                "-1",
                "-2",
                "-3",
                "1",
                "2",
                "3",
                " 7 ",
                "10",
                "22",
                "23",
                "0.5",
                "1.5",
                "-0.1",
                "1e3",
                "32767",
                "32768",
                "2147483647",
                "2147483648",
                "9223372036854775807",
                "9223372036854775808",
                "-9223372036854775808",
                "true",
                "TRUE",
                "false",
                "yes",
                "a",
                "a,b",
                "a, b",
                "a,a",
                "a,,b",
                ",",
                "*",
                "*,",
                " * ",
                "1:2",
                "1:2,3:4",
                "1:2:3",
                "0:x",
                "1@h:9093",
                "1@h:9093,2@[::1]:9093",
                "1@h",
                "x@h:1",
                "1@h@h:1",
                "1@:9093",
                "1@h:99999",
                "h:9092",
                "[::1]:9092",
                "h:",
                "X://h:1",
                "bad host:1",
                "compact",
                "delete",
                "compact,delete",
                "delete,delete",
                "Delete",
                "zstd",
                "ZSTD",
                "none",
                "uncompressed",
                "producer",
                "CreateTime",
                "LogAppendTime",
                "createtime",
                "earliest",
                "latest",
                "none",
                "Earliest",
                "by_duration",
                "by_duration:",
                "by_duration:PT1H",
                "by_duration:-PT1H",
                "by_duration:x",
                "read_committed",
                "read_uncommitted",
                "READ_COMMITTED",
                "PLAINTEXT",
                "plaintext",
                "SASL_SSL",
                "required",
                "requested",
                "upgrade",
                "UPGRADE",
                "Bidirectional",
                "RS256",
                "es256",
                "broker",
                "controller",
                "broker,controller",
                "classic,consumer",
                "classic,share,streams,consumer",
                "classic,other"));
    if (key.validator != null) {
      Matcher numbers = Pattern.compile("-?[0-9]+(\\.[0-9]+)?").matcher(key.validator.toString());
      while (numbers.find()) {
        if (!numbers.group().contains(".")) {
          long edge = Long.parseLong(numbers.group());
          values.addAll(List.of("" + (edge - 1), "" + edge, "" + (edge + 1)));
        } else {
          double edge = Double.parseDouble(numbers.group());
          values.addAll(List.of("" + (edge - 0.01), "" + edge, "" + (edge + 0.01)));
        }
      }
    }
    if (key.hasDefault() && key.defaultValue != null) {
      values.add(ConfigDef.convertToString(key.defaultValue, key.type));
    }
    return values;
  }

  @Test
  void agreesOnWhatMayChangeAtRunTime() {
    Map<String, String> kafkas = DynamicBrokerConfig.dynamicConfigUpdateModes();
    for (ConfigDefinition our : ConfigCatalog.BROKER.definitions()) {
      String mode = our.updateMode().name().toLowerCase(Locale.ROOT).replace('_', '-');
      assertThat(mode).as(our.name()).isEqualTo(kafkas.getOrDefault(our.name(), "read-only"));
    }
    assertThat(kafkas.keySet()).allMatch(ConfigCatalog.BROKER::contains);
  }

  @Test
  void agreesOnTheBrokerKeysBehindTopicKeys() {
    for (ConfigDefinition our : ConfigCatalog.TOPIC.definitions()) {
      List<ConfigSynonyms.BrokerKey> synonyms = ConfigSynonyms.ofTopicKey(our.name());
      var kafkas =
          ServerTopicConfigSynonyms.ALL_TOPIC_CONFIG_SYNONYMS.getOrDefault(our.name(), List.of());
      assertThat(synonyms)
          .extracting(ConfigSynonyms.BrokerKey::name)
          .as(our.name())
          .containsExactlyElementsOf(kafkas.stream().map(synonym -> synonym.name()).toList());
      for (int i = 0; i < kafkas.size(); i++) {
        String converted = kafkas.get(i).converter().apply("3");
        boolean isTime = synonyms.get(i).unit() != TimeUnit.MILLISECONDS;
        assertThat(isTime ? String.valueOf(synonyms.get(i).convert(3)) : "3")
            .as(our.name())
            .isEqualTo(converted);
      }
    }
  }

  @Test
  void agreesOnTheSynonymsOfBrokerKeys() {
    Set<String> names = new HashSet<>(AbstractKafkaConfig.CONFIG_DEF.names());
    names.addAll(
        List.of(
            "listener.name.external.ssl.keystore.location",
            "listener.name.external.plain.sasl.jaas.config",
            "listener.name.external.scram-sha-256.connections.max.reauth.ms",
            "listener.name.external.",
            "listener.name.external",
            "something.else"));
    for (String name : names) {
      for (boolean withListenerKeys : new boolean[] {true, false}) {
        assertThat(ConfigSynonyms.ofBrokerKey(name, withListenerKeys))
            .isEqualTo(DynamicBrokerConfig.brokerConfigSynonyms(name, withListenerKeys));
      }
    }
  }

  @Test
  void agreesOnTheBrokerKeysBehindGroupKeys() {
    for (ConfigDefinition our : ConfigCatalog.GROUP.definitions()) {
      assertThat(ConfigSynonyms.brokerKeyOfGroupKey(our.name()))
          .as(our.name())
          .isEqualTo(GroupConfig.brokerSynonym(our.name()));
    }
  }

  @Test
  void saysWhatEachKeyIsFor() {
    for (ConfigCatalog catalog :
        List.of(
            ConfigCatalog.TOPIC,
            ConfigCatalog.BROKER,
            ConfigCatalog.GROUP,
            ConfigCatalog.CLIENT_METRICS,
            ConfigCatalog.OTTLA)) {
      assertThat(catalog.definitions())
          .allSatisfy(
              definition ->
                  assertThat(definition.documentation())
                      .as(definition.name())
                      .hasSizeBetween(10, 200)
                      .endsWith("."));
    }
  }

  @Test
  void keepsItsOwnKeysApart() {
    assertThat(ConfigCatalog.OTTLA.definitions())
        .isNotEmpty()
        .allSatisfy(
            definition -> {
              assertThat(ConfigCatalog.BROKER.contains(definition.name())).isFalse();
              assertThat(definition.required()).isFalse();
              assertThat(definition.problem(definition.defaultText())).isEmpty();
            });
  }
}
