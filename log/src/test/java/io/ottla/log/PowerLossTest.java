package io.ottla.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.ottla.wire.record.RecordBatch;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What was forced is there after the power was lost, however the disk has lost the rest; and what
 * is there was once appended. Records that were cut off may be back, as if the power had been lost
 * before; not behind later ones, though. The parameter is the seed.
 */
class PowerLossTest {

  private static final LogConfig CONFIG =
      LogConfig.defaults()
          .withSegmentBytes(1500)
          .withIndex(200, 240)
          .withRetention(-1, 9000)
          .withFileDeleteDelayMs(0);

  private final MemoryFileSystem disk = new MemoryFileSystem();
  private final List<byte[]> batches = new ArrayList<>();
  private final Set<ByteBuffer> appended = new HashSet<>();
  private LogFixture fixture;
  private long forced;

  /** More of them with -Dottla.seeds=1000. */
  static LongStream seeds() {
    return LongStream.rangeClosed(1, Long.getLong("ottla.seeds", 40));
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void keepsWhatWasForced(long seed) throws IOException {
    Random random = new Random(seed);
    fixture = new LogFixture(Path.of("/memory"), CONFIG, disk);
    fixture.directory.checkpointRecoveryPoints();
    RandomBatches source = new RandomBatches(random, false);
    for (int i = 0; i < 400; i++) {
      fixture.nowMs += random.nextInt(20);
      switch (random.nextInt(30)) {
        case 0 -> fixture.leaderEpoch++;
        case 1, 2 -> force();
        case 3 -> fixture.directory.checkpointRecoveryPoints();
        case 4 -> fixture.log.onHighWatermark(forced);
        case 5 -> truncate(random);
        case 6 -> retire();
        case 7 -> {
          if (random.nextInt(4) == 0) {
            losePower(random);
            source = new RandomBatches(random, false);
          }
        }
        case 8 -> {
          if (random.nextInt(8) == 0) {
            fixture.reopenCleanly();
            forced = fixture.log.logEndOffset();
          }
        }
        default -> append(source.next(fixture.leaderEpoch, fixture.nowMs));
      }
    }
    losePower(random);
  }

  private void append(RandomBatches.Step step) {
    try {
      if (fixture.log.append(step.bytes(), step.context()).duplicate()) {
        return;
      }
    } catch (LogException e) {
      return; // After a truncation, a producer's sequence may be ahead of the log.
    }
    byte[] copy = new byte[step.bytes().readableBytes()];
    step.bytes().getBytes(step.bytes().readerIndex(), copy);
    batches.add(copy);
    appended.add(ByteBuffer.wrap(copy));
  }

  private void force() {
    LogFlusherTest.force(fixture.log);
    forced = fixture.log.logEndOffset();
    assertThat(fixture.log.recoveryPoint()).isEqualTo(forced);
  }

  /** As a follower does when there is a new leader. */
  private void truncate(Random random) {
    fixture.leaderEpoch++;
    long to = fixture.log.logEndOffset() - random.nextInt(30);
    fixture.log.truncateTo(Math.max(fixture.log.logStartOffset(), to));
    forced = Math.min(forced, fixture.log.logEndOffset());
    while (!batches.isEmpty()
        && header(batches.getLast()).nextOffset() > fixture.log.logEndOffset()) {
      batches.removeLast();
    }
  }

  private void retire() {
    fixture.log.deleteRetired(fixture.nowMs);
    fixture.directory.checkpointLogStartOffsets();
    fixture.directory.deleteDue(fixture.nowMs);
  }

  private void losePower(Random random) throws IOException {
    fixture.crash();
    disk.losePower(random);
    fixture.open();
    LogView view = fixture.log.view();
    assertThat(view.logEndOffset()).isGreaterThanOrEqualTo(forced);
    List<byte[]> found = LogFixture.batches(view);
    batches.removeIf(batch -> header(batch).nextOffset() <= view.logStartOffset());
    int leaderEpoch = 0;
    for (int i = 0; i < found.size(); i++) {
      RecordBatch batch = header(found.get(i));
      assertThat(appended).contains(ByteBuffer.wrap(found.get(i)));
      assertThat(batch.partitionLeaderEpoch()).isGreaterThanOrEqualTo(leaderEpoch);
      leaderEpoch = batch.partitionLeaderEpoch();
      if (batch.baseOffset() < forced) {
        assertThat(ByteBuffer.wrap(found.get(i))).isEqualTo(ByteBuffer.wrap(batches.get(i)));
      }
    }
    batches.clear();
    batches.addAll(found);
    assertThat(KafkaLog.producers(fixture.log.producerStates())).isEqualTo(replayed(view));
    fixture.leaderEpoch++;
  }

  /** Producers as they follow from all records, if all are there. */
  private List<String> replayed(LogView view) throws IOException {
    if (view.logStartOffset() > 0) {
      return KafkaLog.producers(fixture.log.producerStates());
    }
    ProducerStates states = new ProducerStates(LogFixture.PARTITION);
    ProducerReplay.replay(view.segments(), 0, view.logEndOffset(), states);
    return KafkaLog.producers(states);
  }

  private static RecordBatch header(byte[] batch) {
    return new RecordBatch().wrap(Unpooled.wrappedBuffer(batch), 0);
  }
}
