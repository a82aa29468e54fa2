package io.ottla.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.wire.ApiKey.Listener;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.common.message.ApiMessageType;
import org.apache.kafka.common.protocol.ApiKeys;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ApiKeyTest {

  @Test
  void hasTheKeysOfKafka43ThatHaveAVersionAndTwoOf44() {
    Set<String> kafka =
        Arrays.stream(ApiKeys.values())
            .filter(ApiKeys::hasValidVersion)
            .map(Enum::name)
            .collect(Collectors.toSet());
    kafka.add("STREAMS_GROUP_TOPOLOGY_DESCRIPTION_UPDATE");
    kafka.add("UNREGISTER_CONTROLLER");

    assertThat(ApiKey.values())
        .filteredOn(key -> !key.isPrivate())
        .extracting(Enum::name)
        .containsExactlyInAnyOrderElementsOf(kafka);
  }

  @Test
  void hasKeysOfItsOwnFarFromKafkas() {
    assertThat(ApiKey.values())
        .filteredOn(ApiKey::isPrivate)
        .containsExactly(ApiKey.QUORUM_MESSAGE, ApiKey.FETCH_METADATA)
        .allSatisfy(key -> assertThat(key.listeners()).containsExactly(Listener.CONTROLLER));
    assertThat(ApiKey.QUORUM_MESSAGE.id()).isEqualTo((short) 30_000);
    assertThat(ApiKey.FETCH_METADATA.id()).isEqualTo((short) 30_001);
  }

  @ParameterizedTest
  @EnumSource
  void isWhatKafka43SaysItIs(ApiKey key) {
    if (key.latestVersionIn43() < 0 || key.isPrivate()) {
      return;
    }
    ApiMessageType kafka = ApiMessageType.fromApiKey(key.id());

    assertThat(kafka.name()).isEqualTo(key.name());
    assertThat(key.oldestVersion()).isEqualTo(kafka.lowestSupportedVersion());
    assertThat(key.latestVersionIn43()).isEqualTo(kafka.highestSupportedVersion(true));
    assertThat(key.latestVersionUnstable()).isEqualTo(kafka.latestVersionUnstable());
    assertThat(key.listeners())
        .extracting(Listener::name)
        .containsExactlyInAnyOrderElementsOf(
            kafka.listeners().stream().map(Enum::name).collect(Collectors.toSet()));
    for (short v = key.oldestVersion(); v <= key.latestVersionIn43(); v++) {
      assertThat(key.requestHeaderVersion(v)).isEqualTo(kafka.requestHeaderVersion(v));
      assertThat(key.responseHeaderVersion(v)).isEqualTo(kafka.responseHeaderVersion(v));
    }
  }

  @ParameterizedTest
  @EnumSource
  void makesMessagesOfItsKeyAndVersions(ApiKey key) {
    for (ApiMessage message : new ApiMessage[] {key.newRequest(), key.newResponse()}) {
      assertThat(message.apiKey()).isEqualTo(key.id());
      assertThat(message.lowestSupportedVersion()).isEqualTo(key.oldestVersion());
      assertThat(message.highestSupportedVersion()).isEqualTo(key.latestVersion());
    }
    assertThat(key.isSupported(key.oldestVersion())).isTrue();
    assertThat(key.isSupported(key.latestVersion())).isTrue();
    assertThat(key.isSupported((short) (key.oldestVersion() - 1))).isFalse();
    assertThat(key.isSupported((short) (key.latestVersion() + 1))).isFalse();
    assertThat(ApiKey.forId(key.id())).isSameAs(key);
  }

  @Test
  void knowsNoKeyWhereThereIsNone() {
    for (short id :
        new short[] {-1, 4, 5, 6, 7, 95, 29_999, 30_002, Short.MAX_VALUE, Short.MIN_VALUE}) {
      assertThat(ApiKey.forId(id)).as("%d", id).isNull();
    }
  }

  @Test
  void answersApiVersionsWithTheOldestHeaderInEveryVersion() {
    assertThat(ApiKey.API_VERSIONS.isFlexible((short) 5)).isTrue();
    assertThat(ApiKey.API_VERSIONS.responseHeaderVersion((short) 5)).isZero();
    assertThat(ApiKey.API_VERSIONS.requestHeaderVersion((short) 5)).isEqualTo((short) 2);
  }
}
