package io.ottla.log;

import static io.ottla.log.PartitionLogTest.is;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.record.RecordBatch;
import org.junit.jupiter.api.Test;

class ProducerStatesTest {

  private static final AppendContext CLIENT = AppendContext.client(0, 0);

  private final ProducerStates states = new ProducerStates(LogFixture.PARTITION);
  private long nextOffset = 100;

  @Test
  void takesAnySequenceFromAProducerItDoesNotKnow() {
    append(data(1, 0, 17, 2), CLIENT);
    append(data(1, 0, 19, 1), CLIENT);
    assertThat(states.producer(1).lastSequence()).isEqualTo(19);
  }

  @Test
  void wantsTheFirstSequenceFromAProducerThatHasNeverBeenHere() {
    AppendContext later = AppendContext.client(1, 0);
    refused(data(1, 0, 17, 2), later, ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER);
    append(data(1, 0, 0, 17), later);
    append(data(1, 0, 17, 2), later);
  }

  @Test
  void takesAnySequenceFromAProducerThatMayHaveBeenHere() {
    AppendContext later = AppendContext.client(1, 0);
    states.onGap();
    append(data(1, 0, 17, 2), later);
    states.startAnew(5);
    append(data(1, 0, 17, 2), later);
    states.startAnew(0);
    append(data(2, 0, 0, 1), later);
    states.removeExpired(1000, 10);
    append(data(1, 0, 17, 2), later);
  }

  @Test
  void takesOnlyTheSequenceThatFollows() {
    append(data(1, 0, 0, 3), CLIENT);
    refused(data(1, 0, 4, 1), CLIENT, ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER);
    refused(data(1, 0, 2, 1), CLIENT, ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER);
    append(data(1, 0, 3, 1), CLIENT);
  }

  @Test
  void letsSequencesStartAtZeroAgainAfterTheLargest() {
    append(data(1, 0, Integer.MAX_VALUE - 1, 2), CLIENT);
    append(data(1, 0, 0, 1), CLIENT);
    append(data(1, 0, 1, 1), CLIENT);
  }

  @Test
  void takesABatchInWhichTheSequenceWraps() {
    append(data(1, 0, Integer.MAX_VALUE, 3), CLIENT);
    assertThat(states.producer(1).lastSequence()).isEqualTo(1);
    append(data(1, 0, 2, 1), CLIENT);
    assertThat(states.findDuplicate(header(data(1, 0, Integer.MAX_VALUE, 3)))).isNotNegative();
  }

  @Test
  void wantsSequenceZeroInANewEpoch() {
    append(data(1, 0, 0, 3), CLIENT);
    refused(data(1, 1, 3, 1), CLIENT, ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER);
    append(data(1, 1, 0, 1), CLIENT);
    refused(data(1, 0, 1, 1), CLIENT, ErrorCode.INVALID_PRODUCER_EPOCH);
  }

  @Test
  void knowsTheLastFiveBatchesOfAnEpoch() {
    for (int i = 0; i < 6; i++) {
      append(data(1, 0, i, 1), CLIENT);
    }
    assertThat(states.findDuplicate(header(data(1, 0, 0, 1)))).isNegative();
    assertThat(states.findDuplicate(header(data(1, 0, 1, 1)))).isNotNegative();
    assertThat(states.findDuplicate(header(data(1, 0, 1, 2)))).isNegative();
    assertThat(states.findDuplicate(header(data(1, 1, 1, 1)))).isNegative();
    append(data(1, 1, 0, 1), CLIENT);
    assertThat(states.findDuplicate(header(data(1, 0, 1, 1)))).isNegative();
  }

  @Test
  void knowsThatWhatCameBeforeTheLastFiveIsThere() {
    for (int i = 10; i < 30; i += 2) {
      append(data(1, 0, i, 2), CLIENT);
    }
    long sixthLast = states.producer(1).lastOffset() - 9;
    assertThat(states.endOfForgotten(header(data(1, 0, 18, 2)))).isEqualTo(sixthLast);
    assertThat(states.endOfForgotten(header(data(1, 0, 10, 2)))).isEqualTo(sixthLast);
    assertThat(states.endOfForgotten(header(data(1, 0, 20, 2)))).as("remembered").isNegative();
    assertThat(states.endOfForgotten(header(data(1, 0, 19, 2)))).as("in part").isNegative();
    assertThat(states.endOfForgotten(header(data(1, 0, 9, 2)))).as("perhaps").isNegative();
    assertThat(states.endOfForgotten(header(data(1, 0, 30, 2)))).as("new").isNegative();
    assertThat(states.endOfForgotten(header(data(1, 1, 10, 2)))).as("other epoch").isNegative();
    assertThat(states.endOfForgotten(header(data(2, 0, 10, 2)))).as("unknown").isNegative();
  }

  @Test
  void knowsNothingOfWhatCameBeforeAGapThatItsLeaderLeft() {
    AppendContext leader = AppendContext.replication(0, 0);
    append(data(1, 0, 0, 2), leader);
    for (int i = 8; i < 20; i += 2) {
      append(data(1, 0, i, 2), leader);
    }
    assertThat(states.endOfForgotten(header(data(1, 0, 0, 2)))).isNegative();
    assertThat(states.endOfForgotten(header(data(1, 0, 6, 2)))).isNegative();
    assertThat(states.endOfForgotten(header(data(1, 0, 8, 2)))).isNotNegative();
  }

  @Test
  void saysNothingOfWhatCameBeforeSequencesBeganAgainAtZero() {
    append(data(1, 0, Integer.MAX_VALUE - 1, 2), CLIENT);
    for (int i = 0; i < 12; i += 2) {
      assertThat(states.endOfForgotten(header(data(1, 0, i, 2)))).as("new").isNegative();
      append(data(1, 0, i, 2), CLIENT);
    }
    assertThat(states.endOfForgotten(header(data(1, 0, Integer.MAX_VALUE - 1, 2)))).isNegative();
    assertThat(states.endOfForgotten(header(data(1, 0, 0, 2)))).isNotNegative();
  }

  @Test
  void doesNotCheckSequencesOfCoordinators() {
    AppendContext coordinator = AppendContext.coordinator(0, 0);
    append(data(1, 1, 0, 1), coordinator);
    append(data(1, 1, 0, 1), coordinator);
    refused(data(1, 0, 0, 1), coordinator, ErrorCode.INVALID_PRODUCER_EPOCH);
  }

  @Test
  void takesEverythingFromALeader() {
    AppendContext leader = AppendContext.replication(0, 0);
    append(data(1, 1, 5, 1), leader);
    append(data(1, 0, 9, 1), leader);
    assertThat(states.producer(1).epoch()).isEqualTo((short) 0);
  }

  @Test
  void refusesABatchOutsideOfTheOpenTransaction() {
    append(TestBatches.transactional(1, 0, 0, 1, 1), CLIENT);
    refused(data(1, 0, 1, 1), CLIENT, ErrorCode.INVALID_TXN_STATE);
    append(TestBatches.marker(1, 0, true, 0, 1), AppendContext.coordinator(0, 0));
    append(data(1, 0, 1, 1), CLIENT);
  }

  @Test
  void keepsUnstableWhatHasNoMarkerBelowTheHighWatermark() {
    append(TestBatches.transactional(1, 0, 0, 1, 1), CLIENT); // 100
    append(TestBatches.transactional(2, 0, 0, 1, 1), CLIENT); // 101
    assertThat(states.hasOpenTransaction(1, (short) 0)).isTrue();
    assertThat(states.hasOpenTransaction(1, (short) 1)).isFalse();
    append(TestBatches.marker(1, 0, false, 0, 1), AppendContext.coordinator(0, 0)); // 102
    assertThat(states.hasOpenTransaction(1, (short) 0)).isFalse();
    assertThat(states.firstUnstableOffset()).isEqualTo(100);
    states.onHighWatermark(102);
    assertThat(states.firstUnstableOffset()).isEqualTo(100);
    states.onHighWatermark(103);
    assertThat(states.firstUnstableOffset()).isEqualTo(101);
  }

  @Test
  void refusesMarkersOfAnOlderEpoch() {
    append(TestBatches.transactional(1, 5, 0, 1, 1), CLIENT);
    AppendContext v1 = AppendContext.markers(0, 0, (short) 1);
    refused(TestBatches.marker(1, 4, true, 0, 1), v1, ErrorCode.INVALID_PRODUCER_EPOCH);
    append(TestBatches.marker(1, 5, true, 0, 1), v1);
  }

  /** KIP-890: the coordinator raises the epoch before it writes the marker. */
  @Test
  void wantsMarkersOfTransactionsV2ToRaiseTheEpoch() {
    append(TestBatches.transactional(1, 5, 0, 1, 1), CLIENT);
    AppendContext v2 = AppendContext.markers(0, 0, (short) 2);
    refused(TestBatches.marker(1, 5, true, 0, 1), v2, ErrorCode.INVALID_PRODUCER_EPOCH);
    append(TestBatches.marker(1, 6, true, 0, 1), v2);
    // Written again after the transaction has ended: that does no harm.
    append(TestBatches.marker(1, 6, true, 0, 1), v2);
  }

  @Test
  void refusesMarkersOfAnOlderCoordinator() {
    AppendContext coordinator = AppendContext.coordinator(0, 0);
    append(TestBatches.marker(1, 0, true, 7, 1), coordinator);
    refused(
        TestBatches.marker(1, 0, true, 6, 1),
        coordinator,
        ErrorCode.TRANSACTION_COORDINATOR_FENCED);
  }

  @Test
  void tellsOfATransactionThatEndsOnlyIfItHasRecordsHere() {
    CompletedTransaction none =
        append(TestBatches.marker(1, 0, false, 0, 1), AppendContext.coordinator(0, 0));
    assertThat(none).isNull();
    append(TestBatches.transactional(1, 0, 0, 3, 1), CLIENT); // 101-103
    CompletedTransaction aborted =
        append(TestBatches.marker(1, 0, false, 0, 1), AppendContext.coordinator(0, 0));
    assertThat(aborted).isEqualTo(new CompletedTransaction(1, 101, 104, true));
  }

  @Test
  void forgetsProducersThatWereSilentForTooLong() {
    append(TestBatches.idempotent(1, 0, 0, 1, 1_000), CLIENT);
    append(TestBatches.transactional(2, 0, 0, 1, 1_000), CLIENT);
    append(TestBatches.idempotent(3, 0, 0, 1, 1_001), CLIENT);
    assertThat(states.removeExpired(1_500, 500)).isEqualTo(1);
    assertThat(states.producer(1)).isNull();
    assertThat(states.producer(2)).isNotNull();
    assertThat(states.producer(3)).isNotNull();
  }

  /** KIP-890: no transaction begins that its coordinator does not know. */
  @Test
  void letsATransactionBeginOnlyWithAGuard() {
    TransactionGuards guards = states.guards();
    TransactionGuards.Guard guard = guards.take("id", 1, (short) 0, false, 0);
    guards.drop(guard);
    refused(TestBatches.transactional(1, 0, 0, 1, 1), guarded(guard), ErrorCode.INVALID_TXN_STATE);

    TransactionGuards.Guard valid = guards.take("id", 1, (short) 0, false, 0);
    refused(TestBatches.transactional(2, 0, 0, 1, 1), guarded(valid), ErrorCode.INVALID_TXN_STATE);
    refused(TestBatches.transactional(1, 1, 0, 1, 1), guarded(valid), ErrorCode.INVALID_TXN_STATE);
    assertThat(guards.isOpen(1, (short) 0)).isFalse();
    append(TestBatches.transactional(1, 0, 0, 1, 1), guarded(valid));
    assertThat(guards.isOpen(1, (short) 0)).isTrue();
    // The transaction is open: what follows needs no guard.
    append(TestBatches.transactional(1, 0, 1, 1, 1), guarded(valid));
  }

  @Test
  void aMarkerMakesGuardsWorthlessThatWereTakenBefore() {
    TransactionGuards.Guard early = states.guards().take("id", 1, (short) 0, false, 0);
    append(TestBatches.marker(1, 0, false, 0, 1), AppendContext.coordinator(0, 0));
    refused(TestBatches.transactional(1, 0, 0, 1, 1), guarded(early), ErrorCode.INVALID_TXN_STATE);
    append(
        TestBatches.transactional(1, 0, 0, 1, 1),
        guarded(states.guards().take("id", 1, (short) 0, false, 0)));
  }

  /** The producer goes on before the markers of its last transaction are everywhere. */
  @Test
  void aMarkerLeavesTheGuardOfTheNextTransactionWhichHasItsEpoch() {
    TransactionGuards.Guard late = states.guards().take("id", 1, (short) 0, true, 0);
    TransactionGuards.Guard next = states.guards().take("id", 1, (short) 1, true, 0);
    append(TestBatches.marker(1, 1, true, 0, 1), AppendContext.markers(0, 0, (short) 2));
    refused(
        TestBatches.transactional(1, 0, 0, 1, 1), guarded(late), ErrorCode.INVALID_PRODUCER_EPOCH);
    append(TestBatches.transactional(1, 1, 0, 1, 1), guarded(next));
  }

  @Test
  void knowsWhoseTransactionIsTheOldestThatIsOpen() {
    assertThat(states.oldestOpen()).isNull();
    append(
        TestBatches.transactional(1, 0, 0, 1, 1),
        guarded(states.guards().take("id", 1, (short) 0, true, 0)));
    append(TestBatches.transactional(2, 0, 0, 1, 1), CLIENT);
    assertThat(states.oldestOpen().producerId()).isEqualTo(1);
    assertThat(states.guards().transactionalId(1)).isEqualTo("id");
    assertThat(states.guards().transactionalId(2)).isNull();
    append(TestBatches.marker(1, 1, true, 0, 1), AppendContext.markers(0, 0, (short) 2));
    assertThat(states.oldestOpen().producerId()).isEqualTo(2);
    assertThat(states.guards().transactionalId(1)).isNull();
  }

  @Test
  void thoseWhoTakeAGuardAtTheSameTimeShareIt() {
    TransactionGuards.Guard first = states.guards().take("id", 1, (short) 0, true, 0);
    assertThat(states.guards().take("id", 1, (short) 0, true, 0)).isSameAs(first);
    assertThat(states.guards().take("id", 1, (short) 1, true, 0)).isNotEqualTo(first);
  }

  /** Its coordinator was reached for the second batch, but not for the first. */
  @Test
  void aTransactionBeginsWithTheLowestSequenceThatAskedForIt() {
    states.guards().take("id", 1, (short) 0, false, 7);
    TransactionGuards.Guard guard = states.guards().take("id", 1, (short) 0, false, 9);
    refused(
        TestBatches.transactional(1, 0, 9, 1, 1),
        guarded(guard),
        ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER);
    append(TestBatches.transactional(1, 0, 7, 2, 1), guarded(guard));
    append(TestBatches.transactional(1, 0, 9, 1, 1), guarded(guard));
  }

  /** A client may say any epoch; only its coordinator tells whether it is right. */
  @Test
  void aGuardOfAnotherEpochTakesNothingAway() {
    TransactionGuards.Guard guard = states.guards().take("id", 1, (short) 3, true, 0);
    TransactionGuards.Guard old = states.guards().take("id", 1, (short) 2, true, 0);
    TransactionGuards.Guard invented = states.guards().take("id", 1, (short) 4, true, 0);
    states.guards().drop(old);
    states.guards().drop(invented);
    append(TestBatches.transactional(1, 3, 0, 1, 1), guarded(guard));
  }

  @Test
  void guardsThatNobodyUsesAreForgotten() {
    TransactionGuards.Guard guard = states.guards().take("id", 1, (short) 0, true, 0);
    states.removeExpired(1_000, 500);
    states.removeExpired(1_499, 500);
    states.check(header(TestBatches.transactional(1, 0, 0, 1, 1)), guarded(guard));
    states.removeExpired(1_500, 500);
    refused(TestBatches.transactional(1, 0, 0, 1, 1), guarded(guard), ErrorCode.INVALID_TXN_STATE);
    assertThat(states.guards().transactionalId(1)).isNull();
  }

  /** As after a batch of the epoch after, in a transaction that has not ended here. */
  @Test
  void aTransactionThatGoesOnInAnotherEpochIsOpenInThatOne() {
    append(TestBatches.transactional(1, 0, 0, 1, 1), CLIENT);
    append(TestBatches.transactional(1, 1, 0, 1, 1), CLIENT);
    assertThat(states.guards().isOpen(1, (short) 1)).isTrue();
    assertThat(states.hasOpenTransaction(1, (short) 1)).isTrue();
  }

  @Test
  void aTransactionWithAnEpochOfItsOwnBeginsWithSequenceZero() {
    TransactionGuards.Guard guard = states.guards().take("id", 1, (short) 3, true, 0);
    refused(
        TestBatches.transactional(1, 3, 5, 1, 1),
        guarded(guard),
        ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER);
    append(TestBatches.transactional(1, 3, 0, 5, 1), guarded(guard));
  }

  private static AppendContext guarded(TransactionGuards.Guard guard) {
    return CLIENT.withGuard(guard);
  }

  private static ByteBuf data(long id, int epoch, int sequence, int count) {
    return TestBatches.idempotent(id, epoch, sequence, count, 1);
  }

  private static RecordBatch header(ByteBuf bytes) {
    return new RecordBatch().wrap(bytes, 0);
  }

  private CompletedTransaction append(ByteBuf bytes, AppendContext context) {
    RecordBatch batch = header(bytes).baseOffset(nextOffset);
    states.check(batch, context);
    nextOffset = batch.nextOffset();
    return states.update(batch);
  }

  private void refused(ByteBuf bytes, AppendContext context, ErrorCode error) {
    assertThatThrownBy(() -> states.check(header(bytes), context)).satisfies(is(error));
  }
}
