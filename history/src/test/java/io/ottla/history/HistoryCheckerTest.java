package io.ottla.history;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.history.Anomaly.Kind;
import io.ottla.history.History.Edge;
import io.ottla.history.History.EdgeSeen;
import io.ottla.history.History.Leader;
import io.ottla.history.History.Promise;
import io.ottla.history.History.Read;
import io.ottla.history.History.Write;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Each anomaly planted into a history that is fine without it is found, and nothing else is. */
class HistoryCheckerTest {
  private final History history = new History();
  private long nowNs;

  @Test
  void findsNothingInAHistoryThatIsFine() {
    acknowledged(1, 0, 10, 0);
    acknowledged(1, 0, 11, 1);
    acknowledged(2, 0, 20, 2);
    acknowledged(1, 1, 12, 0);
    history.fail(history.send(1, 0, 13, ++nowNs), "timeout", ++nowNs); // not in the log
    history.fail(history.send(1, 0, 14, ++nowNs), "timeout", ++nowNs); // in the log all the same
    history.send(2, 0, 21, ++nowNs); // never answered
    log(0, 10, 11, 20, 14);
    log(1, 12);
    history.read(new Read(1, 0, 0, 10));
    history.read(new Read(2, 0, 0, 10));
    history.read(new Read(1, 0, 1, 11));
    history.end(0, 1);
    history.end(0, 1);
    history.end(0, 3);
    history.leader(new Leader(1, 0, 2, 5));
    history.leader(new Leader(2, 0, 2, 5));
    history.leader(new Leader(1, 0, -1, 6));
    history.leader(new Leader(1, 0, 1, 7));
    history.leader(new Leader(2, 0, 1, 7));
    assertThat(HistoryChecker.check(history)).isEmpty();
  }

  @Test
  void findsAnAcknowledgedValueThatIsLost() {
    acknowledged(1, 0, 10, 0);
    acknowledged(1, 0, 11, 1);
    log(0, 10);
    assertThat(kinds()).containsExactly(Kind.LOST);
  }

  @Test
  void findsAValueNobodySent() {
    acknowledged(1, 0, 10, 0);
    log(0, 10, 99);
    assertThat(kinds()).containsExactly(Kind.INVENTED);
  }

  @Test
  void findsAValueInAPartitionItWasNotSentTo() {
    history.send(1, 0, 10, ++nowNs);
    log(1, 10);
    assertThat(kinds()).containsExactly(Kind.INVENTED);
  }

  @Test
  void findsAValueThatIsInTheLogTwice() {
    acknowledged(1, 0, 10, 0);
    acknowledged(1, 0, 11, 1);
    log(0, 10, 11, 11);
    assertThat(kinds()).containsExactly(Kind.DUPLICATE);
  }

  @Test
  void findsAnAcknowledgementWithAnotherOffsetThanTheLogs() {
    acknowledged(1, 0, 10, 5);
    log(0, 10);
    assertThat(kinds()).containsExactly(Kind.DUPLICATE);
  }

  @Test
  void findsTwoValuesAcknowledgedAtOneOffset() {
    Write first = history.send(1, 0, 10, ++nowNs);
    Write second = history.send(2, 0, 20, ++nowNs);
    history.acknowledge(first, 0, ++nowNs);
    history.acknowledge(second, 0, ++nowNs);
    log(0, 10);
    assertThat(kinds()).containsExactlyInAnyOrder(Kind.INCONSISTENT_OFFSET, Kind.LOST);
  }

  @Test
  void findsThatAReaderSawAnotherValueThanIsInTheLog() {
    acknowledged(1, 0, 10, 0);
    history.send(1, 0, 11, ++nowNs);
    log(0, 10);
    history.read(new Read(1, 0, 0, 11));
    assertThat(kinds()).containsExactlyInAnyOrder(Kind.INCONSISTENT_OFFSET, Kind.VANISHED);
  }

  @Test
  void findsThatAReaderSawWhatIsNoLongerThere() {
    acknowledged(1, 0, 10, 0);
    history.send(1, 0, 11, ++nowNs);
    log(0, 10);
    history.read(new Read(1, 0, 0, 10));
    history.read(new Read(1, 0, 1, 11));
    assertThat(kinds()).containsExactly(Kind.VANISHED);
  }

  @Test
  void findsTwoValuesOfAProducerInTheWrongOrder() {
    history.send(1, 0, 10, ++nowNs);
    history.send(1, 0, 11, ++nowNs);
    log(0, 11, 10);
    assertThat(kinds()).containsExactly(Kind.REORDERED);
  }

  @Test
  void findsAnAcknowledgementBelowAKnownOffset() {
    acknowledged(1, 0, 10, 1);
    acknowledged(2, 0, 20, 0);
    log(0, 20, 10);
    assertThat(kinds()).containsExactly(Kind.ACK_BELOW_KNOWN);
  }

  @Test
  void findsAReaderThatGoesBack() {
    acknowledged(1, 0, 10, 0);
    acknowledged(1, 0, 11, 1);
    log(0, 10, 11);
    history.read(new Read(1, 0, 0, 10));
    history.read(new Read(1, 0, 1, 11));
    history.read(new Read(1, 0, 0, 10));
    assertThat(kinds()).containsExactly(Kind.READ_BACKWARDS);
  }

  @Test
  void findsAReaderThatLeavesAnOffsetOut() {
    acknowledged(1, 0, 10, 0);
    acknowledged(1, 0, 11, 1);
    acknowledged(1, 0, 12, 2);
    log(0, 10, 11, 12);
    history.read(new Read(1, 0, 0, 10));
    history.read(new Read(1, 0, 2, 12));
    assertThat(kinds()).containsExactly(Kind.READ_SKIPPED);
  }

  @Test
  void findsAReaderThatLeavesOutTheBeginning() {
    acknowledged(1, 0, 10, 0);
    acknowledged(1, 0, 11, 1);
    log(0, 10, 11);
    history.read(new Read(1, 0, 1, 11));
    assertThat(kinds()).containsExactly(Kind.READ_SKIPPED);
  }

  @Test
  void findsAnEndThatGoesBack() {
    history.end(0, 5);
    history.end(1, 3);
    history.end(0, 4);
    assertThat(kinds()).containsExactly(Kind.END_WENT_BACK);
  }

  @Test
  void findsTwoLeadersOfOneEpoch() {
    history.leader(new Leader(1, 0, 2, 5));
    history.leader(new Leader(3, 0, 3, 5));
    assertThat(kinds()).containsExactly(Kind.TWO_LEADERS);
  }

  @Test
  void findsANodeThatGoesBackToAnEarlierEpoch() {
    history.leader(new Leader(1, 0, 2, 5));
    history.leader(new Leader(1, 0, 1, 6));
    history.leader(new Leader(1, 0, 2, 5));
    assertThat(kinds()).containsExactly(Kind.EPOCH_WENT_BACK);
  }

  @Test
  void allowsWhatAProducerWasNotPromised() {
    Write twice = history.send(Promise.AT_LEAST_ONCE, 1, 0, 11, ++nowNs);
    Write early = history.send(Promise.AT_LEAST_ONCE, 1, 0, 10, ++nowNs);
    Write gone = history.send(Promise.NOTHING, 2, 0, 20, ++nowNs);
    history.acknowledge(twice, 0, ++nowNs);
    history.acknowledge(early, 1, ++nowNs);
    history.acknowledge(gone, 1, ++nowNs);
    log(0, 11, 10, 11);
    assertThat(HistoryChecker.check(history)).isEmpty();
  }

  @Test
  void findsALossAlsoOfOneWhoMayWriteTwice() {
    history.acknowledge(history.send(Promise.AT_LEAST_ONCE, 1, 0, 10, ++nowNs), 0, ++nowNs);
    assertThat(kinds()).containsExactly(Kind.LOST);
  }

  @Test
  void findsTheLossOfAValueThatIsSomewhere() {
    history.acknowledge(history.send(1, 0, 10, ++nowNs), History.SOMEWHERE, ++nowNs);
    assertThat(kinds()).containsExactly(Kind.LOST);
    log(0, 10);
    assertThat(HistoryChecker.check(history)).isEmpty();
  }

  @Test
  void findsAnEdgeThatWentBackForOneObserver() {
    history.edge(new EdgeSeen(1, 0, Edge.STABLE, 5));
    history.edge(new EdgeSeen(2, 0, Edge.STABLE, 4));
    history.edge(new EdgeSeen(1, 0, Edge.EARLIEST, 0));
    assertThat(HistoryChecker.check(history)).isEmpty();
    history.edge(new EdgeSeen(1, 0, Edge.STABLE, 4));
    assertThat(kinds()).containsExactly(Kind.EDGE_WENT_BACK);
  }

  @Test
  void tellsTheProblemsOfClients() {
    history.problem("offset out of range");
    assertThat(kinds()).containsExactly(Kind.PROBLEM);
  }

  @Test
  void measuresProgressAndStalls() {
    history.acknowledge(history.send(1, 0, 10, 100), 0, 110);
    history.acknowledge(history.send(1, 0, 11, 100), 1, 150);
    history.acknowledge(history.send(1, 0, 12, 100), 2, 160);
    history.acknowledge(history.send(1, 1, 13, 100), 0, 130);
    assertThat(history.acknowledgedBetween(0, 120, 160)).isEqualTo(2);
    assertThat(history.longestStallNs(0, 100, 170)).isEqualTo(40);
    assertThat(history.longestStallNs(2, 100, 170)).isEqualTo(70);
  }

  private void acknowledged(int producer, int partition, long value, long offset) {
    history.acknowledge(history.send(producer, partition, value, ++nowNs), offset, ++nowNs);
  }

  private void log(int partition, long... values) {
    for (int offset = 0; offset < values.length; offset++) {
      history.readFinally(partition, offset, values[offset]);
    }
  }

  private Set<Kind> kinds() {
    return HistoryChecker.check(history).stream().map(Anomaly::kind).collect(Collectors.toSet());
  }
}
