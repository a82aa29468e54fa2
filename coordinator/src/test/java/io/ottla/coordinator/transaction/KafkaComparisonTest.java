package io.ottla.coordinator.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.coordinator.Answer;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.TopicPartition;
import io.ottla.wire.message.EndTxnResponse;
import io.ottla.wire.message.InitProducerIdRequest;
import io.ottla.wire.message.InitProducerIdResponse;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.coordinator.transaction.TransactionMetadata;
import org.apache.kafka.coordinator.transaction.TransactionState;
import org.apache.kafka.server.common.TransactionVersion;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The same requests to our coordinator and to Apache Kafka's, from producers old and new whose
 * epochs are near their end, while markers stand still at times, transactions time out and the
 * coordinator moves: the same answers, markers and state.
 *
 * <p>Ours differs where Kafka's answer would be of less use: while markers are on their way Kafka
 * has everybody come back, ours those who may; a zombie's InitProducerId does not abort its
 * successor's transaction; and a producer that did not get the answer to its InitProducerId may ask
 * as often as it likes, also for the last epoch.
 */
class KafkaComparisonTest {

  private static final int STEPS = 250;
  private static final int TIMEOUT_MS = 900_000;
  private static final Set<String> SEEN = new TreeSet<>();

  static LongStream seeds() {
    return LongStream.range(0, 45);
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void producersAreAnsweredAsKafkaAnswersThem(long seed) {
    Comparison comparison = new Comparison(seed);
    for (int i = 0; i < STEPS; i++) {
      comparison.step("step " + i);
    }
  }

  /** Else the comparison would say little. */
  @AfterAll
  static void allKindsOfAnswersWereSeen() {
    assertThat(SEEN)
        .contains(
            "init NONE",
            "init PRODUCER_FENCED",
            "init CONCURRENT_TRANSACTIONS",
            "add NONE",
            "add PRODUCER_FENCED",
            "add INVALID_PRODUCER_ID_MAPPING",
            "add CONCURRENT_TRANSACTIONS",
            "end NONE",
            "end PRODUCER_FENCED",
            "end INVALID_PRODUCER_ID_MAPPING",
            "end INVALID_TXN_STATE",
            "end CONCURRENT_TRANSACTIONS",
            "rotated by init",
            "rotated by end",
            "rotated by fencing");
  }

  /** A producer, and what it is called at Kafka's. */
  private record Pair(Producer ours, Producer kafkas) {}

  private static final class Comparison {

    final TransactionBed bed = new TransactionBed();
    final Random random;
    final KafkaTransactions kafka;
    final List<Pair> producers = new ArrayList<>();
    final Map<Long, Long> kafkasIds = new HashMap<>();
    int sent;
    boolean isHeld;
    String what = "";

    Comparison(long seed) {
      random = new Random(seed);
      bed.featureLevel = seed % 3 == 0 ? (int) seed / 3 % 2 : 2;
      kafka = new KafkaTransactions(bed.clock, bed.featureLevel);
      Map<String, TransactionMetadata> loaded = new HashMap<>();
      bed.resign();
      for (int i = 0; i < 2; i++) {
        preload("id-" + i, loaded);
      }
      bed.log.highWatermark(bed.log.endOffset());
      bed.elect();
      kafka.load(loaded);
    }

    /** A producer id whose epochs are nearly used up. */
    private void preload(String id, Map<String, TransactionMetadata> loaded) {
      short epoch = (short) (Short.MAX_VALUE - random.nextInt(6));
      Pair pair =
          new Pair(
              new Producer(id, 10 + loaded.size(), epoch),
              new Producer(id, 20 + loaded.size(), epoch));
      kafkasIds.put(pair.ours.id(), pair.kafkas.id());
      producers.add(pair);
      Transaction transaction =
          new Transaction(
              pair.ours.id(),
              -1,
              -1,
              epoch,
              TIMEOUT_MS,
              TransactionStatus.COMPLETE_COMMIT,
              Set.of(),
              bed.clock.wallMs(),
              bed.clock.wallMs(),
              bed.featureLevel);
      bed.append(TransactionRecords.of(id, transaction, bed.featureLevel));
      loaded.put(
          id,
          new TransactionMetadata(
              id,
              pair.kafkas.id(),
              -1,
              -1,
              epoch,
              (short) -1,
              TIMEOUT_MS,
              TransactionState.COMPLETE_COMMIT,
              Set.of(),
              bed.clock.wallMs(),
              bed.clock.wallMs(),
              TransactionVersion.fromFeatureLevel((short) bed.featureLevel)));
    }

    void step(String when) {
      Pair pair = pick();
      what = "";
      switch (random.nextInt(24)) {
        case 0, 1 -> init("id-" + random.nextInt(4), null);
        case 2, 3, 4, 5, 6 -> init(pair.ours.transactionalId(), pair);
        case 7, 8, 9, 10, 11, 12, 13 -> add(pair);
        case 14, 15, 16, 17, 18, 19 -> end(pair);
        case 20 -> hold();
        case 21, 22 -> release();
        default -> {
          switch (random.nextInt(6)) {
            case 0 -> timeOut();
            case 1 -> reload();
            default -> bed.pass(1);
          }
        }
      }
      check(when + what);
    }

    /** Mostly the newest of an id. */
    private Pair pick() {
      String id = "id-" + random.nextInt(4);
      List<Pair> all =
          producers.stream().filter(it -> it.ours.transactionalId().equals(id)).toList();
      if (all.isEmpty()) {
        return producers.get(random.nextInt(producers.size()));
      }
      int back = random.nextInt(3) > 0 ? 0 : random.nextInt(Math.min(4, all.size()));
      return all.get(all.size() - 1 - back);
    }

    private void init(String id, Pair pair) {
      Producer asking = pair == null ? new Producer(id, -1, (short) -1) : pair.ours;
      Transaction now = bed.state().get(id);
      if (pair != null && now != null && isOfLittleUse(asking, now)) {
        return;
      }
      what = " init " + asking + " in " + now;
      Answer<InitProducerIdResponse> answer =
          bed.ask(
              it ->
                  bed.coordinator.initProducerId(
                      new InitProducerIdRequest()
                          .transactionalId(id)
                          .transactionTimeoutMs(TIMEOUT_MS)
                          .producerId(asking.id())
                          .producerEpoch(asking.epoch()),
                      it));
      KafkaTransactions.Told told = null;
      for (int i = 0; i < 3 && (told == null || isConcurrent(told.error())); i++) {
        told =
            pair == null
                ? kafka.init(id, TIMEOUT_MS, -1, (short) -1)
                : kafka.init(id, TIMEOUT_MS, pair.kafkas.id(), pair.kafkas.epoch());
      }
      wait(answer);
      InitProducerIdResponse response = answer.get();
      boolean isAskedOnceMore =
          now != null
              && now.status() == TransactionStatus.EMPTY
              && asking.id() == now.previousProducerId();
      if (same("init", response.errorCode(), told.error(), isAskedOnceMore)) {
        took(id, response.producerId(), response.producerEpoch(), told);
        if (now != null && response.producerId() != now.producerId()) {
          SEEN.add(
              now.status() == TransactionStatus.ONGOING ? "rotated by fencing" : "rotated by init");
        }
      }
    }

    /** What Kafka answers with UNKNOWN_SERVER_ERROR, or by aborting what another has begun. */
    private boolean isOfLittleUse(Producer asking, Transaction now) {
      boolean isStale = asking.id() != now.producerId() || asking.epoch() != now.producerEpoch();
      if (now.status() != TransactionStatus.ONGOING) {
        return isStale && now.isExhausted();
      }
      boolean isExhaustedByFencing = now.producerEpoch() >= Short.MAX_VALUE - 2;
      boolean isRotatedByFencing = bed.featureLevel == 2 && now.isExhausted();
      return isStale || (isExhaustedByFencing && !isRotatedByFencing);
    }

    private void add(Pair pair) {
      TopicPartition partition = new TopicPartition("t", random.nextInt(4));
      int version = bed.featureLevel == 2 && random.nextInt(4) > 0 ? 2 : 0;
      what = " add " + pair + " " + version;
      Answer<ErrorCode> answer = bed.askAdd(pair.ours, version, partition);
      Errors told =
          kafka.add(
              pair.kafkas,
              Set.of(
                  new org.apache.kafka.common.TopicPartition(
                      partition.topic(), partition.partition())),
              version);
      wait(answer);
      same("add", answer.get().code(), told, false);
    }

    private void end(Pair pair) {
      int version = bed.featureLevel == 2 && random.nextInt(4) > 0 ? 2 : 0;
      // Kafka fails to commit with the highest epoch, which nobody should have.
      boolean isCommit = random.nextInt(3) > 0 && pair.ours.epoch() < Short.MAX_VALUE;
      what = " end " + pair + " " + version + " " + isCommit;
      Transaction now = bed.state().get(pair.ours.transactionalId());
      Answer<EndTxnResponse> answer =
          bed.askEnd(pair.ours, isCommit, version == 2 ? TransactionBed.V2 : TransactionBed.V1);
      KafkaTransactions.Told told = kafka.end(pair.kafkas, isCommit, version);
      wait(answer);
      EndTxnResponse response = answer.get();
      boolean isBeforeRotation =
          now.status() == TransactionStatus.EMPTY && pair.ours.id() == now.previousProducerId();
      if (isBeforeRotation && told.error() == Errors.INVALID_PRODUCER_ID_MAPPING) {
        return; // Kafka has forgotten the producer id when its InitProducerId was asked once more.
      }
      if (same("end", response.errorCode(), told.error(), false) && version == 2) {
        took(pair.ours.transactionalId(), response.producerId(), response.producerEpoch(), told);
        if (response.producerId() != now.producerId()) {
          SEEN.add("rotated by end");
        }
      }
    }

    private void wait(Answer<?> answer) {
      if (!answer.hasCome()) {
        bed.pass(bed.config.concurrentWaitMs());
      }
    }

    private static boolean isConcurrent(Errors error) {
      return error == Errors.CONCURRENT_TRANSACTIONS;
    }

    /** Whether both did what they were asked for. */
    private boolean same(String api, short error, Errors kafkas, boolean mayDoMore) {
      SEEN.add(api + " " + kafkas);
      if (isConcurrent(kafkas)) {
        assertThat(error).as(what).isNotZero();
      } else if (!(mayDoMore && error == 0)) {
        assertThat(ErrorCode.forCode(error).name()).as(what).isEqualTo(kafkas.name());
      }
      return error == 0 && kafkas == Errors.NONE;
    }

    private void took(String id, long producerId, short epoch, KafkaTransactions.Told told) {
      assertThat(epoch).as(what).isEqualTo(told.epoch());
      assertThat(kafkasId(producerId, told.producerId())).as(what).isEqualTo(told.producerId());
      producers.add(
          new Pair(
              new Producer(id, producerId, epoch), new Producer(id, told.producerId(), epoch)));
    }

    /** Both take producer ids from their own, in an order of their own. */
    private long kafkasId(long ours, long kafkasIfNew) {
      return ours < 0 ? ours : kafkasIds.computeIfAbsent(ours, _ -> kafkasIfNew);
    }

    private void hold() {
      isHeld = true;
      bed.holdDelivery();
      kafka.holdMarkers();
    }

    private void release() {
      isHeld = false;
      kafka.releaseMarkers();
      bed.releaseDelivery();
    }

    private void timeOut() {
      what = " time out";
      bed.pass(TIMEOUT_MS + bed.config.abortCheckIntervalMs() + 1);
      kafka.abortTimedOut();
    }

    private void reload() {
      what = " reload";
      // What was sent is sent again.
      sent = 0;
      bed.resign();
      bed.elect();
      kafka.reload(bed.state().keySet());
    }

    void check(String when) {
      List<String> markers = new ArrayList<>();
      for (; sent < bed.sent.size(); sent++) {
        MarkerDelivery.Markers one = bed.sent.get(sent).markers();
        markers.add(
            one.transactionalId()
                + " "
                + one.producerEpoch()
                + " "
                + one.isCommit()
                + " "
                + one.transactionVersion()
                + " "
                + one.partitions().stream()
                    .map(TopicPartition::toString)
                    .collect(Collectors.toCollection(TreeSet::new)));
      }
      assertThat(markers).as(when).containsExactlyInAnyOrderElementsOf(kafka.takeMarkers());
      Set<String> ids = new HashSet<>(bed.state().keySet());
      for (String id : ids) {
        checkState(when, id, kafka.find(id));
      }
    }

    private void checkState(String when, String id, TransactionMetadata theirs) {
      TransactionEntry entry = bed.coordinator.runtime(0).machine().transactions().find(id);
      Transaction ours = entry.transaction();
      assertThat(kafkasId(ours.nextProducerId(), theirs.prepareNoTransit().nextProducerId()))
          .as(when)
          .isEqualTo(theirs.prepareNoTransit().nextProducerId());
      assertThat(kafkasId(ours.producerId(), theirs.producerId()))
          .as(when)
          .isEqualTo(theirs.producerId());
      if (ours.status() != TransactionStatus.EMPTY && bed.featureLevel > 0) {
        assertThat(kafkasId(ours.previousProducerId(), theirs.prevProducerId()))
            .as(when)
            .isEqualTo(theirs.prevProducerId());
      }
      assertThat(
              ours.status().displayName()
                  + " epoch "
                  + ours.producerEpoch()
                  + " after "
                  + entry.lastEpoch()
                  + " from "
                  + ours.startMs()
                  + " version "
                  + ours.clientVersion()
                  + " "
                  + names(ours.partitions()))
          .as(when)
          .isEqualTo(
              theirs.state().stateName()
                  + " epoch "
                  + theirs.producerEpoch()
                  + " after "
                  + theirs.lastProducerEpoch()
                  + " from "
                  + theirs.txnStartTimestamp()
                  + " version "
                  + theirs.clientTransactionVersion().featureLevel()
                  + " "
                  + names(theirs.topicPartitions()));
    }

    private static Set<String> names(Set<?> partitions) {
      return partitions.stream()
          .map(Object::toString)
          .collect(Collectors.toCollection(TreeSet::new));
    }
  }
}
