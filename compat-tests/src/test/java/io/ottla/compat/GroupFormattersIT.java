package io.ottla.compat;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.ottla.compat.broker.BrokerProcess;
import io.ottla.compat.broker.Brokers;
import io.ottla.compat.member.GroupClients;
import io.ottla.compat.tools.AllGroupRecordsFormatter;
import io.ottla.compat.tools.StockTool;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.SubscriptionPattern;
import org.apache.kafka.common.MessageFormatter;
import org.apache.kafka.coordinator.group.generated.CoordinatorRecordType;
import org.apache.kafka.tools.DumpLogSegments;
import org.apache.kafka.tools.consumer.ConsoleConsumer;
import org.apache.kafka.tools.consumer.GroupMetadataMessageFormatter;
import org.apache.kafka.tools.consumer.OffsetsMessageFormatter;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Kafka's own formatters read what the coordinator writes to its topic. */
class GroupFormattersIT {
  @RegisterExtension static final Brokers BROKERS = new Brokers();

  private static BrokerProcess broker;

  /** Two groups, one of each protocol, with offsets; both have had members and have none now. */
  @BeforeAll
  static void makeGroups() throws Exception {
    broker = BROKERS.start(BROKERS.config().withQuickGroups());
    try (GroupClients clients = new GroupClients(broker::bootstrapServers)) {
      clients.createTopic("written", 2);
      clients.produce("written", 2, 20);
      Consumer<String, String> classic = clients.classic("formatted-classic");
      Consumer<String, String> modern =
          clients.consumer("formatted-consumer", "group.instance.id", "one", "client.rack", "r1");
      Consumer<String, String> pattern = clients.consumer("formatted-pattern");
      classic.subscribe(List.of("written"));
      modern.subscribe(List.of("written"));
      pattern.subscribe(new SubscriptionPattern("writ.*"));
      GroupClients.read(classic, 20);
      GroupClients.read(modern, 20);
      GroupClients.read(pattern, 20);
      classic.commitSync();
      modern.commitSync();
    }
  }

  @Test
  void theOffsetsFormatterReadsTheOffsetsOfBothProtocols() throws Exception {
    Set<String> offsets = new TreeSet<>();
    for (JsonNode record : read(OffsetsMessageFormatter.class)) {
      assertThat(record.at("/key/type").asInt()).isEqualTo(1);
      if (!record.at("/value").isNull()) {
        assertThat(record.at("/value/data/commitTimestamp").asLong()).isPositive();
        offsets.add(
            "%s %s-%s at %s"
                .formatted(
                    record.at("/key/data/group").asText(),
                    record.at("/key/data/topic").asText(),
                    record.at("/key/data/partition").asText(),
                    record.at("/value/data/offset").asText()));
      }
    }
    assertThat(offsets)
        .containsExactly(
            "formatted-classic written-0 at 10",
            "formatted-classic written-1 at 10",
            "formatted-consumer written-0 at 10",
            "formatted-consumer written-1 at 10");
  }

  @Test
  void theGroupMetadataFormatterReadsClassicGroups() throws Exception {
    List<JsonNode> records = read(GroupMetadataMessageFormatter.class);
    assertThat(records)
        .isNotEmpty()
        .allMatch(record -> record.at("/key/data/group").asText().equals("formatted-classic"));
    JsonNode last = records.getLast().at("/value/data");
    assertThat(last.at("/protocolType").asText()).isEqualTo("consumer");
    assertThat(last.at("/members").size()).isZero();
    JsonNode full =
        records.stream()
            .filter(record -> record.at("/value/data/members").size() == 1)
            .findFirst()
            .orElseThrow()
            .at("/value/data");
    assertThat(full.at("/protocol").asText()).isEqualTo("range");
    assertThat(full.at("/generation").asInt()).isEqualTo(1);
    JsonNode member = full.at("/members/0");
    assertThat(member.at("/memberId").asText()).isEqualTo(full.at("/leader").asText());
    assertThat(member.at("/clientHost").asText()).isEqualTo("/127.0.0.1");
    assertThat(member.at("/sessionTimeout").asInt()).isEqualTo(45_000);
    assertThat(member.at("/subscription").asText()).isNotEmpty();
    assertThat(member.at("/assignment").asText()).isNotEmpty();
  }

  @Test
  void theRecordsOfConsumerGroupsAreThoseOfKafka() throws Exception {
    Set<String> seen = new TreeSet<>();
    for (JsonNode record : read(AllGroupRecordsFormatter.class)) {
      String group =
          record.at("/key/data/groupId").asText() + record.at("/key/data/group").asText();
      CoordinatorRecordType type =
          CoordinatorRecordType.fromId((short) record.at("/key/type").asInt());
      seen.add(group + " " + type + (record.at("/value").isNull() ? " gone" : ""));
      if (type == CoordinatorRecordType.CONSUMER_GROUP_MEMBER_METADATA
          && group.equals("formatted-consumer")
          && !record.at("/value").isNull()) {
        JsonNode member = record.at("/value/data");
        assertThat(member.at("/instanceId").asText()).isEqualTo("one");
        assertThat(member.at("/rackId").asText()).isEqualTo("r1");
        assertThat(member.at("/clientHost").asText()).isEqualTo("/127.0.0.1");
        assertThat(member.at("/subscribedTopicNames/0").asText()).isEqualTo("written");
        assertThat(member.at("/rebalanceTimeoutMs").asInt()).isEqualTo(300_000);
      }
      if (type == CoordinatorRecordType.CONSUMER_GROUP_REGULAR_EXPRESSION
          && !record.at("/value").isNull()) {
        assertThat(record.at("/key/data/regularExpression").asText()).isEqualTo("writ.*");
        assertThat(record.at("/value/data/topics/0").asText()).isEqualTo("written");
      }
    }
    List<String> expected = new ArrayList<>();
    for (String one :
        List.of(
            "METADATA",
            "MEMBER_METADATA",
            "TARGET_ASSIGNMENT_METADATA",
            "TARGET_ASSIGNMENT_MEMBER",
            "CURRENT_MEMBER_ASSIGNMENT")) {
      expected.add("formatted-consumer CONSUMER_GROUP_" + one);
      expected.add("formatted-pattern CONSUMER_GROUP_" + one);
    }
    expected.add("formatted-pattern CONSUMER_GROUP_REGULAR_EXPRESSION");
    // The static member may come back, the other one has left.
    expected.add("formatted-pattern CONSUMER_GROUP_MEMBER_METADATA gone");
    expected.add("formatted-pattern CONSUMER_GROUP_TARGET_ASSIGNMENT_MEMBER gone");
    expected.add("formatted-pattern CONSUMER_GROUP_CURRENT_MEMBER_ASSIGNMENT gone");
    expected.add("formatted-pattern CONSUMER_GROUP_REGULAR_EXPRESSION gone");
    assertThat(seen).containsAll(expected);
    assertThat(seen).doesNotContain("formatted-consumer CONSUMER_GROUP_MEMBER_METADATA gone");
  }

  @Test
  void theDumpToolDecodesTheSegments() throws Exception {
    StringBuilder all = new StringBuilder();
    try (Stream<Path> files = Files.walk(broker.config().logDirectory())) {
      for (Path file :
          files
              .filter(
                  path ->
                      path.getParent().getFileName().toString().startsWith("__consumer_offsets-")
                          && path.toString().endsWith(".log"))
              .toList()) {
        all.append(
            StockTool.run(DumpLogSegments.class, "--offsets-decoder", "--files", file.toString())
                .expectSuccess()
                .out());
      }
    }
    assertThat(all.toString())
        .contains("formatted-classic", "formatted-consumer", "formatted-pattern")
        .contains("\"memberEpoch\"", "\"assignmentEpoch\"")
        .doesNotContain("Failed to decode", "Could not read");
  }

  /** What the console consumer prints of the coordinator's topic with a formatter. */
  private static List<JsonNode> read(Class<? extends MessageFormatter> formatter) throws Exception {
    String out =
        StockTool.run(
                ConsoleConsumer.class,
                "--bootstrap-server",
                broker.bootstrapServers(),
                "--topic",
                "__consumer_offsets",
                "--from-beginning",
                "--formatter",
                formatter.getName(),
                "--timeout-ms",
                "2500",
                "--command-property",
                "exclude.internal.topics=false",
                "--command-property",
                "group.protocol=classic")
            .out();
    List<JsonNode> records = new ArrayList<>();
    for (String line : out.replace("}{", "}\n{").lines().toList()) {
      if (line.startsWith("{")) {
        JsonNode record = new ObjectMapper().readTree(line);
        String group =
            record.at("/key/data/groupId").asText() + record.at("/key/data/group").asText();
        if (group.startsWith("formatted-")) { // and not the one of the console consumer
          records.add(record);
        }
      }
    }
    return records;
  }
}
