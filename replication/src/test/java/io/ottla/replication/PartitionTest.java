package io.ottla.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.ottla.log.AppendOrigin;
import io.ottla.log.AppendResult;
import io.ottla.log.DiskFileSystem;
import io.ottla.log.FutureLog;
import io.ottla.log.LogConfig;
import io.ottla.log.LogDirectory;
import io.ottla.log.LogException;
import io.ottla.log.LogFlusher;
import io.ottla.log.PartitionLog;
import io.ottla.metadata.image.NodeIds;
import io.ottla.runtime.ManualClock;
import io.ottla.runtime.ManualShard;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.TopicPartition;
import io.ottla.wire.Uuid;
import io.ottla.wire.record.RecordBatchBuilder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PartitionTest {

  private static final TopicPartition KEY = new TopicPartition("orders", 0);
  @TempDir Path path;

  private final ManualClock clock = new ManualClock(1_000_000);
  private final ManualShard shard = new ManualShard(clock);
  private final List<Runnable> forces = new ArrayList<>();
  private final List<String> told = new ArrayList<>();
  private LogDirectory directory;
  private Partition partition;

  @BeforeEach
  void open() {
    directory = LogDirectory.open(DiskFileSystem.INSTANCE, path);
    partition = partition(LogConfig.defaults());
    partition.become(Replicas.ledAlone(0));
    shard.turn();
  }

  @AfterEach
  void close() {
    partition.close();
    partition.log().close();
    directory.close();
  }

  private Partition partition(LogConfig config) {
    PartitionLog log = PartitionLog.open(directory, KEY, Uuid.ONE, config, clock.wallMs());
    return new Partition(
        KEY,
        Uuid.ONE,
        shard,
        log,
        new LogFlusher(forces::add, clock::wallMs),
        Replicas.settings(config),
        Replicas.alone(shard, (refusing, cause) -> told.add("refused: " + cause.error())));
  }

  private static ByteBuf batch(String... values) {
    try (RecordBatchBuilder builder = new RecordBatchBuilder(Unpooled.buffer())) {
      for (String value : values) {
        builder.append(1_000L, (byte[]) null, value.getBytes(StandardCharsets.UTF_8));
      }
      return builder.build();
    }
  }

  private AppendResult append(String... values) {
    return partition.append(batch(values), AppendOrigin.CLIENT, (short) -1);
  }

  private CommitListener listener(String name) {
    return new CommitListener() {
      @Override
      public void onCommitted() {
        told.add(name + " committed");
      }

      @Override
      public void onFailed(ErrorCode error) {
        told.add(name + " " + error);
      }
    };
  }

  private DataWaiter waiter(String name) {
    return new DataWaiter() {
      @Override
      public void onChange() {
        told.add(name + " woken");
      }

      @Override
      public boolean isDone() {
        return false;
      }
    };
  }

  private void forceAll() {
    List<Runnable> now = List.copyOf(forces);
    forces.clear();
    now.forEach(Runnable::run);
  }

  @Test
  void tellsThatTheDiskTakesNoMore() {
    append("a");
    directory.checkSpace(Long.MAX_VALUE);
    assertThatThrownBy(() -> append("b")).isInstanceOf(LogException.class);
    assertThat(told).containsExactly("refused: KAFKA_STORAGE_ERROR");
    directory.checkSpace(0);
    append("c");
    assertThat(partition.view().logEndOffset()).isEqualTo(2);
  }

  @Test
  void movesTheHighWatermarkOnceAtTheEndOfTheBatch() {
    List<Long> watermarks = new ArrayList<>();
    partition.addHighWatermarkListener(watermarks::add);
    shard.offer(() -> append("a", "b"));
    shard.offer(() -> append("c"));
    shard.turn();

    assertThat(watermarks).containsExactly(3L);
    assertThat(partition.view().highWatermark()).isEqualTo(3);
  }

  @Test
  void acknowledgesAnAppendWhenTheHighWatermarkHasPassedIt() {
    shard.offer(
        () -> {
          AppendResult result = append("a");
          partition.whenCommitted(result.lastOffset() + 1, 1_000, listener("append"));
          assertThat(told).isEmpty();
        });
    shard.turn();

    assertThat(told).containsExactly("append committed");
  }

  @Test
  void wakesAFetchThatWaitsWhenThereIsMoreThanItSaw() {
    shard.offer(() -> partition.whenBeyond(0, ReadLimit.HIGH_WATERMARK, waiter("fetch")));
    shard.turn();
    assertThat(told).isEmpty();

    shard.offer(() -> append("a"));
    shard.turn();

    assertThat(told).containsExactly("fetch woken");
  }

  @Test
  void wakesAFetchAtOnceThatSawLessThanThereIs() {
    shard.offer(() -> append("a"));
    shard.turn();

    shard.offer(() -> partition.whenBeyond(0, ReadLimit.HIGH_WATERMARK, waiter("fetch")));
    shard.turn();

    assertThat(told).containsExactly("fetch woken");
  }

  @Test
  void refusesAppendsWhenItDoesNotLead() {
    partition.become(Replicas.state(2, 1, 1, NodeIds.of(1, 2), NodeIds.of(2)));

    assertThatThrownBy(() -> append("a"))
        .isInstanceOfSatisfying(
            LogException.class,
            e -> assertThat(e.error()).isEqualTo(ErrorCode.NOT_LEADER_OR_FOLLOWER));
    assertThat(checkLeads(-1)).isEqualTo(ErrorCode.NOT_LEADER_OR_FOLLOWER);
  }

  private ErrorCode checkLeads(int clientEpoch) {
    return partition.role().check(clientEpoch, partition.role().isLeader());
  }

  @Test
  void tellsAStaleAndAFutureLeaderEpochApart() {
    partition.become(Replicas.ledAlone(5));

    assertThat(checkLeads(4)).isEqualTo(ErrorCode.FENCED_LEADER_EPOCH);
    assertThat(checkLeads(5)).isEqualTo(ErrorCode.NONE);
    assertThat(checkLeads(6)).isEqualTo(ErrorCode.UNKNOWN_LEADER_EPOCH);
    assertThat(checkLeads(-1)).isEqualTo(ErrorCode.NONE);
  }

  @Test
  void doesNotLeadInAnEarlierEpochAgain() {
    partition.become(Replicas.ledAlone(5));
    partition.become(Replicas.ledAlone(4));

    assertThat(partition.leaderEpoch()).isEqualTo(5);
  }

  @Test
  void tellsThoseWhoWaitThatItIsGone() {
    partition.reconfigure(Replicas.settings(LogConfig.defaults().withFlush(1, Long.MAX_VALUE)));
    shard.turn();
    shard.offer(() -> partition.whenBeyond(0, ReadLimit.HIGH_WATERMARK, waiter("fetch")));
    shard.offer(
        () -> partition.whenCommitted(append("a").lastOffset() + 1, 1_000, listener("append")));
    shard.turn();

    partition.close();

    assertThat(told).containsExactlyInAnyOrder("append NOT_LEADER_OR_FOLLOWER", "fetch woken");
  }

  @Test
  void waitsForTheDiskWhereTheTopicWantsThat() {
    partition.reconfigure(Replicas.settings(LogConfig.defaults().withFlush(1, Long.MAX_VALUE)));
    shard.turn();
    shard.offer(
        () -> partition.whenCommitted(append("a").lastOffset() + 1, 1_000, listener("first")));
    shard.offer(
        () -> partition.whenCommitted(append("b").lastOffset() + 1, 1_000, listener("second")));
    shard.turn();
    assertThat(told).isEmpty();
    assertThat(partition.view().highWatermark()).isZero();
    assertThat(forces).as("one force for all that wait").hasSize(1);

    forceAll();
    shard.turn();

    assertThat(told).containsExactly("first committed", "second committed");
    assertThat(partition.view().highWatermark()).isEqualTo(2);
  }

  @Test
  void tellsWhatTheLeaderAloneAcknowledgesWhenItsDiskHasIt() {
    shard.offer(() -> partition.whenSafe(append("a").lastOffset() + 1, listener("unforced")));
    shard.turn();
    assertThat(told).containsExactly("unforced committed");
    told.clear();
    partition.reconfigure(Replicas.settings(LogConfig.defaults().withFlush(1, Long.MAX_VALUE)));
    shard.turn();

    shard.offer(() -> partition.whenSafe(append("b").lastOffset() + 1, listener("first")));
    shard.offer(() -> partition.whenSafe(append("c").lastOffset() + 1, listener("second")));
    shard.turn();
    assertThat(told).isEmpty();
    assertThat(forces).as("one force for all that wait").hasSize(1);

    forceAll();
    shard.turn();
    assertThat(told).containsExactly("first committed", "second committed");
  }

  @Test
  void whatWaitsForTheDiskWaitsForTheOneItWasMovedTo(@TempDir Path other) {
    partition.reconfigure(Replicas.settings(LogConfig.defaults().withFlush(1, Long.MAX_VALUE)));
    shard.turn();
    LogDirectory target = LogDirectory.open(DiskFileSystem.INSTANCE, other);
    FutureLog future = FutureLog.open(target, partition.log(), 0);
    future.prepare(0);
    shard.offer(() -> partition.whenSafe(append("a").lastOffset() + 1, listener("append")));
    shard.turn();
    var _ = future.copy(1 << 20, 0);
    List<Runnable> ofTheNew = new ArrayList<>();
    shard.offer(
        () ->
            partition.moveTo(
                future.replace(partition.settings().log(), 0),
                new LogFlusher(ofTheNew::add, clock::wallMs)));
    shard.turn();
    directory.close();
    directory = target;

    forceAll(); // Of the log that was; finds nothing there.
    shard.turn();
    assertThat(told).isEmpty();
    assertThat(partition.log().failure()).isNull();

    ofTheNew.forEach(Runnable::run);
    shard.turn();
    assertThat(told).containsExactly("append committed");
    assertThat(partition.view().recoveryPoint()).isEqualTo(1);
  }

  @Test
  void doesNotAcknowledgeAloneWhatItsDiskMayNotHave() {
    partition.reconfigure(Replicas.settings(LogConfig.defaults().withFlush(1, Long.MAX_VALUE)));
    shard.turn();
    shard.offer(() -> partition.whenSafe(append("a").lastOffset() + 1, listener("append")));
    shard.turn();

    partition.close();

    assertThat(told).containsExactly("append NOT_LEADER_OR_FOLLOWER");
  }

  @Test
  void givesUpOnAnAppendThatIsNotCommittedInTime() {
    partition.reconfigure(Replicas.settings(LogConfig.defaults().withFlush(1, Long.MAX_VALUE)));
    shard.turn();
    shard.offer(
        () -> partition.whenCommitted(append("a").lastOffset() + 1, 50, listener("append")));
    shard.turn();
    clock.advanceMs(49);
    shard.turn();
    assertThat(told).isEmpty();

    clock.advanceMs(1);
    shard.turn();
    forceAll();
    shard.turn();

    assertThat(told).containsExactly("append REQUEST_TIMED_OUT");
  }

  @Test
  void commitsAllOfItsLogWhenItBeginsToLead() {
    shard.offer(() -> append("a", "b"));
    shard.turn();
    partition.close();
    partition.log().close();

    partition = partition(LogConfig.defaults());
    partition.become(Replicas.ledAlone(1));
    shard.turn();

    assertThat(partition.view().highWatermark()).isEqualTo(2);
    assertThat(partition.view().logEndOffset()).isEqualTo(2);
  }

  @Test
  void startsLaterAtAClientsWordButNotBeyondWhatIsCommitted() {
    shard.offer(() -> append("a", "b", "c"));
    shard.turn();

    assertThat(partition.deleteRecordsBefore(2)).isEqualTo(2);
    assertThat(partition.view().logStartOffset()).isEqualTo(2);
    assertThatThrownBy(() -> partition.deleteRecordsBefore(4))
        .isInstanceOfSatisfying(
            LogException.class,
            e -> assertThat(e.error()).isEqualTo(ErrorCode.OFFSET_OUT_OF_RANGE));
    assertThat(partition.deleteRecordsBefore(-1)).isEqualTo(3);
  }

  private final DeletionListener deletion =
      new DeletionListener() {
        @Override
        public void onGone(long lowWatermark) {
          told.add("gone before " + lowWatermark);
        }

        @Override
        public void onFailed(ErrorCode error, long lowWatermark) {
          told.add(error + " " + lowWatermark);
        }
      };

  @Test
  void tellsAtOnceThatRecordsAreGoneWhereThereIsNoOtherReplica() {
    shard.offer(() -> append("a", "b", "c"));
    shard.turn();

    shard.offer(() -> partition.whenAllStartAt(partition.deleteRecordsBefore(2), 100, deletion));
    shard.turn();

    assertThat(told).containsExactly("gone before 2");
  }

  @Test
  void tellsWhenDeletedRecordsAreNotGoneInTime() {
    shard.offer(() -> partition.whenAllStartAt(1, 100, deletion));
    shard.turn();
    assertThat(told).isEmpty();

    clock.advanceMs(100);
    shard.turn();

    assertThat(told).containsExactly("REQUEST_TIMED_OUT 0");
  }

  @Test
  void sendsAwayWhoWaitsForDeletionsWhenItLeadsNoMore() {
    shard.offer(() -> partition.whenAllStartAt(1, 100, deletion));
    shard.turn();

    partition.close();

    assertThat(told).containsExactly("NOT_LEADER_OR_FOLLOWER -1");
  }

  @Test
  void deletesNothingOfATopicThatIsOnlyCompacted() {
    partition.reconfigure(Replicas.settings(LogConfig.defaults().withCleanupPolicy(false, true)));

    assertThatThrownBy(() -> partition.deleteRecordsBefore(0))
        .isInstanceOfSatisfying(
            LogException.class, e -> assertThat(e.error()).isEqualTo(ErrorCode.POLICY_VIOLATION));
  }

  @Test
  void answersADuplicateThatComesWhileNewerRecordsWait() {
    CommitWaiters waiters = new CommitWaiters(shard);
    waiters.add(10, 1_000, listener("new"));
    waiters.add(3, 1_000, listener("duplicate"));

    waiters.onHighWatermark(5, ErrorCode.NONE);
    assertThat(told).isEmpty();
    waiters.onHighWatermark(10, ErrorCode.NONE);

    assertThat(told).containsExactly("new committed", "duplicate committed");
  }
}
