package io.ottla.metadata.controller;

import static io.ottla.metadata.controller.ControllerFixture.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.metadata.controller.ConfigOperation.Type;
import io.ottla.metadata.image.ConfigResource;
import io.ottla.metadata.image.MetadataDelta.ConfigChanged;
import io.ottla.wire.ErrorCode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ConfigsTest {

  private static final ConfigResource ORDERS = ConfigResource.topic("orders");
  private static final ConfigResource BROKER = ConfigResource.broker(1);
  private static final ConfigResource GROUP =
      new ConfigResource(ConfigResource.Type.GROUP, "readers");

  private final ControllerFixture fixture = new ControllerFixture();

  @BeforeEach
  void createTopic() {
    fixture.withBrokers(1).create("orders", 1, 1);
  }

  @Test
  void setsAndDeletesSingleSettings() {
    assertThat(alter(ORDERS, set("a", "1"), set("b", "2"))).isEqualTo(ErrorCode.NONE);
    assertThat(alter(ORDERS, set("a", "3"), delete("b"), delete("none"))).isEqualTo(ErrorCode.NONE);
    assertThat(fixture.image().configs(ORDERS)).containsExactly(Map.entry("a", "3"));
    assertThat(alter(ORDERS, delete("a"))).isEqualTo(ErrorCode.NONE);
    assertThat(fixture.image().configResources()).isEmpty();
  }

  @Test
  void appendsToAListAndTakesFromIt() {
    alter(ORDERS, new ConfigOperation(Type.APPEND, "cleanup.policy", "compact,delete"));
    assertThat(fixture.image().configs(ORDERS)).containsEntry("cleanup.policy", "delete,compact");
    alter(ORDERS, new ConfigOperation(Type.SUBTRACT, "cleanup.policy", "delete,none"));
    assertThat(fixture.image().configs(ORDERS)).containsEntry("cleanup.policy", "compact");
    alter(ORDERS, new ConfigOperation(Type.SUBTRACT, "cleanup.policy", "compact"));
    assertThat(fixture.image().configs(ORDERS)).containsEntry("cleanup.policy", "");
    assertThat(alter(ORDERS, new ConfigOperation(Type.APPEND, "retention.ms", "1")))
        .isEqualTo(ErrorCode.INVALID_CONFIG);
  }

  @Test
  void changesAllOfAResourceOrNothing() {
    assertThat(alter(ORDERS, set("good", "1"), set("bad", "2")))
        .isEqualTo(ErrorCode.INVALID_CONFIG);
    assertThat(alter(ORDERS, set("a", "1"), set("a", "2"))).isEqualTo(ErrorCode.INVALID_REQUEST);
    assertThat(alter(ORDERS, set("a", null))).isEqualTo(ErrorCode.INVALID_REQUEST);
    assertThat(alter(ORDERS, set("a", "x".repeat(40_000)))).isEqualTo(ErrorCode.INVALID_CONFIG);
    assertThat(fixture.image().configs(ORDERS)).isEmpty();
  }

  @Test
  void manyChangesOfOneResourceAtOnceAreAllMadeInTheirOrder() {
    List<CompletableFuture<Map<ConfigResource, ItemResult>>> answers = new ArrayList<>();
    fixture.quorum.hold();
    for (int i = 0; i < 100; i++) {
      answers.add(
          fixture.controller.incrementalAlterConfigs(
              Map.of(
                  ORDERS,
                  List.of(set("last", "" + i), set("key" + i, "1")),
                  i % 2 == 0 ? BROKER : GROUP,
                  List.of(set("last", "" + i))),
              false));
    }
    fixture.quorum.letGo();

    for (CompletableFuture<Map<ConfigResource, ItemResult>> answer : answers) {
      assertThat(get(answer).values()).hasSize(2).allMatch(ItemResult::isDone);
    }
    assertThat(fixture.image().configs(ORDERS)).hasSize(101).containsEntry("last", "99");
    assertThat(fixture.image().configs(BROKER)).containsExactly(Map.entry("last", "98"));
    assertThat(fixture.image().configs(GROUP)).containsExactly(Map.entry("last", "99"));
  }

  @Test
  void aChangeThatFailsDoesNotHoldUpTheNextOne() {
    fixture.quorum.hold();
    var refused =
        fixture.controller.incrementalAlterConfigs(Map.of(ORDERS, List.of(set("bad", "1"))), false);
    var changed =
        fixture.controller.incrementalAlterConfigs(Map.of(ORDERS, List.of(set("a", "1"))), false);
    var last =
        fixture.controller.incrementalAlterConfigs(Map.of(ORDERS, List.of(set("b", "1"))), false);
    fixture.quorum.letGo();
    assertThat(get(refused).get(ORDERS).error()).isEqualTo(ErrorCode.INVALID_CONFIG);
    assertThat(get(changed).get(ORDERS).isDone()).isTrue();
    assertThat(get(last).get(ORDERS).isDone()).isTrue();
  }

  @Test
  void changesEachResourceByItself() {
    Map<ConfigResource, ItemResult> results =
        get(
            fixture.controller.incrementalAlterConfigs(
                Map.of(
                    ORDERS,
                    List.of(set("a", "1")),
                    ConfigResource.topic("none"),
                    List.of(set("a", "1")),
                    ConfigResource.broker(9),
                    List.of(set("a", "1")),
                    BROKER,
                    List.of(set("a", "1")),
                    ConfigResource.defaultBroker(),
                    List.of(set("a", "1")),
                    GROUP,
                    List.of(set("a", "1")),
                    new ConfigResource(ConfigResource.Type.CLIENT_METRICS, "m"),
                    List.of(set("a", "1"))),
                false));
    assertThat(results.get(ConfigResource.topic("none")).error())
        .isEqualTo(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    assertThat(results.get(ConfigResource.broker(9)).error())
        .isEqualTo(ErrorCode.BROKER_ID_NOT_REGISTERED);
    assertThat(results.values().stream().filter(ItemResult::isDone)).hasSize(5);
    assertThat(fixture.image().configResources()).hasSize(5);
  }

  @Test
  void refusesNamesThatMakeNoSense() {
    assertThat(alter(ConfigResource.topic(""), set("a", "1"))).isEqualTo(ErrorCode.INVALID_REQUEST);
    assertThat(alter(ConfigResource.topic("a b"), set("a", "1")))
        .isEqualTo(ErrorCode.INVALID_TOPIC_EXCEPTION);
    assertThat(alter(new ConfigResource(ConfigResource.Type.BROKER, "-1"), set("a", "1")))
        .isEqualTo(ErrorCode.INVALID_REQUEST);
    assertThat(alter(new ConfigResource(ConfigResource.Type.BROKER, "one"), set("a", "1")))
        .isEqualTo(ErrorCode.INVALID_REQUEST);
    assertThat(alter(new ConfigResource(ConfigResource.Type.BROKER, "2999999999"), set("a", "1")))
        .isEqualTo(ErrorCode.BROKER_ID_NOT_REGISTERED);
    assertThat(alter(new ConfigResource(ConfigResource.Type.GROUP, ""), set("a", "1")))
        .isEqualTo(ErrorCode.INVALID_REQUEST);
  }

  @Test
  void replacesAllSettingsInTheOlderWay() {
    alter(ORDERS, set("a", "1"), set("b", "2"));
    assertThat(
            get(fixture.controller.alterConfigs(Map.of(ORDERS, Map.of("b", "3", "c", "4")), false))
                .get(ORDERS)
                .error())
        .isEqualTo(ErrorCode.NONE);
    assertThat(fixture.image().configs(ORDERS))
        .containsOnly(Map.entry("b", "3"), Map.entry("c", "4"));
    Map<String, String> withNull = new HashMap<>();
    withNull.put("a", null);
    assertThat(
            get(fixture.controller.alterConfigs(Map.of(ORDERS, withNull), false))
                .get(ORDERS)
                .error())
        .isEqualTo(ErrorCode.INVALID_REQUEST);
  }

  @Test
  void tellsABrokerOfASettingThatIsSetToWhatItWas() {
    alter(BROKER, set("ssl.keystore.location", "/store"));
    fixture.deltas.clear();
    alter(BROKER, set("ssl.keystore.location", "/store"));
    assertThat(fixture.deltas).hasSize(1).first().isInstanceOf(ConfigChanged.class);
    alter(ORDERS, set("a", "1"));
    fixture.deltas.clear();
    alter(ORDERS, set("a", "1"));
    assertThat(fixture.deltas).isEmpty();
  }

  @Test
  void losesNoChangeWhenTwoAreMadeAtOnce() {
    fixture.quorum.beforeNext(() -> alter(ORDERS, set("b", "2")));
    assertThat(alter(ORDERS, set("a", "1"))).isEqualTo(ErrorCode.NONE);
    assertThat(fixture.image().configs(ORDERS))
        .containsOnly(Map.entry("a", "1"), Map.entry("b", "2"));
  }

  @Test
  void changesNothingWhenItOnlyValidates() {
    ConfigResource none = ConfigResource.topic("none");
    Map<ConfigResource, ItemResult> results =
        get(
            fixture.controller.incrementalAlterConfigs(
                Map.of(
                    ORDERS, List.of(set("a", "1")),
                    none, List.of(set("a", "1")),
                    GROUP, List.of(set("bad", "1"))),
                true));
    assertThat(results.get(ORDERS)).isEqualTo(ItemResult.DONE);
    assertThat(results.get(none).error()).isEqualTo(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    assertThat(results.get(GROUP).error()).isEqualTo(ErrorCode.INVALID_CONFIG);
    assertThat(fixture.image().configResources()).isEmpty();
  }

  private ErrorCode alter(ConfigResource resource, ConfigOperation... operations) {
    ItemResult result =
        get(fixture.controller.incrementalAlterConfigs(
                Map.of(resource, List.of(operations)), false))
            .get(resource);
    assertThat(result.isDone()).isEqualTo(result.message() == null);
    return result.error();
  }

  private static ConfigOperation set(String key, String value) {
    return new ConfigOperation(Type.SET, key, value);
  }

  private static ConfigOperation delete(String key) {
    return new ConfigOperation(Type.DELETE, key, null);
  }
}
