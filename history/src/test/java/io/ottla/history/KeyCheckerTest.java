package io.ottla.history;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.history.Anomaly.Kind;
import io.ottla.history.KeyHistory.Outcome;
import io.ottla.history.KeyHistory.Seen;
import io.ottla.history.KeyHistory.Write;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Each anomaly planted into what is read is found, and nothing else is. */
class KeyCheckerTest {
  private final KeyHistory history = new KeyHistory();

  @Test
  void findsNothingWhereTheLastOfEachKeyIsThere() {
    written("a", "a", "a");
    written("b");
    assertThat(kinds(seen("a", 1), seen("a", 3), seen("b", 1))).isEmpty();
  }

  @Test
  void doesNotMindWhatBecomesOfWritesNobodyWasToldOf() {
    written("a", "a");
    history.send("a", false);
    history.send("b", false);
    assertThat(kinds(seen("a", 2))).isEmpty();
    assertThat(kinds(seen("a", 3), seen("b", 1))).isEmpty();
  }

  @Test
  void doesNotMindTombstonesThatAreThereOrGone() {
    written("a");
    deleted("a", Outcome.WRITTEN);
    assertThat(kinds(seen("a", 1), tombstone("a", 2))).isEmpty();
    assertThat(kinds(tombstone("a", 2))).isEmpty();
    assertThat(kinds()).isEmpty();
  }

  @Test
  void doesNotMindThatAKeyIsGoneThatMayHaveBeenDeleted() {
    written("a");
    deleted("a", Outcome.UNKNOWN);
    assertThat(kinds()).isEmpty();
    assertThat(kinds(seen("a", 1))).isEmpty();
  }

  @Test
  void asksForNothingThatWasWrittenSinceTheReaderBegan() {
    written("a");
    Map<String, Long> before = history.lastAcknowledged();
    written("a", "b");
    assertThat(KeyChecker.check(history, before, List.of(seen("a", 1)))).isEmpty();
  }

  @Test
  void findsAKeyThatIsLost() {
    written("a", "b");
    assertThat(kinds(seen("b", 1))).containsExactly(Kind.LOST);
  }

  @Test
  void findsAnOlderValueThanTheLast() {
    written("a", "a");
    assertThat(kinds(seen("a", 1))).containsExactly(Kind.LOST);
  }

  @Test
  void findsAKeyThatIsGoneThoughItsDeletionWasAborted() {
    written("a");
    deleted("a", Outcome.ABORTED);
    assertThat(kinds()).containsExactly(Kind.LOST);
  }

  @Test
  void findsADeletedKeyThatIsThereAgain() {
    written("a");
    deleted("a", Outcome.WRITTEN);
    assertThat(kinds(seen("a", 1))).containsExactly(Kind.RESURRECTED);
  }

  @Test
  void findsWhatWasAborted() {
    written("a");
    history.send("a", false).ends(Outcome.ABORTED);
    assertThat(kinds(seen("a", 1), seen("a", 2))).containsExactly(Kind.ABORTED_READ);
  }

  @Test
  void findsWhatWasNeverWritten() {
    written("a");
    assertThat(kinds(seen("a", 1), seen("a", 2), seen("b", 1), tombstone("a", 1)))
        .containsExactly(Kind.INVENTED, Kind.INVENTED, Kind.INVENTED);
  }

  @Test
  void findsWhatIsThereTwiceOrInAnotherOrder() {
    written("a", "a", "b");
    assertThat(kinds(seen("a", 1), seen("a", 2), seen("a", 2), seen("b", 1)))
        .containsExactly(Kind.DUPLICATE);
    assertThat(kinds(seen("a", 2), seen("a", 1), seen("a", 2), seen("b", 1)))
        .containsExactly(Kind.REORDERED);
  }

  private void written(String... keys) {
    for (String key : keys) {
      history.send(key, false).ends(Outcome.WRITTEN);
    }
  }

  private void deleted(String key, Outcome outcome) {
    Write write = history.send(key, true);
    write.ends(outcome);
  }

  private static Seen seen(String key, long number) {
    return new Seen(key, number, false);
  }

  private static Seen tombstone(String key, long number) {
    return new Seen(key, number, true);
  }

  private List<Kind> kinds(Seen... log) {
    return KeyChecker.check(history, history.lastAcknowledged(), List.of(log)).stream()
        .map(Anomaly::kind)
        .toList();
  }
}
