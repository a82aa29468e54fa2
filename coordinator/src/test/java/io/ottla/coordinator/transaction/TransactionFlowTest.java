package io.ottla.coordinator.transaction;

import static io.ottla.coordinator.transaction.TransactionBed.ID;
import static io.ottla.coordinator.transaction.TransactionBed.V1;
import static io.ottla.coordinator.transaction.TransactionBed.V2;
import static io.ottla.coordinator.transaction.TransactionBed.error;
import static io.ottla.coordinator.transaction.TransactionBed.partition;
import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.coordinator.Answer;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.TopicPartition;
import io.ottla.wire.message.EndTxnResponse;
import io.ottla.wire.message.InitProducerIdRequest;
import io.ottla.wire.message.InitProducerIdResponse;
import io.ottla.wire.message.ListTransactionsRequest;
import io.ottla.wire.message.ListTransactionsResponse;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The life of transactions, as producers see it. */
class TransactionFlowTest {

  private static final TopicPartition A = partition("a", 0);
  private static final TopicPartition B = partition("b", 3);

  private final TransactionBed bed = new TransactionBed();

  @Test
  void aNewIdGetsAProducerIdAndTheFirstEpoch() {
    Producer producer = bed.init(ID);
    assertThat(producer.epoch()).isZero();
    assertThat(bed.status(ID)).isEqualTo("Empty");
  }

  @Test
  void aSecondProducerFencesTheFirst() {
    Producer first = bed.init(ID);
    Producer second = bed.init(ID);
    assertThat(second).isEqualTo(new Producer(ID, first.id(), (short) 1));
    assertThat(bed.add(first, A)).isEqualTo(ErrorCode.PRODUCER_FENCED);
    assertThat(bed.endError(first, true, V2)).isEqualTo(ErrorCode.PRODUCER_FENCED);
  }

  @Test
  void aCommitWritesMarkersIntoEachPartitionAndRaisesTheEpoch() {
    Producer producer = bed.init(ID);
    assertThat(bed.add(producer, A)).isEqualTo(ErrorCode.NONE);
    assertThat(bed.add(producer, B)).isEqualTo(ErrorCode.NONE);
    bed.holdDelivery();
    Producer next = bed.end(producer, true);

    assertThat(next).isEqualTo(new Producer(ID, producer.id(), (short) 1));
    assertThat(bed.status(ID)).isEqualTo("PrepareCommit");
    assertThat(bed.sent).hasSize(1);
    MarkerDelivery.Markers markers = bed.sent.get(0).markers();
    assertThat(markers.partitions()).containsExactlyInAnyOrder(A, B);
    assertThat(markers.isCommit()).isTrue();
    assertThat(markers.producerEpoch()).isEqualTo((short) 1);
    assertThat(markers.transactionVersion()).isEqualTo(2);

    bed.releaseDelivery();
    assertThat(bed.status(ID)).isEqualTo("CompleteCommit");
    assertThat(bed.describe(ID).topics()).isEmpty();
  }

  @Test
  void inVersionOneTheEpochStays() {
    Producer producer = bed.init(ID);
    assertThat(bed.askAdd(producer, 0, A).get()).isEqualTo(ErrorCode.NONE);
    assertThat(bed.endError(producer, false, V1)).isEqualTo(ErrorCode.NONE);
    assertThat(bed.sent.get(0).markers().producerEpoch()).isEqualTo(producer.epoch());
    assertThat(bed.status(ID)).isEqualTo("CompleteAbort");
    assertThat(bed.askAdd(producer, 0, B).get()).isEqualTo(ErrorCode.NONE);
  }

  /**
   * The client asked another broker for the features, which had learned of them before this one.
   */
  @Test
  void aClientMayKnowOfVersionTwoBeforeTheCoordinatorDoes() {
    bed.featureLevel = 0;
    Producer producer = bed.init(ID);
    assertThat(bed.askAdd(producer, 2, A).get()).isEqualTo(ErrorCode.NONE);
    Producer next = bed.end(producer, true);
    assertThat(next.epoch()).isEqualTo((short) (producer.epoch() + 1));
    assertThat(bed.status(ID)).isEqualTo("CompleteCommit");
  }

  @Test
  void noMarkerIsSentAndNobodyIsAnsweredBeforeTheOutcomeIsSafe() {
    Producer producer = bed.init(ID);
    bed.add(producer, A);
    bed.holdHighWatermark();
    Answer<EndTxnResponse> answer = bed.askEnd(producer, true, V2);
    assertThat(answer.hasCome()).isFalse();
    assertThat(bed.sent).isEmpty();
    bed.releaseHighWatermark();
    assertThat(error(answer.get().errorCode())).isEqualTo(ErrorCode.NONE);
    assertThat(bed.sent).hasSize(1);
  }

  @Test
  void anOutcomeWhoseAnswerTimedOutIsDeliveredOnceItIsSafe() {
    Producer producer = bed.init(ID);
    bed.add(producer, A);
    bed.holdHighWatermark();
    Answer<EndTxnResponse> answer = bed.askEnd(producer, true, V2);
    bed.pass(bed.config.writeTimeoutMs());
    assertThat(error(answer.get().errorCode())).isEqualTo(ErrorCode.COORDINATOR_NOT_AVAILABLE);
    assertThat(bed.sent).isEmpty();
    bed.releaseHighWatermark();
    assertThat(bed.sent).hasSize(1);
    assertThat(bed.status(ID)).isEqualTo("CompleteCommit");
  }

  @Test
  void theNextTransactionWaitsForTheMarkersOfTheLast() {
    Producer producer = bed.init(ID);
    bed.add(producer, A);
    bed.holdDelivery();
    Producer next = bed.end(producer, true);
    Answer<ErrorCode> added = bed.askAdd(next, 2, A);
    assertThat(added.hasCome()).isFalse();
    bed.releaseDelivery();
    assertThat(added.get()).isEqualTo(ErrorCode.NONE);
    assertThat(bed.status(ID)).isEqualTo("Ongoing");
  }

  /** A producer that gives up before its next transaction has begun anywhere. */
  @Test
  void anAbortOfNothingWaitsForTheMarkersOfTheLastTransactionToo() {
    Producer producer = bed.init(ID);
    bed.add(producer, A);
    bed.holdDelivery();
    Producer next = bed.end(producer, true);
    Answer<EndTxnResponse> aborted = bed.askEnd(next, false, V2);
    assertThat(aborted.hasCome()).isFalse();
    bed.releaseDelivery();
    assertThat(error(aborted.get().errorCode())).isEqualTo(ErrorCode.NONE);
    assertThat(aborted.get().producerEpoch()).isEqualTo((short) 2);
    assertThat(bed.status(ID)).isEqualTo("CompleteAbort");
  }

  @Test
  void aWaitThatTakesTooLongEndsInConcurrentTransactions() {
    Producer producer = bed.init(ID);
    bed.add(producer, A);
    bed.holdDelivery();
    Producer next = bed.end(producer, true);
    Answer<ErrorCode> added = bed.askAdd(next, 2, A);
    Answer<InitProducerIdResponse> init = bed.askInit(ID, -1, -1);
    bed.pass(bed.config.concurrentWaitMs());
    assertThat(added.get()).isEqualTo(ErrorCode.CONCURRENT_TRANSACTIONS);
    assertThat(error(init.get().errorCode())).isEqualTo(ErrorCode.CONCURRENT_TRANSACTIONS);
    bed.releaseDelivery();
    assertThat(bed.status(ID)).isEqualTo("CompleteCommit");
  }

  @Test
  void whoHasWaitedForLongEnoughLeavesNothingBehind() {
    Producer producer = bed.init(ID);
    bed.add(producer, A);
    bed.holdDelivery();
    Producer next = bed.end(producer, true);
    TransactionEntry entry = bed.coordinator.runtime(0).machine().transactions().find(ID);
    for (int i = 0; i < 10; i++) {
      Answer<ErrorCode> added = bed.askAdd(next, 2, A);
      assertThat(entry.waiters()).isEqualTo(1);
      bed.pass(bed.config.concurrentWaitMs());
      assertThat(added.get()).isEqualTo(ErrorCode.CONCURRENT_TRANSACTIONS);
      assertThat(entry.waiters()).isZero();
    }
  }

  @Test
  void whoeverWaitsIsSentAwayWhenTheCoordinatorMoves() {
    Producer producer = bed.init(ID);
    bed.add(producer, A);
    bed.holdDelivery();
    Producer next = bed.end(producer, true);
    Answer<ErrorCode> added = bed.askAdd(next, 2, A);
    bed.resign();
    assertThat(added.get()).isEqualTo(ErrorCode.NOT_COORDINATOR);
  }

  @Test
  void aNewProducerAbortsTheOpenTransactionOfTheOldOneAndGetsTheEpochAfter() {
    Producer old = bed.init(ID);
    bed.add(old, A);
    Producer fresh = bed.init(ID);
    assertThat(bed.sent.get(0).markers().isCommit()).isFalse();
    assertThat(bed.sent.get(0).markers().producerEpoch()).isEqualTo((short) 1);
    assertThat(fresh).isEqualTo(new Producer(ID, old.id(), (short) 2));
    assertThat(bed.endError(old, true, V2)).isEqualTo(ErrorCode.PRODUCER_FENCED);
    assertThat(bed.status(ID)).isEqualTo("Empty");
  }

  @Test
  void aZombieThatInitializesAgainDoesNotAbortItsSuccessorsTransaction() {
    Producer zombie = bed.init(ID);
    Producer successor = bed.init(ID);
    bed.add(successor, A);
    assertThat(bed.initError(ID, zombie.id(), zombie.epoch())).isEqualTo(ErrorCode.PRODUCER_FENCED);
    assertThat(bed.status(ID)).isEqualTo("Ongoing");
    assertThat(bed.end(successor, true).epoch()).isEqualTo((short) 2);
  }

  @Test
  void afterAnErrorAProducerGetsTheNextEpochAndARetryTheSame() {
    Producer producer = bed.init(ID);
    Producer bumped = bed.init(ID, producer.id(), producer.epoch());
    assertThat(bumped.epoch()).isEqualTo((short) 1);
    assertThat(bed.init(ID, producer.id(), producer.epoch())).isEqualTo(bumped);
    Producer other = bed.init(ID);
    assertThat(other.epoch()).isEqualTo((short) 2);
    assertThat(bed.initError(ID, producer.id(), producer.epoch()))
        .isEqualTo(ErrorCode.PRODUCER_FENCED);
  }

  @Test
  void theLastEpochOfAProducerIdIsKeptForFencing() {
    Producer producer = bed.init(ID);
    while (producer.epoch() < Short.MAX_VALUE - 1) {
      bed.add(producer, A);
      producer = bed.end(producer, true);
    }
    bed.add(producer, A);
    Producer next = bed.end(producer, true);
    assertThat(next.id()).isNotEqualTo(producer.id());
    assertThat(next.epoch()).isZero();
    assertThat(bed.sent.get(bed.sent.size() - 1).markers().producerEpoch())
        .isEqualTo(Short.MAX_VALUE);
    // Its answer may have been lost.
    assertThat(bed.end(producer, true)).isEqualTo(next);
    bed.add(next, A);
    assertThat(bed.end(next, true).epoch()).isEqualTo((short) 1);
  }

  /** The producer was told its next producer id when the outcome was safe, before the markers. */
  @Test
  void aProducerThatHasItsNextProducerIdWaitsForTheMarkersOfTheLastTransaction() {
    Producer producer = exhausted();
    bed.add(producer, A);
    bed.holdDelivery();
    Producer next = bed.end(producer, true);
    assertThat(next.id()).isNotEqualTo(producer.id());

    Answer<ErrorCode> added = bed.askAdd(next, 2, B);
    Answer<EndTxnResponse> ended = bed.askEnd(next, false, V2);
    Answer<InitProducerIdResponse> bumped = bed.askInit(ID, next.id(), next.epoch());
    assertThat(added.hasCome() || ended.hasCome() || bumped.hasCome()).isFalse();
    bed.pass(bed.config.concurrentWaitMs());
    assertThat(added.get()).isEqualTo(ErrorCode.CONCURRENT_TRANSACTIONS);
    assertThat(error(ended.get().errorCode())).isEqualTo(ErrorCode.CONCURRENT_TRANSACTIONS);
    assertThat(error(bumped.get().errorCode())).isEqualTo(ErrorCode.CONCURRENT_TRANSACTIONS);

    added = bed.askAdd(next, 2, B);
    bed.releaseDelivery();
    assertThat(added.get()).isEqualTo(ErrorCode.NONE);
    assertThat(bed.status(ID)).isEqualTo("Ongoing");
    assertThat(bed.end(next, true)).isEqualTo(new Producer(ID, next.id(), (short) 1));
  }

  private Producer exhausted() {
    Producer producer = bed.init(ID);
    while (producer.epoch() < Short.MAX_VALUE - 1) {
      producer = bed.init(ID, producer.id(), producer.epoch());
    }
    return producer;
  }

  @Test
  void fencingWithTheLastEpochLeavesTheNextProducerAnotherProducerId() {
    Producer producer = exhausted();
    assertThat(bed.add(producer, A)).isEqualTo(ErrorCode.NONE);
    Producer fresh = bed.init(ID);
    assertThat(bed.sent.get(0).markers().producerEpoch()).isEqualTo(Short.MAX_VALUE);
    assertThat(fresh.id()).isNotEqualTo(producer.id());
    // The epoch before is that of the transaction's end, which nobody was given.
    assertThat(fresh.epoch()).isEqualTo((short) 1);
    assertThat(bed.endError(producer, true, V2)).isEqualTo(ErrorCode.INVALID_PRODUCER_ID_MAPPING);
  }

  @Test
  void fencingWithTheLastEpochIsFinishedByTheNextCoordinator() {
    Producer producer = exhausted();
    bed.add(producer, A);
    bed.holdDelivery();
    Answer<InitProducerIdResponse> fresh = bed.askInit(ID, -1, -1);
    Transaction prepared = bed.state().get(ID);
    assertThat(prepared.nextProducerId()).isNotNegative().isNotEqualTo(producer.id());
    bed.resign();
    assertThat(error(fresh.get().errorCode())).isEqualTo(ErrorCode.NOT_COORDINATOR);
    bed.elect();
    assertThat(bed.state().get(ID)).isEqualTo(prepared);
    bed.releaseDelivery();
    assertThat(bed.init(ID)).isEqualTo(new Producer(ID, prepared.nextProducerId(), (short) 1));
  }

  @Test
  void aTransactionInTheLastEpochThatIsOpenForTooLongEndsWithAnotherProducerId() {
    Producer producer = exhausted();
    bed.add(producer, A);
    bed.pass(TransactionBed.TIMEOUT_MS + bed.config.abortCheckIntervalMs());
    assertThat(bed.status(ID)).isEqualTo("CompleteAbort");
    Producer next = new Producer(ID, bed.describe(ID).producerId(), (short) 0);
    assertThat(next.id()).isNotEqualTo(producer.id());
    assertThat(bed.describe(ID).producerEpoch()).isZero();
    // The producer that was fenced goes on with it when it asks for the next epoch.
    assertThat(bed.init(ID, producer.id(), producer.epoch())).isEqualTo(next);
    assertThat(bed.init(ID, producer.id(), producer.epoch())).isEqualTo(next);
  }

  @Test
  void aTransactionInTheLastEpochIsAbortedLaterIfNoProducerIdIsToBeHad() {
    Producer producer = exhausted();
    bed.add(producer, A);
    bed.refuseProducerIds = true;
    bed.pass(TransactionBed.TIMEOUT_MS + bed.config.abortCheckIntervalMs());
    assertThat(bed.status(ID)).isEqualTo("Ongoing");
    assertThat(bed.initError(ID, -1, -1)).isEqualTo(ErrorCode.COORDINATOR_NOT_AVAILABLE);
    assertThat(bed.endError(producer, true, V2)).isEqualTo(ErrorCode.COORDINATOR_NOT_AVAILABLE);
    bed.refuseProducerIds = false;
    bed.pass(bed.config.abortCheckIntervalMs());
    assertThat(bed.status(ID)).isEqualTo("CompleteAbort");
  }

  /** Before version 2 of transactions. */
  @Test
  void beforeVersionTwoTheNextProducerIsGivenAnotherProducerId() {
    bed.featureLevel = 1;
    Producer producer = exhausted();
    bed.askAdd(producer, 0, A);
    Producer fresh = bed.init(ID);
    assertThat(bed.sent.get(0).markers().producerEpoch()).isEqualTo(Short.MAX_VALUE);
    assertThat(bed.sent.get(0).markers().transactionVersion()).isZero();
    assertThat(fresh.id()).isNotEqualTo(producer.id());
    assertThat(fresh.epoch()).isZero();
  }

  @Test
  void aProducerWithTheLastEpochIsGivenAnotherProducerIdAndEachRetryTheSame() {
    Producer producer = exhausted();
    Producer next = bed.init(ID, producer.id(), producer.epoch());
    assertThat(next.id()).isNotEqualTo(producer.id());
    assertThat(next.epoch()).isZero();
    assertThat(bed.init(ID, producer.id(), producer.epoch())).isEqualTo(next);
    assertThat(bed.init(ID, producer.id(), producer.epoch())).isEqualTo(next);
  }

  @Test
  void aTransactionThatIsOpenForTooLongIsAborted() {
    Producer producer = bed.init(ID);
    bed.add(producer, A);
    bed.pass(TransactionBed.TIMEOUT_MS);
    assertThat(bed.status(ID)).isEqualTo("Ongoing");
    bed.pass(bed.config.abortCheckIntervalMs());
    assertThat(bed.status(ID)).isEqualTo("CompleteAbort");
    assertThat(bed.add(producer, A)).isEqualTo(ErrorCode.PRODUCER_FENCED);
  }

  @Test
  void manyTransactionsThatAreOpenForTooLongAreAllAborted() {
    for (int i = 0; i < 120; i++) {
      bed.add(bed.init("id-" + i), A);
    }
    bed.pass(TransactionBed.TIMEOUT_MS + bed.config.abortCheckIntervalMs());
    bed.pass(1);
    for (int i = 0; i < 120; i++) {
      assertThat(bed.status("id-" + i)).isEqualTo("CompleteAbort");
    }
  }

  @Test
  void abortsThatCannotBeWrittenAreTriedAgainButNotAtOnce() {
    for (int i = 0; i < 60; i++) {
      bed.add(bed.init("id-" + i), A);
    }
    bed.pass(TransactionBed.TIMEOUT_MS);
    bed.log.failAppends(ErrorCode.NOT_ENOUGH_REPLICAS);
    bed.pass(3 * bed.config.abortCheckIntervalMs());
    assertThat(bed.status("id-0")).isEqualTo("Ongoing");
    bed.log.failAppends(ErrorCode.NONE);
    bed.pass(bed.config.abortCheckIntervalMs());
    bed.pass(1);
    for (int i = 0; i < 60; i++) {
      assertThat(bed.status("id-" + i)).isEqualTo("CompleteAbort");
    }
  }

  @Test
  void anIdThatNobodyUsesIsForgotten() {
    bed.init(ID);
    Producer busy = bed.init("busy");
    bed.pass(bed.config.idExpirationMs() - 1000);
    bed.add(busy, A);
    bed.end(busy, true);
    bed.pass(bed.config.expiryCheckIntervalMs());
    assertThat(error(bed.describe(ID).errorCode())).isEqualTo(ErrorCode.TRANSACTIONAL_ID_NOT_FOUND);
    assertThat(bed.status("busy")).isEqualTo("CompleteCommit");
  }

  @Test
  void whatWasDecidedIsFinishedByTheNextCoordinator() {
    Producer producer = bed.init(ID);
    bed.add(producer, A);
    bed.holdDelivery();
    bed.end(producer, true);
    bed.resign();
    assertThat(bed.sent).isEmpty();
    bed.elect();
    assertThat(bed.sent).hasSize(1);
    assertThat(bed.sent.get(0).markers().coordinatorEpoch()).isEqualTo(2);
    bed.releaseDelivery();
    assertThat(bed.status(ID)).isEqualTo("CompleteCommit");
  }

  @Test
  void markersOfAFormerTermCompleteNothing() {
    Producer producer = bed.init(ID);
    bed.add(producer, A);
    bed.holdDelivery();
    bed.end(producer, true);
    Runnable late = bed.sent.get(0).whenWritten();
    bed.releaseDelivery();
    Producer next = new Producer(ID, producer.id(), (short) 1);
    bed.add(next, A);
    late.run();
    bed.turn();
    assertThat(bed.status(ID)).isEqualTo("Ongoing");
  }

  /** The next term sends the same markers again: only when those are written is it over. */
  @Test
  void markersOfAFormerTermDoNotCompleteWhatIsBeingSentAgain() {
    Producer producer = bed.init(ID);
    bed.askAdd(producer, 0, A);
    bed.holdDelivery();
    assertThat(bed.endError(producer, true, V1)).isEqualTo(ErrorCode.NONE);
    Runnable late = bed.sent.get(0).whenWritten();
    bed.resign();
    bed.elect();
    late.run();
    bed.turn();
    assertThat(bed.status(ID)).isEqualTo("PrepareCommit");
    bed.releaseDelivery();
    assertThat(bed.status(ID)).isEqualTo("CompleteCommit");
  }

  @Test
  void aCompleteRecordThatCannotBeWrittenIsTriedAgain() {
    Producer producer = bed.init(ID);
    bed.add(producer, A);
    bed.holdDelivery();
    bed.end(producer, true);
    bed.log.failAppends(ErrorCode.NOT_ENOUGH_REPLICAS);
    bed.releaseDelivery();
    assertThat(bed.status(ID)).isEqualTo("PrepareCommit");
    bed.log.failAppends(ErrorCode.NONE);
    bed.pass(1000);
    assertThat(bed.status(ID)).isEqualTo("CompleteCommit");
  }

  @Test
  void whatCannotBeWrittenIsRefusedAndLeavesNothing() {
    Producer producer = bed.init(ID);
    bed.log.failNextAppend(ErrorCode.NOT_ENOUGH_REPLICAS);
    assertThat(bed.add(producer, A)).isNotEqualTo(ErrorCode.NONE);
    assertThat(bed.status(ID)).isEqualTo("Empty");
    bed.add(producer, A);
    bed.log.failNextAppend(ErrorCode.NOT_ENOUGH_REPLICAS);
    assertThat(bed.initError(ID, -1, -1)).isNotEqualTo(ErrorCode.NONE);
    bed.pass(1000);
    assertThat(bed.status(ID)).isEqualTo("Ongoing");
    assertThat(bed.end(producer, true).epoch()).isEqualTo((short) 1);
  }

  @Test
  void verificationTellsWhatIsInTheTransaction() {
    Producer producer = bed.init(ID);
    assertThat(bed.verify(producer, A)).isEqualTo(Map.of(A, ErrorCode.TRANSACTION_ABORTABLE));
    bed.add(producer, A);
    assertThat(bed.verify(producer, A, B))
        .isEqualTo(Map.of(A, ErrorCode.NONE, B, ErrorCode.TRANSACTION_ABORTABLE));
    assertThat(bed.verify(new Producer(ID, 5, (short) 0), A))
        .isEqualTo(Map.of(A, ErrorCode.INVALID_PRODUCER_ID_MAPPING));
    assertThat(bed.verify(new Producer("", 5, (short) 0), A))
        .isEqualTo(Map.of(A, ErrorCode.INVALID_REQUEST));
  }

  @Test
  void badRequestsAreRefused() {
    assertThat(bed.initError("", -1, -1)).isEqualTo(ErrorCode.INVALID_REQUEST);
    assertThat(bed.initError(ID, 5, -1)).isEqualTo(ErrorCode.INVALID_REQUEST);
    assertThat(initError(new InitProducerIdRequest().transactionalId(ID).transactionTimeoutMs(0)))
        .isEqualTo(ErrorCode.INVALID_TRANSACTION_TIMEOUT);
    assertThat(
            initError(
                new InitProducerIdRequest()
                    .transactionalId(ID)
                    .transactionTimeoutMs(bed.config.maxTimeoutMs() + 1)))
        .isEqualTo(ErrorCode.INVALID_TRANSACTION_TIMEOUT);
    assertThat(
            initError(
                new InitProducerIdRequest()
                    .transactionalId(ID)
                    .transactionTimeoutMs(1)
                    .enable2Pc(true)))
        .isEqualTo(ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED);
    Producer nobody = new Producer("nobody", 1, (short) 0);
    assertThat(bed.add(nobody, A)).isEqualTo(ErrorCode.INVALID_PRODUCER_ID_MAPPING);
    assertThat(bed.endError(nobody, true, V2)).isEqualTo(ErrorCode.INVALID_PRODUCER_ID_MAPPING);
    assertThat(bed.endError(new Producer("", 1, (short) 0), true, V2))
        .isEqualTo(ErrorCode.INVALID_REQUEST);
    assertThat(error(bed.describe("").errorCode())).isEqualTo(ErrorCode.INVALID_REQUEST);
    assertThat(bed.log.endOffset()).isZero();
  }

  private ErrorCode initError(InitProducerIdRequest request) {
    return error(
        bed.<InitProducerIdResponse>ask(answer -> bed.coordinator.initProducerId(request, answer))
            .get()
            .errorCode());
  }

  @Test
  void transactionsAreListedByStateProducerDurationAndPattern() {
    bed.init("empty");
    Producer open = bed.init("open");
    bed.add(open, A);
    bed.pass(5_000);
    assertThat(listed(new ListTransactionsRequest())).containsExactlyInAnyOrder("empty", "open");
    assertThat(listed(new ListTransactionsRequest().stateFilters(List.of("Ongoing"))))
        .containsExactly("open");
    assertThat(listed(new ListTransactionsRequest().producerIdFilters(List.of(open.id()))))
        .containsExactly("open");
    assertThat(listed(new ListTransactionsRequest().transactionalIdPattern("e.*")))
        .containsExactly("empty");
    assertThat(
            listed(
                new ListTransactionsRequest()
                    .stateFilters(List.of("Ongoing"))
                    .durationFilter(6_000)))
        .isEmpty();
    ListTransactionsResponse unknown =
        list(new ListTransactionsRequest().stateFilters(List.of("Nonsense")));
    assertThat(unknown.unknownStateFilters()).containsExactly("Nonsense");
    assertThat(unknown.transactionStates()).isEmpty();
    for (String bad : List.of("(", "((a{1,1000}){1,1000}){1,1000}")) {
      assertThat(error(list(new ListTransactionsRequest().transactionalIdPattern(bad)).errorCode()))
          .isEqualTo(ErrorCode.INVALID_REGULAR_EXPRESSION);
    }
  }

  private List<String> listed(ListTransactionsRequest request) {
    return list(request).transactionStates().stream()
        .map(ListTransactionsResponse.TransactionState::transactionalId)
        .toList();
  }

  private ListTransactionsResponse list(ListTransactionsRequest request) {
    return bed.<ListTransactionsResponse>ask(answer -> bed.coordinator.list(request, answer)).get();
  }

  /** With names and numbers as they mostly are; it must not take time by the square of them. */
  @Test
  @Timeout(60)
  void aHundredThousandPartitionsAreOneTransaction() {
    TopicPartition[] many = new TopicPartition[100_000];
    Arrays.setAll(many, i -> new TopicPartition("topic-" + i % 100, i / 100));
    Producer producer = bed.init(ID);
    assertThat(bed.add(producer, many)).isEqualTo(ErrorCode.NONE);
    long end = bed.log.endOffset();
    assertThat(bed.add(producer, many)).isEqualTo(ErrorCode.NONE);
    assertThat(bed.log.endOffset()).isEqualTo(end);
    for (int i = 0; i < 5; i++) {
      assertThat(bed.add(producer, partition("one-more", i))).isEqualTo(ErrorCode.NONE);
    }
    assertThat(Set.copyOf(bed.verify(producer, many).values())).containsExactly(ErrorCode.NONE);
    bed.end(producer, true);
    assertThat(bed.sent).hasSize(1);
    Set<TopicPartition> ended = bed.sent.get(0).markers().partitions();
    assertThat(ended).hasSize(many.length + 5);
    assertThat(ended.containsAll(Arrays.asList(many))).isTrue();
    assertThat(bed.describe(ID).topics()).isEmpty();
  }

  @Test
  void partitionsThatMakeTheRecordTooLargeAreRefusedAndLeaveNothing() {
    Producer producer = bed.init(ID);
    bed.add(producer, A);
    Map<String, Transaction> before = bed.state();
    bed.log.failNextAppend(ErrorCode.MESSAGE_TOO_LARGE);
    assertThat(bed.add(producer, B)).isEqualTo(ErrorCode.UNKNOWN_SERVER_ERROR);
    assertThat(bed.state()).isEqualTo(before);
    bed.end(producer, true);
    assertThat(bed.sent.get(0).markers().partitions()).containsExactly(A);
  }
}
