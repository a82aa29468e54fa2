package io.ottla.compat;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.compat.broker.BrokerConfig;
import io.ottla.compat.broker.BrokerProcess;
import io.ottla.compat.broker.Brokers;
import io.ottla.compat.tools.StockTool;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.DescribeReplicaLogDirsResult.ReplicaLogDirInfo;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionReplica;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.IntegerDeserializer;
import org.apache.kafka.common.serialization.IntegerSerializer;
import org.apache.kafka.tools.reassign.ReassignPartitionsCommand;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * A replica goes to the other log directory of its broker and back while records are produced; the
 * broker is killed on the way. All that was acknowledged is there, once and in order.
 */
class LogDirectoryMoveIT {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final TopicPartition PARTITION = new TopicPartition("moving", 0);
  private static final int BEFORE = 30_000;
  private static final int VALUE_BYTES = 1_000;

  @RegisterExtension static final Brokers BROKERS = new Brokers();

  @Test
  void aReplicaIsMovedUnderLoadAndTheBrokerKilledMeanwhile() throws Exception {
    BrokerConfig config = BROKERS.config();
    Path first = config.logDirectory();
    Path second = config.directory().resolve("second");
    BrokerProcess broker = BROKERS.start(config.with("log.dirs", first + "," + second));
    TopicPartitionReplica replica =
        new TopicPartitionReplica(
            PARTITION.topic(),
            PARTITION.partition(),
            Integer.parseInt(broker.config().property("node.id")));
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()));
        Numbers numbers = new Numbers(broker.bootstrapServers())) {
      admin
          .createTopics(
              List.of(
                  new NewTopic(PARTITION.topic(), 1, (short) 1)
                      .configs(Map.of("segment.bytes", "4000000"))))
          .all()
          .get();
      numbers.start();
      numbers.awaitAcknowledged(BEFORE);
      Path from = Path.of(where(admin, replica).getCurrentReplicaLogDir());
      Path to = from.equals(first.toAbsolutePath()) ? second : first;

      limit(admin, replica.brokerId(), 10_000_000);
      admin.alterReplicaLogDirs(Map.of(replica, to.toString())).all().get();
      Await.until(
          "the copy can be seen, and is behind",
          LIMIT,
          () -> {
            ReplicaLogDirInfo now = where(admin, replica);
            return to.toAbsolutePath().toString().equals(now.getFutureReplicaLogDir())
                && now.getFutureReplicaOffsetLag() > 0
                && now.getFutureReplicaOffsetLag() < BEFORE;
          });
      broker.kill();
      broker = BROKERS.restart(broker);
      limit(admin, replica.brokerId(), Long.MAX_VALUE);
      awaitIn(admin, replica, to);
      numbers.awaitAcknowledged(numbers.acknowledged() + 1_000);

      String server = broker.bootstrapServers();
      Path plan = Files.writeString(config.directory().resolve("plan.json"), plan(replica, from));
      reassign(server, "--execute", plan);
      Await.until(
          "kafka-reassign-partitions says that it is done",
          LIMIT,
          () -> reassign(server, "--verify", plan).contains("completed successfully"));
      awaitIn(admin, replica, from);
      numbers.awaitAcknowledged(numbers.acknowledged() + 1_000);
      int sent = numbers.finish();
      numbers.check(sent);
      broker.stop();
      assertThat(logsIn(to)).as("what is left in %s", to).noneMatch(PARTITION.toString()::equals);
      broker = BROKERS.restart(broker);
      numbers.check(sent);
    }
  }

  private static List<String> logsIn(Path directory) throws Exception {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }

  private static ReplicaLogDirInfo where(Admin admin, TopicPartitionReplica replica)
      throws Exception {
    return admin.describeReplicaLogDirs(List.of(replica)).all().get().get(replica);
  }

  private static void awaitIn(Admin admin, TopicPartitionReplica replica, Path directory)
      throws Exception {
    Await.until(
        replica + " is in " + directory,
        LIMIT,
        () -> {
          ReplicaLogDirInfo now = where(admin, replica);
          return directory.toAbsolutePath().toString().equals(now.getCurrentReplicaLogDir())
              && now.getFutureReplicaLogDir() == null;
        });
  }

  private static void limit(Admin admin, int brokerId, long bytesPerSecond) throws Exception {
    admin
        .incrementalAlterConfigs(
            Map.of(
                new ConfigResource(ConfigResource.Type.BROKER, Integer.toString(brokerId)),
                List.of(
                    new AlterConfigOp(
                        new ConfigEntry(
                            "replica.alter.log.dirs.io.max.bytes.per.second",
                            Long.toString(bytesPerSecond)),
                        AlterConfigOp.OpType.SET))))
        .all()
        .get();
  }

  private static String plan(TopicPartitionReplica replica, Path directory) {
    return String.format(
        "{\"version\":1,\"partitions\":[{\"topic\":\"%s\",\"partition\":%d,"
            + "\"replicas\":[%d],\"log_dirs\":[\"%s\"]}]}",
        replica.topic(), replica.partition(), replica.brokerId(), directory.toAbsolutePath());
  }

  private static String reassign(String server, String action, Path plan) throws Exception {
    return StockTool.run(
            ReassignPartitionsCommand.class,
            "--bootstrap-server",
            server,
            action,
            "--reassignment-json-file",
            plan.toString())
        .expectSuccess()
        .out();
  }

  /** Sends 0, 1, 2 and so on from a thread of its own, a few hundred at a time. */
  private static final class Numbers implements AutoCloseable {
    private final String bootstrapServers;
    private final AtomicInteger acknowledged = new AtomicInteger();
    private final AtomicReference<Exception> failure = new AtomicReference<>();
    private final Thread sender = new Thread(this::send);
    private volatile boolean ended;
    private volatile int sent;

    Numbers(String bootstrapServers) {
      this.bootstrapServers = bootstrapServers;
    }

    void start() {
      sender.start();
    }

    private void send() {
      byte[] value = new byte[VALUE_BYTES];
      try (Producer<Integer, byte[]> producer =
          new KafkaProducer<>(
              Map.of(
                  "bootstrap.servers",
                  bootstrapServers,
                  "max.block.ms",
                  "120000",
                  "buffer.memory",
                  "2000000"),
              new IntegerSerializer(),
              new ByteArraySerializer())) {
        while (!ended) {
          var _ =
              producer.send(
                  new ProducerRecord<>(PARTITION.topic(), 0, sent, value),
                  (metadata, problem) -> {
                    if (problem == null) {
                      acknowledged.incrementAndGet();
                    } else {
                      failure.compareAndSet(null, problem);
                    }
                  });
          sent++;
          if (sent > BEFORE && sent % 10 == 0) {
            Thread.sleep(5);
          }
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    int acknowledged() {
      return acknowledged.get();
    }

    void awaitAcknowledged(int count) throws Exception {
      Await.until(count + " are acknowledged", LIMIT, () -> acknowledged.get() >= count);
      assertThat(failure.get()).isNull();
    }

    /** Returns how many were sent, all of which are acknowledged. */
    int finish() throws Exception {
      ended = true;
      sender.join();
      assertThat(failure.get()).isNull();
      assertThat(acknowledged.get()).isEqualTo(sent);
      return sent;
    }

    /** All are there, once and in order. */
    void check(int count) {
      int next = 0;
      long deadlineNs = System.nanoTime() + LIMIT.toNanos();
      try (KafkaConsumer<Integer, byte[]> consumer =
          new KafkaConsumer<>(
              Map.of("bootstrap.servers", bootstrapServers),
              new IntegerDeserializer(),
              new ByteArrayDeserializer())) {
        consumer.assign(List.of(PARTITION));
        consumer.seekToBeginning(List.of(PARTITION));
        while (next < count && System.nanoTime() < deadlineNs) {
          for (ConsumerRecord<Integer, byte[]> record : consumer.poll(Duration.ofMillis(200))) {
            assertThat(record.key()).isEqualTo(next);
            next++;
          }
        }
        assertThat(next).isEqualTo(count);
        assertThat(consumer.endOffsets(List.of(PARTITION)).get(PARTITION)).isEqualTo(count);
      }
    }

    @Override
    public void close() throws Exception {
      ended = true;
      sender.join();
    }
  }
}
