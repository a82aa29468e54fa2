package io.ottla.coordinator.transaction;

import static io.ottla.coordinator.transaction.TransactionBed.V1;
import static io.ottla.coordinator.transaction.TransactionBed.V2;
import static io.ottla.coordinator.transaction.TransactionBed.partition;
import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.coordinator.Answer;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.EndTxnResponse;
import io.ottla.wire.message.InitProducerIdResponse;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Producers do at random what producers may do, and what they may not, while replication and
 * markers stand still at times, appends fail and the coordinator moves.
 */
class TransactionSimulationTest {

  private static final int STEPS = 400;

  static LongStream seeds() {
    return LongStream.range(0, 300);
  }

  /** The transaction that a producer's epoch stands for. */
  private record Owner(String id, long producerId, short epoch) {}

  private static final class Simulation {

    final TransactionBed bed = new TransactionBed();
    final Random random;
    final Map<String, Producer> producers = new HashMap<>();
    final List<Producer> zombies = new ArrayList<>();

    /** What was promised to the producer of an epoch. */
    final Map<Owner, Boolean> promised = new HashMap<>();

    /** What the markers of an epoch said. */
    final Map<Owner, Boolean> told = new HashMap<>();

    int seen;

    Simulation(long seed) {
      random = new Random(seed);
    }

    void step() {
      String id = "id-" + random.nextInt(3);
      switch (random.nextInt(14)) {
        case 0 -> init(id, false);
        case 1 -> init(id, true);
        case 2, 3, 4, 5 -> add(id);
        case 6, 7, 8 -> end(id, random.nextInt(3) > 0);
        case 9 -> useZombie();
        case 10 -> toggleReplication();
        case 11 -> toggleDelivery();
        case 12 -> {
          if (random.nextInt(3) == 0) {
            bed.resign();
            bed.elect();
          } else {
            bed.log.failNextAppend(ErrorCode.NOT_ENOUGH_REPLICAS);
          }
        }
        default -> bed.pass(random.nextInt(20) == 0 ? 70_000 : random.nextInt(150));
      }
      checkMarkers();
    }

    void init(String id, boolean isBump) {
      Producer current = producers.get(id);
      Answer<InitProducerIdResponse> answer =
          current == null || !isBump
              ? bed.askInit(id, -1, -1)
              : bed.askInit(id, current.id(), current.epoch());
      if (answer.hasCome() && answer.get().errorCode() == 0) {
        if (current != null) {
          zombies.add(current);
        }
        producers.put(
            id, new Producer(id, answer.get().producerId(), answer.get().producerEpoch()));
      }
    }

    void add(String id) {
      Producer current = producers.get(id);
      if (current != null) {
        bed.askAdd(current, random.nextInt(4) == 0 ? 0 : 2, partition("t", random.nextInt(5)));
      }
    }

    void end(String id, boolean isCommit) {
      Producer current = producers.get(id);
      if (current == null) {
        return;
      }
      short version = random.nextInt(4) == 0 ? V1 : V2;
      boolean isOpen = isOpen(current);
      Answer<EndTxnResponse> answer = bed.askEnd(current, isCommit, version);
      if (!answer.hasCome() || answer.get().errorCode() != 0) {
        return;
      }
      if (version == V2) {
        if (isOpen) {
          Owner owner = new Owner(id, current.id(), (short) (current.epoch() + 1));
          assertThat(promised.putIfAbsent(owner, isCommit)).isIn(null, isCommit);
        }
        zombies.add(current);
        producers.put(
            id, new Producer(id, answer.get().producerId(), answer.get().producerEpoch()));
      }
    }

    private boolean isOpen(Producer producer) {
      Transaction transaction = bed.state().get(producer.transactionalId());
      return transaction != null
          && transaction.status() == TransactionStatus.ONGOING
          && transaction.producerEpoch() == producer.epoch();
    }

    void useZombie() {
      if (zombies.isEmpty()) {
        return;
      }
      Producer zombie = zombies.get(random.nextInt(zombies.size()));
      Transaction before = bed.state().get(zombie.transactionalId());
      Answer<ErrorCode> added = bed.askAdd(zombie, 2, partition("zombie", 0));
      if (before != null && before.producerEpoch() != zombie.epoch()) {
        assertThat(added.hasCome() ? added.get() : ErrorCode.PRODUCER_FENCED)
            .isIn(
                ErrorCode.PRODUCER_FENCED,
                ErrorCode.INVALID_PRODUCER_ID_MAPPING,
                ErrorCode.COORDINATOR_NOT_AVAILABLE);
        assertThat(bed.state().get(zombie.transactionalId())).isEqualTo(before);
      }
    }

    boolean isReplicationHeld;

    void toggleReplication() {
      isReplicationHeld = !isReplicationHeld;
      if (isReplicationHeld) {
        bed.holdHighWatermark();
      } else {
        bed.releaseHighWatermark();
      }
    }

    boolean isDeliveryHeld;

    void toggleDelivery() {
      isDeliveryHeld = !isDeliveryHeld;
      if (isDeliveryHeld) {
        bed.holdDelivery();
      } else {
        bed.releaseDelivery();
      }
    }

    /** The markers of one epoch all say the same, and what its producer was promised. */
    void checkMarkers() {
      seen = Math.min(seen, bed.sent.size());
      for (; seen < bed.sent.size(); seen++) {
        MarkerDelivery.Markers markers = bed.sent.get(seen).markers();
        if (markers.transactionVersion() < 2) {
          continue; // One epoch stands for many transactions.
        }
        Owner owner =
            new Owner(markers.transactionalId(), markers.producerId(), markers.producerEpoch());
        assertThat(told.putIfAbsent(owner, markers.isCommit())).isIn(null, markers.isCommit());
        assertThat(promised.getOrDefault(owner, markers.isCommit())).isEqualTo(markers.isCommit());
      }
    }

    /** Everything heals: what was decided completes, and a reload finds the same state. */
    void finish() {
      bed.log.failNextAppend(ErrorCode.NONE);
      if (isReplicationHeld) {
        toggleReplication();
      }
      if (isDeliveryHeld) {
        toggleDelivery();
      }
      bed.pass(2 * TransactionBed.TIMEOUT_MS);
      Map<String, Transaction> live = bed.state();
      live.forEach((id, state) -> assertThat(state.status().isAtRest()).as(id).isTrue());
      bed.resign();
      bed.elect();
      assertThat(bed.state()).isEqualTo(live);
      promised.forEach(
          (owner, isCommit) -> {
            Boolean outcome = told.get(owner);
            assertThat(outcome).as(owner.toString()).isEqualTo(isCommit);
          });
      for (String id : producers.keySet()) {
        Producer producer = bed.init(id);
        assertThat(bed.add(producer, partition("t", 0))).isEqualTo(ErrorCode.NONE);
        assertThat(bed.end(producer, true)).isNotEqualTo(producer);
      }
    }
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void promisesAreKeptAndTheLogTellsAll(long seed) {
    Simulation simulation = new Simulation(seed);
    for (int i = 0; i < STEPS; i++) {
      simulation.step();
    }
    simulation.finish();
  }
}
