package io.ottla.metadata.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ottla.metadata.image.FeatureRange;
import io.ottla.metadata.image.NodeIds;
import io.ottla.metadata.quorum.QuorumException;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.UpdateFeaturesRequest;
import io.ottla.wire.message.UpdateFeaturesRequest.FeatureUpdateKey;
import io.ottla.wire.message.UpdateFeaturesResponse;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.server.common.Feature;
import org.apache.kafka.server.common.MetadataVersion;
import org.junit.jupiter.api.Test;

class FeaturesTest {

  private static final int UPGRADE = 1;
  private static final int SAFE = 2;
  private static final int UNSAFE = 3;

  private final Cluster cluster = new Cluster();

  private static FeatureUpdateKey update(String feature, int level, int type) {
    return new FeatureUpdateKey()
        .feature(feature)
        .maxVersionLevel((short) level)
        .upgradeType((byte) type);
  }

  private UpdateFeaturesResponse update(boolean validateOnly, FeatureUpdateKey... updates) {
    return ControllerFixture.get(
        cluster.controller.updateFeatures(
            new UpdateFeaturesRequest()
                .validateOnly(validateOnly)
                .featureUpdates(List.of(updates))));
  }

  private ErrorCode error(String feature, int level, int type) {
    return ErrorCode.forCode(update(false, update(feature, level, type)).errorCode());
  }

  private short level(String feature) {
    return cluster.image().features().getOrDefault(feature, (short) 0);
  }

  /** Who served before that would serve without what the features bring. */
  @Test
  void noBrokerIsRegisteredBeforeTheFeaturesOfANewClusterAreSet() {
    Cluster.Options options = new Cluster.Options();
    options.firstFailure = new QuorumException.OutcomeUnknown("lost", null);
    Cluster fresh = new Cluster(options);
    fresh.quorum.failWith(null);

    assertThatThrownBy(() -> fresh.controller.registerBroker(Cluster.registration(1, -1)).join())
        .satisfies(
            failure ->
                assertThat(ControllerException.of(failure).error())
                    .isEqualTo(ErrorCode.NOT_CONTROLLER));

    fresh.shard.passMs(1_000);
    assertThat(fresh.register(Cluster.registration(1, -1)).errorCode()).isZero();
  }

  @Test
  void supportsWhatKafkaSupportsAndBeginsWithWhatKafkaBeginsWith() {
    for (MetadataVersion version : MetadataVersion.values()) {
      if (version.featureLevel() > FeatureCatalog.UNSTABLE_METADATA_VERSION) {
        continue;
      }
      Map<String, Short> kafkas = new HashMap<>();
      kafkas.put("metadata.version", version.featureLevel());
      for (Feature feature : Feature.PRODUCTION_FEATURES) {
        short level = feature.defaultLevel(version);
        if (level > 0) {
          kafkas.put(feature.featureName(), level);
        }
      }
      assertThat(FeatureCatalog.firstLevels(version.featureLevel()))
          .as(version.toString())
          .isEqualTo(kafkas);
    }
    Map<String, FeatureRange> ranges = new HashMap<>();
    ranges.put(
        "metadata.version",
        new FeatureRange(
            MetadataVersion.MINIMUM_VERSION.featureLevel(),
            MetadataVersion.latestProduction().featureLevel()));
    for (Feature feature : Feature.PRODUCTION_FEATURES) {
      ranges.put(
          feature.featureName(),
          new FeatureRange(feature.minimumProduction(), feature.latestProduction()));
    }
    assertThat(FeatureCatalog.supportedLevels()).isEqualTo(ranges);

    ranges.put(
        "metadata.version",
        new FeatureRange(
            MetadataVersion.MINIMUM_VERSION.featureLevel(),
            MetadataVersion.latestTesting().featureLevel()));
    assertThat(FeatureCatalog.supportedLevels(true)).isEqualTo(ranges);
  }

  @Test
  void knowsAsKafkaDoesWhichMetadataVersionsDiffer() {
    for (MetadataVersion from : MetadataVersion.values()) {
      for (MetadataVersion to : MetadataVersion.values()) {
        if (from.featureLevel() <= FeatureCatalog.UNSTABLE_METADATA_VERSION
            && to.isLessThan(from)) {
          assertThat(FeatureCatalog.differInMetadata(from.featureLevel(), to.featureLevel()))
              .as(from + " to " + to)
              .isEqualTo(MetadataVersion.checkIfMetadataChanged(from, to));
        }
      }
    }
  }

  @Test
  void dependsOnWhatKafkaDependsOn() {
    for (Feature feature : Feature.PRODUCTION_FEATURES) {
      if (feature == Feature.KRAFT_VERSION) {
        continue;
      }
      for (short level = 0; level <= feature.latestProduction(); level++) {
        for (MetadataVersion version : MetadataVersion.values()) {
          Map<String, Short> levels = Map.of("metadata.version", version.featureLevel());
          boolean kafkas = true;
          try {
            Feature.validateVersion(feature.fromFeatureLevel(level, true), levels);
          } catch (IllegalArgumentException e) {
            kafkas = false;
          }
          assertThat(FeatureCatalog.missingDependency(feature.featureName(), level, levels) == null)
              .as(feature + " " + level + " " + version)
              .isEqualTo(kafkas);
        }
      }
    }
  }

  @Test
  void changesLevelsUpAndDown() {
    cluster.with(1, 2);
    assertThat(cluster.image().features()).isEqualTo(FeatureCatalog.firstLevels());
    assertThat(error("share.version", 0, UPGRADE)).isEqualTo(ErrorCode.INVALID_UPDATE_VERSION);
    assertThat(error("share.version", 0, SAFE)).isEqualTo(ErrorCode.NONE);
    assertThat(level("share.version")).isZero();
    assertThat(error("share.version", 1, SAFE)).isEqualTo(ErrorCode.INVALID_UPDATE_VERSION);
    assertThat(error("share.version", 1, UPGRADE)).isEqualTo(ErrorCode.NONE);
    assertThat(level("share.version")).isEqualTo((short) 1);
    assertThat(error("share.version", 1, UPGRADE)).isEqualTo(ErrorCode.NONE);
  }

  @Test
  void doesNotDisableWhatIsNoFeature() {
    cluster.with(1);
    assertThat(error("no.such.version", 0, SAFE)).isEqualTo(ErrorCode.INVALID_UPDATE_VERSION);
  }

  @Test
  void understandsTheFirstVersionsWayToAllowADowngrade() {
    assertThat(update(false, update("group.version", 0, UPGRADE).allowDowngrade(true)).errorCode())
        .isZero();
    assertThat(level("group.version")).isZero();
  }

  @Test
  void changesAllOrNothing() {
    UpdateFeaturesResponse response =
        update(false, update("share.version", 0, SAFE), update("streams.version", 5, UPGRADE));
    assertThat(response.errorCode()).isEqualTo(ErrorCode.INVALID_UPDATE_VERSION.code());
    assertThat(response.errorMessage())
        .startsWith("The update failed for all features since the following feature had an error")
        .contains("streams.version");
    assertThat(level("share.version")).isEqualTo((short) 1);
    assertThat(
            update(false, update("share.version", 0, SAFE), update("streams.version", 0, SAFE))
                .results())
        .hasSize(2);
    assertThat(level("streams.version")).isZero();
  }

  @Test
  void changesNothingWhenOnlyAskedWhetherItCould() {
    int logged = cluster.quorum.log().size();
    assertThat(update(true, update("share.version", 0, SAFE)).errorCode()).isZero();
    assertThat(update(true, update("share.version", 9, UPGRADE)).errorCode())
        .isEqualTo(ErrorCode.INVALID_UPDATE_VERSION.code());
    assertThat(cluster.quorum.log()).hasSize(logged);
  }

  @Test
  void refusesWhatNobodyKnowsOrSomeBrokerDoesNot() {
    assertThat(error("none", 1, UPGRADE)).isEqualTo(ErrorCode.INVALID_UPDATE_VERSION);
    assertThat(error("share.version", -1, SAFE)).isEqualTo(ErrorCode.INVALID_UPDATE_VERSION);
    assertThat(error("share.version", 0, 9)).isEqualTo(ErrorCode.INVALID_UPDATE_VERSION);
    assertThat(error("share.version", 0, SAFE)).isEqualTo(ErrorCode.NONE);
    var old = Cluster.registration(2, -1);
    old.features(old.features().stream().filter(f -> !f.name().equals("share.version")).toList());
    assertThat(cluster.register(old).errorCode()).isZero();
    assertThat(error("share.version", 1, UPGRADE)).isEqualTo(ErrorCode.INVALID_UPDATE_VERSION);
  }

  @Test
  void refusesToGoBackAcrossAChangeOfWhatIsWritten() {
    assertThat(error("metadata.version", 29, UPGRADE)).isEqualTo(ErrorCode.INVALID_UPDATE_VERSION);
    assertThat(error("metadata.version", 29, SAFE)).isEqualTo(ErrorCode.INVALID_UPDATE_VERSION);
    assertThat(error("metadata.version", 29, UNSAFE)).isEqualTo(ErrorCode.INVALID_UPDATE_VERSION);
    assertThat(error("metadata.version", 31, UPGRADE)).isEqualTo(ErrorCode.INVALID_UPDATE_VERSION);
    assertThat(error("kraft.version", 0, SAFE)).isEqualTo(ErrorCode.INVALID_UPDATE_VERSION);
    assertThat(error("kraft.version", 1, UPGRADE)).isEqualTo(ErrorCode.NONE);
  }

  @Test
  void makesEligibleReplicasInSyncAgainWhenTheyAreTurnedOff() {
    cluster.with(1, 2);
    cluster.create("orders", List.of(1, 2));
    cluster.create("away", List.of(2));
    cluster.fence(2);
    assertThat(cluster.partition("away", 0).elr()).isEqualTo(NodeIds.of(2));
    assertThat(error("eligible.leader.replicas.version", 0, SAFE)).isEqualTo(ErrorCode.NONE);
    assertThat(cluster.partition("away", 0).elr()).isEqualTo(NodeIds.EMPTY);
    assertThat(cluster.partition("away", 0).isr()).isEqualTo(NodeIds.of(2));
    cluster.beat(2);
    assertThat(cluster.partition("away", 0).leader()).isEqualTo(2);
    assertThat(
            Arrays.asList(cluster.partition("away", 0).leaderEpoch(), level("group.version") + 1))
        .containsExactly(2, 2);
  }
}
