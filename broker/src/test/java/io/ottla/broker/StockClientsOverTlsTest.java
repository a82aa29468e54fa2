package io.ottla.broker;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.broker.config.BrokerConfig;
import io.ottla.broker.tls.TestKeys;
import io.ottla.runtime.Clock;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whole nodes in this process, every listener of which wants TLS and certificates of both sides,
 * and Kafka's own clients.
 */
class StockClientsOverTlsTest {

  private static final int RECORDS = 300;
  private static final int RECORD_BYTES = 20_000;
  private static final Duration LIMIT = Duration.ofSeconds(60);

  @TempDir static Path directory;

  private static Path keys;
  private static Path trusted;

  private final List<BrokerServer> servers = new ArrayList<>();
  private final AtomicReference<Throwable> failure = new AtomicReference<>();

  @BeforeAll
  static void makeKeys() throws Exception {
    TestKeys made = new TestKeys(directory);
    keys = made.keyStore("keys.p12", "PKCS12", "ip:127.0.0.1");
    trusted = made.trustStore("trusted.p12", "PKCS12", keys);
  }

  @AfterEach
  void close() {
    servers.reversed().forEach(BrokerServer::close);
    assertThat(failure.get()).isNull();
  }

  private static List<Integer> freePorts(int count) throws Exception {
    List<ServerSocket> held = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      held.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
    }
    List<Integer> ports = held.stream().map(ServerSocket::getLocalPort).toList();
    for (ServerSocket socket : held) {
      socket.close();
    }
    return ports;
  }

  private static Map<String, String> tls() {
    return Map.of(
        "ssl.keystore.location",
        keys.toString(),
        "ssl.keystore.type",
        "PKCS12",
        "ssl.keystore.password",
        TestKeys.PASSWORD,
        "ssl.truststore.location",
        trusted.toString(),
        "ssl.truststore.type",
        "PKCS12",
        "ssl.truststore.password",
        TestKeys.PASSWORD);
  }

  private BrokerServer node(int id, int port, int controllerPort, String voters) throws Exception {
    Map<String, String> properties = new HashMap<>(tls());
    properties.put("process.roles", "broker,controller");
    properties.put("node.id", Integer.toString(id));
    properties.put(
        "listeners", "CLIENTS://127.0.0.1:" + port + ",CONTROLLER://127.0.0.1:" + controllerPort);
    properties.put("listener.security.protocol.map", "CLIENTS:SSL,CONTROLLER:SSL");
    properties.put("inter.broker.listener.name", "CLIENTS");
    properties.put("controller.listener.names", "CONTROLLER");
    properties.put("controller.quorum.voters", voters);
    properties.put("ssl.client.auth", "required");
    properties.put("log.dirs", directory.resolve("data-" + port).toString());
    properties.put("num.network.threads", "2");
    properties.put("offsets.topic.num.partitions", "1");
    Path file = directory.resolve("node-" + port + ".properties");
    Files.write(
        file, properties.entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).toList());
    return new BrokerServer(
        BrokerConfig.load(file, List.of(), directory), Clock.system(), failure::set);
  }

  /** Starts that many nodes, all at once, and returns where clients connect to. */
  private String start(int count) throws Exception {
    List<Integer> ports = freePorts(2 * count);
    StringBuilder voters = new StringBuilder();
    for (int id = 1; id <= count; id++) {
      voters.append(id > 1 ? "," : "").append(id).append("@127.0.0.1:");
      voters.append(ports.get(count + id - 1));
    }
    List<Thread> starting = new ArrayList<>();
    for (int id = 1; id <= count; id++) {
      BrokerServer server =
          node(id, ports.get(id - 1), ports.get(count + id - 1), voters.toString());
      servers.add(server);
      starting.add(
          Thread.ofPlatform()
              .start(
                  () -> {
                    try {
                      server.start();
                    } catch (Exception e) {
                      failure.set(e);
                    }
                  }));
    }
    for (Thread thread : starting) {
      thread.join(LIMIT);
      assertThat(thread.isAlive()).as("a node is still starting").isFalse();
    }
    assertThat(failure.get()).isNull();
    return "127.0.0.1:" + ports.getFirst();
  }

  private static Map<String, Object> client(String bootstrap) {
    Map<String, Object> client = new HashMap<>(tls());
    client.put("bootstrap.servers", bootstrap);
    client.put("security.protocol", "SSL");
    return client;
  }

  private static byte[] value(int i) {
    byte[] value = new byte[RECORD_BYTES];
    new Random(i).nextBytes(value);
    return value;
  }

  private static void passRecords(String bootstrap, int replicas) throws Exception {
    try (Admin admin = Admin.create(client(bootstrap))) {
      admin
          .createTopics(Set.of(new NewTopic("t", Optional.of(1), Optional.of((short) replicas))))
          .all()
          .get(60, TimeUnit.SECONDS);
      assertThat(admin.describeCluster().nodes().get(60, TimeUnit.SECONDS)).hasSize(replicas);
    }
    Map<String, Object> producing = client(bootstrap);
    producing.put("acks", "all");
    producing.put("batch.size", 100_000);
    producing.put("linger.ms", 20);
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(producing, new ByteArraySerializer(), new ByteArraySerializer())) {
      for (int i = 0; i < RECORDS; i++) {
        var _ = producer.send(new ProducerRecord<>("t", value(i)));
      }
      producer.flush();
    }
    Map<String, Object> consuming = client(bootstrap);
    consuming.put("auto.offset.reset", "earliest");
    consuming.put("max.partition.fetch.bytes", 3_000_000);
    consuming.put("check.crcs", "true");
    int next = 0;
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(consuming, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      consumer.assign(List.of(new TopicPartition("t", 0)));
      long deadlineNs = System.nanoTime() + LIMIT.toNanos();
      while (next < RECORDS && System.nanoTime() < deadlineNs) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofSeconds(1))) {
          assertThat(record.value()).isEqualTo(value(next));
          next++;
        }
      }
    }
    assertThat(next).isEqualTo(RECORDS);
  }

  @Test
  void produceAndConsumeOnOneNode() throws Exception {
    passRecords(start(1), 1);
  }

  @Test
  void produceAndConsumeOnThreeNodesThatReachEachOtherByTlsOnly() throws Exception {
    passRecords(start(3), 3);
  }
}
