package io.ottla.broker.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.metadata.config.BrokerConfigLayers;
import io.ottla.metadata.image.BrokerImage;
import io.ottla.metadata.image.ConfigResource;
import io.ottla.metadata.image.MetadataDelta;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.wire.Uuid;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BrokerLayersTest {

  @TempDir Path dir;

  private BrokerLayers layers;
  private MetadataImage image = MetadataImage.empty("cluster");

  @BeforeEach
  void load() throws Exception {
    Path file = Files.writeString(dir.resolve("f"), "node.id=3\nlog.retention.ms=1000");
    layers = new BrokerLayers(BrokerConfig.load(file, List.of(), dir));
  }

  private void set(ConfigResource resource, String key, String value) {
    image = image.with(new MetadataDelta.ConfigChanged(resource, Map.of(key, value)));
  }

  @Test
  void putsRunTimeOverFileAndOneBrokerOverAll() {
    assertThat(layers.apply(image).values().longValue("log.retention.ms")).isEqualTo(1000);

    set(ConfigResource.defaultBroker(), "log.retention.ms", "2000");
    assertThat(layers.apply(image).values().longValue("log.retention.ms")).isEqualTo(2000);

    set(ConfigResource.broker(3), "log.retention.ms", "3000");
    set(ConfigResource.broker(4), "log.retention.ms", "4000");
    assertThat(layers.apply(image).values().longValue("log.retention.ms")).isEqualTo(3000);
  }

  @Test
  void countsBrokersForTheReplicationFactor() {
    for (int id = 1; id <= 4; id++) {
      BrokerImage broker =
          new BrokerImage(
              id, id, Uuid.random(), List.of(), null, new TreeMap<>(), List.of(), false);
      image = image.with(new MetadataDelta.BrokerRegistered(broker));
      assertThat(layers.apply(image).values().intValue("default.replication.factor"))
          .isEqualTo(Math.min(3, id));
    }
  }

  @Test
  void keepsItsAnswerUntilSomethingChanges() {
    BrokerConfigLayers first = layers.apply(image);
    assertThat(layers.apply(image.at(5))).isSameAs(first);

    set(ConfigResource.topic("t"), "retention.ms", "1");
    assertThat(layers.apply(image)).isSameAs(first);

    set(ConfigResource.defaultBroker(), "log.retention.ms", "2000");
    assertThat(layers.apply(image)).isNotSameAs(first);
  }
}
