package io.ottla.broker.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.ottla.replication.TestReplicas;
import io.ottla.runtime.ManualClock;
import io.ottla.runtime.ManualShard;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.AlterReplicaLogDirsRequest;
import io.ottla.wire.message.AlterReplicaLogDirsResponse;
import io.ottla.wire.message.DescribeLogDirsRequest;
import io.ottla.wire.message.DescribeLogDirsResponse;
import io.ottla.wire.record.RecordBatchBuilder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LogDirsHandlersTest {

  @TempDir Path directory;

  private final ManualClock clock = new ManualClock(1_000_000);
  private final ManualShard shard = new ManualShard(clock);
  private TestReplicas replicas;

  @BeforeEach
  void open() {
    replicas = new TestReplicas(directory, shard, clock, 2);
    try (RecordBatchBuilder builder = new RecordBatchBuilder(Unpooled.buffer())) {
      builder.append(1_000L, (byte[]) null, "value".getBytes(StandardCharsets.UTF_8));
      ByteBuf batch = builder.build();
      replicas.append(1, batch);
    }
    int unused = shard.turn();
  }

  @AfterEach
  void close() {
    replicas.close();
  }

  private DescribeLogDirsResponse describe(DescribeLogDirsRequest request, int version) {
    return TestRequest.<DescribeLogDirsRequest, DescribeLogDirsResponse>send(
            new DescribeLogDirsHandler(
                replicas.partitions(), replicas.directories(), Runnable::run),
            request,
            version)
        .answer();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5})
  void describesAllLogsOfADirectory(int version) {
    DescribeLogDirsResponse response = describe(new DescribeLogDirsRequest().topics(null), version);

    assertThat(response.errorCode()).isZero();
    assertThat(response.results()).hasSize(1);
    var result = response.results().getFirst();
    assertThat(result.errorCode()).isZero();
    assertThat(result.logDir()).isEqualTo(directory.toString());
    assertThat(result.topics()).hasSize(1);
    assertThat(result.topics().getFirst().name()).isEqualTo(TestReplicas.TOPIC);
    assertThat(result.topics().getFirst().partitions())
        .extracting(
            partition ->
                partition.partitionIndex()
                    + " "
                    + (partition.partitionSize() > 0)
                    + " "
                    + partition.offsetLag()
                    + " "
                    + partition.isFutureKey())
        .containsExactlyInAnyOrder("0 false 0 false", "1 true 0 false");
    if (version >= 4) {
      assertThat(result.totalBytes()).isPositive();
      assertThat(result.usableBytes()).isPositive();
    }
  }

  @Test
  void describesOnlyWhatItWasAskedFor() {
    DescribeLogDirsRequest request = new DescribeLogDirsRequest();
    request.topics(
        new ArrayList<>(
            List.of(
                new DescribeLogDirsRequest.DescribableLogDirTopic()
                    .topic(TestReplicas.TOPIC)
                    .partitions(List.of(1, 7)))));

    var topics = describe(request, 5).results().getFirst().topics();

    assertThat(topics.getFirst().partitions())
        .extracting(DescribeLogDirsResponse.DescribeLogDirsPartition::partitionIndex)
        .containsExactly(1);
  }

  private short move(String path, String topic, int partition) {
    AlterReplicaLogDirsRequest.AlterReplicaLogDir wanted =
        new AlterReplicaLogDirsRequest.AlterReplicaLogDir().path(path);
    wanted
        .topics()
        .add(
            new AlterReplicaLogDirsRequest.AlterReplicaLogDirTopic()
                .name(topic)
                .partitions(List.of(partition)));
    AlterReplicaLogDirsRequest request = new AlterReplicaLogDirsRequest();
    request.dirs().add(wanted);
    return TestRequest.<AlterReplicaLogDirsRequest, AlterReplicaLogDirsResponse>send(
            new AlterReplicaLogDirsHandler(
                replicas.partitions(), replicas.directories(), replicas.moves(), Runnable::run),
            request,
            2)
        .answer()
        .results()
        .getFirst()
        .partitions()
        .getFirst()
        .errorCode();
  }

  @Test
  void tellsWhereReplicasMayBe() {
    assertThat(move("/nowhere", TestReplicas.TOPIC, 0))
        .isEqualTo(ErrorCode.LOG_DIR_NOT_FOUND.code());
    assertThat(move("\0", TestReplicas.TOPIC, 0)).isEqualTo(ErrorCode.LOG_DIR_NOT_FOUND.code());
    assertThat(move(directory.toString(), TestReplicas.TOPIC, 0)).isZero();
    assertThat(move(directory.toString(), "later", 0))
        .isEqualTo(ErrorCode.REPLICA_NOT_AVAILABLE.code());
  }

  /** What is told of partition 1: directory, whether it is a copy, and its lag. */
  private List<String> whereIs1() {
    List<String> told = new ArrayList<>();
    for (var result : describe(new DescribeLogDirsRequest().topics(null), 5).results()) {
      for (var topic : result.topics()) {
        for (var partition : topic.partitions()) {
          if (partition.partitionIndex() == 1) {
            told.add(
                Path.of(result.logDir()).getFileName()
                    + " "
                    + partition.isFutureKey()
                    + " "
                    + partition.offsetLag());
          }
        }
      }
    }
    return told;
  }

  @Test
  void movesAReplicaAndTellsHowThatGoesOn(@TempDir Path other) {
    replicas.addDirectory(other);
    assertThat(move(other.toString(), TestReplicas.TOPIC, 1)).isZero();
    assertThat(whereIs1())
        .containsExactlyInAnyOrder(
            directory.getFileName() + " false 0", other.getFileName() + " true 1");

    assertThat(move(directory.toString(), TestReplicas.TOPIC, 1)).as("taken back").isZero();
    assertThat(whereIs1()).containsExactly(directory.getFileName() + " false 0");

    assertThat(move(other.toString(), TestReplicas.TOPIC, 1)).isZero();
    for (int i = 0; replicas.moves().step(_ -> {}); i++) {
      assertThat(i).isLessThan(10);
    }
    assertThat(whereIs1()).containsExactly(other.getFileName() + " false 0");
    assertThat(replicas.moves().isIdle()).isTrue();
  }
}
