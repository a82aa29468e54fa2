package io.ottla.wire.proof;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.wire.ApiMessage;
import io.ottla.wire.compiler.MessageSchema;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The records of Kafka's own metadata log mean to us what they mean to Kafka 4.3. */
class MetadataRecordsTest {

  private static final int INSTANCES = 100;

  static List<String> records() {
    return Schemas.METADATA.stream().map(MessageSchema::name).toList();
  }

  @Test
  void areStatedFieldByField() {
    Map<String, List<String>> official = new TreeMap<>();
    KafkaRelease.V4_3
        .metadataDefinitions()
        .forEach((name, definition) -> official.put(name, Definitions.lines(definition)));
    Map<String, List<String>> ours = new TreeMap<>();
    Schemas.METADATA.forEach(record -> ours.put(record.name(), Definitions.lines(record)));

    assertThat(official).hasSizeGreaterThan(25);
    assertThat(ours).containsExactlyInAnyOrderEntriesOf(official);
  }

  @ParameterizedTest
  @MethodSource("records")
  void haveTheBytesThatKafkaGivesThem(String name) {
    MessageSchema record = Schemas.named(name);
    OurMessages ours = new OurMessages(record);
    KafkaMessages kafka = new KafkaMessages(KafkaRelease.V4_3, record);
    for (int v = record.versions().lowest(); v <= record.versions().highest(); v++) {
      for (int i = 0; i < INSTANCES; i++) {
        long seed = Seeds.next();
        Value.Struct value = new RandomValues(record, v, new Random(seed)).next();
        byte[] kafkaBytes = kafka.write(kafka.build(value), v);
        assertThat(OurMessages.write((ApiMessage) ours.build(value), v))
            .as("%s version %d, seed %d", name, v, seed)
            .isEqualTo(kafkaBytes);
        assertThat(OurMessages.write(ours.read(kafkaBytes, v), v))
            .as("%s version %d read, seed %d", name, v, seed)
            .isEqualTo(kafkaBytes);
      }
    }
  }
}
