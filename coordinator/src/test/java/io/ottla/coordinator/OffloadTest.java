package io.ottla.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.runtime.ManualClock;
import io.ottla.runtime.ManualShard;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.TopicPartition;
import io.ottla.wire.message.GroupMetadataKey;
import io.ottla.wire.message.GroupMetadataValue;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Work that state machines have done away from their shard. */
class OffloadTest {

  private static final class Machine implements CoordinatorShard {
    final CoordinatorContext context;
    int replayed;

    Machine(CoordinatorContext context) {
      this.context = context;
    }

    @Override
    public void replay(long offset, long producerId, CoordinatorRecord record) {
      replayed++;
    }

    @Override
    public void replayEndTransaction(long producerId, boolean committed) {}

    @Override
    public void onLoaded() {}

    @Override
    public void onUnloaded(ErrorCode error) {}
  }

  private final ManualShard shard = new ManualShard(new ManualClock(1_000_000));
  private final MemoryLog log = new MemoryLog(new TopicPartition("machines", 0));
  private final Queue<Runnable> tasks = new ArrayDeque<>();
  private final List<String> outcomes = new ArrayList<>();
  private boolean isFull;
  private final CoordinatorRuntime<Machine> runtime =
      new CoordinatorRuntime<>(
          shard,
          new CoordinatorRuntime.Limits(5_000, 64 * 1024, 100),
          Machine::new,
          new CoordinatorRecordDecoder() {
            @Override
            public ApiMessage newKey(short type) {
              return new GroupMetadataKey();
            }

            @Override
            public ApiMessage newValue(short type) {
              return new GroupMetadataValue();
            }
          },
          task -> {
            if (isFull) {
              throw new RejectedExecutionException("full, for a test");
            }
            tasks.add(task);
          },
          log,
          log);

  @BeforeEach
  void load() {
    runtime.load();
    shard.turn();
    runTasks();
    assertThat(runtime.state()).isEqualTo(CoordinatorState.ACTIVE);
  }

  private void runTasks() {
    while (!tasks.isEmpty()) {
      tasks.remove().run();
      shard.turn();
    }
  }

  private void offload(String result) {
    runtime
        .machine()
        .context
        .offload(
            () -> {
              if (result == null) {
                throw new IllegalStateException("no result, for a test");
              }
              return result;
            },
            (value, failure) -> {
              outcomes.add(failure == null ? value : failure.getMessage());
              return CoordinatorResult.append(
                  List.of(CoordinatorRecord.tombstone(new GroupMetadataKey().group("g"))));
            });
  }

  @Test
  void whatComesOfItIsAnOperationOnTheShard() {
    offload("done");
    shard.turn();
    assertThat(outcomes).as("nobody has done it yet").isEmpty();

    tasks.remove().run();
    assertThat(outcomes).as("not on the other thread").isEmpty();
    shard.turn();
    assertThat(outcomes).containsExactly("done");
    assertThat(runtime.machine().replayed).isEqualTo(1);
  }

  @Test
  void theOperationIsToldOfAFailure() {
    offload(null);
    runTasks();
    assertThat(outcomes).containsExactly("no result, for a test");
  }

  @Test
  void theOperationIsToldIfNobodyTakesTheWork() {
    isFull = true;
    offload("done");
    assertThat(outcomes).as("not within the call").isEmpty();
    shard.turn();
    assertThat(outcomes).containsExactly("full, for a test");
  }

  @Test
  void nothingComesOfItOnceTheMachineIsDropped() {
    offload("done");
    shard.submit(runtime::close);
    shard.turn();
    runTasks();
    assertThat(outcomes).isEmpty();
    assertThat(log.appends()).isEmpty();
  }

  @Test
  void nothingComesOfWorkOfAFormerMachine() {
    offload("former");
    Runnable former = tasks.remove();
    log.onAppend(
        end -> {
          throw new IllegalStateException("broken after the append, for a test");
        });
    offload("breaks it");
    runTasks();
    assertThat(runtime.state()).as("loaded again").isEqualTo(CoordinatorState.ACTIVE);
    log.onAppend(end -> {});
    outcomes.clear();
    ErrorLog.clear();

    former.run();
    shard.turn();
    assertThat(outcomes).isEmpty();
  }
}
