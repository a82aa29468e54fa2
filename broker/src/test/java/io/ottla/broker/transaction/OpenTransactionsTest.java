package io.ottla.broker.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.ottla.log.AppendOrigin;
import io.ottla.log.TransactionGuards;
import io.ottla.log.TransactionMarker;
import io.ottla.replication.Partition;
import io.ottla.replication.PartitionTransactions;
import io.ottla.replication.TestReplicas;
import io.ottla.runtime.ManualClock;
import io.ottla.runtime.ManualShard;
import io.ottla.wire.record.RecordBatchBuilder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

class OpenTransactionsTest {

  private static final long TOO_LONG_MS = 900_000;

  @TempDir Path directory;

  private final ManualClock clock = new ManualClock(1_000_000);
  private final ManualShard shard = new ManualShard(clock);
  private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
  private final Logger logger = (Logger) LoggerFactory.getLogger(OpenTransactions.class);
  private TestReplicas replicas;
  private Partition partition;
  private OpenTransactions open;

  @BeforeEach
  void open() {
    lines.start();
    logger.addAppender(lines);
    replicas = new TestReplicas(directory, shard, clock, 2);
    partition = replicas.partitions().get(TestReplicas.TOPIC_ID, 1);
    open = new OpenTransactions(replicas.partitions()::all, clock, TOO_LONG_MS);
  }

  @AfterEach
  void close() {
    logger.detachAppender(lines);
    replicas.close();
  }

  private void begin(long producerId, TransactionGuards.Guard guard) {
    ByteBuf batch =
        new RecordBatchBuilder(Unpooled.buffer())
            .producer(producerId, (short) 0, 0)
            .transactional(true)
            .append(1L, (byte[]) null, "v".getBytes(StandardCharsets.UTF_8))
            .build();
    shard.submit(
        () ->
            new PartitionTransactions(partition)
                .append(batch, AppendOrigin.CLIENT, (short) -1, guard));
    turn();
  }

  private void end(long producerId) {
    shard.submit(
        () ->
            new PartitionTransactions(partition)
                .append(new TransactionMarker(false, 0), producerId, (short) 1, (short) 2));
    turn();
  }

  private TransactionGuards.Guard guard(String id, long producerId) {
    return new PartitionTransactions(partition).guards().take(id, producerId, (short) 0, true, 0);
  }

  private void turn() {
    int unused = shard.turn();
  }

  private void tick() {
    open.tick();
    turn();
  }

  @Test
  void tellsTheOldestOfEachPartitionUntilItHasEnded() {
    tick();
    assertThat(open.oldest()).isEmpty();
    begin(7, guard("first", 7));
    begin(8, guard("second", 8));
    tick();
    clock.advanceMs(1_000);
    tick();
    assertThat(open.oldest())
        .containsExactly(
            new OpenTransaction(partition.topicPartition(), 7, (short) 0, "first", 0, 1_000));
    end(7);
    tick();
    assertThat(open.oldest())
        .containsExactly(
            new OpenTransaction(partition.topicPartition(), 8, (short) 0, "second", 1, 0));
    end(8);
    tick();
    assertThat(open.oldest()).isEmpty();
    assertThat(lines.list).isEmpty();
  }

  @Test
  void complainsOfOneThatIsOpenForTooLong() {
    begin(7, guard("slow", 7));
    tick();
    clock.advanceMs(TOO_LONG_MS);
    tick();
    assertThat(lines.list).isEmpty();
    clock.advanceMs(1);
    tick();
    assertThat(lines.list).hasSize(1);
    assertThat(lines.list.get(0).getFormattedMessage())
        .contains("orders-1", "slow", "producer 7", "900001 ms");
  }

  @Test
  void complainsOfAProducerWhoseTransactionalIdItDoesNotKnow() {
    begin(7, TransactionGuards.UNGUARDED);
    tick();
    clock.advanceMs(TOO_LONG_MS + 1);
    tick();
    assertThat(lines.list.get(0).getFormattedMessage()).contains("unknown", "producer 7");
  }
}
