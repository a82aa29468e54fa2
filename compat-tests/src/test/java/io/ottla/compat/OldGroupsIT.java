package io.ottla.compat;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.compat.broker.BrokerConfig;
import io.ottla.compat.broker.BrokerKind;
import io.ottla.compat.broker.BrokerProcess;
import io.ottla.compat.broker.Brokers;
import io.ottla.compat.member.GroupClients;
import io.ottla.compat.wire.Batches;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.GroupType;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * What stock Kafka wrote to {@code __consumer_offsets} is read as it is: its segments are put in
 * the place of those of the broker under test, which then knows Kafka's groups.
 */
class OldGroupsIT {
  private static final int PARTITIONS = 4;

  @RegisterExtension static final Brokers BROKERS = new Brokers();

  @Test
  void theGroupsAndOffsetsThatKafkaWroteAreThere() throws Exception {
    BrokerConfig old = BROKERS.config().withQuickGroups().ofKind(BrokerKind.KAFKA);
    BrokerProcess kafka = BROKERS.start(old);
    Uuid oldId = writeGroups(kafka);
    kafka.stop();
    Uuid newId;

    BrokerProcess broker = BROKERS.start(BROKERS.config().withQuickGroups());
    try (GroupClients clients = new GroupClients(broker::bootstrapServers)) {
      clients.createTopic("old", PARTITIONS);
      clients.produce("old", PARTITIONS, 40);
      Consumer<String, String> some = clients.consumer("some"); // makes the coordinator's topic
      some.subscribe(List.of("old"));
      GroupClients.read(some, 40);
      newId = idOfTopic(clients);
    }
    broker.stop();
    replaceSegments(old.logDirectory(), broker.config().logDirectory(), oldId, newId);
    BrokerProcess again = BROKERS.restart(broker);
    try (GroupClients clients = new GroupClients(again::bootstrapServers)) {
      for (String group : List.of("old-classic", "old-consumer", "old-simple")) {
        Map<TopicPartition, Long> offsets = new HashMap<>();
        clients
            .admin()
            .listConsumerGroupOffsets(group)
            .partitionsToOffsetAndMetadata()
            .get()
            .forEach((partition, offset) -> offsets.put(partition, offset.offset()));
        assertThat(offsets)
            .as(group)
            .isEqualTo(
                Map.of(
                    new TopicPartition("old", 0), 5L,
                    new TopicPartition("old", 1), 6L,
                    new TopicPartition("old", 2), 7L,
                    new TopicPartition("old", 3), 8L));
      }
      ConsumerGroupDescription classic = clients.describe("old-classic");
      assertThat(classic.type()).isEqualTo(GroupType.CLASSIC);
      ConsumerGroupDescription modern = clients.describe("old-consumer");
      assertThat(modern.type()).isEqualTo(GroupType.CONSUMER);
      // The static member is still one of the group, on the word of what was written.
      assertThat(modern.members())
          .singleElement()
          .satisfies(member -> assertThat(member.groupInstanceId()).hasValue("one"))
          .satisfies(member -> assertThat(member.memberEpoch()).hasValue(-2));
      assertThat(modern.groupEpoch().orElseThrow()).isPositive();

      Consumer<String, String> oldClassic = clients.classic("old-classic");
      oldClassic.subscribe(List.of("old"));
      assertThat(GroupClients.read(oldClassic, 40 - 26)).hasSize(14);
      Consumer<String, String> oldModern =
          clients.consumer("old-consumer", "group.instance.id", "one");
      oldModern.subscribe(List.of("old"));
      assertThat(GroupClients.read(oldModern, 40 - 26)).hasSize(14);
      oldModern.close(
          CloseOptions.groupMembershipOperation(CloseOptions.GroupMembershipOperation.LEAVE_GROUP));
      clients.forget(oldModern);
      clients.close(oldClassic);
      Await.until(
          "the group is empty",
          Duration.ofSeconds(20),
          () -> clients.describe("old-consumer").groupState() == GroupState.EMPTY);
      clients.admin().deleteConsumerGroups(Set.of("old-consumer", "old-simple")).all().get();
    }
  }

  private static Uuid writeGroups(BrokerProcess kafka) throws Exception {
    try (GroupClients clients = new GroupClients(kafka::bootstrapServers)) {
      clients.createTopic("old", PARTITIONS);
      clients.produce("old", PARTITIONS, 40);
      Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
      for (int partition = 0; partition < PARTITIONS; partition++) {
        offsets.put(
            new TopicPartition("old", partition), new OffsetAndMetadata(5 + partition, "by Kafka"));
      }
      Consumer<String, String> classic = clients.classic("old-classic");
      Consumer<String, String> modern =
          clients.consumer("old-consumer", "group.instance.id", "one");
      classic.subscribe(List.of("old"));
      modern.subscribe(List.of("old"));
      GroupClients.read(classic, 40);
      GroupClients.read(modern, 40);
      for (int i = 0; i < 20; i++) {
        classic.commitSync();
        modern.commitSync();
      }
      classic.commitSync(offsets);
      modern.commitSync(offsets);
      clients.admin().alterConsumerGroupOffsets("old-simple", offsets).all().get();
      clients.admin().alterConsumerGroupOffsets("old-deleted", offsets).all().get();
      clients.admin().deleteConsumerGroups(List.of("old-deleted")).all().get();
      return idOfTopic(clients);
    }
  }

  private static Uuid idOfTopic(GroupClients clients) throws Exception {
    return clients
        .admin()
        .describeTopics(List.of("old"))
        .allTopicNames()
        .get()
        .get("old")
        .topicId();
  }

  /**
   * Takes the segments of Kafka's partitions, and nothing of what was derived from ours. The topic
   * of the same name has another id here, which is put in the place of Kafka's.
   */
  private static void replaceSegments(Path from, Path to, Uuid oldId, Uuid newId)
      throws IOException {
    for (int partition = 0; partition < PARTITIONS; partition++) {
      Path target = to.resolve("__consumer_offsets-" + partition);
      try (Stream<Path> files = Files.list(target)) {
        for (Path file : files.toList()) {
          if (!file.getFileName().toString().equals("partition.metadata")) {
            Files.delete(file);
          }
        }
      }
      try (Stream<Path> files = Files.list(from.resolve("__consumer_offsets-" + partition))) {
        for (Path file : files.filter(path -> path.toString().endsWith(".log")).toList()) {
          Files.write(
              target.resolve(file.getFileName()),
              withTopicId(Files.readAllBytes(file), oldId, newId));
        }
      }
    }
    for (String checkpoint :
        List.of(
            "recovery-point-offset-checkpoint",
            "replication-offset-checkpoint",
            "log-start-offset-checkpoint",
            "cleaner-offset-checkpoint",
            ".kafka_cleanshutdown")) {
      Files.deleteIfExists(to.resolve(checkpoint));
    }
  }

  /** The batches of a segment with one id in the place of another, and their checksums right. */
  private static byte[] withTopicId(byte[] segment, Uuid oldId, Uuid newId) {
    byte[] wanted = bytes(oldId);
    for (int i = 0; i + 16 <= segment.length; i++) {
      if (Arrays.equals(segment, i, i + 16, wanted, 0, 16)) {
        System.arraycopy(bytes(newId), 0, segment, i, 16);
      }
    }
    ByteBuffer all = ByteBuffer.wrap(segment);
    int position = 0;
    while (position + Batches.RECORDS <= segment.length) {
      int size = 12 + all.getInt(position + Batches.LENGTH);
      Batches.withChecksum(all.slice(position, size));
      position += size;
    }
    return segment;
  }

  private static byte[] bytes(Uuid id) {
    return ByteBuffer.allocate(16)
        .putLong(id.getMostSignificantBits())
        .putLong(id.getLeastSignificantBits())
        .array();
  }
}
