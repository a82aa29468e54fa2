package io.ottla.compat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ottla.compat.broker.BrokerConfig;
import io.ottla.compat.broker.BrokerProcess;
import io.ottla.compat.broker.Brokers;
import io.ottla.compat.broker.FreePorts;
import io.ottla.compat.wire.Frames;
import io.ottla.compat.wire.RawConnection;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Listeners, what clients are told of them, and how connections are limited, kept and ended. */
class TransportIT {
  private static final Duration LIMIT = Duration.ofSeconds(20);

  @RegisterExtension static final Brokers BROKERS = new Brokers();

  @Test
  void everyListenerTellsItsClientsItsOwnAddress() throws Exception {
    BrokerConfig config = BROKERS.config();
    String controller =
        config.property("listeners").substring(config.property("listeners").indexOf(",CONTROLLER"));
    int external = FreePorts.next();
    String internalListener = "INTERNAL://127.0.0.1:" + config.port();
    BrokerProcess broker =
        BROKERS.start(
            config
                .with(
                    "listeners",
                    internalListener + ",EXTERNAL://127.0.0.1:" + external + controller)
                .with(
                    "advertised.listeners", internalListener + ",EXTERNAL://localhost:" + external)
                .with(
                    "listener.security.protocol.map",
                    "INTERNAL:PLAINTEXT,EXTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT")
                .with("inter.broker.listener.name", "INTERNAL"));
    checkListener("127.0.0.1:" + broker.port(), "127.0.0.1", broker.port(), "by-internal");
    checkListener("127.0.0.1:" + external, "localhost", external, "by-external");
    broker.stop();
  }

  private static void checkListener(String bootstrap, String host, int port, String topic)
      throws Exception {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
      Node node = admin.describeCluster().nodes().get().iterator().next();
      assertThat(node.host()).isEqualTo(host);
      assertThat(node.port()).isEqualTo(port);
      createTopic(admin, topic);
    }
    byte[] value = topic.getBytes();
    try (KafkaProducer<byte[], byte[]> producer = producer(bootstrap)) {
      producer.send(new ProducerRecord<>(topic, value)).get();
    }
    assertThat(readOne(bootstrap, topic).value()).isEqualTo(value);
  }

  @Test
  void limitsTheConnectionsFromOneAddress() throws Exception {
    int limit = 5;
    BrokerProcess broker =
        BROKERS.start(
            BROKERS
                .config()
                .with("max.connections.per.ip", "2")
                .with("max.connections.per.ip.overrides", "127.0.0.1:" + limit));
    List<RawConnection> connections = new ArrayList<>();
    try {
      // The last of those made to see whether the broker is ready may not be gone yet.
      Await.until(
          "so many connections are open",
          LIMIT,
          () -> {
            RawConnection connection = RawConnection.to(broker.port());
            if (answers(connection)) {
              connections.add(connection);
            } else {
              connection.close();
            }
            return connections.size() == limit;
          });
      for (int i = 0; i < 3; i++) {
        try (RawConnection oneTooMany = RawConnection.to(broker.port())) {
          assertThat(answers(oneTooMany)).as("one too many is served").isFalse();
        }
      }
      for (RawConnection connection : connections) {
        assertThat(connection.answersApiVersions()).as("one of those before").isTrue();
      }
      connections.removeLast().close();
      Await.until(
          "a new one is served in place of the closed one",
          LIMIT,
          () -> RawConnection.answersApiVersions(broker.port()));
    } finally {
      for (RawConnection connection : connections) {
        connection.close();
      }
    }
    broker.stop();
  }

  private static boolean answers(RawConnection connection) {
    try {
      return connection.answersApiVersions();
    } catch (IOException closed) {
      return false;
    }
  }

  @Test
  void closesConnectionsThatAreIdle() throws Exception {
    BrokerProcess broker = BROKERS.start(BROKERS.config().with("connections.max.idle.ms", "1500"));
    try (RawConnection busy = RawConnection.to(broker.port());
        RawConnection idle = RawConnection.to(broker.port());
        RawConnection silent = RawConnection.to(broker.port())) {
      assertThat(idle.answersApiVersions()).isTrue();
      long start = System.nanoTime();
      boolean idleOpen = true;
      boolean silentOpen = true;
      while (idleOpen || silentOpen) {
        assertThat(busy.answersApiVersions()).as("the busy one").isTrue();
        idleOpen = idleOpen && !idle.isClosedByBroker(Duration.ofMillis(50));
        silentOpen = silentOpen && !silent.isClosedByBroker(Duration.ofMillis(50));
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(LIMIT);
        if (!idleOpen) {
          assertThat(Duration.ofNanos(System.nanoTime() - start))
              .as("time the idle one was kept")
              .isGreaterThan(Duration.ofMillis(1_000));
        }
        LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
      }
      assertThat(busy.answersApiVersions()).as("the busy one").isTrue();
    }
    broker.stop();
  }

  @Test
  void answersInTheOrderOfTheRequests() throws Exception {
    BrokerProcess broker = BROKERS.start();
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
      createTopic(admin, "empty");
    }
    FetchRequestData waiting =
        new FetchRequestData()
            .setMaxWaitMs(300)
            .setMinBytes(1)
            .setMaxBytes(1_000_000)
            .setTopics(
                List.of(
                    new FetchTopic()
                        .setTopic("empty")
                        .setPartitions(
                            List.of(new FetchPartition().setPartitionMaxBytes(1_000_000)))));
    int requests = 300;
    ByteBuffer frames = ByteBuffer.allocate(requests * 200);
    for (int i = 0; i < requests; i++) {
      switch (i % 100) {
        case 0 -> frames.put(Frames.of(waiting, 11, i));
        case 1, 2, 3 -> frames.put(Frames.of(new MetadataRequestData().setTopics(null), 8, i));
        default -> frames.put(Frames.apiVersions(0, i));
      }
    }
    try (RawConnection connection = RawConnection.to(broker.port())) {
      connection.send(frames.flip());
      for (int i = 0; i < requests; i++) {
        assertThat(connection.receive().getInt()).as("correlation id").isEqualTo(i);
      }
    }
    broker.stop();
  }

  @Test
  void movesLargeRecordsAndRefusesTooLargeOnes() throws Exception {
    BrokerProcess broker = BROKERS.start();
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
      createTopic(admin, "large");
    }
    byte[] large = new byte[1_000_000];
    new Random(11).nextBytes(large);
    try (KafkaProducer<byte[], byte[]> producer = producer(broker.bootstrapServers())) {
      assertThatThrownBy(
              () -> producer.send(new ProducerRecord<>("large", new byte[1_048_589])).get())
          .hasCauseInstanceOf(RecordTooLargeException.class);
      assertThat(producer.send(new ProducerRecord<>("large", large)).get().offset()).isZero();
    }
    assertThat(readOne(broker.bootstrapServers(), "large").value()).isEqualTo(large);
    broker.stop();
  }

  private static void createTopic(Admin admin, String topic) throws Exception {
    admin.createTopics(List.of(new NewTopic(topic, 1, (short) 1))).all().get();
    admin.listOffsets(Map.of(new TopicPartition(topic, 0), OffsetSpec.latest())).all().get();
  }

  private static KafkaProducer<byte[], byte[]> producer(String bootstrap) {
    return new KafkaProducer<>(
        Map.of("bootstrap.servers", bootstrap, "max.request.size", 10_000_000),
        new ByteArraySerializer(),
        new ByteArraySerializer());
  }

  private static ConsumerRecord<byte[], byte[]> readOne(String bootstrap, String topic)
      throws Exception {
    List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            Map.of("bootstrap.servers", bootstrap),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      TopicPartition partition = new TopicPartition(topic, 0);
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      Await.until(
          "a record is read",
          LIMIT,
          () -> {
            consumer.poll(Duration.ofMillis(100)).forEach(records::add);
            return !records.isEmpty();
          });
    }
    assertThat(records).hasSize(1);
    return records.getFirst();
  }
}
