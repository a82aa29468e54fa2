package io.ottla.metadata.takeover;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.Unpooled;
import io.ottla.metadata.controller.ControllerException;
import io.ottla.metadata.image.ConfigResource;
import io.ottla.metadata.image.MetadataDelta;
import io.ottla.metadata.image.MetadataImage;
import io.ottla.metadata.image.NodeIds;
import io.ottla.metadata.image.PartitionImage;
import io.ottla.metadata.image.TakenOver;
import io.ottla.metadata.quorum.MetadataStorage;
import io.ottla.metadata.quorum.QuorumException;
import io.ottla.metadata.quorum.QuorumPlace;
import io.ottla.wire.Uuid;
import io.ottla.wire.message.AccessControlEntryRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.common.metadata.AbortTransactionRecord;
import org.apache.kafka.common.metadata.BeginTransactionRecord;
import org.apache.kafka.common.metadata.BrokerRegistrationChangeRecord;
import org.apache.kafka.common.metadata.ConfigRecord;
import org.apache.kafka.common.metadata.EndTransactionRecord;
import org.apache.kafka.common.metadata.FeatureLevelRecord;
import org.apache.kafka.common.metadata.PartitionChangeRecord;
import org.apache.kafka.common.metadata.PartitionRecord;
import org.apache.kafka.common.metadata.ProducerIdsRecord;
import org.apache.kafka.common.metadata.RegisterBrokerRecord;
import org.apache.kafka.common.metadata.RemoveAccessControlEntryRecord;
import org.apache.kafka.common.metadata.RemoveTopicRecord;
import org.apache.kafka.common.metadata.TopicRecord;
import org.apache.kafka.common.protocol.ApiMessage;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What of a metadata log that Kafka's classes wrote becomes this cluster's metadata. */
class TakeoverTest {

  private static final org.apache.kafka.common.Uuid ORDERS = new org.apache.kafka.common.Uuid(1, 2);
  private static final org.apache.kafka.common.Uuid GONE = new org.apache.kafka.common.Uuid(3, 4);
  private static final org.apache.kafka.common.Uuid DIRECTORY =
      new org.apache.kafka.common.Uuid(5, 6);
  private static final Uuid ORDERS_ID = new Uuid(1, 2);
  private static final MetadataImage EMPTY = MetadataImage.empty("cluster");

  @TempDir Path dir;

  private KafkaLogWriter kafka;

  @BeforeEach
  void begin() throws IOException {
    kafka = new KafkaLogWriter(dir);
    kafka.write(
        new FeatureLevelRecord().setName("metadata.version").setFeatureLevel((short) 30),
        registration(1, 17));
  }

  private static RegisterBrokerRecord registration(int id, long epoch) {
    return new RegisterBrokerRecord()
        .setBrokerId(id)
        .setBrokerEpoch(epoch)
        .setIncarnationId(org.apache.kafka.common.Uuid.randomUuid())
        .setLogDirs(List.of(DIRECTORY));
  }

  private static ApiMessage[] topic(org.apache.kafka.common.Uuid id, String name, int partitions) {
    ApiMessage[] records = new ApiMessage[1 + partitions];
    records[0] = new TopicRecord().setName(name).setTopicId(id);
    for (int i = 0; i < partitions; i++) {
      records[1 + i] =
          new PartitionRecord()
              .setTopicId(id)
              .setPartitionId(i)
              .setReplicas(List.of(1))
              .setIsr(List.of(1))
              .setLeader(1)
              .setLeaderEpoch(0)
              .setPartitionEpoch(0)
              .setDirectories(List.of(DIRECTORY));
    }
    return records;
  }

  private static PartitionChangeRecord led(int partition, int leader) {
    return new PartitionChangeRecord()
        .setTopicId(ORDERS)
        .setPartitionId(partition)
        .setLeader(leader);
  }

  @Test
  void topicsSettingsAndTheRestAreAsKafkaLeftThem() throws IOException {
    kafka.write(topic(ORDERS, "orders", 2));
    kafka.write(topic(GONE, "gone", 1));
    kafka.write(led(1, -1), led(1, 1), led(1, -1));
    kafka.write(
        config(2, "orders", "retention.ms", "5"),
        config(2, "orders", "segment.ms", "6"),
        config(2, "orders", "segment.ms", null),
        config(2, "gone", "retention.ms", "5"),
        config(4, "", "log.retention.ms", "7"),
        config(32, "group", "consumer.session.timeout.ms", "8"),
        config(16, "metrics", "interval.ms", "9"));
    kafka.write(new RemoveTopicRecord().setTopicId(GONE));
    kafka.write(new ProducerIdsRecord().setBrokerId(1).setNextProducerId(2000));
    kafka.write(new BrokerRegistrationChangeRecord().setBrokerId(1).setBrokerEpoch(17));

    MetadataImage image = takenOver(EMPTY);

    assertThat(image.topicCount()).isEqualTo(1);
    assertThat(image.topic("orders").id()).isEqualTo(ORDERS_ID);
    PartitionImage first = image.partition(ORDERS_ID, 0);
    assertThat(first.leader()).isEqualTo(1);
    assertThat(first.isr()).isEqualTo(NodeIds.of(1));
    PartitionImage second = image.partition(ORDERS_ID, 1);
    assertThat(second.leader()).isEqualTo(PartitionImage.NO_LEADER);
    assertThat(second.leaderEpoch()).isEqualTo(3);
    assertThat(second.partitionEpoch()).isEqualTo(3);
    assertThat(image.configs(ConfigResource.topic("orders")))
        .isEqualTo(Map.of("retention.ms", "5"));
    assertThat(image.configs(ConfigResource.topic("gone"))).isEmpty();
    assertThat(image.configs(ConfigResource.defaultBroker()))
        .isEqualTo(Map.of("log.retention.ms", "7"));
    assertThat(image.configs(new ConfigResource(ConfigResource.Type.GROUP, "group"))).hasSize(1);
    assertThat(image.configs(new ConfigResource(ConfigResource.Type.CLIENT_METRICS, "metrics")))
        .hasSize(1);
    assertThat(image.features()).containsEntry("metadata.version", (short) 30);
    assertThat(image.nextProducerId()).isEqualTo(2000 + Takeover.PRODUCER_ID_DISTANCE);
    assertThat(image.broker(1).epoch()).isEqualTo(17);
    assertThat(image.broker(1).fenced()).isTrue();
    assertThat(TakenOver.of(image)).contains(new TakenOver(kafka.endOffset(), 3, 17));
    assertThat(find().changes(image)).isEmpty();
  }

  @Test
  void whatHasNoPlaceIsKeptByteForByte() throws IOException {
    var acl =
        new org.apache.kafka.common.metadata.AccessControlEntryRecord()
            .setId(ORDERS)
            .setPrincipal("User:anna")
            .setHost("*")
            .setResourceName("orders");
    kafka.write(
        acl,
        new org.apache.kafka.common.metadata.AccessControlEntryRecord().setId(GONE),
        new RemoveAccessControlEntryRecord().setId(GONE));

    MetadataImage image = takenOver(EMPTY);

    Map<String, String> kept =
        image.configs(new ConfigResource(ConfigResource.Type.KAFKA, "acl/" + ORDERS));
    byte[] bytes = Base64.getDecoder().decode(kept.get("record"));
    assertThat(bytes).isEqualTo(KafkaLogWriter.bytes(acl));
    assertThat(KafkaRecord.read(Unpooled.wrappedBuffer(bytes)).message())
        .isInstanceOfSatisfying(
            AccessControlEntryRecord.class,
            read -> assertThat(read.principal()).isEqualTo("User:anna"));
    assertThat(image.configs(new ConfigResource(ConfigResource.Type.KAFKA, "acl/" + GONE)))
        .isEmpty();
  }

  @Test
  void aSnapshotStandsForTheLogBeforeIt() throws IOException {
    kafka.write(topic(GONE, "gone", 1));
    kafka.snapshot(
        true,
        concat(
            topic(ORDERS, "orders", 1),
            new FeatureLevelRecord().setName("metadata.version").setFeatureLevel((short) 30)));
    kafka.write(led(0, 1));

    assertThat(takenOver(EMPTY).topicCount()).isEqualTo(1);
    Files.delete(kafka.segment());
    assertThat(find().changes(EMPTY)).isNotEmpty();
  }

  @Test
  void aSnapshotThatIsCutOffAndALogWithAGapAreRefused() throws IOException {
    kafka.write(topic(ORDERS, "orders", 1));
    Path snapshot = kafka.snapshot(false, topic(ORDERS, "orders", 1));
    assertThatThrownBy(this::find)
        .isInstanceOf(QuorumException.class)
        .hasMessageContaining("is damaged")
        .hasMessageContaining("nothing was changed");
    Files.delete(snapshot);
    Path first = kafka.segment();
    kafka.roll();
    kafka.write(led(0, 1));
    Files.delete(first);
    assertThatThrownBy(this::find).hasMessageContaining("are missing");
  }

  @Test
  void transactionsThatDidNotEndDoNotCount() throws IOException {
    kafka.write(new BeginTransactionRecord().setName("one"));
    kafka.write(topic(GONE, "gone", 1));
    kafka.write(new AbortTransactionRecord());
    kafka.write(new BeginTransactionRecord().setName("two"));
    kafka.write(topic(ORDERS, "orders", 1));
    kafka.write(new EndTransactionRecord());
    kafka.write(new BeginTransactionRecord().setName("three"));
    kafka.write(topic(new org.apache.kafka.common.Uuid(9, 9), "open", 1));

    MetadataImage image = takenOver(EMPTY);

    assertThat(image.topic("orders")).isNotNull();
    assertThat(image.topicCount()).isEqualTo(1);
  }

  @Test
  void aTornEndIsPassedOver() throws IOException {
    kafka.write(topic(ORDERS, "orders", 1));
    long whole = kafka.endOffset();
    long size = Files.size(kafka.segment());
    kafka.write(led(0, -1));
    byte[] bytes = Files.readAllBytes(kafka.segment());
    Random random = new Random(5);
    for (int i = 0; i < 50; i++) {
      int cut = (int) size + 1 + random.nextInt((int) (bytes.length - size - 1));
      Files.write(kafka.segment(), java.util.Arrays.copyOf(bytes, cut));
      assertThat(TakenOver.of(takenOver(EMPTY)).orElseThrow().endOffset()).isEqualTo(whole);
    }
    Files.write(kafka.segment(), new byte[1000], StandardOpenOption.APPEND);
    assertThat(find()).isNotNull();
  }

  @Test
  void whatChangedUnderKafkaIsTakenOverAnew() throws IOException {
    kafka.write(topic(ORDERS, "orders", 1));
    MetadataImage image = takenOver(EMPTY);
    // Under Ottla: a topic of its own, a partition more, epochs and producer ids.
    PartitionImage created = PartitionImage.created(NodeIds.of(1), NodeIds.of(1));
    image =
        image
            .with(new MetadataDelta.TopicCreated(new Uuid(8, 8), "ours", List.of(created)))
            .with(new MetadataDelta.PartitionsAdded(ORDERS_ID, 1, List.of(created)))
            .with(
                new MetadataDelta.PartitionsChanged(
                    ORDERS_ID,
                    List.of(new MetadataDelta.PartitionChange(0, epochs(created, 1, 40)))))
            .with(new MetadataDelta.ProducerIdsAllocated(1, 1, Takeover.PRODUCER_ID_DISTANCE * 2))
            .at(image.offset() + 10);
    assertThat(find().changes(image)).isEmpty();
    kafka.write(led(0, -1), led(0, 1), config(2, "orders", "retention.ms", "1"));
    kafka.write(topic(GONE, "kafkas", 1));

    MetadataImage again = takenOver(image);

    assertThat(again.topic("kafkas")).isNotNull();
    assertThat(again.topic("ours")).isNull();
    assertThat(again.topic("orders").partitionCount()).isEqualTo(2);
    assertThat(again.partition(ORDERS_ID, 0).leaderEpoch()).isEqualTo(2);
    assertThat(again.partition(ORDERS_ID, 0).partitionEpoch()).isEqualTo(40);
    assertThat(again.configs(ConfigResource.topic("orders"))).hasSize(1);
    assertThat(again.nextProducerId()).isEqualTo(Takeover.PRODUCER_ID_DISTANCE * 2);
  }

  private static PartitionImage epochs(PartitionImage of, int leaderEpoch, int partitionEpoch) {
    return new PartitionImage(
        of.replicas(),
        of.isr(),
        of.elr(),
        of.lastKnownElr(),
        of.addingReplicas(),
        of.removingReplicas(),
        of.leader(),
        of.recovery(),
        leaderEpoch,
        partitionEpoch);
  }

  @Test
  void aTakeoverThatWasCutShortIsFinished() throws IOException {
    kafka.write(topic(ORDERS, "orders", 1));
    List<List<MetadataDelta>> parts = find().changes(EMPTY);
    List<MetadataDelta> all = parts.stream().flatMap(List::stream).toList();
    for (int cut = 1; cut < all.size(); cut++) {
      MetadataImage half = EMPTY;
      for (MetadataDelta delta : all.subList(0, cut)) {
        half = half.with(delta);
      }
      MetadataImage image = takenOver(half.at(7));
      assertThat(image.hash()).as("cut after %d", cut).isEqualTo(takenOver(EMPTY).hash());
    }
  }

  @Test
  void otherMetadataAndOlderCopiesAreRefused() throws IOException {
    kafka.write(topic(ORDERS, "orders", 1));
    assertThatThrownBy(() -> find().changes(EMPTY.at(5)))
        .isInstanceOf(ControllerException.class)
        .hasMessageContaining("there was metadata of Ottla's own before");
    byte[] older = Files.readAllBytes(kafka.segment());
    kafka.write(led(0, 1));
    MetadataImage image = takenOver(EMPTY).at(5);
    Files.write(kafka.segment(), older);
    assertThatThrownBy(() -> find().changes(image)).hasMessageContaining("an older copy");
  }

  @Test
  void nodesOfLargerClustersAreRefused() throws IOException {
    assertThatThrownBy(() -> Takeover.find(dir, 1, false))
        .isInstanceOf(QuorumException.class)
        .hasMessageContaining("whole cluster")
        .hasMessageContaining("Nothing was changed");
    kafka.write(registration(2, 18));
    assertThatThrownBy(this::find).hasMessageContaining("brokers [1, 2]");
  }

  @Test
  void aNodeThatVotesWithOthersIsRefused() throws IOException {
    Files.writeString(
        dir.resolve(Takeover.DIRECTORY_NAME).resolve("quorum-state"),
        "{\"leaderId\":1,\"currentVoters\":[{\"voterId\":1},{\"voterId\":2}],\"data_version\":0}");
    assertThatThrownBy(this::find).hasMessageContaining("voters [1, 2]");
  }

  @Test
  void levelsThatAreNotSupportedAreRefused() throws IOException {
    kafka.write(new FeatureLevelRecord().setName("share.version").setFeatureLevel((short) 9));
    assertThatThrownBy(this::find).hasMessageContaining("share.version=9");
  }

  @Test
  void topicsWithRecordsElsewhereAreRefused() throws IOException {
    kafka.write(topic(ORDERS, "orders", 1));
    kafka.write(config(2, "orders", "remote.storage.enable", "true"));
    assertThatThrownBy(this::find).hasMessageContaining("[orders]");
  }

  @Test
  void aNodeWithSeveralDirectoriesIsTakenOverWithAll() throws IOException {
    // The metadata log need not be in the first one.
    Path second = Files.createDirectories(dir.resolve("second"));
    Path third = Files.createDirectories(dir.resolve("third"));
    List<Path> directories = List.of(second, dir, third);
    List<org.apache.kafka.common.Uuid> ids =
        List.of(
            new org.apache.kafka.common.Uuid(7, 8),
            DIRECTORY,
            new org.apache.kafka.common.Uuid(9, 10));
    for (int i = 0; i < directories.size(); i++) {
      Files.writeString(
          directories.get(i).resolve("meta.properties"),
          "version=1\ncluster.id=theirs\nnode.id=1\ndirectory.id=" + ids.get(i) + "\n");
      Files.createDirectories(directories.get(i).resolve("orders-" + i));
    }
    kafka.write(registration(1, 18).setLogDirs(ids));
    ApiMessage[] topic = topic(ORDERS, "orders", 3);
    for (int i = 0; i < ids.size(); i++) {
      ((PartitionRecord) topic[1 + i]).setDirectories(List.of(ids.get(i)));
    }
    kafka.write(topic);

    MetadataImage image = takenOver(EMPTY);

    assertThat(image.topic("orders").partitionCount()).isEqualTo(3);
    for (int i = 0; i < ids.size(); i++) {
      assertThat(image.partition(ORDERS_ID, i).leader()).isEqualTo(1);
    }
    Uuid[] ours = ids.stream().map(TakeoverTest::ours).toArray(Uuid[]::new);
    assertThat(image.broker(1).directories()).containsExactlyInAnyOrder(ours);
    MetadataStorage storage =
        MetadataStorage.open(
            new MetadataStorage.Settings(1, null, directories, dir, QuorumPlace.ALONE, true),
            () -> {
              throw new AssertionError("all directories have an id");
            });
    assertThat(storage.clusterId()).isEqualTo("theirs");
    assertThat(storage.directoryIds())
        .isEqualTo(Map.of(second, ours[0], dir, ours[1], third, ours[2]));
    assertThat(storage.metadataDirectory().getParent()).isEqualTo(dir);
  }

  private static Uuid ours(org.apache.kafka.common.Uuid id) {
    return new Uuid(id.getMostSignificantBits(), id.getLeastSignificantBits());
  }

  @Test
  void directoriesWhereKafkaNeverRanAreNotKafkas() throws IOException {
    assertThat(Takeover.find(dir.resolve("other"), 1, true)).isEmpty();
    Files.delete(kafka.segment());
    assertThat(Takeover.find(dir, 1, true)).isEmpty();
  }

  private Takeover find() {
    return Takeover.find(dir, 1, true).orElseThrow();
  }

  private MetadataImage takenOver(MetadataImage from) {
    MetadataImage image = from;
    for (List<MetadataDelta> part : find().changes(from)) {
      for (MetadataDelta delta : part) {
        image = image.with(delta);
      }
    }
    return image;
  }

  private static ConfigRecord config(int type, String name, String key, String value) {
    return new ConfigRecord()
        .setResourceType((byte) type)
        .setResourceName(name)
        .setName(key)
        .setValue(value);
  }

  private static ApiMessage[] concat(ApiMessage[] first, ApiMessage last) {
    ApiMessage[] all = java.util.Arrays.copyOf(first, first.length + 1);
    all[first.length] = last;
    return all;
  }
}
