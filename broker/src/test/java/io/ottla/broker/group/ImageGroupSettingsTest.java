package io.ottla.broker.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.broker.admin.TestCluster;
import io.ottla.coordinator.group.consumer.ConsumerGroupSettings;
import io.ottla.coordinator.group.consumer.MigrationPolicy;
import io.ottla.metadata.controller.ConfigOperation;
import io.ottla.metadata.controller.ItemResult;
import io.ottla.metadata.image.ConfigResource;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ImageGroupSettingsTest {

  private static final ConfigResource GROUP = new ConfigResource(ConfigResource.Type.GROUP, "g");

  private TestCluster cluster = TestCluster.with();

  private ImageGroupSettings settings() {
    return new ImageGroupSettings(cluster, cluster::layers);
  }

  private void change(
      ConfigResource resource, ConfigOperation.Type type, String key, String value) {
    List<ConfigOperation> operations = List.of(new ConfigOperation(type, key, value));
    assertThat(
            cluster
                .controller()
                .incrementalAlterConfigs(Map.of(resource, operations), false)
                .join()
                .values())
        .containsExactly(ItemResult.DONE);
  }

  private void set(ConfigResource resource, String key, String value) {
    change(resource, ConfigOperation.Type.SET, key, value);
  }

  @Test
  void hasKafkasDefaults() {
    assertThat(settings().of("g")).isEqualTo(ConsumerGroupSettings.DEFAULTS);
  }

  @Test
  void readsTheBrokersKeys() {
    cluster =
        TestCluster.with(
            "group.consumer.session.timeout.ms=50000",
            "group.consumer.heartbeat.interval.ms=7000",
            "group.consumer.assignment.interval.ms=500",
            "group.consumer.max.size=9",
            "group.consumer.assignors=org.apache.kafka.coordinator.group.assignor.RangeAssignor,"
                + "uniform,range",
            "group.consumer.migration.policy=Upgrade",
            "group.consumer.regex.refresh.interval.ms=20000");
    assertThat(settings().of("g"))
        .isEqualTo(
            new ConsumerGroupSettings(
                50_000,
                7_000,
                true,
                500,
                9,
                List.of("range", "uniform"),
                MigrationPolicy.UPGRADE,
                20_000,
                true));
  }

  @Test
  void takesAHeartbeatIntervalSetToTheDefaultForASetOne() {
    cluster = TestCluster.with("group.consumer.heartbeat.interval.ms=5000");
    assertThat(settings().of("g").isHeartbeatIntervalExplicit()).isTrue();
    assertThat(settings().of("g").heartbeatIntervalMs()).isEqualTo(5_000);
  }

  @Test
  void putsWhatIsSetForAGroupOverTheBrokersUntilItIsDeleted() {
    ImageGroupSettings settings = settings();
    set(GROUP, "consumer.heartbeat.interval.ms", "8000");
    set(GROUP, "consumer.session.timeout.ms", "55000");

    assertThat(settings.of("g").heartbeatIntervalMs()).isEqualTo(8_000);
    assertThat(settings.of("g").isHeartbeatIntervalExplicit()).isTrue();
    assertThat(settings.of("g").sessionTimeoutMs()).isEqualTo(55_000);
    assertThat(settings.of("other")).isEqualTo(ConsumerGroupSettings.DEFAULTS);

    change(GROUP, ConfigOperation.Type.DELETE, "consumer.heartbeat.interval.ms", null);
    assertThat(settings.of("g").heartbeatIntervalMs()).isEqualTo(5_000);
    assertThat(settings.of("g").isHeartbeatIntervalExplicit()).isFalse();
    change(GROUP, ConfigOperation.Type.DELETE, "consumer.session.timeout.ms", null);
    assertThat(settings.of("g")).isEqualTo(ConsumerGroupSettings.DEFAULTS);
  }

  @Test
  void makesNothingNewWhileNothingChanges() {
    ImageGroupSettings settings = settings();
    set(GROUP, "consumer.session.timeout.ms", "55000");
    cluster.broker(1);
    ConsumerGroupSettings own = settings.of("g");
    ConsumerGroupSettings inherited = settings.of("other");
    cluster.topic("orders", 1);
    assertThat(settings.of("g")).isSameAs(own);
    assertThat(settings.of("other")).isSameAs(inherited);
    assertThat(settings.of("a third")).isSameAs(inherited);
  }

  @Test
  void goesByAnAssignmentIntervalThatIsSetAtRunTimeWithinItsBounds() {
    ImageGroupSettings settings = settings();
    set(ConfigResource.defaultBroker(), "group.consumer.assignment.interval.ms", "3000");
    assertThat(settings.of("g").assignmentIntervalMs()).isEqualTo(3_000);
    set(ConfigResource.defaultBroker(), "group.consumer.assignment.interval.ms", "99999");
    assertThat(settings.of("g").assignmentIntervalMs()).as("the maximum").isEqualTo(15_000);
  }

  @Test
  void movesAGroupsValuesIntoBoundsThatAreNarrowerHereThanWhereTheyWereChecked() {
    set(GROUP, "consumer.session.timeout.ms", "60000");
    TestCluster narrow = TestCluster.with("group.consumer.max.session.timeout.ms=50000");
    ImageGroupSettings settings = new ImageGroupSettings(cluster, narrow::layers);
    assertThat(settings.of("g").sessionTimeoutMs()).isEqualTo(50_000);
  }
}
