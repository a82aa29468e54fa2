package io.ottla.history;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.history.Anomaly.Kind;
import io.ottla.history.History.Read;
import io.ottla.history.History.Write;
import io.ottla.history.TransactionHistory.Consumed;
import io.ottla.history.TransactionHistory.Outcome;
import io.ottla.history.TransactionHistory.Position;
import io.ottla.history.TransactionHistory.Source;
import io.ottla.history.TransactionHistory.Transaction;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Each anomaly planted into a history of transactions that is fine without it is found, and nothing
 * else is; and so are the histories to which the documented planted bugs of a broker lead.
 */
class TransactionCheckerTest {
  private static final int IN_0 = 0;
  private static final int IN_1 = 1;
  private static final int OUT_0 = 2;
  private static final int OUT_1 = 3;

  /** Of partition 0 of the input: 10 committed, 11 aborted, 12 of unknown outcome, committed. */
  private final TransactionHistory history = new TransactionHistory(List.of("in", "out"), 2);

  private long nowNs;
  private int transactions;

  @Test
  void countsPartitionsOfAllTopicsThrough() {
    assertThat(history.partition("out", 1)).isEqualTo(OUT_1);
    assertThat(history.topic(OUT_1)).isEqualTo("out");
    assertThat(history.numberInTopic(OUT_1)).isEqualTo(1);
    assertThat(history.partitions()).isEqualTo(4);
  }

  @Test
  void findsNothingInAHistoryThatIsFine() {
    Transaction first = begin(1);
    write(first, IN_0, 10, 0);
    write(first, IN_1, 11, 0);
    commit(first, Outcome.COMMITTED);
    Transaction second = begin(1);
    write(second, IN_0, 12, 2);
    end(second, Outcome.ABORTED);
    Transaction third = begin(1);
    write(third, IN_0, 13, 4);
    write(third, IN_1, 14, 2);
    commit(third, Outcome.UNKNOWN); // committed all the same
    Transaction fourth = begin(1);
    write(fourth, IN_1, 15, 4);
    commit(fourth, Outcome.UNKNOWN); // not committed
    Transaction fifth = begin(1);
    write(fifth, IN_1, 16, 6); // its client broke before it asked for the commit
    written(IN_0, 0, 10, 2, 12, 4, 13);
    written(IN_1, 0, 11, 2, 14, 4, 15, 6, 16);
    visible(IN_0, 0, 10, 4, 13);
    visible(IN_1, 0, 11, 2, 14);
    history.log().read(new Read(1, IN_0, 0, 10));
    history.log().read(new Read(1, IN_0, 2, 12)); // it may: read_uncommitted
    history.readCommitted(new Read(2, IN_0, 0, 10), ++nowNs);
    history.readCommitted(new Read(2, IN_0, 4, 13), ++nowNs);
    history.bounds(IN_0, 6, 6);
    assertThat(describe()).isEmpty();
  }

  @Test
  void findsNothingInAGroupThatReadsProcessesAndWritesWell() {
    input(10, 11, 12);
    history.position(new Position("g", IN_0, 0, ++nowNs));
    Transaction first = begin(2);
    output(first, OUT_0, 20, 0, 10);
    first.consume(new Consumed("g", IN_0, 0, 1));
    commit(first, Outcome.COMMITTED);
    Transaction second = begin(2);
    output(second, OUT_1, 21, 0, 11);
    second.consume(new Consumed("g", IN_0, 1, 2));
    end(second, Outcome.ABORTED);
    history.position(new Position("g", IN_0, 1, ++nowNs));
    Transaction again = begin(2);
    output(again, OUT_1, 22, 2, 11);
    again.consume(new Consumed("g", IN_0, 1, 2));
    commit(again, Outcome.UNKNOWN);
    history.position(new Position("g", IN_0, 2, ++nowNs));
    written(OUT_0, 0, 20);
    written(OUT_1, 0, 21, 2, 22);
    visible(OUT_0, 0, 20);
    visible(OUT_1, 2, 22);
    history.positionFinally("g", IN_0, 2); // 12 is still to be read
    assertThat(describe()).isEmpty();
  }

  // ---- Transactions

  @Test
  void findsACommittedTransactionOfWhichNothingIsThere() {
    Transaction one = begin(1);
    write(one, IN_0, 10, 0);
    commit(one, Outcome.COMMITTED);
    written(IN_0, 0, 10);
    assertThat(kinds()).containsExactly(Kind.LOST);
  }

  @Test
  void findsACommittedTransactionOfWhichAPartIsThere() {
    Transaction one = begin(1);
    write(one, IN_0, 10, 0);
    write(one, IN_1, 11, 0);
    commit(one, Outcome.COMMITTED);
    written(IN_0, 0, 10);
    written(IN_1, 0, 11);
    visible(IN_0, 0, 10);
    assertThat(kinds()).containsExactlyInAnyOrder(Kind.LOST, Kind.TORN);
  }

  @Test
  void findsATransactionOfUnknownOutcomeOfWhichAPartIsThere() {
    Transaction one = begin(1);
    write(one, IN_0, 10, 0);
    write(one, IN_1, 11, 0);
    commit(one, Outcome.UNKNOWN);
    written(IN_0, 0, 10);
    written(IN_1, 0, 11);
    visible(IN_1, 0, 11);
    assertThat(kinds()).containsExactly(Kind.TORN);
  }

  @Test
  void findsAnAbortedValueInWhatReadCommittedShowsInTheEnd() {
    Transaction one = begin(1);
    write(one, IN_0, 10, 0);
    end(one, Outcome.ABORTED);
    written(IN_0, 0, 10);
    visible(IN_0, 0, 10);
    assertThat(kinds()).containsExactly(Kind.ABORTED_READ);
  }

  @Test
  void findsAValueWhoseCommitNobodyAskedFor() {
    Transaction one = begin(1);
    write(one, IN_0, 10, 0);
    written(IN_0, 0, 10);
    visible(IN_0, 0, 10);
    assertThat(kinds()).containsExactly(Kind.ABORTED_READ);
  }

  @Test
  void findsAnAbortedValueThatAReaderSaw() {
    Transaction one = begin(1);
    write(one, IN_0, 10, 0);
    end(one, Outcome.ABORTED);
    written(IN_0, 0, 10);
    history.readCommitted(new Read(1, IN_0, 0, 10), ++nowNs);
    assertThat(kinds()).containsExactlyInAnyOrder(Kind.ABORTED_READ, Kind.VANISHED);
  }

  @Test
  void findsAValueThatWasReadBeforeItsCommit() {
    Transaction one = begin(1);
    write(one, IN_0, 10, 0);
    history.readCommitted(new Read(1, IN_0, 0, 10), ++nowNs);
    commit(one, Outcome.COMMITTED);
    written(IN_0, 0, 10);
    visible(IN_0, 0, 10);
    assertThat(kinds()).containsExactly(Kind.UNCOMMITTED_READ);
  }

  @Test
  void findsAReaderWithReadCommittedThatLeavesACommittedValueOut() {
    Transaction one = begin(1);
    write(one, IN_0, 10, 0);
    write(one, IN_0, 11, 1);
    commit(one, Outcome.COMMITTED);
    history.readCommitted(new Read(1, IN_0, 1, 11), ++nowNs);
    written(IN_0, 0, 10, 1, 11);
    visible(IN_0, 0, 10, 1, 11);
    assertThat(kinds()).containsExactly(Kind.READ_SKIPPED);
  }

  @Test
  void findsAValueThatIsThereTwiceEvenIfItIsNotCommitted() {
    Transaction one = begin(1);
    write(one, IN_0, 10, 0);
    end(one, Outcome.ABORTED);
    written(IN_0, 0, 10, 1, 10);
    assertThat(kinds()).containsExactly(Kind.DUPLICATE);
  }

  @Test
  void findsValuesOfTwoTransactionsOfAClientInTheWrongOrder() {
    Transaction one = begin(1);
    write(one, IN_0, 10, History.NONE);
    end(one, Outcome.ABORTED);
    Transaction other = begin(1);
    write(other, IN_0, 11, 0);
    commit(other, Outcome.COMMITTED);
    written(IN_0, 0, 11, 2, 10);
    visible(IN_0, 0, 11);
    assertThat(kinds()).containsExactly(Kind.REORDERED);
  }

  @Test
  void findsAValueThatTheTwoIsolationsShowAtDifferentPlaces() {
    Transaction one = begin(1);
    write(one, IN_0, 10, 0);
    commit(one, Outcome.COMMITTED);
    written(IN_0, 0, 10);
    visible(IN_0, 1, 10);
    assertThat(kinds()).containsExactly(Kind.INCONSISTENT_OFFSET);
  }

  @Test
  void findsATransactionThatNeverEnds() {
    history.bounds(IN_0, 7, 9);
    assertThat(kinds()).containsExactly(Kind.HANGING);
  }

  // ---- Groups

  @Test
  void findsTwoOutputsOfOneInput() {
    input(10);
    Transaction one = copy(20, 0, Outcome.COMMITTED);
    Transaction other = copy(21, 2, Outcome.COMMITTED);
    assertThat(one).isNotSameAs(other);
    written(OUT_0, 0, 20, 2, 21);
    visible(OUT_0, 0, 20, 2, 21);
    history.positionFinally("g", IN_0, 1);
    assertThat(kinds()).containsExactly(Kind.INPUT_TWICE);
  }

  @Test
  void findsAnInputWithoutAnOutput() {
    input(10, 11);
    Transaction one = begin(2);
    output(one, OUT_0, 20, 0, 11);
    one.consume(new Consumed("g", IN_0, 0, 2));
    commit(one, Outcome.COMMITTED);
    written(OUT_0, 0, 20);
    visible(OUT_0, 0, 20);
    history.positionFinally("g", IN_0, 2);
    assertThat(kinds()).containsExactly(Kind.INPUT_SKIPPED);
  }

  @Test
  void findsAnOutputOfAnInputThatWasAborted() {
    Transaction aborted = begin(1);
    write(aborted, IN_0, 10, 0);
    end(aborted, Outcome.ABORTED);
    written(IN_0, 0, 10);
    copy(20, 0, Outcome.COMMITTED);
    written(OUT_0, 0, 20);
    visible(OUT_0, 0, 20);
    history.positionFinally("g", IN_0, 1);
    assertThat(kinds()).containsExactly(Kind.INPUT_INVENTED);
  }

  @Test
  void findsATransactionOfWhichTheOutputsAreThereAndThePositionIsNot() {
    input(10);
    copy(20, 0, Outcome.COMMITTED);
    written(OUT_0, 0, 20);
    visible(OUT_0, 0, 20);
    history.positionFinally("g", IN_0, 0);
    assertThat(kinds()).containsExactlyInAnyOrder(Kind.TORN, Kind.POSITION_WRONG);
  }

  @Test
  void findsATransactionOfWhichThePositionIsThereAndTheOutputsAreNot() {
    input(10);
    copy(20, 0, Outcome.UNKNOWN);
    written(OUT_0, 0, 20);
    history.positionFinally("g", IN_0, 1);
    assertThat(kinds()).containsExactlyInAnyOrder(Kind.INPUT_SKIPPED, Kind.POSITION_WRONG);
  }

  @Test
  void findsAMemberThatGoesOnWhereAnAbortedTransactionHasLed() {
    input(10);
    copy(20, 0, Outcome.ABORTED);
    written(OUT_0, 0, 20);
    history.position(new Position("g", IN_0, 1, ++nowNs));
    history.positionFinally("g", IN_0, 0);
    assertThat(kinds()).containsExactly(Kind.POSITION_WRONG);
  }

  @Test
  void findsAMemberThatGoesOnBehindATransactionThatWasConfirmed() {
    input(10);
    copy(20, 0, Outcome.COMMITTED);
    written(OUT_0, 0, 20);
    visible(OUT_0, 0, 20);
    history.position(new Position("g", IN_0, 0, ++nowNs));
    history.positionFinally("g", IN_0, 1);
    assertThat(kinds()).containsExactly(Kind.POSITION_WRONG);
  }

  @Test
  void letsAMemberGoOnBehindATransactionThatWasConfirmedAfterItAsked() {
    input(10);
    Transaction one = begin(2);
    output(one, OUT_0, 20, 0, 10);
    one.consume(new Consumed("g", IN_0, 0, 1));
    history.position(new Position("g", IN_0, 0, ++nowNs));
    commit(one, Outcome.COMMITTED);
    written(OUT_0, 0, 20);
    visible(OUT_0, 0, 20);
    history.positionFinally("g", IN_0, 1);
    assertThat(describe()).isEmpty();
  }

  // ---- What a broker with a planted bug leads to

  /** The last stable offset is ignored: readers get at what is still open. */
  @Test
  void findsWhatABrokerDoesThatIgnoresTheLastStableOffset() {
    Transaction open = begin(1);
    write(open, IN_0, 10, 0);
    history.readCommitted(new Read(1, IN_0, 0, 10), ++nowNs);
    end(open, Outcome.ABORTED);
    Transaction other = begin(1);
    write(other, IN_0, 11, 2);
    history.readCommitted(new Read(1, IN_0, 2, 11), ++nowNs);
    commit(other, Outcome.COMMITTED);
    written(IN_0, 0, 10, 2, 11);
    visible(IN_0, 2, 11);
    assertThat(kinds())
        .containsExactlyInAnyOrder(Kind.ABORTED_READ, Kind.UNCOMMITTED_READ, Kind.VANISHED);
  }

  /** The check for duplicates is off: what is sent again is written again. */
  @Test
  void findsWhatABrokerDoesThatTakesDuplicates() {
    Transaction one = begin(1);
    write(one, IN_0, 10, 2);
    write(one, IN_0, 11, 3);
    commit(one, Outcome.COMMITTED);
    written(IN_0, 0, 10, 1, 11, 2, 10, 3, 11);
    visible(IN_0, 0, 10, 1, 11, 2, 10, 3, 11);
    assertThat(kinds()).containsExactlyInAnyOrder(Kind.DUPLICATE, Kind.REORDERED);
  }

  /** The end is confirmed before it is durable: a crash, and the transaction is aborted instead. */
  @Test
  void findsWhatABrokerDoesThatConfirmsACommitTooEarly() {
    input(10);
    copy(20, 0, Outcome.COMMITTED);
    written(OUT_0, 0, 20);
    history.positionFinally("g", IN_0, 0);
    assertThat(kinds()).containsExactlyInAnyOrder(Kind.LOST, Kind.POSITION_WRONG);
  }

  /** One partition gets no marker: it hangs, and what comes in it later is not seen either. */
  @Test
  void findsWhatABrokerDoesThatForgetsAMarker() {
    Transaction one = begin(1);
    write(one, IN_0, 10, 0);
    write(one, IN_1, 11, 0);
    commit(one, Outcome.COMMITTED);
    written(IN_0, 0, 10);
    written(IN_1, 0, 11);
    visible(IN_0, 0, 10);
    history.bounds(IN_0, 2, 2);
    history.bounds(IN_1, 0, 1);
    assertThat(kinds()).containsExactlyInAnyOrder(Kind.LOST, Kind.TORN, Kind.HANGING);
  }

  @Test
  void isWrittenDown(@TempDir Path directory) throws Exception {
    input(10);
    copy(20, 0, Outcome.COMMITTED);
    history.fault("killed", ++nowNs);
    Path file = directory.resolve("deeper/history.txt");
    history.save(file, "seed 7");
    assertThat(Files.readAllLines(file))
        .startsWith("seed 7")
        .anyMatch(line -> line.startsWith("fault ") && line.endsWith("killed"))
        .anyMatch(line -> line.contains("client 2 (COMMITTED)"))
        .anyMatch(line -> line.contains("write 20 to 2"));
  }

  // ---- Making histories

  private Transaction begin(int client) {
    return history.begin(client, ++transactions, ++nowNs);
  }

  private void write(Transaction transaction, int partition, long value, long offset) {
    answer(history.send(transaction, partition, value, ++nowNs), offset);
  }

  private void output(Transaction transaction, int partition, long value, long offset, long input) {
    answer(history.send(transaction, partition, value, new Source("g", input), ++nowNs), offset);
  }

  private void answer(Write write, long offset) {
    if (offset != History.NONE) {
      history.log().acknowledge(write, offset, ++nowNs);
    }
  }

  private void commit(Transaction transaction, Outcome told) {
    transaction.beginCommit(++nowNs);
    end(transaction, told);
  }

  private void end(Transaction transaction, Outcome told) {
    transaction.end(told, ++nowNs);
  }

  /** A transaction of the group that makes an output of the input 10. */
  private Transaction copy(long value, long offset, Outcome told) {
    Transaction transaction = begin(2);
    output(transaction, OUT_0, value, offset, 10);
    transaction.consume(new Consumed("g", IN_0, 0, 1));
    if (told == Outcome.ABORTED) {
      end(transaction, told);
    } else {
      commit(transaction, told);
    }
    return transaction;
  }

  /** Committed values of partition 0 of the input, from offset 0 on. */
  private void input(long... values) {
    Transaction transaction = begin(1);
    for (int offset = 0; offset < values.length; offset++) {
      write(transaction, IN_0, values[offset], offset);
      written(IN_0, offset, values[offset]);
      visible(IN_0, offset, values[offset]);
    }
    commit(transaction, Outcome.COMMITTED);
  }

  private void written(int partition, long... offsetsAndValues) {
    for (int i = 0; i < offsetsAndValues.length; i += 2) {
      history.log().readFinally(partition, offsetsAndValues[i], offsetsAndValues[i + 1]);
    }
  }

  private void visible(int partition, long... offsetsAndValues) {
    for (int i = 0; i < offsetsAndValues.length; i += 2) {
      history.readFinally(partition, offsetsAndValues[i], offsetsAndValues[i + 1]);
    }
  }

  private String describe() {
    return HistoryChecker.describe(TransactionChecker.check(history));
  }

  private Set<Kind> kinds() {
    return TransactionChecker.check(history).stream()
        .map(Anomaly::kind)
        .collect(Collectors.toSet());
  }
}
