package io.ottla.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ottla.metadata.config.HostPort;
import io.ottla.metadata.quorum.MetadataQuorum;
import io.ottla.metadata.quorum.QuorumException;
import io.ottla.metadata.quorum.QuorumState;
import io.ottla.metadata.quorum.Voter;
import io.ottla.wire.Uuid;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SimulatedQuorumTest {

  private final Timeline timeline = new Timeline(7);
  private final CutLinks network = new CutLinks();
  private final Map<Integer, ListMachine> machines = new TreeMap<>();
  private final Map<Integer, MetadataQuorum<Integer>> ends = new TreeMap<>();
  private SimulatedQuorum<Integer> quorum;

  private void begin(int voters, QuorumPace pace) {
    List<Voter> members =
        IntStream.rangeClosed(1, voters)
            .mapToObj(id -> new Voter(id, new Uuid(9, id), new HostPort("node-" + id, 9093)))
            .toList();
    quorum =
        new SimulatedQuorum<>(
            timeline, network, pace, members, machine -> ((ListMachine) machine).hash());
    members.forEach(voter -> start(voter.nodeId()));
  }

  private void start(int node) {
    machines.put(node, new ListMachine());
    ends.put(node, quorum.join(node, machines.get(node), failure -> {}));
    ends.get(node).start();
  }

  private void passMs(long ms) {
    timeline.runUntilNs(timeline.nowNs() + TimeUnit.MILLISECONDS.toNanos(ms));
  }

  private int awaitLeader() {
    for (int i = 0; i < 1_000 && quorum.leader() < 0; i++) {
      passMs(10);
    }
    assertThat(quorum.leader()).isPositive();
    return quorum.leader();
  }

  private CompletableFuture<Integer> submit(int node, String command) {
    return ends.get(node).submit(command.getBytes(StandardCharsets.UTF_8));
  }

  private int follower() {
    return ends.keySet().stream().filter(id -> id != quorum.leader()).findFirst().orElseThrow();
  }

  private int[] others(int node) {
    return ends.keySet().stream().filter(id -> id != node).mapToInt(Integer::intValue).toArray();
  }

  private static Class<?> failure(CompletableFuture<?> future) {
    assertThat(future).isCompletedExceptionally();
    try {
      future.join();
      return null;
    } catch (CompletionException e) {
      return e.getCause().getClass();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 5})
  void commitsCommandsInTheOrderTheyAreSubmitted(int voters) {
    begin(voters, QuorumPace.SMOOTH);
    int leader = awaitLeader();

    List<CompletableFuture<Integer>> results = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      results.add(submit(leader, "c" + i));
    }
    passMs(500);

    for (int i = 0; i < 50; i++) {
      assertThat(results.get(i)).isCompletedWithValue(i + 1);
    }
    for (ListMachine machine : machines.values()) {
      assertThat(machine.commands).hasSize(50).first().isEqualTo("c0");
      assertThat(machine.indexes).isSorted().doesNotHaveDuplicates();
    }
    assertThat(Collections.max(machines.get(leader).indexes)).isGreaterThan(50);
    assertThat(quorum.isCaughtUp()).isTrue();
  }

  @Test
  void aVoterThatDoesNotLeadRefuses() {
    begin(3, QuorumPace.SMOOTH);
    awaitLeader();
    int follower = follower();

    assertThat(failure(submit(follower, "x"))).isEqualTo(QuorumException.NotLeader.class);
    assertThat(ends.get(follower).leaderTerm()).isEqualTo(-1);
    assertThat(ends.get(follower).state().leaderId()).isEqualTo(quorum.leader());
    assertThat(ends.get(follower).state().progress()).isEmpty();
  }

  @Test
  void tellsHowFarEachVoterIs() {
    begin(3, QuorumPace.SMOOTH);
    int leader = awaitLeader();
    var _ = submit(leader, "x");
    passMs(500);

    QuorumState state = ends.get(leader).state();

    assertThat(state.leaderId()).isEqualTo(leader);
    assertThat(state.term()).isEqualTo(ends.get(leader).leaderTerm());
    assertThat(state.progress())
        .hasSize(3)
        .allSatisfy(
            progress -> assertThat(progress.logEndOffset()).isEqualTo(state.committedIndex() + 1));
  }

  @Test
  void anotherLeadsWhenTheLeaderDiesAndHasAllThatWasCommitted() {
    begin(3, QuorumPace.SMOOTH);
    int first = awaitLeader();
    var answered = submit(first, "kept");
    passMs(100);
    assertThat(answered).isCompleted();

    quorum.crash(first);
    passMs(3_000);
    int second = awaitLeader();

    assertThat(second).isNotEqualTo(first);
    assertThat(machines.get(second).commands).containsExactly("kept");
    assertThat(machines.get(second).appliedWhenReady).isEqualTo(1);
    start(first);
    passMs(1_000);
    assertThat(machines.get(first).commands).containsExactly("kept");
    assertThat(quorum.leaders()).hasSize(2);
  }

  @Test
  void aLeaderThatIsCutOffGoesOnBelievingForAWhileAndLosesWhatItIsGiven() {
    begin(3, QuorumPace.SMOOTH);
    int old = awaitLeader();
    network.isolate(old, others(old));
    passMs(1_300);

    assertThat(ends.get(old).leaderTerm()).isPositive();
    assertThat(quorum.leader()).isNotEqualTo(old);
    var lost = submit(old, "lost");
    var kept = submit(quorum.leader(), "kept");
    passMs(100);
    assertThat(lost).isNotDone();
    assertThat(kept).isCompletedWithValue(1);
    passMs(2_000);

    assertThat(failure(lost)).isEqualTo(QuorumException.OutcomeUnknown.class);
    assertThat(ends.get(old).leaderTerm()).isEqualTo(-1);
    assertThat(machines.get(old).deposed).isEqualTo(1);
    network.heal();
    passMs(1_000);
    assertThat(machines.values())
        .allSatisfy(machine -> assertThat(machine.commands).containsExactly("kept"));
  }

  @Test
  void aPausedLeaderBelievesThatItLeadsUntilItHearsOfAnother() {
    begin(3, QuorumPace.SMOOTH);
    int old = awaitLeader();
    network.pause(old);
    passMs(1_900);
    assertThat(quorum.leader()).isNotEqualTo(old);
    assertThat(ends.get(old).leaderTerm()).isPositive();

    network.resume(old);
    passMs(500);

    assertThat(ends.get(old).leaderTerm()).isEqualTo(-1);
    assertThat(ends.get(old).state().leaderId()).isEqualTo(quorum.leader());
  }

  @Test
  void commitsNothingWithoutAMajority() {
    begin(5, QuorumPace.SMOOTH);
    int leader = awaitLeader();
    for (int other : others(leader)) {
      if (quorum.voter(other) != null && ends.size() > 2) {
        quorum.crash(other);
        ends.remove(other);
      }
    }
    long committed = quorum.committed();
    var hanging = submit(leader, "hanging");
    passMs(1_000);
    assertThat(hanging).isNotDone();
    passMs(5_000);

    assertThat(failure(hanging)).isEqualTo(QuorumException.OutcomeUnknown.class);
    assertThat(quorum.committed()).isEqualTo(committed);
    assertThat(quorum.leader()).isEqualTo(-1);
    assertThat(machines.get(leader).commands).isEmpty();
  }

  @Test
  void whatADeposedLeaderWasGivenMayYetBeCommitted() {
    int kept = 0;
    int lost = 0;
    for (int seed = 0; seed < 60; seed++) {
      SimulatedQuorumTest other = new SimulatedQuorumTest();
      other.timeline.random().setSeed(seed);
      other.begin(3, QuorumPace.SMOOTH);
      int leader = other.awaitLeader();
      var result = other.submit(leader, "perhaps");
      other.passMs(0);
      other.timeline.runUntilNs(
          other.timeline.nowNs() + other.timeline.random().nextInt(1_500_000));
      boolean answered = result.isDone();
      other.quorum.crash(leader);
      other.passMs(5_000);
      boolean survives = other.machines.get(other.awaitLeader()).commands.contains("perhaps");
      assertThat(survives || !answered).isTrue();
      if (!answered) {
        kept += survives ? 1 : 0;
        lost += survives ? 0 : 1;
      }
    }
    assertThat(kept).isPositive();
    assertThat(lost).isPositive();
  }

  @Test
  void aProcessBeginsWithItsSnapshotAndItsLog() {
    begin(1, QuorumPace.SMOOTH.withSnapshotEvery(20));
    int leader = awaitLeader();
    for (int i = 0; i < 100; i++) {
      var _ = submit(leader, "c" + i);
      passMs(5);
    }
    List<String> before = List.copyOf(machines.get(leader).commands);
    assertThat(before).hasSize(100);

    quorum.crash(leader);
    start(leader);
    assertThat(machines.get(leader).restored).isEqualTo(1);
    awaitLeader();

    assertThat(machines.get(leader).commands).isEqualTo(before);
    assertThat(machines.get(leader).indexes).hasSizeLessThan(100);
  }

  @Test
  void aVoterThatIsFarBehindIsGivenTheLeadersSnapshot() {
    begin(3, QuorumPace.SMOOTH.withSnapshotEvery(20));
    int leader = awaitLeader();
    int away = follower();
    network.isolate(away, others(away));
    for (int i = 0; i < 200; i++) {
      var _ = submit(leader, "c" + i);
      passMs(5);
    }
    assertThat(machines.get(away).commands).isEmpty();

    network.heal();
    passMs(1_000);

    assertThat(machines.get(away).restored).isPositive();
    assertThat(machines.get(away).commands).hasSize(200);
  }

  @Test
  void handsTheLeadOver() {
    begin(3, QuorumPace.SMOOTH);
    int first = awaitLeader();

    var done = ends.get(first).transferLeadership();
    passMs(200);

    assertThat(done).isCompleted();
    assertThat(awaitLeader()).isNotEqualTo(first);
    assertThat(ends.get(first).leaderTerm()).isEqualTo(-1);
    ends.get(first).close();
    assertThat(failure(submit(first, "x"))).isEqualTo(QuorumException.NotLeader.class);
  }

  @Test
  void doesNotWaitForAnHeirThatIsNotThere() {
    begin(3, QuorumPace.SMOOTH);
    int first = awaitLeader();
    network.isolate(first, others(first));

    assertThat(ends.get(first).transferLeadership()).isCompleted();
  }

  @Test
  void leadersChangeWhenShaken() {
    begin(3, QuorumPace.SMOOTH);
    awaitLeader();
    int terms = quorum.leaders().size();

    quorum.shake();
    passMs(1_000);

    assertThat(quorum.leaders().size()).isGreaterThan(terms);
    awaitLeader();
    assertThat(quorum.leaders()).containsValue(quorum.leader());
  }

  @Test
  void refusesAndForgetsAsOftenAsItIsTold() {
    begin(1, QuorumPace.SMOOTH.withFailures(0.3, 0.3));
    int leader = awaitLeader();
    List<CompletableFuture<Integer>> results = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      results.add(submit(leader, "c" + i));
    }
    passMs(2_000);

    List<Class<?>> failures =
        results.stream()
            .filter(CompletableFuture::isCompletedExceptionally)
            .<Class<?>>map(SimulatedQuorumTest::failure)
            .toList();
    assertThat(failures)
        .contains(QuorumException.Overloaded.class)
        .containsOnly(QuorumException.Overloaded.class, QuorumException.OutcomeUnknown.class);
    assertThat(results).allSatisfy(result -> assertThat(result).isDone());
  }

  @Test
  void aLogThatDiesTellsItsProcess() {
    begin(3, QuorumPace.SMOOTH);
    int leader = awaitLeader();
    List<QuorumException> told = new ArrayList<>();
    ends.put(leader, quorum.join(leader, machines.get(leader), told::add));
    ends.get(leader).start();
    awaitLeader();

    quorum.breakDown(leader);

    assertThat(told).hasSize(1);
    assertThat(ends.get(leader).leaderTerm()).isEqualTo(-1);
  }

  @Test
  void seesStatesThatDiffer() {
    begin(3, QuorumPace.SMOOTH);
    int leader = awaitLeader();
    machines.get(follower()).commands.add("out of thin air");

    var _ = submit(leader, "x");

    assertThatThrownBy(() -> passMs(500))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("has another state");
    assertThat(quorum.violation()).isNotNull();
  }

  @Test
  void seesACommittedEntryThatIsLost() {
    begin(1, QuorumPace.SMOOTH);
    int leader = awaitLeader();
    var _ = submit(leader, "x");
    passMs(100);
    quorum.crash(leader);
    quorum.disk(leader).log.truncate(1);

    start(leader);

    assertThatThrownBy(() -> passMs(500))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("without all that was committed");
  }
}
