package io.ottla.metadata.quorum;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ottla.metadata.quorum.TestVoters.Node;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

@Execution(ExecutionMode.CONCURRENT)
class SeveralVotersTest {

  private static final long NEVER = Long.MAX_VALUE;

  @TempDir Path directory;

  @Test
  void threeVotersElectALeaderAndApplyTheSame() {
    try (TestVoters voters = voters(NEVER)) {
      voters.startAll(3);
      for (int i = 0; i < 20; i++) {
        voters.submit("command " + i);
      }
      Node leader = voters.leader();
      for (Node node : voters.nodes.values()) {
        voters.awaitApplied(node, "command 19");
        assertThat(node.machine().applied()).isEqualTo(leader.machine().applied());
        assertThat(node.failures()).isEmpty();
        assertThat(node.quorum().state().leaderId()).isEqualTo(leader.id());
        TestVoters.await("told who leads", () -> node.machine().leaders().contains(leader.id()));
      }
      assertThat(voters.followers(leader))
          .allSatisfy(
              follower ->
                  assertThatThrownBy(
                          () -> TestVoters.submitTo(follower, "x").get(5, TimeUnit.SECONDS))
                      .hasCauseInstanceOf(QuorumException.NotLeader.class));
    }
  }

  @Test
  void followersKnowOfACommitBeforeTheNextHeartbeatIsDue() {
    QuorumTimeouts slow = new QuorumTimeouts(4_000, 8_000, 10_000, 10_000);
    int commands = 5;
    try (TestVoters voters = new TestVoters(directory, 1, NEVER, slow)) {
      voters.startAll(3);
      voters.submit("before");
      voters.nodes.values().forEach(node -> voters.awaitApplied(node, "before"));
      long beganNs = System.nanoTime();
      for (int i = 0; i < commands; i++) {
        voters.submit("command " + i);
        for (Node node : voters.nodes.values()) {
          voters.awaitApplied(node, "command " + i);
        }
      }
      // Heartbeats are due every two seconds.
      assertThat(System.nanoTime() - beganNs).isLessThan(TimeUnit.SECONDS.toNanos(commands));
    }
  }

  @Test
  void theOthersGoOnWhenTheLeaderDies() throws Exception {
    try (TestVoters voters = voters(NEVER)) {
      voters.startAll(3);
      voters.submit("before");
      Node old = voters.leader();
      long oldTerm = old.quorum().leaderTerm();
      Path left = voters.kill(old);
      voters.submit("after");
      assertThat(voters.leader().quorum().leaderTerm()).isGreaterThan(oldTerm);
      assertThat(voters.leader().machine().applied()).contains("before", "after");

      Node back = voters.start(old.voter(), TestVoters.listed(3), left);
      voters.awaitApplied(back, "after");
      assertThat(back.machine().distinct()).containsExactly("before", "after");
      assertThat(back.failures()).isEmpty();
    }
  }

  @Test
  void aLeaderThatIsCutOffResignsAndCommitsNothing() throws Exception {
    try (TestVoters voters = voters(NEVER)) {
      voters.startAll(3);
      voters.submit("before");
      Node old = voters.leader();
      voters.network.cutOff(old.id());
      CompletableFuture<String> lost = TestVoters.submitTo(old, "lost");
      TestVoters.await("resigned", () -> old.quorum().leaderTerm() < 0);
      assertThatThrownBy(() -> lost.get(5, TimeUnit.SECONDS))
          .hasCauseInstanceOf(QuorumException.OutcomeUnknown.class);
      TestVoters.await(
          "the others have a leader", () -> voters.followers(old).stream().anyMatch(Node::leads));
      voters.submit("without it");
      assertThat(old.machine().distinct()).containsExactly("before");
      TestVoters.await("told", () -> old.machine().leaders().getLast() != old.id());

      voters.network.heal();
      voters.awaitApplied(old, "without it");
      voters.submit("together");
      voters.awaitApplied(old, "together");
      assertThat(old.machine().distinct()).containsExactly("before", "without it", "together");
    }
  }

  @Test
  void aMinorityMakesNoProgress() throws Exception {
    try (TestVoters voters = voters(NEVER)) {
      voters.startAll(3);
      voters.submit("before");
      Node leader = voters.leader();
      List<Path> left = new ArrayList<>();
      List<Node> gone = voters.followers(leader);
      for (Node node : gone) {
        left.add(voters.kill(node));
      }
      CompletableFuture<String> waiting = TestVoters.submitTo(leader, "alone");
      TestVoters.await("resigned", () -> leader.quorum().leaderTerm() < 0);
      assertThat(waiting.isDone() && !waiting.isCompletedExceptionally()).isFalse();
      assertThat(leader.machine().distinct()).containsExactly("before");

      voters.start(gone.getFirst().voter(), TestVoters.listed(3), left.getFirst());
      voters.submit("two of three");
      for (Node node : voters.nodes.values()) {
        voters.awaitApplied(node, "two of three");
      }
    }
  }

  @Test
  void allComeBackAfterAllWereKilled() throws Exception {
    try (TestVoters voters = voters(NEVER)) {
      voters.startAll(3);
      for (int i = 0; i < 10; i++) {
        voters.submit("command " + i);
      }
      List<Path> left = new ArrayList<>();
      List<Node> gone = List.copyOf(voters.nodes.values());
      for (Node node : gone) {
        left.add(voters.kill(node));
      }
      for (int i = 0; i < gone.size(); i++) {
        voters.start(gone.get(i).voter(), TestVoters.listed(3), left.get(i));
      }
      voters.submit("again");
      for (Node node : voters.nodes.values()) {
        voters.awaitApplied(node, "again");
        assertThat(node.machine().distinct()).hasSize(11).startsWith("command 0");
      }
    }
  }

  @Test
  void aVoterThatWasAwayTooLongGetsASnapshot() throws Exception {
    try (TestVoters voters = voters(10)) {
      voters.startAll(3);
      voters.submit("before");
      Node leader = voters.leader();
      Node away = voters.followers(leader).getFirst();
      voters.awaitApplied(away, "before");
      voters.stop(away);
      String padding = "x".repeat(900_000);
      for (int i = 0; i < 20; i++) {
        voters.submit(i + padding);
      }
      TestVoters.await("the log's beginning is dropped", () -> firstSegmentIsGone(voters.leader()));

      long sentBefore = voters.network.sent.get();
      Node back = voters.start(away.voter(), TestVoters.listed(3));
      voters.submit("after");
      voters.awaitApplied(back, "after");
      assertThat(back.machine().applied()).isEqualTo(voters.leader().machine().applied());
      assertThat(back.machine().fromSnapshot()).isGreaterThan(10);
      assertThat(voters.network.sent.get() - sentBefore).as("messages sent").isLessThan(1000);
      assertThat(back.failures()).isEmpty();
      for (Path snapshot : snapshots(back.directory())) {
        assertThat(Files.getPosixFilePermissions(snapshot)).hasSize(2);
      }

      // And it can start from it by itself.
      Path left = voters.kill(back);
      Node again = voters.start(away.voter(), TestVoters.listed(3), left);
      voters.awaitApplied(again, "after");
    }
  }

  @Test
  void livesWithABadNetwork() {
    long seed = System.nanoTime();
    System.out.println("livesWithABadNetwork seed " + seed);
    try (TestVoters voters = new TestVoters(directory, seed, NEVER)) {
      voters.startAll(3);
      voters.network.disturb(0.05, 20);
      for (int i = 0; i < 30; i++) {
        voters.submit("command " + i);
      }
      voters.network.heal();
      voters.submit("end");
      for (Node node : voters.nodes.values()) {
        voters.awaitApplied(node, "end");
        assertThat(node.machine().applied()).isEqualTo(voters.leader().machine().applied());
        assertThat(node.failures()).isEmpty();
      }
    }
  }

  @Test
  void givesTheLeadAwayBeforeACleanStop() throws Exception {
    try (TestVoters voters = voters(NEVER)) {
      voters.startAll(3);
      voters.submit("before");
      Node old = voters.leader();
      TestVoters.await(
          "another leads",
          () -> {
            // On a busy machine the first attempt may come to nothing.
            old.quorum().transferLeadership().orTimeout(5, TimeUnit.SECONDS).join();
            return !old.leads() && voters.followers(old).stream().anyMatch(Node::leads);
          });
      voters.submit("after");
      // Does nothing, but answers.
      old.quorum().transferLeadership().get(5, TimeUnit.SECONDS);
    }
  }

  @Test
  void tellsHowFarEachVoterIs() throws Exception {
    try (TestVoters voters = voters(NEVER)) {
      voters.startAll(3);
      voters.submit("one");
      Node leader = voters.leader();
      Node slow = voters.followers(leader).getFirst();
      voters.awaitApplied(slow, "one");
      voters.network.cutOff(slow.id());
      voters.submit("two");
      voters.submit("three");
      QuorumState state = leader.quorum().state();
      assertThat(state.leaderId()).isEqualTo(leader.id());
      assertThat(state.term()).isEqualTo(leader.quorum().leaderTerm());
      assertThat(state.voters())
          .extracting(Voter::address)
          .containsExactlyElementsOf(
              Stream.of(1, 2, 3).map(id -> TestVoters.voter(id).address()).toList());
      Node level = voters.followers(leader).getLast();
      TestVoters.await("the other follower is level", () -> voters.isLevel(leader, level.id()));
      assertThat(voters.isLevel(leader, slow.id())).isFalse();
      QuorumState.Progress behind =
          leader.quorum().state().progress().stream()
              .filter(progress -> progress.nodeId() == slow.id())
              .findFirst()
              .orElseThrow();
      assertThat(behind.logEndOffset()).isBetween(1L, state.committedIndex());
      assertThat(behind.lastFetchMs()).isPositive();
      assertThat(behind.lastCaughtUpMs()).isPositive();
      assertThat(slow.quorum().state().progress()).isEmpty();
    }
  }

  private TestVoters voters(long snapshotThreshold) {
    return new TestVoters(directory, 1, snapshotThreshold);
  }

  private static boolean firstSegmentIsGone(Node node) {
    try (Stream<Path> files = Files.walk(node.directory())) {
      return files.noneMatch(file -> file.getFileName().toString().startsWith("log_0-"));
    } catch (IOException | UncheckedIOException movedMeanwhile) {
      return false;
    }
  }

  private static List<Path> snapshots(Path node) throws IOException {
    try (Stream<Path> files = Files.walk(node)) {
      return files
          .filter(file -> file.getFileName().toString().matches("snapshot\\.\\d+_\\d+"))
          .toList();
    }
  }
}
