package io.ottla.log;

import static io.ottla.log.PartitionLogTest.is;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ottla.wire.ErrorCode;
import io.ottla.wire.TopicPartition;
import io.ottla.wire.Uuid;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LogDirectoryTest {

  private static final LogConfig CONFIG = LogConfig.defaults();

  @TempDir Path root;

  @Test
  void isHeldByOneBrokerAtATime() {
    LogDirectory first = open();
    assertThatThrownBy(this::open)
        .satisfies(is(ErrorCode.KAFKA_STORAGE_ERROR))
        .hasMessageContaining(root.toString())
        .hasMessageContaining("in use");
    first.close();
    open().close();
  }

  @Test
  void createsWhatIsMissing() {
    Path deep = root.resolve("a/b");
    LogDirectory.open(DiskFileSystem.INSTANCE, deep).close();
    assertThat(deep.resolve(".lock")).exists();
  }

  @Test
  void knowsThePartitionsInIt() {
    TopicPartition strange = new TopicPartition("with-dashes-7", 12);
    LogDirectory directory = open();
    PartitionLog log = PartitionLog.open(directory, strange, new Uuid(3, 4), CONFIG, 0);
    assertThat(directory.logs()).containsExactly(log);
    assertThat(directory.partitions()).isEmpty();
    log.close();
    directory.closeCleanly(0);

    directory = open();
    assertThat(directory.partitions()).isEqualTo(Map.of(strange, new Uuid(3, 4)));
    directory.close();
  }

  @Test
  void takesOnlyNamesOfPartitionsForPartitions() {
    assertThat(DirectoryNames.partitionOf("orders-0")).isEqualTo(new TopicPartition("orders", 0));
    assertThat(DirectoryNames.partitionOf("__consumer_offsets-49"))
        .isEqualTo(new TopicPartition("__consumer_offsets", 49));
    for (String name :
        new String[] {
          "orders",
          "orders-",
          "-0",
          "orders-x",
          "orders-99999999999",
          "meta.properties",
          "orders-0.0123456789abcdef0123456789abcdef-delete",
          "orders-0.1-future",
          "orders-0.1-stray"
        }) {
      assertThat(DirectoryNames.partitionOf(name)).as(name).isNull();
    }
  }

  @Test
  void writesCheckpointsOfOpenAndOfClosedLogs() throws IOException {
    LogDirectory directory = open();
    PartitionLog one = log(directory, 0);
    PartitionLog two = log(directory, 1);
    one.append(TestBatches.records(1, 5), AppendContext.client(0, 0));
    two.append(TestBatches.records(1, 7), AppendContext.client(0, 0));
    one.onHighWatermark(4);
    one.deleteRecordsBefore(2);
    two.close();

    directory.checkpointHighWatermarks();
    directory.checkpointRecoveryPoints();
    directory.checkpointLogStartOffsets();

    assertThat(lines("replication-offset-checkpoint"))
        .startsWith("0\n2\n")
        .contains("orders 0 4\n", "orders 1 0\n");
    assertThat(lines("recovery-point-offset-checkpoint")).contains("orders 0 0\n", "orders 1 7\n");
    assertThat(lines("log-start-offset-checkpoint")).isEqualTo("0\n1\norders 0 2\n");
    one.close();
    directory.close();
  }

  @Test
  void keepsWhatItKnewOfLogsThatWereNotOpened() throws IOException {
    LogDirectory directory = open();
    PartitionLog one = log(directory, 0);
    one.append(TestBatches.records(1, 5), AppendContext.client(0, 0));
    one.close();
    directory.closeCleanly(0);

    directory = open();
    log(directory, 1).close();
    directory.checkpointRecoveryPoints();
    directory.close();
    assertThat(lines("recovery-point-offset-checkpoint")).contains("orders 0 5\n");
  }

  @Test
  void readsLogsFromTheirStartIfACheckpointIsDamaged() throws IOException {
    LogDirectory directory = open();
    PartitionLog one = log(directory, 0);
    one.append(TestBatches.records(1, 5), AppendContext.client(0, 0));
    LogFlusherTest.force(one);
    directory.checkpointRecoveryPoints();
    one.abandon();
    directory.close();
    Files.writeString(root.resolve("recovery-point-offset-checkpoint"), "0\n3\norders 0\n");

    directory = open();
    one = log(directory, 0);
    assertThat(one.recoveryReport().segmentsScanned()).isEqualTo(1);
    assertThat(one.logEndOffset()).isEqualTo(5);
    one.close();
    directory.close();
  }

  @Test
  void marksACleanShutdownAsKafkaDoes() throws IOException {
    LogDirectory directory = open();
    log(directory, 0).close();
    directory.closeCleanly(42);
    assertThat(lines(".kafka_cleanshutdown")).isEqualTo("{\"version\":0,\"brokerEpoch\":42}");

    directory = open();
    assertThat(directory.wasClosedCleanly()).isTrue();
    assertThat(directory.cleanShutdownBrokerEpoch()).isEqualTo(42);
    directory.close();
  }

  @Test
  void deletesALogAfterTheDelay() throws IOException {
    LogDirectory directory = open();
    PartitionLog log = log(directory, 0);
    log.append(TestBatches.records(1, 5), AppendContext.client(0, 0));
    LogSlice slice = log.view().read(0, 1000, true, 5);

    directory.delete(log, 1_000);

    Path renamed;
    try (Stream<Path> entries = Files.list(root)) {
      renamed =
          entries
              .filter(path -> path.toString().matches(".*/orders-0\\.[0-9a-f]{32}-delete"))
              .findAny()
              .orElseThrow();
    }
    assertThat(renamed).isDirectory();
    assertThat(directory.logs()).isEmpty();
    assertThat(directory.deleteDue(1_000 + CONFIG.fileDeleteDelayMs() - 1)).isZero();
    assertThat(directory.deleteDue(1_000 + CONFIG.fileDeleteDelayMs())).isEqualTo(1);
    assertThat(renamed).doesNotExist();
    slice.release();
    // Its place is free for a topic of the same name.
    assertThat(log(directory, 0).logEndOffset()).isZero();
    directory.close();
  }

  @ParameterizedTest
  @EnumSource
  void aNewLogHasNothingOfAnEarlierOneOfItsName(Departure departure) throws IOException {
    LogDirectory directory = open();
    PartitionLog old = log(directory, 0);
    old.append(TestBatches.records(1, 50), AppendContext.client(0, 0));
    LogFlusherTest.force(old);
    old.onHighWatermark(50);
    old.deleteRecordsBefore(40);
    directory.checkpointRecoveryPoints();
    directory.checkpointLogStartOffsets();
    directory.cleanerOffsets().set(old.topicPartition(), 30);
    switch (departure) {
      case DELETED -> directory.delete(old, 0);
      case SET_ASIDE -> {
        old.close();
        directory.setAside(old.topicPartition());
      }
      case MOVED_AWAY_BY_HAND -> {
        old.abandon();
        directory.close();
        Files.move(root.resolve("orders-0"), root.resolve("kept"));
        directory = open();
      }
    }

    PartitionLog log = log(directory, 0);
    log.append(TestBatches.records(1, 7), AppendContext.client(0, 0));
    assertThat(directory.cleanerOffsets().get(log.topicPartition())).isEqualTo(-1);
    log.abandon();
    directory.close();

    directory = open();
    log = log(directory, 0);
    assertThat(log.recoveryReport().bytesScanned()).isPositive();
    assertThat(log.logStartOffset()).isZero();
    assertThat(log.highWatermark()).isZero();
    assertThat(log.logEndOffset()).isEqualTo(7);
    log.close();
    directory.close();
  }

  /** How a log has gone. */
  enum Departure {
    DELETED,
    SET_ASIDE,
    MOVED_AWAY_BY_HAND
  }

  @Test
  void deletesWhatWasToBeDeletedBeforeItStopped() throws IOException {
    LogDirectory directory = open();
    directory.delete(log(directory, 0), 0);
    directory.close();

    directory = open();
    assertThat(directory.partitions()).isEmpty();
    assertThat(directory.deleteDue(0)).isEqualTo(1);
    directory.close();
  }

  @Test
  void shortensLongNamesOfDeletedLogs() {
    LogDirectory directory = open();
    TopicPartition partition = new TopicPartition("t".repeat(249), 3);
    PartitionLog log = PartitionLog.open(directory, partition, new Uuid(3, 4), CONFIG, 0);

    directory.delete(log, 0);

    try (var files = Files.list(root)) {
      assertThat(files.map(path -> path.getFileName().toString()))
          .anyMatch(name -> name.length() == 255 && name.endsWith("-delete"));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    directory.close();
  }

  private LogDirectory open() {
    return LogDirectory.open(DiskFileSystem.INSTANCE, root);
  }

  private static PartitionLog log(LogDirectory directory, int partition) {
    return PartitionLog.open(
        directory, new TopicPartition("orders", partition), LogFixture.TOPIC_ID, CONFIG, 0);
  }

  private String lines(String name) throws IOException {
    return Files.readString(root.resolve(name));
  }
}
