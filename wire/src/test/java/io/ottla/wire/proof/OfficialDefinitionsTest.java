package io.ottla.wire.proof;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.ottla.wire.compiler.MessageSchema;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Our schemas state what the definitions inside Kafka's jars state, fact by fact. */
class OfficialDefinitionsTest {

  /** Not new in 4.4 and changed there all the same, besides new versions. */
  private static final List<String> CHANGED_WITHOUT_A_VERSION =
      List.of("DescribeProducersRequest", "StreamsGroupMetadataValue");

  @Test
  void statesEveryMessageOfKafka44FieldByField() {
    Map<String, List<String>> official = lines(KafkaRelease.V4_4.definitions());

    assertThat(official).hasSizeGreaterThan(240);
    assertThat(ourLines()).containsExactlyInAnyOrderEntriesOf(official);
  }

  @Test
  void differsFromKafka43OnlyWhereTheSchemaSaysSoOrWhereItIsKnown() {
    Map<String, List<String>> official = lines(KafkaRelease.V4_3.definitions());
    Map<String, List<String>> ours = ourLines();
    List<String> differing = new ArrayList<>();
    ours.forEach(
        (name, lines) -> {
          if (!lines.equals(official.get(name))) {
            differing.add(name);
          }
        });
    List<String> declared = new ArrayList<>(CHANGED_WITHOUT_A_VERSION);
    for (MessageSchema message : Schemas.ALL) {
      if (!message.since44().isEmpty()) {
        declared.add(message.name());
      }
    }

    assertThat(ours.keySet()).containsAll(official.keySet());
    assertThat(differing).containsExactlyInAnyOrderElementsOf(declared);
  }

  @Test
  void marksExactlyTheVersionsThatKafka43LacksAsNewer() {
    Map<String, JsonNode> official = KafkaRelease.V4_3.definitions();
    for (MessageSchema message : Schemas.ALL) {
      int latest =
          message.since44().isEmpty()
              ? message.versions().highest()
              : message.since44().lowest() - 1;
      JsonNode in43 = official.get(message.name());
      if (in43 == null) {
        assertThat(latest).as(message.name()).isLessThan(message.versions().lowest());
      } else {
        String versions = in43.get("validVersions").asText();
        assertThat(Integer.parseInt(versions.substring(versions.indexOf('-') + 1)))
            .as(message.name())
            .isEqualTo(latest);
      }
    }
  }

  private static Map<String, List<String>> ourLines() {
    Map<String, List<String>> lines = new TreeMap<>();
    Schemas.ALL.forEach(message -> lines.put(message.name(), Definitions.lines(message)));
    return lines;
  }

  private static Map<String, List<String>> lines(Map<String, JsonNode> definitions) {
    Map<String, List<String>> lines = new TreeMap<>();
    definitions.forEach((name, definition) -> lines.put(name, Definitions.lines(definition)));
    return lines;
  }
}
