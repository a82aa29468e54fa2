package io.ottla.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogFlusherTest {

  @TempDir Path root;
  private final FaultyFileSystem disk = new FaultyFileSystem();
  private final Deque<Runnable> executor = new ArrayDeque<>();
  private final List<LogFlusher.Forced> answers = new ArrayList<>();
  private final LogFlusher flusher = new LogFlusher(executor::add, () -> 0L);
  private LogFixture fixture;

  /** Puts all of a log on the disk. */
  static void force(PartitionLog log) {
    new LogFlusher(Runnable::run, () -> 0L).request(log, callback(log::onForced));
  }

  private static LogFlusher.Callback callback(java.util.function.Consumer<LogFlusher.Forced> to) {
    return new LogFlusher.Callback() {
      @Override
      public void onForced(LogFlusher.Forced forced) {
        to.accept(forced);
      }

      @Override
      public void onForceFailed(LogException cause) {
        throw cause;
      }
    };
  }

  /** As the owner of a log does it, failures included. */
  private static LogFlusher.Callback callback(LogFixture of, List<LogException> failures) {
    return new LogFlusher.Callback() {
      @Override
      public void onForced(LogFlusher.Forced forced) {
        of.log.onForced(forced);
      }

      @Override
      public void onForceFailed(LogException cause) {
        of.log.onForceFailed(cause);
        failures.add(cause);
      }
    };
  }

  @BeforeEach
  void open() {
    fixture = new LogFixture(root, LogFixture.SMALL, disk);
  }

  @AfterEach
  void close() {
    fixture.close();
  }

  @Test
  void answersAllWaitingRequestsOfALogWithOneForce() {
    disk.forces = 0;
    for (int i = 0; i < 10; i++) {
      fixture.append(1);
      flusher.request(fixture.log, callback(answers::add));
    }
    assertThat(executor).hasSize(1);
    executor.remove().run();

    assertThat(disk.forces).as("of the records, and of the new log's identity").isEqualTo(2);
    assertThat(answers).hasSize(10).allMatch(answer -> answer.offset() == 10);
    assertThat(executor).isEmpty();
  }

  @Test
  void runsAgainForWhatComesAfterwards() {
    fixture.append(1);
    flusher.request(fixture.log, callback(answers::add));
    executor.remove().run();
    fixture.append(1);
    flusher.request(fixture.log, callback(answers::add));
    executor.remove().run();

    assertThat(answers).extracting(LogFlusher.Forced::offset).containsExactly(1L, 2L);
  }

  @Test
  void whatFoundNoRoomBesideTheSegmentsIsForcedWhenThereIsRoom() {
    MemoryFileSystem memory = new MemoryFileSystem();
    try (LogFixture full = new LogFixture(root, LogFixture.SMALL, memory)) {
      List<LogException> failures = new ArrayList<>();
      full.append(1);
      memory.setFilledUp(root, true);
      flusher.request(full.log, callback(full, failures));
      executor.remove().run();

      assertThat(failures)
          .singleElement()
          .satisfies(
              failure -> {
                assertThat(failure.isPassing()).isTrue();
                assertThat(failure.saysNoSpace()).isTrue();
              });
      assertThat(full.log.failure()).isNull();
      assertThat(full.log.recoveryPoint()).isZero();

      memory.setFilledUp(root, false);
      flusher.request(full.log, callback(full, failures));
      executor.remove().run();

      assertThat(full.log.recoveryPoint()).isEqualTo(1);
    }
  }

  @Test
  void whatCouldNotBeOpenedIsForcedWhenThereAreHandlesAgain() {
    MemoryFileSystem memory = new MemoryFileSystem();
    try (LogFixture busy = new LogFixture(root, LogFixture.SMALL, memory)) {
      List<LogException> failures = new ArrayList<>();
      busy.fillSegments(3);
      memory.setHandlesUsedUp(true);
      flusher.request(busy.log, callback(busy, failures));
      executor.remove().run();

      assertThat(failures)
          .singleElement()
          .satisfies(
              failure -> {
                assertThat(failure.isPassing()).isTrue();
                assertThat(failure.saysNoHandles()).isTrue();
              });
      assertThat(busy.log.failure()).isNull();
      assertThat(busy.log.recoveryPoint()).isZero();

      memory.setHandlesUsedUp(false);
      flusher.request(busy.log, callback(busy, failures));
      executor.remove().run();

      assertThat(busy.log.recoveryPoint()).isEqualTo(busy.log.logEndOffset());
    }
  }

  @Test
  void takesRequestsThatComeWhileItForces() {
    fixture.append(1);
    flusher.request(
        fixture.log,
        callback(
            first -> {
              answers.add(first);
              fixture.append(1);
              flusher.request(fixture.log, callback(answers::add));
            }));
    executor.remove().run();

    assertThat(executor).isEmpty();
    assertThat(answers).extracting(LogFlusher.Forced::offset).containsExactly(1L, 2L);
  }

  @Test
  void movesTheRecoveryPoint() {
    fixture.fillSegments(3);
    long end = fixture.log.logEndOffset();
    assertThat(fixture.log.recoveryPoint()).isZero();

    force(fixture.log);

    assertThat(fixture.log.recoveryPoint()).isEqualTo(end);
    assertThat(fixture.log.view().recoveryPoint()).isEqualTo(end);
  }

  @Test
  void doesNotBelieveAForceOfWhatWasCutMeanwhile() {
    fixture.append(2);
    fixture.append(2);
    flusher.request(fixture.log, callback(answers::add));
    executor.remove().run();
    fixture.log.truncateTo(2);
    fixture.append(2);

    fixture.log.onForced(answers.getFirst());

    assertThat(fixture.log.recoveryPoint()).isZero();
  }

  @Test
  void leavesAClosedLogAlone() {
    fixture.append(2);
    flusher.request(fixture.log, callback(answers::add));
    fixture.log.close();
    executor.remove().run();

    assertThat(answers).hasSize(1);
    fixture.directory.close();
    fixture.log = null;
  }

  @Test
  void wantsAForceBeforeTheAckIfSoManyRecordsAreNotForced() {
    fixture.log.reconfigure(LogFixture.SMALL.withFlush(3, Long.MAX_VALUE));
    assertThat(fixture.log.needsForceBeforeAck(fixture.append(2).lastOffset())).isFalse();
    assertThat(fixture.log.wantsForce(fixture.nowMs)).isFalse();
    assertThat(fixture.log.needsForceBeforeAck(fixture.append(1).lastOffset())).isTrue();
    assertThat(fixture.log.wantsForce(fixture.nowMs)).isTrue();

    fixture.log.forceRequested();
    assertThat(fixture.log.wantsForce(fixture.nowMs)).isFalse();
    force(fixture.log);
    assertThat(fixture.log.wantsForce(fixture.nowMs)).isFalse();
    assertThat(fixture.log.needsForceBeforeAck(fixture.append(2).lastOffset())).isFalse();
  }

  @Test
  void wantsAForceWhenRecordsHaveWaitedLongEnough() {
    fixture.log.reconfigure(LogFixture.SMALL.withFlush(Long.MAX_VALUE, 100));
    assertThat(fixture.log.wantsForce(fixture.nowMs + 1000)).isFalse();
    fixture.append(1);
    assertThat(fixture.log.wantsForce(fixture.nowMs + 99)).isFalse();
    assertThat(fixture.log.wantsForce(fixture.nowMs + 100)).isTrue();
    force(fixture.log);
    assertThat(fixture.log.wantsForce(fixture.nowMs + 1000)).isFalse();
  }

  @Test
  void wantsAForceWhenASegmentWasClosed() {
    fixture.fillSegments(2);
    assertThat(fixture.log.wantsForce(fixture.nowMs)).isTrue();
    force(fixture.log);
    fixture.append(1);
    assertThat(fixture.log.wantsForce(fixture.nowMs)).isFalse();
  }
}
