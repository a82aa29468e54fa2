package io.ottla.metadata.quorum;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ottla.metadata.config.HostPort;
import io.ottla.metadata.quorum.QuorumException.ChangeRefused;
import io.ottla.metadata.quorum.QuorumException.ChangeRefused.Reason;
import io.ottla.metadata.quorum.TestVoters.Node;
import io.ottla.wire.Uuid;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

@Execution(ExecutionMode.CONCURRENT)
class VoterChangesTest {

  private static final List<Voter> NOBODY = List.of();

  @TempDir Path directory;

  @Test
  void growsFromOneToThreeAndOutlivesTheFirst() throws Exception {
    try (TestVoters voters = new TestVoters(directory, 1, Long.MAX_VALUE)) {
      Node first = grownToThree(voters);
      assertThat(first.quorum().state().voters())
          .containsExactly(TestVoters.voter(1), TestVoters.voter(2), TestVoters.voter(3));
      Path left = voters.kill(first);
      voters.submit("without the first");
      // What the first was started with counts no longer.
      Node back = voters.start(first.voter(), List.of(first.voter()), left);
      voters.awaitApplied(back, "without the first");
      assertThat(back.leads()).isFalse();
      assertThat(back.quorum().state().voters()).hasSize(3);
    }
  }

  @Test
  void aNodeThatWaitsToBeAddedDoesNothing() {
    try (TestVoters voters = new TestVoters(directory, 1, Long.MAX_VALUE)) {
      Node waiting = voters.start(TestVoters.voter(2), NOBODY);
      Node first = voters.start(TestVoters.voter(1), List.of(TestVoters.voter(1)));
      voters.submit("one");
      assertThat(waiting.quorum().state())
          .satisfies(
              state -> {
                assertThat(state.leaderId()).isEqualTo(-1);
                assertThat(state.term()).isZero();
                assertThat(state.voters()).isEmpty();
              });
      assertThat(waiting.machine().applied()).isEmpty();
      assertThat(first.quorum().state().voters()).containsExactly(TestVoters.voter(1));
    }
  }

  @Test
  void addsAVoterThroughASnapshotWhenTheLogIsGone() throws Exception {
    try (TestVoters voters = new TestVoters(directory, 1, 10)) {
      Node first = voters.start(TestVoters.voter(1), List.of(TestVoters.voter(1)));
      for (int i = 0; i < 14; i++) {
        voters.submit(i + "x".repeat(900_000));
      }
      Node second = voters.start(TestVoters.voter(2), NOBODY);
      voters.add(second.voter());
      voters.submit("after");
      voters.awaitApplied(second, "after");
      assertThat(second.machine().applied()).isEqualTo(first.machine().applied());
      assertThat(second.machine().fromSnapshot()).isPositive();
    }
  }

  @Test
  void removesVotersDownToOne() throws Exception {
    try (TestVoters voters = new TestVoters(directory, 1, Long.MAX_VALUE)) {
      grownToThree(voters);
      Node leader = voters.leader();
      List<Node> others = voters.followers(leader);
      voters.remove(others.getFirst().voter());
      voters.stop(others.getFirst());
      voters.submit("two are left");
      Node second = voters.followers(voters.leader()).getFirst();
      voters.remove(second.voter());
      assertThat(second.failures().poll(20, TimeUnit.SECONDS))
          .isInstanceOf(QuorumException.NoLongerVoter.class);
      voters.stop(second);
      voters.submit("one is left");
      Node last = voters.leader();
      assertThat(last.quorum().state().voters()).containsExactly(last.voter());
      assertRefused(
          Reason.NOT_POSSIBLE,
          () -> get(last.quorum().removeVoter(last.id(), last.voter().directoryId())));
      assertThat(last.failures()).isEmpty();
    }
  }

  @Test
  void aLeaderCanRemoveItself() throws Exception {
    try (TestVoters voters = new TestVoters(directory, 1, Long.MAX_VALUE)) {
      grownToThree(voters);
      Node leaving = voters.leader();
      voters.remove(leaving.voter());
      assertThat(leaving.failures().poll(20, TimeUnit.SECONDS))
          .isInstanceOf(QuorumException.NoLongerVoter.class);
      TestVoters.await("does not lead", () -> !leaving.leads());
      voters.submit("without it");
      assertThat(voters.leader().quorum().state().voters())
          .hasSize(2)
          .doesNotContain(leaving.voter());

      // After a restart it waits, and can be added again.
      Path left = voters.kill(leaving);
      Node back = voters.start(leaving.voter(), NOBODY, left);
      voters.add(back.voter());
      voters.submit("with it again");
      voters.awaitApplied(back, "with it again");
      assertThat(back.machine().applied()).contains("one", "without it", "with it again");
    }
  }

  @Test
  void refusesWhatCannotBe() {
    try (TestVoters voters = new TestVoters(directory, 1, Long.MAX_VALUE)) {
      Node first = voters.start(TestVoters.voter(1), List.of(TestVoters.voter(1)));
      voters.submit("one");
      RatisQuorum<String> quorum = first.quorum();
      assertRefused(Reason.DUPLICATE_VOTER, () -> get(quorum.addVoter(TestVoters.voter(1))));
      assertRefused(
          Reason.DUPLICATE_VOTER,
          () -> get(quorum.addVoter(new Voter(1, new Uuid(9, 9), TestVoters.voter(1).address()))));
      assertRefused(
          Reason.VOTER_NOT_FOUND,
          () -> get(quorum.removeVoter(9, TestVoters.voter(9).directoryId())));
      assertRefused(Reason.VOTER_NOT_FOUND, () -> get(quorum.removeVoter(1, new Uuid(9, 9))));
      // Nobody is there.
      assertRefused(Reason.NOT_CAUGHT_UP, () -> get(quorum.addVoter(TestVoters.voter(9))));
      Node waiting = voters.start(TestVoters.voter(2), NOBODY);
      assertThatThrownBy(() -> get(waiting.quorum().addVoter(TestVoters.voter(9))))
          .hasCauseInstanceOf(QuorumException.NotLeader.class);
      voters.submit("still working");
      assertThat(quorum.state().voters()).hasSize(1);
    }
  }

  @Test
  void notesTheDirectoriesOfListedVotersAndRefusesAWipedOne() throws Exception {
    try (TestVoters voters = new TestVoters(directory, 1, Long.MAX_VALUE)) {
      voters.startAll(3);
      voters.submit("one");
      TestVoters.await(
          "directories are noted",
          () ->
              voters.nodes.values().stream()
                  .allMatch(
                      node ->
                          node.quorum()
                              .state()
                              .voters()
                              .equals(
                                  List.of(
                                      TestVoters.voter(1),
                                      TestVoters.voter(2),
                                      TestVoters.voter(3)))));
      Node leader = voters.leader();
      Node wiped = voters.followers(leader).getFirst();
      voters.stop(wiped);
      Voter stranger = new Voter(wiped.id(), new Uuid(66, 6), wiped.voter().address());
      Node back =
          voters.start(stranger, TestVoters.listed(3), directory.resolve("new" + wiped.id()));
      voters.submit("two");

      // With its vote there would be a majority; it has none.
      Node other =
          voters.followers(voters.leader()).stream()
              .filter(node -> node != back)
              .findFirst()
              .orElseThrow();
      long term = other.quorum().state().term();
      voters.network.cutOff(voters.leader().id());
      TestVoters.await("nobody leads", () -> voters.nodes.values().stream().noneMatch(Node::leads));
      TimeUnit.MILLISECONDS.sleep(1500);
      assertThat(other.leads() || back.leads()).isFalse();
      assertThat(other.quorum().state().term()).isEqualTo(term);
      assertThat(back.machine().applied()).isEmpty();

      // The way back: out, and in again.
      voters.network.heal();
      voters.remove(wiped.voter());
      voters.add(stranger);
      voters.submit("three");
      voters.awaitApplied(back, "three");
      assertThat(back.machine().applied()).contains("one", "two", "three");
    }
  }

  @Test
  void followsAVoterToItsNewAddress() throws Exception {
    try (TestVoters voters = new TestVoters(directory, 1, Long.MAX_VALUE)) {
      grownToThree(voters);
      Node moving = voters.nodes.get(3);
      Path left = voters.kill(moving);
      Voter moved = new Voter(3, moving.voter().directoryId(), new HostPort("elsewhere", 9103));
      voters.start(moved, NOBODY, left);
      TestVoters.await(
          "the new address is noted",
          () -> voters.leader().quorum().state().voters().contains(moved));
    }
  }

  /** Node 1, begun alone, with 2 and 3 added to it. */
  private static Node grownToThree(TestVoters voters) {
    Node first = voters.start(TestVoters.voter(1), List.of(TestVoters.voter(1)));
    voters.submit("one");
    for (int id = 2; id <= 3; id++) {
      Node next = voters.start(TestVoters.voter(id), NOBODY);
      voters.add(next.voter());
      voters.submit("with " + id);
      voters.awaitApplied(next, "with " + id);
    }
    return first;
  }

  private static void assertRefused(Reason reason, ThrowingCallable change) {
    assertThatThrownBy(change)
        .cause()
        .isInstanceOfSatisfying(
            ChangeRefused.class, refused -> assertThat(refused.reason()).isEqualTo(reason));
  }

  private static void get(CompletableFuture<Void> change) throws Exception {
    change.get(30, TimeUnit.SECONDS);
  }
}
