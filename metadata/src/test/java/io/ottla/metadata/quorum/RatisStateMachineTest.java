package io.ottla.metadata.quorum;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.wire.Uuid;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.util.LifeCycle;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** What Ratis does to a state machine that a group of one does not see in a normal life. */
@Execution(ExecutionMode.CONCURRENT)
class RatisStateMachineTest {

  @TempDir Path directory;
  private final String clusterId = Uuid.random().toString();
  private final List<QuorumException> failures = new ArrayList<>();

  @Test
  void takesUpASnapshotThatTheLeaderInstalled() throws Exception {
    Path source = directory.resolve("source");
    writeSnapshot(source);
    CountingMachine machine = new CountingMachine();
    RatisStateMachine<String> stateMachine = stateMachine(machine);
    Path target = directory.resolve("target");
    try (RaftServer server = server(target, stateMachine)) {
      server.start();
      machine.leading.get(10, TimeUnit.SECONDS);
      stateMachine.pause();
      assertThat(stateMachine.getLifeCycleState()).isEqualTo(LifeCycle.State.PAUSED);
      for (Path file : snapshotFiles(source)) {
        Files.copy(file, snapshotDirectory(target).resolve(file.getFileName()));
      }
      stateMachine.reinitialize();
      assertThat(stateMachine.getLifeCycleState()).isEqualTo(LifeCycle.State.RUNNING);
      assertThat(machine.applied()).hasSize(30);
      assertThat(stateMachine.getLastAppliedTermIndex())
          .isEqualTo(stateMachine.getLatestSnapshot().getTermIndex());
      stateMachine.expectClose();
    }
    assertThat(failures).isEmpty();
  }

  @Test
  void tellsOnceThatTheLogCannotBeWritten() {
    RatisStateMachine<String> stateMachine = stateMachine(new CountingMachine());
    stateMachine.notifyLogFailed(new IOException("No space left on device"), null);
    stateMachine.close();
    assertThat(failures)
        .singleElement()
        .satisfies(failure -> assertThat(failure).hasMessageContaining("No space left on device"));
  }

  @Test
  void tellsThatRatisHasShutItselfDown() {
    RatisStateMachine<String> stateMachine = stateMachine(new CountingMachine());
    stateMachine.notifyServerShutdown(null, true);
    assertThat(failures).hasSize(1);
  }

  @Test
  void isQuietWhenItIsClosedOnPurpose() {
    RatisStateMachine<String> stateMachine = stateMachine(new CountingMachine());
    stateMachine.expectClose();
    stateMachine.notifyServerShutdown(null, true);
    stateMachine.close();
    assertThat(failures).isEmpty();
  }

  private RatisStateMachine<String> stateMachine(CountingMachine machine) {
    return new RatisStateMachine<>(
        machine, new PendingCommands<>(), ClientId.randomId(), () -> {}, () -> {}, failures::add);
  }

  private RaftServer server(Path storage, RatisStateMachine<String> stateMachine)
      throws IOException {
    RaftPeerId self = RaftPeerId.valueOf("1");
    return RaftServer.newBuilder()
        .setServerId(self)
        .setGroup(
            RaftGroup.valueOf(
                RaftGroupId.valueOf(RatisQuorum.groupUuid(clusterId)),
                RaftPeer.newBuilder().setId(self).setAddress("").build()))
        .setOption(RaftStorage.StartupOption.RECOVER)
        .setStateMachine(stateMachine)
        .setProperties(RatisSettings.ofOneVoter(storage, Long.MAX_VALUE))
        .build();
  }

  private void writeSnapshot(Path storage) throws Exception {
    CountingMachine machine = new CountingMachine();
    ExecutorService executor = Executors.newSingleThreadExecutor();
    try (RatisQuorum<String> quorum =
        new RatisQuorum<>(
            new RatisQuorum.Settings(clusterId, 1, storage, Long.MAX_VALUE),
            machine,
            executor,
            failures::add)) {
      quorum.start();
      machine.leading.get(10, TimeUnit.SECONDS);
      for (int i = 0; i < 30; i++) {
        quorum.submit(("command " + i).getBytes(StandardCharsets.UTF_8)).get(10, TimeUnit.SECONDS);
      }
    } finally {
      executor.shutdown();
    }
  }

  private Path snapshotDirectory(Path storage) {
    return storage.resolve(RatisQuorum.groupUuid(clusterId).toString()).resolve("sm");
  }

  private List<Path> snapshotFiles(Path storage) throws IOException {
    try (Stream<Path> files = Files.list(snapshotDirectory(storage))) {
      return files.filter(file -> file.getFileName().toString().startsWith("snapshot.")).toList();
    }
  }
}
