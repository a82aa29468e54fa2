package io.ottla.metadata.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import org.junit.jupiter.api.Test;

class BrokerConfigLayersTest {

  private static final BrokerConfigLayers EMPTY = BrokerConfigLayers.of(Map.of(), Map.of());

  private static DescribedConfig describe(BrokerConfigLayers layers, String name) {
    return new ConfigDescriber(layers)
        .broker().stream().filter(config -> config.name().equals(name)).findFirst().orElseThrow();
  }

  @Test
  void showsImpliedDefaultsAsDefaults() {
    BrokerConfigLayers layers = EMPTY.withImplied(Map.of("default.replication.factor", "3"));

    assertThat(layers.values().intValue("default.replication.factor")).isEqualTo(3);
    DescribedConfig described = describe(layers, "default.replication.factor");
    assertThat(described.value()).isEqualTo("3");
    assertThat(described.source()).isEqualTo(ConfigSource.DEFAULT);
  }

  @Test
  void prefersTheFileToImpliedDefaults() {
    BrokerConfigLayers layers =
        BrokerConfigLayers.of(
            Map.of("default.replication.factor", "2"), Map.of("default.replication.factor", "3"));

    assertThat(layers.values().intValue("default.replication.factor")).isEqualTo(2);
    assertThat(describe(layers, "default.replication.factor").source())
        .isEqualTo(ConfigSource.STATIC_BROKER);
  }

  @Test
  void showsItsOwnKeysWhereTheyAreSet() {
    BrokerConfigLayers layers = BrokerConfigLayers.of(Map.of("ottla.shards", "3"), Map.of());

    assertThat(layers.values().intValue("ottla.shards")).isEqualTo(3);
    assertThat(describe(layers, "ottla.shards").readOnly()).isTrue();
    assertThat(new ConfigDescriber(layers).broker())
        .extracting(DescribedConfig::name)
        .doesNotContain("ottla.transport");
  }

  @Test
  void refusesToChangeItsOwnKeysAtRunTime() {
    for (String key : List.of("ottla.shards", "ottla.no.such.key")) {
      assertThat(DynamicBrokerConfigs.problems(Map.of(key, "1"), true, EMPTY))
          .extracting(ConfigProblem::key)
          .containsExactly(key);
    }
  }

  @Test
  void changesPoolsByHalfOrDoubleAtATime() {
    for (String good : List.of("4", "8", "16")) {
      assertThat(DynamicBrokerConfigs.problems(Map.of("num.io.threads", good), false, EMPTY))
          .isEmpty();
    }
    for (String bad : List.of("3", "17")) {
      assertThat(DynamicBrokerConfigs.problems(Map.of("num.io.threads", bad), false, EMPTY))
          .extracting(ConfigProblem::key)
          .containsExactly("num.io.threads");
    }
  }

  @Test
  void keepsLocalRetentionWithinRetention() {
    assertThat(
            DynamicBrokerConfigs.problems(
                Map.of("log.local.retention.ms", "1000", "log.retention.ms", "999"), false, EMPTY))
        .extracting(ConfigProblem::key)
        .containsExactly("log.local.retention.ms");
  }

  @Test
  void neverShowsASecret() {
    BrokerConfigLayers layers =
        BrokerConfigLayers.of(
                Map.of("ssl.keystore.password", "hush", "unknown.key", "hush"), Map.of())
            .withDynamic(Map.of(), Map.of("listener.name.x.ssl.key.password", "hush"));

    assertThat(new ConfigDescriber(layers).broker().toString()).doesNotContain("hush");
    assertThat(ConfigCatalog.BROKER.find("ssl.key.password").orElseThrow().problem("hush"))
        .isEmpty();
  }

  @Test
  void tellsAnUnsetKeyFromAnUnknownOne() {
    ConfigValues values = EMPTY.values();

    assertThat(values.optionalText("broker.rack")).isEmpty();
    assertThat(values.value("log.retention.ms")).isNull();
    assertThat(values.isSet("broker.rack")).isFalse();
    assertThatThrownBy(() -> values.value("no.such.key"))
        .isInstanceOf(NoSuchElementException.class);
  }

  @Test
  void inheritsTimesInTheTopicsUnit() {
    BrokerConfigLayers layers = BrokerConfigLayers.of(Map.of("log.retention.hours", "2"), Map.of());

    assertThat(TopicConfigs.values(Map.of(), layers.values()).longValue("retention.ms"))
        .isEqualTo(7_200_000);
    assertThat(
            TopicConfigs.values(Map.of("retention.ms", "5"), layers.values())
                .longValue("retention.ms"))
        .isEqualTo(5);
  }

  @Test
  void takesAnyNegativeRetentionOfTheBrokerForUnlimited() {
    BrokerConfigLayers layers =
        BrokerConfigLayers.of(Map.of("log.retention.hours", "-3"), Map.of());

    assertThat(TopicConfigs.values(Map.of(), layers.values()).longValue("retention.ms"))
        .isEqualTo(-1);
  }
}
