package io.ottla.broker.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.metadata.config.ConfigCatalog;
import io.ottla.metadata.config.ConfigDefinition;
import java.util.List;
import org.junit.jupiter.api.Test;

class DynamicKeysTest {

  @Test
  void acceptsWhatTopicsInherit() {
    for (String key :
        List.of(
            "log.retention.ms",
            "message.max.bytes",
            "min.insync.replicas",
            "group.consumer.assignment.interval.ms")) {
      assertThat(DynamicKeys.problem(key)).isEmpty();
      assertThat(DynamicKeys.remark(key)).isEmpty();
    }
  }

  @Test
  void acceptsWhatCompactionMayTake() {
    for (String key : CleanerConfig.KEYS) {
      assertThat(DynamicKeys.problem(key)).as(key).isEmpty();
      assertThat(DynamicKeys.remark(key)).as(key).isEmpty();
    }
  }

  @Test
  void storesWhatIsHarmlessWithARemark() {
    for (String key : List.of("num.io.threads", "follower.replication.throttled.rate", "x.y")) {
      assertThat(DynamicKeys.problem(key)).isEmpty();
    }
    assertThat(DynamicKeys.remark("num.io.threads"))
        .contains("num.io.threads is stored, but has no effect");
  }

  @Test
  void refusesWhatSomebodyMayRelyOn() {
    for (String key :
        List.of(
            "listeners",
            "max.connections",
            "max.connections.per.ip",
            "max.connection.creation.rate",
            "num.network.threads",
            "config.providers",
            "ssl.client.auth",
            "sasl.enabled.mechanisms",
            "principal.builder.class",
            "listener.name.x.sasl.jaas.config",
            "listener.name.x.max.connections")) {
      assertThat(DynamicKeys.problem(key)).as(key).isPresent();
    }
  }

  @Test
  void hasAnAnswerForEveryDynamicKey() {
    for (ConfigDefinition definition : ConfigCatalog.BROKER.definitions()) {
      if (definition.isDynamic()) {
        String key = definition.name();
        boolean refused = DynamicKeys.problem(key).isPresent();
        boolean remarked = DynamicKeys.remark(key).isPresent();
        assertThat(refused && remarked).as(key).isFalse();
      }
    }
  }
}
