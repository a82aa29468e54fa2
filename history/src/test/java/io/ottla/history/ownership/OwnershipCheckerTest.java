package io.ottla.history.ownership;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.history.ownership.Ownership.Place;
import io.ottla.history.ownership.OwnershipChecker.Rules;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Each anomaly planted into a history that is fine without it is found, and nothing else is. */
class OwnershipCheckerTest {
  private final Ownership ownership = new Ownership();

  @Test
  void findsNothingInAHistoryThatIsFine() {
    take("a", 0);
    read("a", 0, 1, 2);
    commit("a", 3, 5, true);
    read("a", 3);
    ownership.given("a", "t", 0);
    take("b", 3);
    read("b", 3, 4);
    commit("b", 5, 6, false); // got through all the same
    ownership.lost("b", "t", 0);
    take("c", 5);
    read("c", 5);
    commit("c", 6, 8, true);
    assertThat(check()).isEmpty();
    assertThat(ownership.owners()).isEqualTo(Map.of("c", Set.of(new Place("t", 0))));
    assertThat(OwnershipChecker.unread(ownership, Map.of(new Place("t", 0), 6L))).isEmpty();
  }

  @Test
  void findsTwoOwners() {
    take("a", 0);
    take("b", 0);
    ownership.given("a", "t", 0);
    assertThat(check()).singleElement().asString().contains("TWO OWNERS");
  }

  @Test
  void leavesTheOneInPeaceWhoDidNotKnowYet() {
    take("a", 0);
    read("a", 0);
    take("b", 0);
    read("a", 1);
    ownership.lost("a", "t", 0);
    assertThat(check()).isEmpty();
  }

  @Test
  void findsTwoOwnersOfWhomOneHadLostItAnotherTime() {
    take("a", 0);
    ownership.lost("a", "t", 0);
    take("a", 0);
    take("b", 0);
    ownership.given("a", "t", 0);
    ownership.given("b", "t", 0);
    take("a", 0);
    ownership.lost("a", "t", 0);
    assertThat(check()).singleElement().asString().contains("TWO OWNERS: b took it while a had it");
  }

  @Test
  void leavesTheOneInPeaceWhoFoundOutAfterItGaveItBack() {
    take("a", 0);
    take("b", 0);
    ownership.given("a", "t", 0);
    ownership.lost("a", "t", 0);
    assertThat(check()).isEmpty();
  }

  @Test
  void findsTheCommitOfAFencedMember() {
    take("a", 0);
    read("a", 0);
    take("b", 0);
    commit("a", 1, 5, true);
    ownership.lost("a", "t", 0);
    assertThat(check()).singleElement().asString().contains("FENCED COMMIT");
  }

  @Test
  void findsANewOwnerThatStartsElsewhereThanTheLastCommitEnded() {
    take("a", 0);
    read("a", 0, 1);
    commit("a", 2, 5, true);
    ownership.given("a", "t", 0);
    take("b", 1);
    assertThat(check()).singleElement().asString().contains("WRONG START");
  }

  @Test
  void allowsACommitThatComesLateWhereConnectionsFail() {
    take("a", 0);
    read("a", 0, 1);
    commit("a", 1, 5, false);
    commit("a", 2, 5, true);
    ownership.given("a", "t", 0);
    take("b", 1);
    assertThat(OwnershipChecker.check(ownership, Rules.WITH_FAILURES)).isEmpty();
    ownership.given("b", "t", 0);
    take("c", 0);
    assertThat(OwnershipChecker.check(ownership, Rules.WITH_FAILURES))
        .singleElement()
        .asString()
        .contains("WRONG START");
  }

  @Test
  void findsASkippedRecord() {
    take("a", 0);
    read("a", 0, 2);
    assertThat(check()).singleElement().asString().contains("next was 1");
  }

  @Test
  void findsAReaderThatIsNotTheOwner() {
    take("a", 0);
    ownership.given("a", "t", 0);
    read("a", 0);
    assertThat(check()).singleElement().asString().contains("without owning");
  }

  @Test
  void findsAnEpochThatDoesNotRiseWithTheOwner() {
    take("a", 0);
    commit("a", 0, 5, true);
    ownership.given("a", "t", 0);
    take("b", 0);
    commit("b", 0, 5, true);
    assertThat(check()).singleElement().asString().contains("EPOCH DID NOT RISE");
  }

  @Test
  void findsAnEpochThatFalls() {
    take("a", 0);
    commit("a", 0, 5, true);
    commit("a", 0, 4, true);
    assertThat(check()).singleElement().asString().contains("EPOCH DID NOT RISE");
  }

  @Test
  void findsWhatNobodyRead() {
    take("a", 0);
    read("a", 0);
    assertThat(OwnershipChecker.unread(ownership, Map.of(new Place("t", 0), 3L)))
        .isEqualTo(Map.of(new Place("t", 0), List.of(1L, 2L)));
  }

  private void take(String member, long position) {
    ownership.taken(member, "t", 0, position);
  }

  private void read(String member, long... offsets) {
    for (long offset : offsets) {
      ownership.read(member, "t", 0, offset);
    }
  }

  private void commit(String member, long offset, int epoch, boolean succeeded) {
    long commit = ownership.commitBegun(member, "t", 0, offset, epoch);
    ownership.commitEnded(member, "t", 0, commit, succeeded, epoch);
  }

  private List<String> check() {
    return OwnershipChecker.check(ownership, Rules.STRICT);
  }
}
