package io.ottla.broker;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.broker.config.BrokerConfig;
import io.ottla.broker.lag.GroupLag;
import io.ottla.broker.lag.LagState;
import io.ottla.broker.lag.PartitionLag;
import io.ottla.coordinator.group.journal.RebalanceCause;
import io.ottla.coordinator.group.journal.RebalanceEnd;
import io.ottla.coordinator.group.journal.RebalanceEntry;
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
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What two nodes in this process tell of a group of Kafka's own consumers: each leads one of its
 * partitions, and one of them coordinates it.
 */
class GroupInsightTest {

  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final String GROUP = "readers";

  @TempDir Path directory;

  private final List<BrokerServer> servers = new ArrayList<>();
  private final AtomicReference<Throwable> failure = new AtomicReference<>();

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

  private String startTwo() throws Exception {
    List<Integer> ports = freePorts(4);
    String voters = "1@127.0.0.1:" + ports.get(2) + ",2@127.0.0.1:" + ports.get(3);
    List<Thread> starting = new ArrayList<>();
    for (int id = 1; id <= 2; id++) {
      Path file = directory.resolve("node-" + id + ".properties");
      Files.write(
          file,
          List.of(
              "process.roles=broker,controller",
              "node.id=" + id,
              "listeners=PLAINTEXT://127.0.0.1:%d,CONTROLLER://127.0.0.1:%d"
                  .formatted(ports.get(id - 1), ports.get(id + 1)),
              "controller.listener.names=CONTROLLER",
              "controller.quorum.voters=" + voters,
              "log.dirs=" + directory.resolve("data-" + id),
              "num.network.threads=2",
              "offsets.topic.num.partitions=1",
              "offsets.topic.replication.factor=1",
              "group.initial.rebalance.delay.ms=0",
              "group.lag.interval.ms=200"));
      BrokerServer server =
          new BrokerServer(
              BrokerConfig.load(file, List.of(), directory), Clock.system(), failure::set);
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

  private static <T> T await(String what, Supplier<T> look) throws InterruptedException {
    long deadlineNs = System.nanoTime() + LIMIT.toNanos();
    for (T found = look.get(); ; found = look.get()) {
      if (found != null) {
        return found;
      }
      assertThat(System.nanoTime()).as("%s in time", what).isLessThan(deadlineNs);
      Thread.sleep(20);
    }
  }

  private static void produce(KafkaProducer<byte[], byte[]> producer, int perPartition) {
    for (int i = 0; i < perPartition; i++) {
      var _ = producer.send(new ProducerRecord<>("t", 0, null, new byte[10]));
      var _ = producer.send(new ProducerRecord<>("t", 1, null, new byte[10]));
    }
    producer.flush();
  }

  /** The group's lag, as the node tells it that coordinates the group. */
  private GroupLag awaitLag(long total) throws InterruptedException {
    return await(
        "a lag of " + total,
        () ->
            servers.stream()
                .map(server -> server.lags().orElseThrow().of(GROUP))
                .filter(lag -> lag.partitions().size() == 2 && lag.unknownPartitions() == 0)
                .filter(lag -> lag.totalLag() == total)
                .findFirst()
                .orElse(null));
  }

  @ParameterizedTest
  @ValueSource(strings = {"classic", "consumer"})
  void theNodeThatCoordinatesAGroupTellsItsLagEverywhereAndItsRebalances(String protocol)
      throws Exception {
    Map<String, Object> client = Map.of("bootstrap.servers", startTwo());
    try (Admin admin = Admin.create(client);
        KafkaProducer<byte[], byte[]> producer =
            new KafkaProducer<>(client, new ByteArraySerializer(), new ByteArraySerializer())) {
      admin
          .createTopics(Set.of(new NewTopic("t", Map.of(0, List.of(1), 1, List.of(2)))))
          .all()
          .get(60, TimeUnit.SECONDS);
      produce(producer, 50);
      readAll(client, protocol, 100);
      produce(producer, 7);

      GroupLag lag = awaitLag(14);
      assertThat(lag.partitions()).extracting(PartitionLag::state).containsOnly(LagState.KNOWN);
      assertThat(lag.partitions()).extracting(PartitionLag::lag).containsExactly(7L, 7L);
      assertThat(lag.partitions()).extracting(PartitionLag::stableLag).containsExactly(7L, 7L);
      assertThat(lag.maxLag()).isEqualTo(7);
      produce(producer, 3);
      awaitLag(20);

      assertRebalances(protocol);
      admin.deleteTopics(Set.of("t")).all().get(60, TimeUnit.SECONDS);
      await(
          "no offsets",
          () ->
              servers.stream()
                      .allMatch(
                          server -> server.lags().orElseThrow().of(GROUP).partitions().isEmpty())
                  ? true
                  : null);
    }
  }

  private static void readAll(Map<String, Object> client, String protocol, int records) {
    Map<String, Object> consuming = new HashMap<>(client);
    consuming.put("group.id", GROUP);
    consuming.put("group.protocol", protocol);
    consuming.put("auto.offset.reset", "earliest");
    consuming.put("enable.auto.commit", "false");
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(consuming, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      consumer.subscribe(List.of("t"));
      int read = 0;
      long deadlineNs = System.nanoTime() + LIMIT.toNanos();
      while (read < records && System.nanoTime() < deadlineNs) {
        read += consumer.poll(Duration.ofMillis(200)).count();
      }
      assertThat(read).isEqualTo(records);
      consumer.commitSync();
    }
  }

  private void assertRebalances(String protocol) throws InterruptedException {
    List<RebalanceEntry> entries =
        await(
            "two rebalances",
            () ->
                servers.stream()
                    .map(server -> server.rebalances().orElseThrow().entries(GROUP))
                    .filter(some -> some.size() == 2)
                    .findFirst()
                    .orElse(null));
    assertThat(entries)
        .extracting(RebalanceEntry::end)
        .containsExactly(RebalanceEnd.SETTLED, RebalanceEnd.GROUP_EMPTY);
    assertThat(entries).allMatch(entry -> entry.protocol().text().equals(protocol));
    assertThat(entries.getFirst().unowned().partitions().count()).isEqualTo(2);
    assertThat(entries.getLast().causes().items())
        .singleElement()
        .isInstanceOfSatisfying(
            RebalanceCause.MemberLeft.class,
            left ->
                assertThat(left.reason())
                    .isEqualTo(protocol.equals("classic") ? "the consumer is being closed" : ""));
  }
}
