package io.ottla.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.ottla.wire.record.RecordBatch;
import io.ottla.wire.record.RecordBatchBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.apache.kafka.storage.internals.log.BatchMetadata;
import org.apache.kafka.storage.internals.log.ProducerStateEntry;
import org.apache.kafka.storage.internals.log.ProducerStateManager;
import org.apache.kafka.storage.internals.log.ProducerStateManagerConfig;
import org.apache.kafka.storage.internals.log.VerificationGuard;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Producers of all kinds, with and without transactions, right and wrong, on our log and on Apache
 * Kafka's with its verification of transactions: the same errors, the same batches taken for ones
 * that were sent again, and in the end, and after expiry, truncation and both kinds of restart, the
 * same state.
 */
class ProducerComparisonTest {

  private static final int STEPS = 400;
  private static final long EXPIRATION_MS = 3_000;
  private static final LogConfig CONFIG =
      LogConfig.defaults()
          .withSegmentBytes(8192)
          .withIndex(200, 480)
          .withFileDeleteDelayMs(0)
          .withProducerIdExpirationMs(EXPIRATION_MS);

  private static final Set<String> SEEN = new HashSet<>();

  @TempDir Path root;

  static LongStream seeds() {
    return LongStream.range(100, 112);
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void producersAreTreatedAsKafkaTreatsThem(long seed) throws IOException {
    try (LogFixture ours = new LogFixture(root.resolve("ours"), CONFIG);
        KafkaLog kafka =
            new KafkaLog(
                root.resolve("orders-0"),
                CONFIG,
                false,
                0L,
                ours.nowMs,
                new ProducerStateManagerConfig((int) EXPIRATION_MS, true))) {
      Comparison comparison = new Comparison(root, new Random(seed), ours, kafka);
      for (int i = 0; i < STEPS; i++) {
        comparison.step();
        comparison.checkState("step " + i);
      }
      SEEN.addAll(comparison.outcomes);
    }
  }

  /** Else the comparison would say little. */
  @AfterAll
  static void allKindsOfMistakesWereMade() {
    assertThat(SEEN)
        .contains(
            "INVALID_PRODUCER_EPOCH",
            "OUT_OF_ORDER_SEQUENCE_NUMBER",
            "INVALID_TXN_STATE",
            "TRANSACTION_COORDINATOR_FENCED",
            "duplicate");
  }

  /** A producer as the client sees it. */
  private static final class Client {
    final long id;
    final boolean isTransactional;
    final boolean isEpochFresh;
    int epoch;
    int sequence;
    int guardedEpoch;
    TransactionGuards.Guard ourGuard = TransactionGuards.NONE;
    VerificationGuard kafkaGuard = VerificationGuard.SENTINEL;
    final List<int[]> sent = new ArrayList<>(); // epoch, sequence, count

    Client(long id, boolean isTransactional, boolean isEpochFresh, int sequence) {
      this.id = id;
      this.isTransactional = isTransactional;
      this.isEpochFresh = isEpochFresh;
      this.sequence = sequence;
    }
  }

  private static final class Comparison {
    final Path root;
    final Random random;
    final LogFixture ours;
    final KafkaLog kafka;
    final List<Client> clients = new ArrayList<>();
    final List<String> outcomes = new ArrayList<>();

    Comparison(Path root, Random random, LogFixture ours, KafkaLog kafka) {
      this.root = root;
      this.random = random;
      this.ours = ours;
      this.kafka = kafka;
      for (int i = 0; i < 6; i++) {
        int sequence = i % 3 == 0 ? Integer.MAX_VALUE - random.nextInt(20) : 0;
        clients.add(new Client(100 + i, i >= 2, i >= 4, sequence));
      }
    }

    void step() throws IOException {
      ours.nowMs += random.nextInt(60);
      Client client = clients.get(random.nextInt(clients.size()));
      switch (random.nextInt(40)) {
        case 0 -> {
          clients.forEach(this::giveUpGuard); // Ours live a little longer.
          ours.log.expireProducers(ours.nowMs);
          kafka.expireProducers(ours.nowMs);
        }
        case 1 -> ours.nowMs += random.nextInt(2) * EXPIRATION_MS / 2;
        case 2 -> restart(random.nextBoolean());
        case 3 -> truncate();
        case 4, 5 -> advanceHighWatermark();
        case 6, 7 -> bump(client);
        case 8, 9, 10, 11, 12 -> end(client);
        case 13, 14, 15, 16, 17, 18 -> verify(client);
        case 19, 20 -> replicate(client);
        case 21, 22, 23 -> sendAgain(client);
        default -> send(client);
      }
    }

    private void bump(Client client) {
      client.epoch++;
      client.sequence = random.nextInt(4) == 0 ? 1 + random.nextInt(3) : 0;
    }

    private void verify(Client client) {
      if (!client.isTransactional) {
        return;
      }
      int sequence = random.nextInt(6) == 0 ? client.sequence + 3 : client.sequence;
      short epoch = (short) client.epoch;
      String judged =
          KafkaLog.outcome(
              () -> {
                client.kafkaGuard =
                    kafka.log.maybeStartTransactionVerification(
                        client.id, sequence, epoch, client.isEpochFresh);
                return client.kafkaGuard == VerificationGuard.SENTINEL ? "open" : "guard";
              });
      boolean isOpen = ours.log.producerStates().hasOpenTransaction(client.id, epoch);
      assertThat(ours.log.producerStates().guards().isOpen(client.id, epoch)).isEqualTo(isOpen);
      if (judged.equals("INVALID_PRODUCER_EPOCH")) {
        // We leave it to the coordinator, or else to the append, to say so.
        client.ourGuard = TransactionGuards.NONE;
        client.kafkaGuard = VerificationGuard.SENTINEL;
        return;
      }
      assertThat(isOpen ? "open" : "guard").isEqualTo(judged);
      client.guardedEpoch = epoch;
      client.ourGuard =
          isOpen
              ? TransactionGuards.NONE
              : ours.log
                  .producerStates()
                  .guards()
                  .take("id", client.id, epoch, client.isEpochFresh, sequence);
    }

    private void send(Client client) {
      int count = 1 + random.nextInt(4);
      int sequence = client.sequence;
      switch (random.nextInt(12)) {
        case 0 -> sequence = (sequence + 1 + random.nextInt(3)) & Integer.MAX_VALUE;
        case 1 -> sequence = Math.max(0, sequence - 1);
        default -> {
          client.sent.add(new int[] {client.epoch, sequence, count});
          client.sequence = (int) ((sequence + (long) count) & Integer.MAX_VALUE);
        }
      }
      int epoch = random.nextInt(15) == 0 ? Math.max(0, client.epoch - 1) : client.epoch;
      append(client, epoch, sequence, count);
    }

    private void sendAgain(Client client) {
      if (!client.sent.isEmpty()) {
        int back = Math.min(client.sent.size(), 1 + random.nextInt(7));
        int[] batch = client.sent.get(client.sent.size() - back);
        int count = random.nextInt(6) == 0 ? batch[2] + 1 : batch[2];
        append(client, batch[0], batch[1], count);
      }
    }

    private void append(Client client, int epoch, int sequence, int count) {
      boolean isTransactional = client.isTransactional && random.nextInt(12) > 0;
      ByteBuf batch = batch(client.id, epoch, sequence, count, isTransactional);
      if (!isTransactional || client.guardedEpoch != epoch) {
        // Kafka has one guard for all epochs of a producer, and asks it of all its batches.
        giveUpGuard(client);
      }
      compare(
          batch,
          AppendContext.client(ours.leaderEpoch, ours.nowMs).withGuard(client.ourGuard),
          client.kafkaGuard);
    }

    private void giveUpGuard(Client client) {
      ours.log.producerStates().guards().drop(client.ourGuard);
      kafka.producerStates().clearVerificationStateEntry(client.id);
      client.ourGuard = TransactionGuards.NONE;
      client.kafkaGuard = VerificationGuard.SENTINEL;
    }

    private void end(Client client) {
      if (!client.isTransactional) {
        return;
      }
      short version = (short) (random.nextBoolean() ? 2 : 0);
      int epoch = client.epoch;
      if (version == 2 && random.nextInt(6) > 0) {
        epoch = ++client.epoch;
        client.sequence = 0;
      }
      ByteBuf marker =
          TestBatches.marker(
              client.id, epoch, random.nextBoolean(), random.nextInt(8) > 0 ? 1 : 0, ours.nowMs);
      compare(
          marker,
          AppendContext.markers(ours.leaderEpoch, ours.nowMs, version),
          VerificationGuard.SENTINEL);
    }

    /** What a leader sends is taken as it is. */
    private void replicate(Client client) {
      boolean isTransactional = client.isTransactional && random.nextInt(4) > 0;
      int epoch = Math.max(0, client.epoch - random.nextInt(2));
      ProducerState known = ours.log.producerStates().producer(client.id);
      if (known != null && known.transactionFirstOffset() >= 0 && !isTransactional) {
        return; // No leader takes that.
      }
      giveUpGuard(client);
      int count = 1 + random.nextInt(3);
      ByteBuf bytes = batch(client.id, epoch, random.nextInt(50), count, isTransactional);
      new RecordBatch()
          .wrap(bytes, 0)
          .baseOffset(ours.log.view().logEndOffset())
          .partitionLeaderEpoch(ours.leaderEpoch);
      compare(
          bytes,
          AppendContext.replication(ours.leaderEpoch, ours.nowMs),
          VerificationGuard.SENTINEL);
    }

    private ByteBuf batch(long id, int epoch, int sequence, int count, boolean isTransactional) {
      RecordBatchBuilder builder =
          new RecordBatchBuilder(Unpooled.buffer())
              .producer(id, (short) epoch, sequence)
              .transactional(isTransactional);
      for (int i = 0; i < count; i++) {
        builder.append(ours.nowMs, null, new byte[10]);
      }
      return builder.build();
    }

    private void compare(ByteBuf batch, AppendContext context, VerificationGuard guard) {
      ByteBuf copy = batch.copy();
      boolean[] isDuplicate = new boolean[1];
      String outcome =
          KafkaLog.outcome(
              () -> {
                AppendResult result = ours.log.append(batch, context);
                isDuplicate[0] = result.duplicate();
                return result.baseOffset() + "-" + result.lastOffset();
              });
      outcomes.add(isDuplicate[0] ? "duplicate" : outcome);
      assertThat(outcome).isEqualTo(kafka.append(copy, context, guard));
    }

    private void advanceHighWatermark() throws IOException {
      long end = ours.log.view().logEndOffset();
      long offset = Math.max(ours.log.highWatermark(), end - random.nextInt(5));
      ours.log.onHighWatermark(offset);
      kafka.log.updateHighWatermark(offset);
    }

    private void truncate() throws IOException {
      List<String> ranges = LogFixture.ranges(ours.log.view());
      if (random.nextInt(3) > 0 || ranges.isEmpty()) {
        return;
      }
      String range = ranges.get(Math.max(0, ranges.size() - 1 - random.nextInt(8)));
      long offset = Long.parseLong(range.substring(0, range.indexOf('-')));
      ours.log.truncateTo(offset);
      kafka.log.truncateTo(offset);
      readBack(List.of(), false);
    }

    private void restart(boolean isClean) throws IOException {
      if (random.nextInt(3) > 0) {
        return;
      }
      long highWatermark = ours.log.highWatermark();
      List<String> before = known();
      if (isClean) {
        ours.reopenCleanly();
      } else {
        ours.reopenAfterCrash();
      }
      kafka.reopen(isClean, ours.nowMs);
      ours.log.onHighWatermark(highWatermark);
      kafka.log.updateHighWatermark(highWatermark);
      readBack(before, true);
    }

    /**
     * After a truncation or a restart: nothing that was known before is forgotten but for what has
     * expired, and of all but the last batch as much as a snapshot holds. Kafka may know less, as
     * it starts from later snapshots. From here on both know the same.
     */
    private void readBack(List<String> before, boolean isAll) throws IOException {
      if (isAll) {
        assertThat(known()).isEqualTo(before);
      }
      Set<Long> ids =
          kafka.producerStates().activeProducers().keySet().stream().collect(Collectors.toSet());
      assertThat(known().stream().filter(it -> ids.contains(id(it))).toList())
          .containsAll(kafkaKnown());
      long end = ours.log.view().logEndOffset();
      ours.log.onHighWatermark(end);
      kafka.log.updateHighWatermark(end);
      Path file = root.resolve("producers");
      Files.deleteIfExists(file);
      ProducerStateManager.writeSnapshot(
          file.toFile(), kafka.producerStates().activeProducers(), false);
      ProducerStateManager.readSnapshot(file.toFile())
          .forEach(kafka.producerStates()::loadProducerEntry);
      ours.log
          .producerStates()
          .load(ProducerSnapshot.decode(Files.readAllBytes(file)), 0, Long.MAX_VALUE);
      ours.log.onHighWatermark(ours.log.highWatermark());
      clients.forEach(this::giveUpGuard);
    }

    private static long id(String known) {
      return Long.parseLong(known.substring(0, known.indexOf(' ')));
    }

    /** Of those that have not expired: what decides about their next batches. */
    private List<String> known() {
      return ours.log.producerStates().all().stream()
          .filter(it -> !isExpired(it.lastTimestamp(), it.transactionFirstOffset()))
          .sorted(Comparator.comparing(ProducerState::producerId))
          .map(
              it ->
                  it.producerId()
                      + " "
                      + it.epoch()
                      + " "
                      + it.lastSequence()
                      + " "
                      + it.lastOffset()
                      + " "
                      + it.transactionFirstOffset())
          .toList();
    }

    private List<String> kafkaKnown() {
      return kafka.producerStates().activeProducers().values().stream()
          .filter(it -> !isExpired(it.lastTimestamp(), it.currentTxnFirstOffset().orElse(-1L)))
          .map(
              it ->
                  it.producerId()
                      + " "
                      + it.producerEpoch()
                      + " "
                      + lastSequence(it)
                      + " "
                      + it.lastDataOffset()
                      + " "
                      + it.currentTxnFirstOffset().orElse(-1L))
          .toList();
    }

    private static int lastSequence(ProducerStateEntry entry) {
      int last = -1;
      for (BatchMetadata batch : entry.batchMetadata()) {
        last = batch.lastSeq();
      }
      return last;
    }

    private boolean isExpired(long lastTimestamp, long transactionFirstOffset) {
      return transactionFirstOffset < 0 && ours.nowMs - lastTimestamp >= EXPIRATION_MS;
    }

    void checkState(String when) {
      assertThat(ours()).as(when).isEqualTo(kafka());
      assertThat(ours.log.view().lastStableOffset())
          .as(when)
          .isEqualTo(kafka.log.lastStableOffset());
    }

    private List<String> ours() {
      return ours.log.producerStates().all().stream()
          .sorted(Comparator.comparing(ProducerState::producerId))
          .map(
              it ->
                  text(
                      it.producerId(),
                      it.epoch(),
                      it.coordinatorEpoch(),
                      it.lastTimestamp(),
                      it.transactionFirstOffset(),
                      batches(it)))
          .toList();
    }

    private List<String> kafka() {
      return kafka.producerStates().activeProducers().values().stream()
          .sorted(Comparator.comparing(ProducerStateEntry::producerId))
          .map(
              it ->
                  text(
                      it.producerId(),
                      it.producerEpoch(),
                      it.coordinatorEpoch(),
                      it.lastTimestamp(),
                      it.currentTxnFirstOffset().orElse(-1L),
                      it.batchMetadata().stream().map(Comparison::text).toList()))
          .toList();
    }

    private static List<String> batches(ProducerState producer) {
      return IntStream.range(0, producer.batchCount())
          .map(producer::slot)
          .mapToObj(
              slot ->
                  batch(
                      producer.firstSequenceAt(slot),
                      producer.lastSequenceAt(slot),
                      producer.lastOffsetAt(slot),
                      producer.timestampAt(slot)))
          .toList();
    }

    private static String text(BatchMetadata batch) {
      return batch(batch.firstSeq(), batch.lastSeq(), batch.lastOffset(), batch.timestamp());
    }

    private static String batch(int first, int last, long lastOffset, long timestamp) {
      return first + "-" + last + "@" + lastOffset + "/" + timestamp;
    }

    private static String text(
        long id, int epoch, int coordinator, long timestamp, long first, List<String> batches) {
      return id + " " + epoch + " " + coordinator + " " + timestamp + " " + first + " " + batches;
    }
  }
}
