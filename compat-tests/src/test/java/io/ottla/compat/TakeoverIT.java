package io.ottla.compat;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.compat.broker.BrokerConfig;
import io.ottla.compat.broker.BrokerKind;
import io.ottla.compat.broker.BrokerProcess;
import io.ottla.compat.broker.Brokers;
import io.ottla.compat.broker.OttlaHome;
import io.ottla.compat.broker.Script;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.ProducerState;
import org.apache.kafka.clients.admin.ScramCredentialInfo;
import org.apache.kafka.clients.admin.ScramMechanism;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.admin.UserScramCredentialUpsertion;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.quota.ClientQuotaAlteration;
import org.apache.kafka.common.quota.ClientQuotaEntity;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Ottla on the directories of a stock Kafka, Kafka on them again, and Ottla once more: each finds
 * all that the other left, and goes on where it stopped.
 */
class TakeoverIT {
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final int PARTITIONS = 3;
  private static final int RECORDS = 120;
  private static final String ORDERS = "orders";
  private static final String STATE = "state";
  private static final String GROUP = "readers";
  private static final Uuid NO_TOPIC = Uuid.ZERO_UUID;

  @RegisterExtension static final Brokers BROKERS = new Brokers();

  /** What was written and acknowledged so far, by topic. */
  private final Map<String, Integer> written = new HashMap<>();

  private final Map<String, Uuid> topicIds = new HashMap<>();
  private String servers;
  private int consumed;

  @Test
  void kafkasDirectoriesAreTakenOverAndGivenBack() throws Exception {
    BrokerConfig listed = BROKERS.config();
    // As in the file that Kafka ships: the only voter is in the metadata log.
    String voter = listed.property("controller.quorum.voters");
    BrokerConfig config =
        listed
            .with("controller.quorum.voters", null)
            .with("controller.quorum.bootstrap.servers", voter.substring(voter.indexOf('@') + 1));
    BrokerConfig kafka = config.ofKind(BrokerKind.KAFKA).with("broker.session.timeout.ms", "9000");
    servers = config.bootstrapServers();
    Path data = config.logDirectory();

    // Kafka fills its directories and stops in order.
    BrokerProcess broker = BROKERS.start(kafka);
    fill();
    goOn("under Kafka");
    broker.stop();
    final Map<String, String> properties = properties(data);
    Map<String, Long> kafkasFiles = filesOf(data.resolve("__cluster_metadata-0"));

    // Ottla takes over, twice: it must not need more leader epochs than Kafka has.
    for (int run = 0; run < 2; run++) {
      broker = BROKERS.start(config.ofKind(BrokerKind.OTTLA));
      checkMetadata();
      goOn("under Ottla, run " + run);
      if (run == 0) {
        assertThat(broker.output())
            .contains("Takes over Kafka's metadata", "WITHOUT EFFECT", "{quota=1, scram=1}");
        createTopic("made-under-ottla", 1, Map.of());
      }
      broker.stop();
    }
    assertThat(properties(data)).isEqualTo(properties);
    assertThat(filesOf(data.resolve("__cluster_metadata-0"))).isEqualTo(kafkasFiles);
    verify(data);

    // Back: Kafka serves what Ottla appended, and is killed.
    broker = BROKERS.start(kafka);
    checkMetadata();
    checkKafkasOwn();
    goOn("under Kafka again");
    createTopic("made-under-kafka", 1, Map.of());
    assertThat(directories(data))
        .noneMatch(name -> name.startsWith("__cluster_metadata-") && name.endsWith("-stray"))
        .anyMatch(name -> name.startsWith("made-under-ottla-0.") && name.endsWith("-stray"));
    broker.kill();

    // And forth: what changed under Kafka is taken over, too.
    broker = BROKERS.start(config.ofKind(BrokerKind.OTTLA));
    checkMetadata();
    try (Admin admin = admin()) {
      assertThat(admin.listTopics().names().get())
          .contains("made-under-kafka")
          .doesNotContain("made-under-ottla");
    }
    goOn("under Ottla again");
    assertThat(broker.output()).contains("Kafka has run on these directories meanwhile");
    broker.stop();
    verify(data);
  }

  /** What both have written, one after the other, is of one piece. */
  private static void verify(Path data) throws Exception {
    Script.run(data, Map.of(), OttlaHome.logScript().toString(), "verify", data.toString())
        .expectSuccess();
  }

  /** Topics with settings, and what stands in Kafka's metadata besides topics. */
  private void fill() throws Exception {
    createTopic(ORDERS, PARTITIONS, Map.of("retention.ms", "123456789"));
    createTopic(STATE, 1, Map.of("cleanup.policy", "compact"));
    try (Admin admin = admin()) {
      admin.incrementalAlterConfigs(settings()).all().get();
      admin
          .alterUserScramCredentials(
              List.of(
                  new UserScramCredentialUpsertion(
                      "anna", new ScramCredentialInfo(ScramMechanism.SCRAM_SHA_256, 4096), "pw")))
          .all()
          .get();
      admin
          .alterClientQuotas(
              List.of(
                  new ClientQuotaAlteration(
                      new ClientQuotaEntity(Map.of("client-id", "slow")),
                      List.of(new ClientQuotaAlteration.Op("producer_byte_rate", 1_000_000.0)))))
          .all()
          .get();
    }
  }

  private static Map<ConfigResource, java.util.Collection<AlterConfigOp>> settings() {
    return Map.of(
        new ConfigResource(ConfigResource.Type.BROKER, ""),
        List.of(
            new AlterConfigOp(
                new ConfigEntry("log.retention.ms", "987654321"), AlterConfigOp.OpType.SET)),
        new ConfigResource(ConfigResource.Type.GROUP, GROUP),
        List.of(
            new AlterConfigOp(
                new ConfigEntry("consumer.session.timeout.ms", "50000"),
                AlterConfigOp.OpType.SET)));
  }

  private void createTopic(String name, int partitions, Map<String, String> configs)
      throws Exception {
    try (Admin admin = admin()) {
      var created =
          admin.createTopics(List.of(new NewTopic(name, partitions, (short) 1).configs(configs)));
      created.all().get();
      if (configs.isEmpty()) {
        return;
      }
      topicIds.put(name, created.topicId(name).get());
    }
  }

  private void checkMetadata() throws Exception {
    try (Admin admin = admin()) {
      Map<String, TopicDescription> topics =
          admin.describeTopics(topicIds.keySet()).allTopicNames().get();
      topics.forEach(
          (name, topic) ->
              assertThat(topic.topicId())
                  .as(name)
                  .isEqualTo(topicIds.get(name))
                  .isNotEqualTo(NO_TOPIC));
      assertThat(topics.get(ORDERS).partitions()).hasSize(PARTITIONS);
      assertThat(setting(admin, ConfigResource.Type.TOPIC, ORDERS, "retention.ms"))
          .isEqualTo("123456789");
      assertThat(setting(admin, ConfigResource.Type.TOPIC, STATE, "cleanup.policy"))
          .isEqualTo("compact");
      assertThat(setting(admin, ConfigResource.Type.TOPIC, STATE, "retention.ms"))
          .isEqualTo("987654321");
      assertThat(setting(admin, ConfigResource.Type.GROUP, GROUP, "consumer.session.timeout.ms"))
          .isEqualTo("50000");
    }
  }

  private static String setting(Admin admin, ConfigResource.Type type, String name, String key)
      throws Exception {
    ConfigResource resource = new ConfigResource(type, name);
    return admin.describeConfigs(List.of(resource)).all().get().get(resource).get(key).value();
  }

  private void checkKafkasOwn() throws Exception {
    try (Admin admin = admin()) {
      assertThat(admin.describeUserScramCredentials().all().get()).containsKey("anna");
    }
  }

  /** Reads all there is, goes on reading as the group, writes more in and out of transactions. */
  private void goOn(String where) throws Exception {
    for (String topic : List.of(ORDERS, STATE)) {
      assertThat(values(topic)).as("%s %s", topic, where).hasSize(written.getOrDefault(topic, 0));
    }
    consumeAsGroup(where);
    Set<Long> before = producerIds();
    try (KafkaProducer<String, String> producer = producer(null)) {
      for (int i = 0; i < RECORDS; i++) {
        producer.send(new ProducerRecord<>(ORDERS, i % PARTITIONS, null, where + " " + i));
        producer.send(new ProducerRecord<>(STATE, "key " + where + i, "v"));
      }
    }
    written.merge(ORDERS, RECORDS, Integer::sum);
    written.merge(STATE, RECORDS, Integer::sum);
    Set<Long> after = producerIds();
    assertThat(after).as("a new producer has a new id %s", where).hasSize(before.size() + 1);
    inTransactions(where);
    consumeAsGroup(where);
  }

  /**
   * One that is aborted, then one that is committed, with offsets, by the same transactional id.
   */
  private void inTransactions(String where) throws Exception {
    try (KafkaProducer<String, String> producer = producer("mover")) {
      producer.initTransactions();
      producer.beginTransaction();
      producer.send(new ProducerRecord<>(ORDERS, 0, null, "aborted " + where)).get();
      producer.abortTransaction();
      producer.beginTransaction();
      producer.send(new ProducerRecord<>(ORDERS, 0, null, "committed " + where)).get();
      producer.sendOffsetsToTransaction(
          Map.of(new TopicPartition(STATE, 0), new OffsetAndMetadata(written.get(STATE))),
          new ConsumerGroupMetadata("movers"));
      producer.commitTransaction();
    }
    written.merge(ORDERS, 1, Integer::sum);
    try (Admin admin = admin()) {
      assertThat(
              admin
                  .listConsumerGroupOffsets("movers")
                  .partitionsToOffsetAndMetadata()
                  .get()
                  .get(new TopicPartition(STATE, 0))
                  .offset())
          .isEqualTo(written.get(STATE).longValue());
    }
  }

  private Set<Long> producerIds() throws Exception {
    try (Admin admin = admin()) {
      return Set.copyOf(
          admin
              .describeProducers(List.of(new TopicPartition(STATE, 0)))
              .all()
              .get()
              .get(new TopicPartition(STATE, 0))
              .activeProducers()
              .stream()
              .map(ProducerState::producerId)
              .toList());
    }
  }

  /** A member of the group begins where the last one has committed, whoever served that one. */
  private void consumeAsGroup(String where) throws Exception {
    int expected = written.getOrDefault(ORDERS, 0) - consumed;
    try (KafkaConsumer<String, String> consumer = consumer(GROUP)) {
      consumer.subscribe(List.of(ORDERS));
      long endNs = System.nanoTime() + LIMIT.toNanos();
      int seen = 0;
      while (seen < expected && System.nanoTime() < endNs) {
        seen += consumer.poll(Duration.ofMillis(100)).count();
      }
      assertThat(seen).as("records the group had not seen %s", where).isEqualTo(expected);
      consumer.commitSync();
    }
    consumed += expected;
  }

  private List<String> values(String topic) throws Exception {
    try (KafkaConsumer<String, String> consumer = consumer(null)) {
      List<TopicPartition> partitions =
          consumer.partitionsFor(topic).stream()
              .map(info -> new TopicPartition(topic, info.partition()))
              .toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      List<String> values = new ArrayList<>();
      long endNs = System.nanoTime() + LIMIT.toNanos();
      while (ends.entrySet().stream()
              .anyMatch(end -> consumer.position(end.getKey()) < end.getValue())
          && System.nanoTime() < endNs) {
        for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(100))) {
          values.add(record.value());
        }
      }
      return values;
    }
  }

  private Admin admin() {
    return Admin.create(Map.of("bootstrap.servers", servers));
  }

  private KafkaProducer<String, String> producer(String transactionalId) {
    Map<String, Object> properties = new HashMap<>();
    properties.put("bootstrap.servers", servers);
    properties.put("linger.ms", "5");
    if (transactionalId != null) {
      properties.put("transactional.id", transactionalId);
    }
    return new KafkaProducer<>(properties, new StringSerializer(), new StringSerializer());
  }

  private KafkaConsumer<String, String> consumer(String group) {
    Map<String, Object> properties = new HashMap<>();
    properties.put("bootstrap.servers", servers);
    properties.put("isolation.level", "read_committed");
    properties.put("auto.offset.reset", "earliest");
    properties.put("enable.auto.commit", "false");
    properties.put("default.api.timeout.ms", Long.toString(LIMIT.toMillis()));
    if (group != null) {
      properties.put("group.id", group);
    }
    return new KafkaConsumer<>(properties, new StringDeserializer(), new StringDeserializer());
  }

  private static Map<String, String> properties(Path data) throws IOException {
    Properties properties = new Properties();
    try (var in = Files.newBufferedReader(data.resolve("meta.properties"))) {
      properties.load(in);
    }
    Map<String, String> map = new TreeMap<>();
    properties.stringPropertyNames().forEach(key -> map.put(key, properties.getProperty(key)));
    return map;
  }

  /** The names and the times of the last change of all files. */
  private static Map<String, Long> filesOf(Path directory) throws IOException {
    Map<String, Long> files = new TreeMap<>();
    try (Stream<Path> children = Files.list(directory)) {
      for (Path file : children.toList()) {
        files.put(
            file.getFileName().toString(),
            Files.getLastModifiedTime(file).to(TimeUnit.NANOSECONDS) + Files.size(file));
      }
    }
    return files;
  }

  private static List<String> directories(Path data) throws IOException {
    try (Stream<Path> children = Files.list(data)) {
      return children.map(child -> child.getFileName().toString()).toList();
    }
  }
}
